// Every kind of node, as plain data. One file, because they refer to each other in circles: a column has its table, a
// FROM element may be a query, a query has columns.
import type { SqlType } from "../../types/index.ts";

/** A column of a table, alias, subquery or CTE. */
export interface ColumnNode {
  readonly kind: "column";
  /** Stands for name, key and type of a table's column in caches; 0 for all others, as for copies under another name. */
  readonly id: number;
  readonly table: FromNode;
  readonly name: string;
  /** The name it has in results: the attribute's key. */
  readonly key: string;
  readonly type: SqlType;
}

/** A value that travels beside the SQL, never in it. */
export interface LiteralNode {
  readonly kind: "literal";
  readonly value: unknown;
  readonly type: SqlType;
  /** Name under which a parameter given at execution replaces the value. */
  readonly name: string | null;
  readonly required: boolean;
  /** The value is a list: `IN` renders one placeholder for each member. */
  readonly expanding: boolean;
}

export interface BinaryNode {
  readonly kind: "binary";
  readonly operator: string;
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
  readonly type: SqlType;
  /** ESCAPE character of a LIKE. */
  readonly escape: string | null;
}

export interface UnaryNode {
  readonly kind: "unary";
  readonly operator: string;
  readonly operand: ExpressionNode;
  readonly type: SqlType;
}

/** `AND` or `OR` over any number of conditions. */
export interface JunctionNode {
  readonly kind: "junction";
  readonly operator: "and" | "or";
  readonly items: readonly ExpressionNode[];
  readonly type: SqlType;
}

export interface BetweenNode {
  readonly kind: "between";
  readonly operand: ExpressionNode;
  readonly low: ExpressionNode;
  readonly high: ExpressionNode;
  readonly negated: boolean;
  readonly type: SqlType;
}

export interface FunctionNode {
  readonly kind: "function";
  readonly name: string;
  readonly args: readonly ExpressionNode[];
  readonly distinct: boolean;
  readonly filter: ExpressionNode | null;
  readonly type: SqlType;
}

/** One bound of a window frame; `rows` is null for an unbounded or current-row end. */
export interface WindowFrame {
  readonly unit: "rows" | "range" | "groups";
  readonly start: number | null;
  readonly end: number | null;
}

export interface OverNode {
  readonly kind: "over";
  readonly operand: ExpressionNode;
  readonly partitionBy: readonly ExpressionNode[];
  readonly orderBy: readonly ExpressionNode[];
  /** `unit start end` with `u` for unbounded; plain text so that it is part of the statement's structure. */
  readonly frame: string | null;
  readonly type: SqlType;
}

export interface CastNode {
  readonly kind: "cast";
  readonly operand: ExpressionNode;
  readonly type: SqlType;
  /** Only the type of the result changes; no CAST is written. */
  readonly silent: boolean;
}

export interface CaseNode {
  readonly kind: "case";
  readonly subject: ExpressionNode | null;
  /** Conditions and results, alternating. */
  readonly branches: readonly ExpressionNode[];
  readonly otherwise: ExpressionNode | null;
  readonly type: SqlType;
}

export interface TupleNode {
  readonly kind: "tuple";
  readonly items: readonly ExpressionNode[];
  readonly type: SqlType;
}

export interface ExistsNode {
  readonly kind: "exists";
  readonly query: SelectNode | CompoundNode;
  readonly type: SqlType;
}

/** A SELECT of one column, used as a value. */
export interface ScalarSubqueryNode {
  readonly kind: "scalar-subquery";
  readonly query: SelectNode | CompoundNode;
  readonly type: SqlType;
}

export interface LabelNode {
  readonly kind: "label";
  readonly name: string;
  readonly operand: ExpressionNode;
  readonly type: SqlType;
}

/** SQL written by the programmer, as an expression. */
export interface RawNode {
  readonly kind: "raw";
  readonly sql: string;
  readonly type: SqlType;
}

/** NULL, TRUE, FALSE, DEFAULT or `*`. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly name: "null" | "true" | "false" | "default" | "star";
  readonly type: SqlType;
}

export interface OrderNode {
  readonly kind: "order";
  readonly operand: ExpressionNode;
  readonly direction: "asc" | "desc" | null;
  readonly nulls: "first" | "last" | null;
  readonly type: SqlType;
}

/** All columns of a mapped class, read as one object. */
export interface EntityNode {
  readonly kind: "entity";
  readonly source: FromNode;
  readonly columns: readonly ExpressionNode[];
  /** Who turns the columns into an object; opaque to this layer. */
  readonly mapper: { readonly id: number };
  /** Which of the source's rows are its objects; `null`: all. Made along with the node, and so no part of its structure. */
  readonly criterion: ExpressionNode | null;
  readonly type: SqlType;
}

