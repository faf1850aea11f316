/**
 * The driver for MySQL and MariaDB over the package mysql2.
 *
 * @module
 * @example
 * import mysql from "mysql2";
 * import { createAsyncEngine } from "athanor";
 * import { mysql2Driver } from "athanor/drivers/mysql2";
 *
 * const engine = createAsyncEngine("mysql://localhost/app", { driver: mysql2Driver(mysql) });
 */
export type { Driver } from "../driver/index.ts";
export { mysql2Driver, type Mysql2Module } from "../driver/index.ts";
