import { describe, inject, test } from "vitest";
import { ownMariadbDatabase, ownPostgresqlDatabase } from "./own-database.ts";
import { isSelected } from "./selection.ts";
import type { Feature, Target } from "./target.ts";

export type { Target } from "./target.ts";

const sqliteAlways: Target["lacks"] = {
  "connections that can be lost": "SQLite has no connection to lose",
  "many connections": "a database in memory goes with its one connection",
  "many writers": "SQLite has one writer",
  "two-phase commit": "SQLite has no two-phase commit",
};
const syncLacks: Target["lacks"] = {
  "waiting for a connection": "a sync caller cannot wait for another one's connection",
  promises: "a sync engine answers at once",
  "faults from the same thread": "a sync caller stops the thread that is to make the fault",
  "waiting for a lock": "a sync caller stops the thread that is to release the lock",
};
/** Sync callers of these reach their connections in a worker thread. */
const serverLacks: Readonly<Record<Target["mode"], Target["lacks"]>> = { async: {}, sync: syncLacks };
const sqliteLacks: Readonly<Record<Target["mode"], Target["lacks"]>> = {
  async: sqliteAlways,
  sync: { ...sqliteAlways, ...syncLacks },
};

export const targets: readonly Target[] = [
  sqlite("better-sqlite3", "sync"),
  sqlite("better-sqlite3", "async"),
  sqlite("node-sqlite", "sync"),
  sqlite("node-sqlite", "async"),
  postgresql("pg", "async"),
  postgresql("pg", "sync"),
  mariadb("mariadb", "async"),
  mariadb("mariadb", "sync"),
  mariadb("mysql2", "async"),
  // mysql2 for sync callers differs from mariadb for them in nothing but what sync-worker.test.ts is about
];

function postgresql(driver: string, mode: Target["mode"]): Target {
  return {
    name: `postgresql, ${driver}, ${mode}`,
    database: "postgresql",
    driver,
    mode,
    lacks: serverLacks[mode],
    url: () => ownPostgresqlDatabase(driver),
  };
}

function mariadb(driver: string, mode: Target["mode"]): Target {
  return {
    name: `mariadb, ${driver}, ${mode}`,
    database: "mariadb",
    driver,
    mode,
    lacks: { ...serverLacks[mode], "deferred constraints": "MariaDB has no deferred constraints" },
    url: () => ownMariadbDatabase(driver),
  };
}

function sqlite(driver: string, mode: "sync" | "async"): Target {
  const url = `sqlite+${driver}:///:memory:`;
  return {
    name: `sqlite, ${driver}, ${mode}`,
    database: "sqlite",
    driver,
    mode,
    lacks: sqliteLacks[mode],
    url: async () => url,
  };
}

/** A case for targets that have what it needs; on the others it shows as skipped, with the reason. */
export function testOn(target: Target, needs: readonly Feature[], name: string, body: () => Promise<void>): void {
  const missing = needs.find((need) => need in target.lacks);
  if (missing === undefined) test(name, body);
  else test.skip(`${name}: ${target.lacks[missing]}`, body);
}

/** Runs the cases on every target that has what they need; the others show as skipped, with the reason. */
export function describeTargets(title: string, cases: (target: Target) => void, needs: readonly Feature[] = []): void {
  for (const target of targets) {
    const reason = skipReason(target, needs);
    if (reason === undefined) describe(`${title} (${target.name})`, () => cases(target));
    else describe.skip(`${title} (${target.name}): ${reason}`, () => cases(target));
  }
}

function skipReason(target: Target, needs: readonly Feature[]): string | undefined {
  if (target.database !== "sqlite") {
    const server = inject(target.database);
    if ("skipped" in server) return server.skipped;
  } else if (!isSelected("sqlite")) return "TARGETS does not name sqlite";
  const missing = needs.find((need) => need in target.lacks);
  return missing === undefined ? undefined : target.lacks[missing];
}
