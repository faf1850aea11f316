import { describe, inject } from "vitest";
import { ownMariadbDatabase, ownPostgresqlDatabase } from "./own-database.ts";
import { isSelected } from "./selection.ts";
import type { Target } from "./target.ts";

export type { Target } from "./target.ts";

export const targets: readonly Target[] = [
  sqlite("better-sqlite3", "sync"),
  sqlite("better-sqlite3", "async"),
  sqlite("node-sqlite", "sync"),
  sqlite("node-sqlite", "async"),
  {
    name: "postgresql, pg, async",
    database: "postgresql",
    driver: "pg",
    mode: "async",
    lacks: {},
    url: () => ownPostgresqlDatabase("pg"),
  },
  {
    name: "mariadb, mariadb, async",
    database: "mariadb",
    driver: "mariadb",
    mode: "async",
    lacks: {},
    url: () => ownMariadbDatabase("mariadb"),
  },
];

function sqlite(driver: string, mode: "sync" | "async"): Target {
  const url = `sqlite+${driver}:///:memory:`;
  return { name: `sqlite, ${driver}, ${mode}`, database: "sqlite", driver, mode, lacks: {}, url: async () => url };
}

/** Runs the cases on every target that has what they need; the others show as skipped, with the reason. */
export function describeTargets(title: string, cases: (target: Target) => void, needs: readonly string[] = []): void {
  for (const target of targets) {
    const reason = skipReason(target, needs);
    if (reason === undefined) describe(`${title} (${target.name})`, () => cases(target));
    else describe.skip(`${title} (${target.name}): ${reason}`, () => cases(target));
  }
}

function skipReason(target: Target, needs: readonly string[]): string | undefined {
  if (target.database !== "sqlite") {
    const server = inject(target.database);
    if ("skipped" in server) return server.skipped;
  } else if (!isSelected("sqlite")) return "TARGETS does not name sqlite";
  const missing = needs.find((need) => need in target.lacks);
  return missing === undefined ? undefined : target.lacks[missing];
}
