import { ArgumentError, NoReferenceError } from "../errors/index.ts";
import {
  type ColumnNode,
  describeWithin,
  Expression,
  type ExpressionNode,
  hasFrom,
  literalNode,
  type TableNode,
  type TargetColumn,
} from "../sql/index.ts";
import type { SqlType } from "../types/index.ts";
import type { ColumnReference, ColumnSpec, DefaultValue, ReferenceOptions } from "./column-builder.ts";

/** What a column needs of the table it belongs to. */
export interface ColumnOwner {
  readonly name: string;
  readonly schema: string | null;
  readonly node: TableNode;
}

/** What tables and references need of the `MetaData` they belong to. */
export interface TableRegistry {
  /** The schema of tables that name none. */
  readonly schema: string | null;
  addTable(table: { readonly fullName: string }): void;
  /**
   * The column of a path such as `"users.id"`; `from` is who asks, for messages.
   *
   * @throws NoReferenceError when there is no such table or column.
   */
  column(path: string, from: string): Column;
}

let columnCount = 0;

/** A column of a table; also an expression for its value. */
export class Column<V = unknown, N extends string = string> extends Expression<V> implements TargetColumn {
  declare readonly "~value"?: V;
  /** The attribute's name. */
  readonly key: N;
  /** The name in the database. */
  readonly name: string;
  readonly table: ColumnOwner;
  readonly spec: ColumnSpec;
  readonly primaryKey: boolean;
  readonly nullable: boolean;
  readonly foreignKeys: readonly ForeignKey[];
  readonly onInsert: (() => unknown) | ExpressionNode | null;
  readonly onUpdate: (() => unknown) | ExpressionNode | null;
  readonly #node: ColumnNode;

  constructor(key: N, name: string, table: ColumnOwner, spec: ColumnSpec) {
    super();
    this.key = key;
    this.name = name;
    this.table = table;
    this.spec = spec;
    this.primaryKey = spec.primaryKey ?? false;
    this.nullable = (spec.nullable ?? false) && !this.primaryKey;
    this.foreignKeys = (spec.references ?? []).map((reference) => new ForeignKey(this, reference));
    this.onInsert = filler(spec.default);
    this.onUpdate = filler(spec.onUpdate);
    columnCount += 1;
    this.#node = { kind: "column", id: columnCount, table: table.node, name, key, type: spec.type };
    if (spec.computed !== undefined && spec.default !== undefined) {
      throw new ArgumentError(`${this.fullName}: a computed column cannot have a default.`);
    }
  }

  override get type(): SqlType {
    return this.spec.type;
  }
  /** `table.column`, for messages. */
  get fullName(): string {
    return `${this.table.name}.${this.name}`;
  }
  toNode(): ColumnNode {
    return this.#node;
  }
}

function filler(value: DefaultValue | undefined): (() => unknown) | ExpressionNode | null {
  if (value === undefined) return null;
  if (typeof value === "function") return value;
  return "node" in value ? value.node : () => value.value;
}

/** The expression of a default written into DDL. */
export function defaultNode(value: DefaultValue, type: SqlType): ExpressionNode {
  if (typeof value === "function")
    throw new ArgumentError("A server default is a value or a SQL expression, not a function.");
  return "node" in value ? value.node : literalNode(value.value, type);
}

/** One column's reference to another; the column it names is looked up when first needed. */
export class ForeignKey {
  readonly parent: Column;
  readonly options: ReferenceOptions;
  readonly #reference: ColumnReference;
  #target: Column | undefined;

  constructor(parent: Column, reference: ColumnReference) {
    this.parent = parent;
    this.options = reference.options;
    this.#reference = reference;
  }

  /**
   * The column referred to.
   *
   * @throws NoReferenceError when there is no such table or column.
   */
  resolve(registry: TableRegistry): Column {
    return (this.#target ??= this.#find(registry));
  }

  #find(registry: TableRegistry): Column {
    const { target } = this.#reference;
    if (typeof target === "string") return registry.column(target, this.parent.fullName);
    const found: unknown = typeof target === "function" && !hasFrom(target) ? (target as () => unknown)() : target;
    if (found instanceof Column) return found;
    throw new NoReferenceError(
      `${this.parent.fullName} references ${describeWithin(found)}, which is no column. Give a column such as User.c.id, or "users.id".`,
    );
  }
}
