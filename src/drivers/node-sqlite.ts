/**
 * The driver for SQLite over Node's built-in node:sqlite.
 *
 * @module
 * @example
 * import * as sqlite from "node:sqlite";
 * import { createEngine } from "athanor";
 * import { nodeSqliteDriver } from "athanor/drivers/node-sqlite";
 *
 * const engine = createEngine("sqlite:///app.db", { driver: nodeSqliteDriver(sqlite) });
 */
export type { Driver } from "../driver/index.ts";
export { nodeSqliteDriver, type NodeSqliteModule } from "../driver/index.ts";
