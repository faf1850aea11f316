import { readFileSync } from "node:fs";
import type { DriverErrorInfo } from "../dialect/index.ts";
import { ArgumentError, AthanorError } from "../errors/index.ts";
import { describeSystemError, explain, placeOf, withPlace } from "./connect-failure.ts";
import {
  booleanOption,
  choiceOption,
  numberOption,
  type OptionReader,
  readUrlOptions,
  textOption,
} from "./connect-options.ts";
import type { ConnectTarget, Driver } from "./driver.ts";
import { type MariadbClient, MariadbConnection } from "./mariadb-connection.ts";

/** The part of the mariadb module that is used. */
export interface MariadbModule {
  readonly createConnection: (options: never) => Promise<unknown>;
}

/** The driver for the package `mariadb` (MariaDB and MySQL servers): pass its module. */
export function mariadbDriver(module: MariadbModule | { readonly default: MariadbModule }): Driver {
  const { createConnection } = "createConnection" in module ? module : module.default;
  if (typeof createConnection !== "function") throw new ArgumentError("mariadbDriver() takes the mariadb module.");
  return {
    name: "mariadb",
    dialect: "mysql",
    answersAtOnce: false,
    connect: (target) => connect(createConnection as (options: object) => Promise<MariadbClient>, target),
    describeError,
  };
}

async function connect(
  createConnection: (options: object) => Promise<MariadbClient>,
  target: ConnectTarget,
): Promise<MariadbConnection> {
  const options = mariadbOptions(target);
  try {
    const client = await createConnection(options);
    return new MariadbConnection(client, () => cancel(createConnection, options, client.threadId));
  } catch (error) {
    throw withPlace(error, describePlace(options));
  }
}

/** Ends the statement a connection is running; only another connection can. */
async function cancel(
  createConnection: (options: object) => Promise<MariadbClient>,
  options: object,
  threadId: number | null,
): Promise<void> {
  const other = await createConnection(options);
  try {
    await other.query(`KILL QUERY ${Number(threadId)}`);
  } finally {
    await other.end();
  }
}

const CONNECT_TIMEOUT = 10_000; // the connector's own second is too short for a busy server

const readers: Readonly<Record<string, OptionReader>> = {
  connect_timeout: numberOption("connectTimeout", 1000),
  socket: textOption("socketPath"),
  unix_socket: textOption("socketPath"),
  charset: choiceOption({ utf8mb4: {} }),
  collation: textOption("collation"),
  compress: booleanOption("compress"),
  socket_timeout: numberOption("socketTimeout", 1000),
  ssl: booleanOption("ssl"),
  sslmode: choiceOption({
    disable: { ssl: false },
    require: { ssl: { rejectUnauthorized: false } },
    "verify-full": { ssl: true },
  }),
  ssl_ca: (path) => ({ ssl: { ca: readPem(path) } }),
};

/** What the adapter relies on: arrays, exact text for dates, decimals and JSON, matched rows counted by UPDATE. */
const fixedOptions: Readonly<Record<string, unknown>> = {
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

function mariadbOptions(target: ConnectTarget): Record<string, unknown> {
  return {
    host: target.host,
    port: target.port,
    user: target.username,
    password: target.password,
    database: target.database === "" ? undefined : target.database,
    ...(target.query["collation"] === undefined && { charset: "utf8mb4" }),
    connectTimeout: CONNECT_TIMEOUT,
    prepareCacheLength: 0, // handles are kept here
    logParam: false, // parameters would be part of every error message
    logger: { warning: () => undefined },
    ...readUrlOptions("mariadb", target.query, readers),
    ...target.connectArgs,
    ...fixedOptions,
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ArgumentError(`The file ${path} named by the URL option "ssl_ca" cannot be read. Check its path.`, {
      cause,
    });
  }
}

function describePlace(options: Record<string, unknown>): string {
  if (options["socketPath"] !== undefined) return `MariaDB at ${String(options["socketPath"])}`;
  return `MariaDB at ${String(options["host"] ?? "localhost")}:${String(options["port"] ?? 3306)}`;
}

interface SqlError {
  readonly message: string;
  readonly sqlMessage?: unknown;
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly fatal?: unknown;
}

function describeError(error: unknown): DriverErrorInfo | null {
  if (typeof error !== "object" || error === null || error instanceof AthanorError) return null;
  const { sqlMessage, errno, message } = error as SqlError;
  if (typeof errno !== "number" || errno <= 0 || typeof sqlMessage !== "string") {
    return describeSystemError(error) ?? describeFailedConnect(error as SqlError);
  }
  return {
    message: errno === CONNECTION_TIMEOUT ? explain(error, "ETIMEDOUT", message) : explain(error, "", sqlMessage),
    code: errno,
    constraint: constraintName(errno, sqlMessage),
    ...(placeOf(error) !== undefined && { disconnect: false }),
  };
}

/** What fails while connecting and is neither the server's nor the system's: TLS, mostly. */
function describeFailedConnect(error: SqlError): DriverErrorInfo | null {
  if (placeOf(error) === undefined) return null;
  return { message: explain(error, "", error.message), code: typeof error.code === "string" ? error.code : undefined };
}

const CONNECTION_TIMEOUT = 45012;

/** The server names constraints only in its message. */
function constraintName(errno: number, message: string): string | undefined {
  switch (errno) {
    case 1062: // the duplicate value comes first and may contain anything; MySQL 8 puts the table before the key
      return /.* for key '(?:[^'.]*\.)?([^']+)'$/s.exec(message)?.[1];
    case 1451:
    case 1452:
    case 4025:
      return /CONSTRAINT `((?:[^`]|``)+)`/.exec(message)?.[1]?.replaceAll("``", "`");
    case 3819:
      return /constraint '([^']+)'/.exec(message)?.[1];
    default:
      return undefined;
  }
}
