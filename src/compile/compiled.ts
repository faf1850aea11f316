import type { ExpressionNode } from "../sql/index.ts";
import type { Decode, Encode, SqlType } from "../types/index.ts";

/** A list that becomes as many placeholders as it has members. */
export interface ExpandingSlot {
  /** One for each value of a member; a member of a tuple list has several. */
  readonly encoders: readonly (Encode | null | undefined)[];
  /** Members are lists themselves, each in parentheses. */
  readonly tuple: boolean;
  /** SQL before the members. */
  readonly prefix: string;
  /** A value that is no list stands for a list of itself. */
  readonly orOne: boolean;
  /** SQL for a list without members. */
  readonly empty: string;
}

/** One value of a statement: from its tree, given by name when it is executed, or made for each row. */
export interface BindSlot {
  /** Position among the values extracted from the statement's tree; -1: not from the tree. */
  readonly index: number;
  /** Name under which a parameter given at execution replaces the value; `null` for an anonymous literal. */
  readonly name: string | null;
  /** The value must be given at execution. */
  readonly required: boolean;
  /** Makes the value when none is given (a column's default). */
  readonly generate: (() => unknown) | null;
  /** The value of a slot that is neither in the tree nor named. */
  readonly constant: unknown;
  /** `null`: the value travels as it is; `undefined`: by the value's JavaScript type. */
  readonly encode: Encode | null | undefined;
  readonly expanding: ExpandingSlot | null;
}

/** One column of the rows a statement returns. */
export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
  /** `null`: as the driver gives it; `undefined`: unknown type, read by the driver's own type code. */
  readonly decode: Decode | null | undefined;
}

export type StatementKind = "select" | "insert" | "update" | "delete" | "text" | "ddl";

/** A statement's SQL with the layout of its values: all that depends on its structure, nothing of its values. */
export interface Compiled {
  readonly kind: StatementKind;
  /** SQL text; where a slot is expanding, `pieces` is used instead. */
  readonly sql: string;
  /** One slot per placeholder, in order of the placeholders. */
  readonly slots: readonly BindSlot[];
  /** SQL cut at each placeholder (one more piece than slots); only when a slot expands. */
  readonly pieces: readonly string[] | null;
  /** `null` when the statement returns no rows, or when only the database knows which (`text`). */
  readonly columns: readonly ResultColumn[] | null;
  /** What the elements of a row are, where there are bundles among them; `null`: one for each column. */
  readonly elements: readonly ExpressionNode[] | null;
  /** A column is of a type (or an unknown type) whose integers must not pass through a double. */
  readonly exactIntegers: boolean;
  /** Prepared once and reused; false for DDL and the like. */
  readonly prepare: boolean;
}

/** A compiled statement together with the values found in one statement tree of its structure. */
export interface PreparedStatement {
  readonly compiled: Compiled;
  readonly values: readonly unknown[];
}

/** What goes to the driver. */
export interface BoundStatement {
  readonly compiled: Compiled;
  /** Those of the statement, for listeners. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly sql: string;
  readonly params: readonly unknown[];
}
