import type { TypeKind } from "../types/index.ts";

/** SQL of a function whose name or form differs; gets its arguments as SQL. */
export type FunctionForm = (args: readonly string[]) => string;

/** Every difference between dialects that can be a value. */
export interface Features {
  /** The character around identifiers. */
  readonly quote: '"' | "`";
  /** `?` for every value, or `$1`, `$2`, … */
  readonly placeholder: "question" | "numbered";
  /** The most values one statement may carry. */
  readonly maxParameters: number;
  /** A parameter whose type the SQL around it does not tell is written as CAST($1 AS type). */
  readonly castParameters: boolean;
  /** Text in single quotes takes backslash escapes, so that backslashes must be doubled. */
  readonly backslashEscapes: boolean;
  /** INSERT, UPDATE and DELETE that may return rows. */
  readonly returning: {
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
    /** What triggers did to the row shows in what is returned. */
    readonly triggered: boolean;
  };
  /** How many rows are inserted by one statement: a VALUES list, or arrays that `unnest` turns into rows. */
  readonly insertMany: "values" | "unnest";
  /** How many rows such a statement carries at most; 1: each row has a statement of its own. */
  readonly insertPage: number;
  /** An INSERT with many sets of values is left to the driver, which knows how much a packet may hold. */
  readonly driverInserts: boolean;
  /** How the rows come that one UPDATE changes, or one DELETE deletes. */
  readonly updateMany: "values" | "unnest";
  /**
   * How many rows with values of their own one UPDATE changes, largest first; where they come as a VALUES list, fewer
   * than the smallest go row by row. Few sizes mean few texts to prepare.
   */
  readonly updatePages: readonly number[];
  /** How a row of a VALUES list begins where the list is a query. */
  readonly valuesRow: "" | "ROW";
  /** The most characters (PostgreSQL: bytes) of a name that is made up for a table or query. */
  readonly labelLength: number;
  /** `IN` over a list: one array value (`= ANY($1)`), or one placeholder for each member. */
  readonly inList: "any" | "expand";
  /** How tuples stand after IN: as they are, or behind VALUES. */
  readonly tupleList: "list" | "values";
  /** SQL for an INSERT that names no column. */
  readonly emptyInsert: string;
  /** A column's DEFAULT may stand in a VALUES list. */
  readonly defaultKeyword: boolean;
  /** An integer primary key fills itself: by its type (SQLite), GENERATED … AS IDENTITY, or AUTO_INCREMENT. */
  readonly autoIncrement: "rowid" | "identity" | "auto_increment";
  /** `/` between values of these types would lose the fraction: one side is cast to another type. */
  readonly divisionCast: { readonly kinds: readonly TypeKind[]; readonly to: string };
  /** String concatenation: the `||` operator, or CONCAT(). */
  readonly concat: "operator" | "function";
  /** How true and false are written in SQL. */
  readonly booleanLiterals: readonly [no: string, yes: string];
  /** How bytes are written in SQL; gets them in hexadecimal. */
  readonly bytesLiteral: (hex: string) => string;
  /** The LIMIT that OFFSET needs before it; `null`: it stands alone. */
  readonly unlimited: string | null;
  readonly ilike: boolean;
  /** In a LIKE a backslash escapes also where nothing says so. */
  readonly likeEscapes: boolean;
  readonly distinctFrom: "standard" | "is" | "null-safe";
  /** NULLS FIRST and NULLS LAST. */
  readonly nullsOrder: boolean;
  /** Row locks: how a shared one is written, whether weaker ones and `OF` exist. `null`: there are none. */
  readonly rowLocks: { readonly share: string; readonly keyShare: boolean; readonly of: boolean } | null;
  readonly distinctOn: boolean;
  readonly fullJoin: boolean;
  readonly lateral: boolean;
  /** FILTER (WHERE …) after an aggregate; otherwise it becomes a CASE. */
  readonly aggregateFilter: boolean;
  /** UPDATE … SET … FROM, or UPDATE a, b SET …. */
  readonly updateFrom: "from" | "join";
  /** DELETE FROM … USING, or DELETE a FROM a, b; `null`: from one table only. */
  readonly deleteFrom: "using" | "join" | null;
  /** Functions of another name or form here, by their lower-case name. */
  readonly functions: Readonly<Record<string, FunctionForm>>;
  /** Members of a UNION may stand in parentheses. */
  readonly compoundParentheses: boolean;
  /** DDL is part of the transaction. */
  readonly transactionalDdl: boolean;
  /** ALTER TABLE can add a foreign key, so that tables may reference each other in a circle. */
  readonly alterForeignKeys: boolean;
  /** Foreign keys may be checked at the end of the transaction. */
  readonly deferrable: boolean;
  /** Comments are part of a definition, or statements of their own. */
  readonly comments: "inline" | "statement" | null;
  /** What CREATE VIEW and DROP VIEW may say. */
  readonly views: {
    readonly orReplace: boolean;
    readonly ifNotExists: boolean;
    readonly cascade: boolean;
    readonly materialized: boolean;
  };
  /** What follows the parentheses of CREATE TABLE. */
  readonly tableOptions: string;
  /** A schema is an attached database: an index carries it in its own name, a reference cannot name one. */
  readonly attachedSchemas: boolean;
  /** The database has native enumerations in the column type, so that no CHECK is needed. */
  readonly nativeEnum: boolean;
  /** Starts a transaction. */
  readonly begin: string;
}
