/**
 * Timestamps in UTC, and no silent cutting of values that do not fit, whatever the server's configuration.
 *
 * The rest of the user's `sql_mode` is kept.
 */
export const sessionSetup: readonly string[] = [
  "SET time_zone = '+00:00', sql_mode = CONCAT_WS(',', NULLIF(@@sql_mode, ''), 'STRICT_TRANS_TABLES')",
];
