import { expressionVisitors, type Features, statementVisitors, type Visitors } from "../../compile/index.ts";
import type { Dialect } from "../dialect.ts";
import { writeOnDuplicateKey } from "../on-conflict.ts";
import { mysqlErrors } from "./errors.ts";
import { mariadbReflection, mysqlReflection } from "./reflection.ts";
import { sessionSetup } from "./session.ts";
import { mariadbTypes, mariadbTypesWith, mysqlTypes, mysqlTypesWith } from "./types.ts";

/**
 * A binary collation in which trailing spaces count, so that text compares the same on every database: by default
 * 'a' = 'A' = 'Á' and 'a' = 'a ' here, which makes keys clash and conditions match that elsewhere do not. (Values among
 * themselves still compare so: a parameter has the collation of the connection's handshake, whatever is set later.)
 */
function tableOptions(collation: string): string {
  return ` ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`;
}

const mysqlFeatures: Features = {
  quote: "`",
  placeholder: "question",
  maxParameters: 65_535,
  castParameters: false,
  backslashEscapes: true,
  returning: { insert: false, update: false, delete: false, triggered: true },
  insertMany: "values",
  insertPage: 500, // 20,000 rows of 6 columns: 150 ms in pages of 100, 110 of 500, 125 of 5,000
  driverInserts: true,
  updateMany: "values",
  // 1,000 rows, one column: 39 µs a row one by one (mysql2: 90), 26 in pages of 500; below 20 rows one by one is faster
  updatePages: [500, 100, 20],
  valuesRow: "ROW",
  labelLength: 64,
  inList: "expand",
  tupleList: "list",
  emptyInsert: "() VALUES ()",
  defaultKeyword: true,
  autoIncrement: "auto_increment",
  // 1 / 3 would be 0.3333
  divisionCast: { kinds: ["smallint", "integer", "bigint"], to: "DOUBLE" },
  concat: "function",
  booleanLiterals: ["false", "true"],
  bytesLiteral: (hex) => `X'${hex}'`,
  unlimited: "18446744073709551615",
  ilike: false,
  likeEscapes: true,
  distinctFrom: "null-safe",
  nullsOrder: false,
  rowLocks: { share: "FOR SHARE", keyShare: false, of: true },
  distinctOn: false,
  fullJoin: false,
  lateral: true,
  aggregateFilter: false,
  updateFrom: "join",
  deleteFrom: "join",
  functions: {
    now: () => "CURRENT_TIMESTAMP(3)",
    current_date: () => "CURRENT_DATE",
    avg: (args) => `avg(${args.join(", ")} * 1e0)`, // the mean of 0, 0 and 1 would be 0.3333
    length: (args) => `char_length(${args.join(", ")})`, // LENGTH() counts bytes here
  },
  compoundParentheses: true,
  transactionalDdl: false,
  alterForeignKeys: true,
  deferrable: false,
  comments: "inline",
  views: { orReplace: true, ifNotExists: false, cascade: false, materialized: false },
  tableOptions: tableOptions("utf8mb4_0900_bin"),
  attachedSchemas: false,
  nativeEnum: true,
  begin: "START TRANSACTION",
};

const mariadbFeatures: Features = {
  ...mysqlFeatures,
  returning: { insert: true, update: false, delete: true, triggered: true },
  valuesRow: "",
  lateral: false,
  rowLocks: { share: "LOCK IN SHARE MODE", keyShare: false, of: false },
  views: { ...mysqlFeatures.views, ifNotExists: true },
  tableOptions: tableOptions("utf8mb4_nopad_bin"),
};

const visitors: Visitors = { ...expressionVisitors, ...statementVisitors, "on-conflict": writeOnDuplicateKey };

export const mysql: Dialect = {
  name: "mysql",
  family: "mysql",
  features: mysqlFeatures,
  types: mysqlTypes,
  typesWith: mysqlTypesWith,
  errors: mysqlErrors,
  visitors,
  sessionSetup,
  reflection: mysqlReflection,
};

export const mariadb: Dialect = {
  ...mysql,
  name: "mariadb",
  features: mariadbFeatures,
  types: mariadbTypes,
  typesWith: mariadbTypesWith,
  reflection: mariadbReflection,
};
