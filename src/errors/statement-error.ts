import { AthanorError, type ErrorDetails } from "./athanor-error.ts";

/** What is known of the statement that failed. */
export interface StatementDetails extends ErrorDetails {
  readonly sql?: string | undefined;
  readonly params?: unknown;
  /** Keeps the parameters out of message and fields. */
  readonly hideParameters?: boolean | undefined;
  readonly isRetryable?: boolean | undefined;
  readonly isDisconnect?: boolean | undefined;
  /** The constraint the database named, where it did. */
  readonly constraint?: string | undefined;
  /** The database's own error code: SQLSTATE, errno or SQLite result name. */
  readonly databaseCode?: string | number | undefined;
}

/** An error that happened while a statement was prepared or run; the driver's own error is its `cause`. */
export class StatementError extends AthanorError {
  static override readonly code: string = "stmt";
  readonly sql: string | undefined;
  /** The parameters that were sent; `undefined` when hidden. */
  readonly params: unknown;
  override readonly isRetryable: boolean;
  override readonly isDisconnect: boolean;
  readonly constraint: string | undefined;
  readonly databaseCode: string | number | undefined;

  constructor(message: string, details: StatementDetails = {}) {
    super(describeStatement(message, details), details);
    this.sql = details.sql;
    this.params = details.hideParameters ? undefined : details.params;
    this.isRetryable = details.isRetryable ?? false;
    this.isDisconnect = details.isDisconnect ?? false;
    this.constraint = details.constraint;
    this.databaseCode = details.databaseCode;
  }

  /** The driver's own error. */
  get orig(): unknown {
    return this.cause;
  }
}

const SHOWN_PARAMETERS = 600; // characters: enough to recognise the row, short enough for a log line

function describeStatement(message: string, details: StatementDetails): string {
  if (details.sql === undefined) return message;
  const lines = [message, `[SQL: ${details.sql}]`];
  if (details.hideParameters) lines.push("[parameters hidden by hideParameters: true]");
  else if (details.params !== undefined) lines.push(`[parameters: ${describeParameters(details.params)}]`);
  return lines.join("\n");
}

/** Parameters as short, readable text; long ones are cut. */
export function describeParameters(params: unknown): string {
  const text = JSON.stringify(params, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
    return value;
  });
  if (text === undefined) return String(params);
  return text.length > SHOWN_PARAMETERS ? `${text.slice(0, SHOWN_PARAMETERS)}… (${text.length} characters)` : text;
}

/** An error that the driver or the database raised. */
export class DBAPIError extends StatementError {
  static override readonly code: string = "dbapi";
}

/** An error of the driver itself rather than of the database. */
export class InterfaceError extends DBAPIError {
  static override readonly code: string = "rvf5";
}

/** An error that the database reported. */
export class DatabaseError extends DBAPIError {
  static override readonly code: string = "4xp6";
}

/** A value out of range, malformed or too long. */
export class DataError extends DatabaseError {
  static override readonly code: string = "9h9h";
}

/** A database that is unreachable, overloaded, locked or shutting down. */
export class OperationalError extends DatabaseError {
  static override readonly code: string = "e3q8";
}

/** A transaction that lost a deadlock or a serialization conflict; running it again may succeed. */
export class SerializationError extends OperationalError {
  static override readonly code: string = "srlz";
}

/** A lock that was not granted in time. */
export class LockTimeoutError extends OperationalError {
  static override readonly code: string = "lckt";
}

/** A statement that was cancelled or ran out of time. */
export class QueryCanceledError extends OperationalError {
  static override readonly code: string = "cncl";
}

/** A constraint that was violated. */
export class IntegrityError extends DatabaseError {
  static override readonly code: string = "gkpj";
}

/** A duplicate value in a unique or primary key. */
export class UniqueViolation extends IntegrityError {
  static override readonly code: string = "uniq";
}

/** A reference to a row that does not exist, or the removal of a row that is referenced. */
export class ForeignKeyViolation extends IntegrityError {
  static override readonly code: string = "fkey";
}

/** A NULL where none is allowed. */
export class NotNullViolation extends IntegrityError {
  static override readonly code: string = "nnul";
}

/** A CHECK constraint that was violated. */
export class CheckViolation extends IntegrityError {
  static override readonly code: string = "chck";
}

/** An error inside the database itself. */
export class InternalError extends DatabaseError {
  static override readonly code: string = "2j85";
}

/** Wrong SQL, an unknown table or column, missing rights. */
export class ProgrammingError extends DatabaseError {
  static override readonly code: string = "f405";
}

/** Something the database or driver does not have. */
export class NotSupportedError extends DatabaseError {
  static override readonly code: string = "tw8g";
}
