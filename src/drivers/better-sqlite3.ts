/**
 * The driver for SQLite over the package better-sqlite3.
 *
 * @module
 * @example
 * import Database from "better-sqlite3";
 * import { createEngine } from "athanor";
 * import { betterSqlite3Driver } from "athanor/drivers/better-sqlite3";
 *
 * const engine = createEngine("sqlite:///app.db", { driver: betterSqlite3Driver(Database) });
 */
export type { Driver } from "../driver/index.ts";
export { betterSqlite3Driver, type BetterSqlite3Module } from "../driver/index.ts";
