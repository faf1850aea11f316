import type { DriverErrorInfo } from "../dialect/index.ts";
import { AthanorError } from "../errors/index.ts";
import { describeSystemError, explain, placeOf } from "./connect-failure.ts";

/** What errors of both packages have in common. */
interface SqlError {
  readonly message: string;
  readonly sqlMessage?: unknown;
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly fatal?: unknown;
}

const CONNECTION_TIMEOUT = 45012; // the mariadb package's own

/** Describes an error of the server, of the connection to it, or of either package. */
export function describeMysqlError(error: unknown): DriverErrorInfo | null {
  if (typeof error !== "object" || error === null || error instanceof AthanorError) return null;
  const { sqlMessage, errno, message } = error as SqlError;
  if (typeof errno !== "number" || errno <= 0 || typeof sqlMessage !== "string") {
    return describeSystemError(error) ?? describeClientError(error as SqlError);
  }
  return {
    message: errno === CONNECTION_TIMEOUT ? explain(error, "ETIMEDOUT", message) : explain(error, "", sqlMessage),
    code: errno,
    constraint: constraintName(errno, sqlMessage),
    ...(placeOf(error) !== undefined && { disconnect: false }),
  };
}

/** What is neither the server's nor the system's: TLS while connecting, and what mysql2 says of a lost connection. */
function describeClientError(error: SqlError): DriverErrorInfo | null {
  const code = typeof error.code === "string" ? error.code : undefined;
  if (placeOf(error) !== undefined) return { message: explain(error, "", error.message), code };
  return error.fatal === true ? { message: error.message, code, disconnect: true } : null;
}

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
