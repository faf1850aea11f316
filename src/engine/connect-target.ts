import type { ConnectTarget } from "../driver/index.ts";
import { ArgumentError } from "../errors/index.ts";
import type { Url } from "./url.ts";

/** What a driver needs to know of a URL. */
export function toConnectTarget(url: Url, connectArgs: Readonly<Record<string, unknown>>): ConnectTarget {
  return {
    host: url.host ?? undefined,
    port: url.port ?? undefined,
    username: url.username ?? undefined,
    password: url.password ?? undefined,
    database: url.dialect === "sqlite" ? sqliteFile(url) : (url.database ?? undefined),
    query: url.query,
    connectArgs,
  };
}

function sqliteFile(url: Url): string {
  if (url.host !== null || url.port !== null || url.username !== null || url.password !== null) {
    throw new ArgumentError(
      "A SQLite URL has no host, port or user. Write sqlite:///shop.db for a file in the working directory (three slashes), " +
        "sqlite:////var/shop.db for an absolute path (four), sqlite:///:memory: for a database in memory.",
    );
  }
  return url.database === null || url.database === "" ? ":memory:" : url.database;
}

/** Tells whether a URL names a database that lives in one connection's memory. */
export function isMemoryDatabase(url: Url): boolean {
  if (url.dialect !== "sqlite") return false;
  const file = sqliteFile(url);
  return file === ":memory:" || file.startsWith("file::memory:") || url.query["mode"] === "memory";
}
