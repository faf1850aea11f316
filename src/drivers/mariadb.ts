/**
 * The driver for MariaDB and MySQL over the package mariadb.
 *
 * @module
 * @example
 * import * as mariadb from "mariadb";
 * import { createAsyncEngine } from "athanor";
 * import { mariadbDriver } from "athanor/drivers/mariadb";
 *
 * const engine = createAsyncEngine("mariadb://localhost/app", { driver: mariadbDriver(mariadb) });
 */
export type { Driver } from "../driver/index.ts";
export { mariadbDriver, type MariadbModule } from "../driver/index.ts";
