import {
  CheckViolation,
  DatabaseError,
  DataError,
  type DBAPIError,
  ForeignKeyViolation,
  IntegrityError,
  InterfaceError,
  InternalError,
  LockTimeoutError,
  NotNullViolation,
  NotSupportedError,
  OperationalError,
  ProgrammingError,
  QueryCanceledError,
  SerializationError,
  type StatementDetails,
  UniqueViolation,
} from "../errors/index.ts";
import type { DriverErrorInfo } from "./driver-error-info.ts";

/** What went wrong, in words that every database shares. */
export type ErrorKind =
  | "unique"
  | "foreignKey"
  | "notNull"
  | "check"
  | "integrity"
  | "serialization"
  | "lockTimeout"
  | "canceled"
  | "data"
  | "operational"
  | "programming"
  | "notSupported"
  | "internal"
  | "interface"
  | "database";

/** One dialect's error codes. */
export interface ErrorTable {
  /** By whole code. */
  readonly kinds: Readonly<Record<string, ErrorKind>>;
  /** By how a code begins; the longest beginning wins, after whole codes. */
  readonly prefixes: Readonly<Record<string, ErrorKind>>;
  /** For codes that are in neither. */
  readonly otherwise: ErrorKind;
  /** Codes, or beginnings of codes, after which the connection is gone. */
  readonly disconnects: readonly string[];
  /** Finds values in the database's messages, for `hideParameters`. */
  readonly values?: RegExp;
}

/** The statement that failed, as far as its error should tell. */
export interface FailedStatement {
  /** The driver's name, shown before the message. */
  readonly driver?: string | undefined;
  readonly sql?: string | undefined;
  readonly params?: unknown;
  readonly hideParameters?: boolean | undefined;
  /** The driver's own error. */
  readonly cause: unknown;
}

type DatabaseErrorClass = new (message: string, details: StatementDetails) => DBAPIError;

const classes: Readonly<Record<ErrorKind, DatabaseErrorClass>> = {
  unique: UniqueViolation,
  foreignKey: ForeignKeyViolation,
  notNull: NotNullViolation,
  check: CheckViolation,
  integrity: IntegrityError,
  serialization: SerializationError,
  lockTimeout: LockTimeoutError,
  canceled: QueryCanceledError,
  data: DataError,
  operational: OperationalError,
  programming: ProgrammingError,
  notSupported: NotSupportedError,
  internal: InternalError,
  interface: InterfaceError,
  database: DatabaseError,
};

/** Socket and name-service errors, the same for every driver; after each the connection is gone (or never was). */
const systemCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTCONN",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_WRITE_AFTER_END",
]);

/** Turns what a driver's error says into the library's error of the right class. */
export function classify(info: DriverErrorInfo, table: ErrorTable, statement: FailedStatement): DBAPIError {
  const isDisconnect = info.disconnect ?? isDisconnectCode(info.code, table);
  const kind = isDisconnect && info.code === undefined ? "operational" : kindOf(info.code, table);
  return new classes[kind](describe(info, table, statement), {
    cause: statement.cause,
    sql: statement.sql,
    params: statement.params,
    hideParameters: statement.hideParameters,
    isRetryable: info.retryable === true || isDisconnect || kind === "serialization",
    isDisconnect,
    constraint: info.constraint,
    databaseCode: info.code,
  });
}

function describe(info: DriverErrorInfo, table: ErrorTable, statement: FailedStatement): string {
  const isHidden = statement.hideParameters === true;
  const told = isHidden && table.values !== undefined ? info.message.replace(table.values, "…") : info.message;
  const source = [statement.driver, info.code].filter((part) => part !== undefined).join(" ");
  const message = source === "" ? told : `(${source}) ${told}`;
  return info.detail === undefined || isHidden ? message : `${message}\n${info.detail}`;
}

function kindOf(code: string | number | undefined, table: ErrorTable): ErrorKind {
  if (code === undefined) return "interface";
  const text = String(code);
  if (Object.hasOwn(table.kinds, text)) return table.kinds[text] ?? table.otherwise;
  if (systemCodes.has(text)) return "operational";
  let found = "";
  for (const prefix of Object.keys(table.prefixes)) {
    if (prefix.length > found.length && text.startsWith(prefix)) found = prefix;
  }
  return table.prefixes[found] ?? table.otherwise;
}

function isDisconnectCode(code: string | number | undefined, table: ErrorTable): boolean {
  if (code === undefined) return false;
  const text = String(code);
  return systemCodes.has(text) || table.disconnects.some((start) => text.startsWith(start));
}
