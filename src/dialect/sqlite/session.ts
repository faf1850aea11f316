/**
 * SQLite enforces foreign keys only when told, and LIKE minds case only when told, as it does everywhere else; how long
 * to wait for a lock is set when the file is opened.
 */
export const sessionSetup: readonly string[] = ["PRAGMA foreign_keys = ON", "PRAGMA case_sensitive_like = ON"];
