import { expressionVisitors, type Features, statementVisitors, type Visitors } from "../../compile/index.ts";
import type { Dialect } from "../dialect.ts";
import { writeOnConflict } from "../on-conflict.ts";
import { sqliteErrors } from "./errors.ts";
import { reflection } from "./reflection.ts";
import { sessionSetup } from "./session.ts";
import { sqliteTypes, sqliteTypesWith } from "./types.ts";

const features: Features = {
  quote: '"',
  placeholder: "question",
  maxParameters: 32_766,
  castParameters: false,
  backslashEscapes: false,
  returning: { insert: true, update: true, delete: true, triggered: false },
  insertMany: "values",
  insertPage: 100, // 20,000 rows of 6 columns: 80 ms one by one, 40 ms in pages of 20 and of 5,000
  driverInserts: false,
  updateMany: "values",
  // one column: 3.1 µs a row one by one, 2.1 in pages of 20, 1.8 of 100 and of 500; below 10 rows one by one is faster
  updatePages: [100, 20],
  valuesRow: "",
  labelLength: 9999, // SQLite itself sets no bound
  inList: "expand",
  tupleList: "values",
  emptyInsert: "DEFAULT VALUES",
  defaultKeyword: false,
  autoIncrement: "rowid",
  // a numeric column stores 3.00 as the integer 3
  divisionCast: { kinds: ["smallint", "integer", "bigint", "numeric"], to: "REAL" },
  concat: "operator",
  booleanLiterals: ["0", "1"],
  bytesLiteral: (hex) => `X'${hex}'`,
  unlimited: "-1",
  ilike: false,
  likeEscapes: false,
  distinctFrom: "is",
  nullsOrder: true,
  rowLocks: null,
  distinctOn: false,
  fullJoin: true,
  lateral: false,
  aggregateFilter: true,
  updateFrom: "from",
  deleteFrom: null,
  functions: {
    // the form in which timestamps are stored, so that they compare as text
    now: () => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    current_date: () => "CURRENT_DATE",
    greatest: (args) => `max(${args.join(", ")})`,
    least: (args) => `min(${args.join(", ")})`,
  },
  compoundParentheses: false,
  transactionalDdl: true,
  alterForeignKeys: false,
  deferrable: true,
  comments: null,
  views: { orReplace: false, ifNotExists: true, cascade: false, materialized: false },
  tableOptions: "",
  attachedSchemas: true,
  nativeEnum: false,
  begin: "BEGIN",
};

const visitors: Visitors = { ...expressionVisitors, ...statementVisitors, "on-conflict": writeOnConflict };

export const sqlite: Dialect = {
  name: "sqlite",
  family: "sqlite",
  features,
  types: sqliteTypes,
  typesWith: sqliteTypesWith,
  errors: sqliteErrors,
  visitors,
  sessionSetup,
  reflection,
};
