// The database servers of a test run.
import { isSelected } from "../targets/selection.ts";
import { startMariadb } from "./mariadb.ts";
import { startPostgresql } from "./postgresql.ts";
import { type SkippedServer, ServerUnavailable, type TestServer } from "./server.ts";
import { skipsAreFailures } from "./skips.ts";

export type { SkippedServer, TestServer } from "./server.ts";

const starters = { postgresql: startPostgresql, mariadb: startMariadb };

export type ServerName = keyof typeof starters;

export interface Servers {
  readonly postgresql: TestServer | SkippedServer;
  readonly mariadb: TestServer | SkippedServer;
  stop(): Promise<void>;
}

/** Starts them side by side; of those that fail to start, none is left running. */
export async function startServers(): Promise<Servers> {
  const [postgresql, mariadb] = await Promise.allSettled([start("postgresql"), start("mariadb")]);
  const started = [postgresql, mariadb].filter((result) => result.status === "fulfilled").map((result) => result.value);
  const stop = async () => {
    await Promise.all(started.map((server) => ("url" in server ? server.stop() : undefined)));
  };
  if (postgresql.status === "fulfilled" && mariadb.status === "fulfilled") {
    return { postgresql: postgresql.value, mariadb: mariadb.value, stop };
  }
  await stop();
  throw [postgresql, mariadb].find((result) => result.status === "rejected")?.reason;
}

async function start(name: ServerName): Promise<TestServer | SkippedServer> {
  try {
    if (!isSelected(name)) throw new ServerUnavailable(`TARGETS does not name ${name}`);
    return await starters[name]();
  } catch (error) {
    if (!(error instanceof ServerUnavailable) || skipsAreFailures()) throw error;
    return { skipped: error.message };
  }
}