/** Several columns, read as one object. */
export interface BundleNode {
  readonly kind: "bundle";
  readonly name: string;
  /** The object's property for each of the items. */
  readonly keys: readonly string[];
  /** Expressions, and bundles in turn. */
  readonly items: readonly ExpressionNode[];
  readonly type: SqlType;
}

export type ExpressionNode =
  | ColumnNode
  | LiteralNode
  | BinaryNode
  | UnaryNode
  | JunctionNode
  | BetweenNode
  | FunctionNode
  | OverNode
  | CastNode
  | CaseNode
  | TupleNode
  | ExistsNode
  | ScalarSubqueryNode
  | LabelNode
  | RawNode
  | ConstantNode
  | OrderNode
  | EntityNode
  | BundleNode
  | TextNode;

/** SQL with `:name` parameters, as a statement or inside one; reflected SQL also has columns in it. */
export interface TextNode {
  readonly kind: "text";
  /** The SQL between the parameters; one more piece than there are binds. */
  readonly pieces: readonly string[];
  readonly binds: readonly (LiteralNode | ColumnNode)[];
  /** What the columns of its rows are, where the programmer said so. */
  readonly columns: readonly ExpressionNode[];
  readonly type: SqlType;
}

/** A table by name. One node per table object: its identity is the table's. */
export interface TableNode {
  readonly kind: "table";
  readonly id: number;
  readonly name: string;
  readonly schema: string | null;
  /** Its foreign keys, by which joins without a condition find one; read when a statement is written. */
  readonly foreignKeys: (() => readonly ForeignKeyFact[]) | null;
}

export interface ForeignKeyFact {
  readonly columns: readonly string[];
  readonly target: TableNode;
  readonly targetColumns: readonly string[];
}

/** A table or query under another name. One node per alias: its identity is the alias's. */
export interface AliasNode {
  readonly kind: "alias";
  readonly source: TableNode | SelectNode | CompoundNode | ValuesNode;
  /** `null`: a name is made when the SQL is written. */
  readonly name: string | null;
  readonly lateral: boolean;
}

/** A common table expression. `token` stays the same when a recursive one gets its second half. */
export interface CteNode {
  readonly kind: "cte";
  readonly token: object;
  readonly name: string | null;
  readonly query: SelectNode | CompoundNode;
  readonly recursive: boolean;
  /** True for the form that has its recursive half; it is the one to write. */
  readonly complete: boolean;
}

export interface JoinNode {
  readonly kind: "join";
  readonly left: FromNode;
  readonly right: FromNode;
  readonly on: ExpressionNode | null;
  readonly outer: boolean;
  readonly full: boolean;
}

/** A VALUES list as a table. */
export interface ValuesNode {
  readonly kind: "values";
  readonly columns: readonly string[];
  readonly rows: readonly ExpressionNode[];
}

/** SQL written by the programmer, as a FROM element. */
export interface RawFromNode {
  readonly kind: "raw-from";
  readonly sql: string;
}

/** A set-returning function, or any expression, as a FROM element. */
export type FromNode = TableNode | AliasNode | CteNode | JoinNode | RawFromNode;

/** One `.join()` of a SELECT; what it joins to is found when the SQL is written. */
export interface JoinStepNode {
  readonly kind: "join-step";
  /** The FROM element it starts from, where the join knows (a relationship does). */
  readonly left: FromNode | null;
  readonly target: FromNode;
  readonly on: ExpressionNode | null;
  readonly outer: boolean;
  readonly full: boolean;
}

/** Something attached to a statement for a layer above; its `key` is part of the statement's structure. */
export interface StatementOption {
  readonly key: string;
  /** Expressions in it: their structure belongs to the statement's, and their values are values of it. */
  readonly nodes?: readonly (ExpressionNode | FromNode)[];
}

export interface ForUpdateNode {
  readonly kind: "for-update";
  readonly read: boolean;
  readonly keyShare: boolean;
  readonly nowait: boolean;
  readonly skipLocked: boolean;
  readonly of: readonly FromNode[];
}

export interface SelectNode {
  readonly kind: "select";
  readonly columns: readonly ExpressionNode[];
  readonly from: readonly FromNode[];
  readonly joins: readonly JoinStepNode[];
  readonly where: readonly ExpressionNode[];
  readonly groupBy: readonly ExpressionNode[];
  readonly having: readonly ExpressionNode[];
  readonly orderBy: readonly ExpressionNode[];
  readonly limit: ExpressionNode | null;
  readonly offset: ExpressionNode | null;
  readonly distinct: boolean;
  readonly distinctOn: readonly ExpressionNode[];
  readonly forUpdate: ForUpdateNode | null;
  /** FROM elements left to the enclosing SELECT; `null`: found automatically. */
  readonly correlate: readonly FromNode[] | null;
  readonly ctes: readonly CteNode[];
  readonly options: readonly StatementOption[];
}

