import { isPromiseLike } from "../flow/index.ts";
import { type OptionReader, readUrlOptions, textOption } from "./connect-options.ts";
import type { ConnectTarget, Driver } from "./driver.ts";
import { moduleWith } from "./module-with.ts";
import { Mysql2Client, type Mysql2PackageConnection, type Mysql2TypedParameters } from "./mysql2-client.ts";
import { connectMysql, mysqlOptionReaders, type MysqlOptions, mysqlTarget, sslOptionReaders } from "./mysql-connect.ts";
import { describeMysqlError } from "./mysql-error.ts";
import type { MysqlNumbers } from "./mysql-params.ts";

/** The part of the mysql2 module that is used. */
export interface Mysql2Module {
  readonly createConnection: (options: never) => unknown;
  readonly TypedParameter?: unknown;
}

/** The driver for the package `mysql2` (MySQL and MariaDB servers): pass its module, or that of `mysql2/promise`. */
export function mysql2Driver(module: Mysql2Module | { readonly default: Mysql2Module }): Driver {
  const { createConnection, TypedParameter } = moduleWith<Mysql2Module>(module, "createConnection", "mysql2");
  const numbers = numbersOf(TypedParameter as Mysql2TypedParameters | undefined);
  const open = async (options: MysqlOptions): Promise<Mysql2Client> =>
    new Mysql2Client(await connect(createConnection as (options: object) => unknown, options), numbers);
  return {
    name: "mysql2",
    dialect: "mysql",
    answersAtOnce: false,
    connect: async (target) => connectMysql(open, mysql2Options(target)),
    describeError: describeMysqlError,
  };
}

async function connect(
  createConnection: (options: object) => unknown,
  options: MysqlOptions,
): Promise<Mysql2PackageConnection> {
  const made = createConnection(options);
  // the form with promises wraps the one with callbacks
  if (isPromiseLike(made)) return ((await made) as { connection: Mysql2PackageConnection }).connection;
  const connection = made as Mysql2PackageConnection;
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error === null || error === undefined) return resolve();
      connection.on("error", () => undefined); // it may have more to say
      connection.destroy();
      reject(error);
    });
  });
  return connection;
}

const MAX_INT64 = 2n ** 63n - 1n;

/** Untyped, the package sends numbers as doubles and bigints as text, and the server compares them as such. */
function numbersOf(typed: Mysql2TypedParameters | undefined): MysqlNumbers {
  if (typed === undefined) return { package: "mysql2", convertInteger: (value) => value, convertBigint: String };
  const bigint = (value: bigint) => (value > MAX_INT64 ? typed.LONGLONG.unsigned(value) : typed.LONGLONG(value));
  return {
    package: "mysql2",
    convertInteger: (value) => ((value | 0) === value ? typed.LONG(value) : bigint(BigInt(value))),
    convertBigint: bigint,
  };
}

const readers: Readonly<Record<string, OptionReader>> = {
  ...mysqlOptionReaders,
  ...sslOptionReaders({ verifyIdentity: true }),
  collation: textOption("charset"), // that is how the package calls it
};

/** What the adapter relies on: arrays, exact text for dates, decimals and JSON, one statement at a time. */
const fixedOptions: MysqlOptions = {
  rowsAsArray: true,
  dateStrings: true,
  jsonStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: false,
  decimalNumbers: false,
  multipleStatements: false,
  namedPlaceholders: false,
  nestTables: undefined,
  typeCast: true,
  maxPreparedStatements: 1000, // handles are kept, and closed, by the connection: the package must never be first
};

function mysql2Options(target: ConnectTarget): MysqlOptions {
  return {
    ...mysqlTarget(target),
    ...readUrlOptions("mysql2", target.query, readers),
    ...target.connectArgs,
    ...fixedOptions,
  };
}
