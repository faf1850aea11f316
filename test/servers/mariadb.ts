// MariaDB from the machine, else from Debian's packages unpacked into a cache folder (mariadb-packages.ts).
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startKeptServer } from "./kept-server.ts";
import { findMariadb } from "./mariadb-installation.ts";
import type { TestServer } from "./server.ts";

// Nothing outlives the run, so nothing needs to reach the disk.
const settings = [
  "--bind-address=127.0.0.1",
  "--skip-name-resolve",
  "--character-set-server=utf8mb4",
  "--max-connections=300",
  "--innodb-flush-log-at-trx-commit=0",
  "--skip-innodb-doublewrite",
  "--innodb-buffer-pool-size=64M",
  "--innodb-log-file-size=16M",
];

export async function startMariadb(): Promise<TestServer> {
  const { program, installer, options, environment } = await findMariadb();
  const directory = mkdtempSync(join(tmpdir(), "athanor-mariadb-"));
  const firstSql = join(directory, "first.sql");
  writeFileSync(firstSql, "CREATE DATABASE test CHARACTER SET utf8mb4;\n");
  // temporary files of its own: two servers that start at once would take each other's in a folder they share
  const common = [
    "--no-defaults",
    ...options,
    `--datadir=${join(directory, "data")}`,
    `--tmpdir=${directory}`,
    ...asRoot(),
  ];
  const port = String(await freePort());
  return startKeptServer(`mariadb://root@127.0.0.1:${port}/test`, {
    directory,
    prepare: [[installer, ...common, "--auth-root-authentication-method=normal", "--skip-test-db"]],
    serve: [
      program,
      ...common,
      ...settings,
      `--port=${port}`,
      `--socket=${join(directory, "socket")}`,
      `--pid-file=${join(directory, "pid")}`,
      `--init-file=${firstSql}`,
    ],
    readyText: "ready for connections",
    stopSignal: "SIGTERM",
    user: {},
    environment,
  });
}

/** Unlike PostgreSQL, MariaDB runs as root where that is asked for by name. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}
