/** What a driver's error says, in terms that every driver of the dialect shares. */
export interface DriverErrorInfo {
  readonly message: string;
  /**
   * The code the dialect's error table is read with: SQLSTATE for PostgreSQL (`"23505"`), errno for MariaDB/MySQL
   * (`1062`), the extended result name for SQLite (`"SQLITE_CONSTRAINT_UNIQUE"`); for an error below the database
   * (sockets, the driver itself) the system's code (`"ECONNREFUSED"`).
   */
  readonly code: string | number | undefined;
  /** What the database adds to its message, often with the offending values; left out where parameters are hidden. */
  readonly detail?: string | undefined;
  /** The constraint the database named. */
  readonly constraint?: string | undefined;
  /** The driver knows that the connection is gone. */
  readonly disconnect?: boolean | undefined;
  /** The driver knows that running the transaction again may succeed, whatever the code says. */
  readonly retryable?: boolean | undefined;
}
