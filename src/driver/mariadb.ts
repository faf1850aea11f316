import { numberOption, type OptionReader, readUrlOptions, textOption } from "./connect-options.ts";
import type { ConnectTarget, Driver } from "./driver.ts";
import { MariadbClient, type MariadbPackageConnection } from "./mariadb-client.ts";
import { moduleWith } from "./module-with.ts";
import { connectMysql, mysqlOptionReaders, type MysqlOptions, mysqlTarget, sslOptionReaders } from "./mysql-connect.ts";
import { describeMysqlError } from "./mysql-error.ts";

/** The part of the mariadb module that is used. */
export interface MariadbModule {
  readonly createConnection: (options: never) => Promise<unknown>;
}

/** The driver for the package `mariadb` (MariaDB and MySQL servers): pass its module. */
export function mariadbDriver(module: MariadbModule | { readonly default: MariadbModule }): Driver {
  const { createConnection } = moduleWith<MariadbModule>(module, "createConnection", "mariadb");
  const connect = createConnection as (options: object) => Promise<MariadbPackageConnection>;
  return {
    name: "mariadb",
    dialect: "mysql",
    answersAtOnce: false,
    connect: async (target) =>
      connectMysql(async (options) => new MariadbClient(await connect(options)), mariadbOptions(target)),
    describeError: describeMysqlError,
  };
}

const readers: Readonly<Record<string, OptionReader>> = {
  ...mysqlOptionReaders,
  ...sslOptionReaders(true),
  collation: textOption("collation"),
  socket_timeout: numberOption("socketTimeout", 1000),
};

/** What the adapter relies on: arrays, exact text for dates, decimals and JSON, matched rows counted by UPDATE. */
const fixedOptions: MysqlOptions = {
  rowsAsArray: true,
  dateStrings: true,
  autoJsonMap: false,
  jsonStrings: true,
  bitOneIsBoolean: false,
  bigIntAsNumber: false,
  decimalAsNumber: false,
  supportBigNumbers: false,
  insertIdAsNumber: false,
  foundRows: true,
  checkDuplicate: false,
  metaAsArray: false,
  nestTables: undefined,
  namedPlaceholders: false,
  typeCast: undefined,
};

function mariadbOptions(target: ConnectTarget): MysqlOptions {
  return {
    ...mysqlTarget(target),
    ...(target.query["collation"] === undefined && { charset: "utf8mb4" }),
    prepareCacheLength: 0, // handles are kept here
    logParam: false, // parameters would be part of every error message
    logger: { warning: () => undefined },
    ...readUrlOptions("mariadb", target.query, readers),
    ...target.connectArgs,
    ...fixedOptions,
  };
}
