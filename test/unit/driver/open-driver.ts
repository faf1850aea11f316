// One connection of every driver, with its dialect, for tests below the engine.
import { createRequire } from "node:module";
import * as nodeSqlite from "node:sqlite";
import mariadb from "mariadb";
import mysql2 from "mysql2";
import pg from "pg";
import { inject } from "vitest";
import { getDialect, type Dialect } from "../../../src/dialect/index.ts";
import {
  betterSqlite3Driver,
  type BetterSqlite3Module,
  type ConnectTarget,
  type Driver,
  type DriverConnection,
  type ExecuteOptions,
  mariadbDriver,
  mysql2Driver,
  nodeSqliteDriver,
  pgDriver,
} from "../../../src/driver/index.ts";

// the package brings no types
export const BetterSqlite3 = createRequire(import.meta.url)("better-sqlite3") as BetterSqlite3Module;

export interface DriverUnderTest {
  readonly name: string;
  readonly driver: Driver;
  readonly dialect: Dialect;
  /** Why it cannot be tested in this run. */
  readonly skipped: string | false;
  target(changes?: Partial<ConnectTarget>): ConnectTarget;
  open(changes?: Partial<ConnectTarget>): Promise<DriverConnection>;
}

export const prepared: ExecuteOptions = { prepare: true, exactIntegers: true };
export const once: ExecuteOptions = { prepare: false, exactIntegers: true };

function serverTarget(server: "postgresql" | "mariadb", changes: Partial<ConnectTarget>): ConnectTarget {
  const provided = inject(server);
  if ("skipped" in provided) throw new Error(provided.skipped);
  const url = new URL(provided.url);
  return {
    host: url.hostname,
    port: Number(url.port),
    username: decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    database: url.pathname.slice(1),
    query: {},
    connectArgs: {},
    ...changes,
  };
}

function memoryTarget(changes: Partial<ConnectTarget>): ConnectTarget {
  const nowhere = { host: undefined, port: undefined, username: undefined, password: undefined };
  return { ...nowhere, database: ":memory:", query: {}, connectArgs: {}, ...changes };
}

function underTest(
  driver: Driver,
  dialect: Dialect,
  skipped: string | false,
  target: (changes: Partial<ConnectTarget>) => ConnectTarget,
): DriverUnderTest {
  return {
    name: driver.name,
    driver,
    dialect,
    skipped,
    target: (changes = {}) => target(changes),
    async open(changes = {}) {
      const connection = await driver.connect(target(changes));
      await connection.executeScript(dialect.sessionSetup);
      return connection;
    },
  };
}

function reasonToSkip(server: "postgresql" | "mariadb"): string | false {
  const provided = inject(server);
  return "skipped" in provided && provided.skipped;
}

const sqlite = getDialect("sqlite");

export const onBetterSqlite3 = underTest(betterSqlite3Driver(BetterSqlite3), sqlite, false, memoryTarget);
export const onNodeSqlite = underTest(nodeSqliteDriver(nodeSqlite), sqlite, false, memoryTarget);
export const onPg = underTest(pgDriver(pg), getDialect("postgresql"), reasonToSkip("postgresql"), (changes) =>
  serverTarget("postgresql", changes),
);
export const onMariadb = underTest(mariadbDriver(mariadb), getDialect("mariadb"), reasonToSkip("mariadb"), (changes) =>
  serverTarget("mariadb", changes),
);
export const onMysql2 = underTest(mysql2Driver(mysql2), getDialect("mariadb"), reasonToSkip("mariadb"), (changes) =>
  serverTarget("mariadb", changes),
);
export const everyDriver = [onBetterSqlite3, onNodeSqlite, onPg, onMariadb, onMysql2];

/** MariaDB, over either package. */
export function isMysql(on: DriverUnderTest): boolean {
  return on.dialect.family === "mysql";
}

/** Placeholders as the dialect writes them. */
export function placeholders(on: DriverUnderTest, count: number): string {
  const numbered = on.dialect.features.placeholder === "numbered";
  return Array.from({ length: count }, (_, i) => (numbered ? `$${i + 1}` : "?")).join(", ");
}

/** The error that a call fails with. */
export async function failure(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}