/** UNION, INTERSECT, EXCEPT. */
export interface CompoundNode {
  readonly kind: "compound";
  readonly operator: "union" | "union all" | "intersect" | "intersect all" | "except" | "except all";
  readonly queries: readonly (SelectNode | CompoundNode)[];
  readonly orderBy: readonly ExpressionNode[];
  readonly limit: ExpressionNode | null;
  readonly offset: ExpressionNode | null;
  readonly options: readonly StatementOption[];
}

/** What to do when an inserted row meets an existing one; written by the dialects that have it. */
export interface OnConflictNode {
  readonly kind: "on-conflict";
  readonly style: "conflict" | "duplicate-key";
  readonly action: "nothing" | "update";
  readonly targets: readonly string[];
  readonly constraint: string | null;
  readonly targetWhere: ExpressionNode | null;
  readonly columns: readonly string[];
  readonly values: readonly ExpressionNode[];
  readonly where: ExpressionNode | null;
}

/** One column of a table that a statement changes, with what fills it when no value is given. */
export interface TargetColumn {
  readonly name: string;
  readonly key: string;
  readonly type: SqlType;
  /** Fills it on INSERT: a function called for each row, or an expression written into the SQL. */
  readonly onInsert: (() => unknown) | ExpressionNode | null;
  /** The same for UPDATE. */
  readonly onUpdate: (() => unknown) | ExpressionNode | null;
}

/** A table (or mapped class) that a statement changes. */
export interface StatementTarget {
  readonly table: TableNode;
  /** What to call it in messages. */
  readonly label: string;
  /** What knows the class, where it is one; opaque to this layer. */
  readonly mapper?: { readonly id: number };
  readonly columns: readonly TargetColumn[];
  /** Which of the table's rows are meant; missing: all. */
  readonly criterion?: ExpressionNode | null;
  /** The column of a key or name. */
  find(key: string): TargetColumn | undefined;
}

export interface InsertNode {
  readonly kind: "insert";
  readonly table: TableNode;
  readonly target: StatementTarget;
  /** Column names; `null`: those of the parameters given at execution. */
  readonly columns: readonly string[] | null;
  /** The rows' values one after the other, `columns.length` for each. */
  readonly values: readonly ExpressionNode[];
  readonly query: SelectNode | CompoundNode | null;
  readonly onConflict: OnConflictNode | null;
  readonly returning: readonly ExpressionNode[];
  readonly ctes: readonly CteNode[];
  readonly options: readonly StatementOption[];
}

export interface UpdateNode {
  readonly kind: "update";
  readonly table: TableNode;
  readonly target: StatementTarget;
  /** Column names; `null`: those of the parameters given at execution. */
  readonly columns: readonly string[] | null;
  readonly values: readonly ExpressionNode[];
  readonly from: readonly FromNode[];
  readonly where: readonly ExpressionNode[];
  readonly returning: readonly ExpressionNode[];
  readonly ctes: readonly CteNode[];
  readonly options: readonly StatementOption[];
}

export interface DeleteNode {
  readonly kind: "delete";
  readonly table: TableNode;
  /** `null` in statements that a flush makes. */
  readonly target: StatementTarget | null;
  readonly from: readonly FromNode[];
  readonly where: readonly ExpressionNode[];
  readonly returning: readonly ExpressionNode[];
  readonly ctes: readonly CteNode[];
  readonly options: readonly StatementOption[];
}

/** What CREATE VIEW says. */
export interface CreateView {
  readonly verb: "create view";
  readonly name: string;
  readonly schema: string | null;
  readonly query: QueryNode;
  /** Names for the query's columns, in order; `null`: as the query names them. */
  readonly columns: readonly string[] | null;
  /** Its rows are stored, and read anew only when told. */
  readonly materialized: boolean;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}

/** What DROP VIEW says. */
export interface DropView {
  readonly verb: "drop view";
  readonly name: string;
  readonly schema: string | null;
  readonly materialized: boolean;
  /** Also what depends on it. */
  readonly cascade: boolean;
  readonly ifExists: boolean;
}

/** A statement that defines something; its values are written into the SQL, so it is compiled each time. */
export interface DdlNode {
  readonly kind: "ddl";
  readonly construct: CreateView | DropView;
}

export type QueryNode = SelectNode | CompoundNode;
export type StatementNode = SelectNode | CompoundNode | InsertNode | UpdateNode | DeleteNode | TextNode | DdlNode;
