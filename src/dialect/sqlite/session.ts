/** SQLite enforces foreign keys only when told; how long to wait for a lock is set when the file is opened. */
export const sessionSetup: readonly string[] = ["PRAGMA foreign_keys = ON"];
