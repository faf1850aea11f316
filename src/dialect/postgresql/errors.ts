import type { ErrorTable } from "../classify.ts";

/** SQLSTATEs and their classes (PostgreSQL manual, appendix A). */
export const postgresqlErrors: ErrorTable = {
  kinds: {
    "23502": "notNull",
    "23503": "foreignKey",
    "23505": "unique",
    "23514": "check",
    "23P01": "integrity", // exclusion constraint
    "40001": "serialization",
    "40P01": "serialization",
    "55P03": "lockTimeout",
    "57014": "canceled",
    "25P03": "operational", // idle_in_transaction_session_timeout: the session was ended
    "42501": "programming",
    "0A000": "notSupported",
  },
  prefixes: {
    "08": "operational",
    "0A": "notSupported",
    "20": "programming",
    "21": "programming",
    "22": "data",
    "23": "integrity",
    "24": "internal",
    "25": "internal",
    "26": "operational",
    "28": "operational",
    "2B": "internal",
    "2D": "internal",
    "2F": "internal",
    "34": "operational",
    "38": "internal",
    "39": "internal",
    "3B": "internal",
    "3D": "operational", // unknown database
    "3F": "programming",
    "40": "serialization",
    "42": "programming",
    "44": "programming",
    "53": "operational",
    "54": "operational",
    "55": "operational",
    "57": "operational",
    "58": "operational",
    F0: "internal",
    HV: "operational",
    P0: "database",
    XX: "internal",
  },
  otherwise: "database",
  // invalid input syntax for type integer: "…"; value "…" is out of range for type integer
  values: /(?<=: ").*(?="$)|(?<=^value ").*(?=" is out of range)/s,
  disconnects: ["08", "57P01", "57P02", "57P03", "57P05", "25P03"],
};
