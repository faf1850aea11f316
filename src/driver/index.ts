export { betterSqlite3Driver, type BetterSqlite3Module } from "./better-sqlite3.ts";
export type {
  ConnectTarget,
  Driver,
  DriverColumn,
  DriverConnection,
  DriverCursor,
  DriverResult,
  ExecuteOptions,
  RowTaker,
} from "./driver.ts";
export { isKnownDriver, loadDriver } from "./load.ts";
export { mariadbDriver, type MariadbModule } from "./mariadb.ts";
export { mysql2Driver, type Mysql2Module } from "./mysql2.ts";
export { nodeSqliteDriver, type NodeSqliteModule } from "./node-sqlite.ts";
export { pgDriver, type PgModule } from "./pg.ts";
export { workerDriver } from "./worker/worker-driver.ts";
