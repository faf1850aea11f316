import { readFileSync } from "node:fs";
import { ServerUnavailable } from "./server.ts";

/** The user a child process runs as; empty for our own. */
export interface ProcessUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: for root this is `postgres` or `nobody`, for everybody else themselves. */
export function unprivilegedUser(): ProcessUser {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const account = accounts.find(([name]) => name === wanted);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new ServerUnavailable("root cannot run PostgreSQL, and there is no user postgres or nobody");
}
