import type { ErrorTable } from "../classify.ts";

/** Extended result names (sqlite.org/rescode.html). */
export const sqliteErrors: ErrorTable = {
  kinds: {
    SQLITE_CONSTRAINT_UNIQUE: "unique",
    SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
    SQLITE_CONSTRAINT_ROWID: "unique",
    SQLITE_CONSTRAINT_FOREIGNKEY: "foreignKey",
    SQLITE_CONSTRAINT_NOTNULL: "notNull",
    SQLITE_CONSTRAINT_CHECK: "check",
    SQLITE_CONSTRAINT_DATATYPE: "data",
    // somebody wrote after this transaction's first read: only starting again helps, waiting does not
    SQLITE_BUSY_SNAPSHOT: "serialization",
  },
  prefixes: {
    SQLITE_CONSTRAINT: "integrity",
    SQLITE_BUSY: "lockTimeout",
    SQLITE_LOCKED: "lockTimeout",
    SQLITE_INTERRUPT: "canceled",
    SQLITE_ABORT: "operational",
    SQLITE_TOOBIG: "data",
    SQLITE_MISMATCH: "integrity",
    SQLITE_RANGE: "programming",
    SQLITE_MISUSE: "programming",
    SQLITE_AUTH: "programming",
    SQLITE_NOLFS: "notSupported",
    SQLITE_INTERNAL: "internal",
    SQLITE_NOTFOUND: "internal",
    SQLITE_CORRUPT: "database",
    SQLITE_FORMAT: "database",
    SQLITE_NOTADB: "database",
    SQLITE_ERROR: "programming", // syntax, an unknown table or column
    ERR_INVALID_STATE: "interface",
  },
  otherwise: "operational",
  disconnects: [],
};
