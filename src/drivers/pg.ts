/**
 * The driver for PostgreSQL over the package pg.
 *
 * @module
 * @example
 * import pg from "pg";
 * import { createAsyncEngine } from "athanor";
 * import { pgDriver } from "athanor/drivers/pg";
 *
 * const engine = createAsyncEngine("postgresql://localhost/app", { driver: pgDriver(pg) });
 */
export type { Driver } from "../driver/index.ts";
export { pgDriver, type PgModule } from "../driver/index.ts";
