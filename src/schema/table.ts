import { ArgumentError } from "../errors/index.ts";
import {
  eachChild,
  type ExpressionNode,
  type ForeignKeyFact,
  type HasColumns,
  type HasFrom,
  type HasTarget,
  type Node,
  type QueryNode,
  bareRecord,
  refuseUnknown,
  type StatementTarget,
  type TableNode,
} from "../sql/index.ts";
import { Column, type TableRegistry } from "./column.ts";
import { ColumnBuilder, type ReferenceOptions } from "./column-builder.ts";
import { ForeignKeyConstraint, Index, PrimaryKeyConstraint, type TableItem, UniqueConstraint } from "./constraint.ts";

/** A table's columns by key. */
export type TableColumns<F> = {
  readonly [K in keyof F as F[K] extends ColumnBuilder ? K : never]: F[K] extends ColumnBuilder<infer V>
    ? Column<V, K & string>
    : never;
};

export interface TableOptions {
  readonly schema?: string;
  readonly comment?: string;
  /** Turns an attribute's key into the column's name where `.named()` does not say. Default: as it is. */
  readonly columnName?: (key: string) => string;
  readonly items?: readonly TableItem[];
  /** Makes it a view. */
  readonly view?: ViewOptions;
}

export interface ViewOptions {
  /** What it shows; asked for when it is created. */
  readonly query: () => { toNode(): QueryNode };
  /** The tables that must be there before it; by default those its query names. */
  readonly dependencies?: () => readonly Table[];
  /** Its rows are stored, and read anew by REFRESH MATERIALIZED VIEW (PostgreSQL). Default false. */
  readonly materialized?: boolean;
  /** Dropping it drops what depends on it, where the database has that (PostgreSQL). Default true. */
  readonly cascade?: boolean;
}

/** A foreign key of a table: one column's reference, or several columns'. */
export interface TableForeignKey {
  readonly columns: readonly Column[];
  readonly targetColumns: readonly Column[];
  readonly target: Table;
  readonly options: ReferenceOptions;
}

let tableCount = 0;
const tables = new WeakMap<TableNode, Table>();

/** The table of a node. */
export function tableOfNode(node: TableNode): Table | undefined {
  return tables.get(node);
}

/** A table: its columns, keys, constraints and indexes. */
export class Table<F = unknown> implements HasFrom, HasColumns, HasTarget {
  readonly name: string;
  readonly schema: string | null;
  readonly comment: string | null;
  readonly metadata: TableRegistry;
  readonly node: TableNode;
  readonly items: readonly TableItem[];
  /** `null` for a table. */
  readonly view: ViewOptions | null;
  readonly #columns = new Map<string, Column>();
  readonly #byName = new Map<string, Column>();
  readonly #record: TableColumns<F>;
  readonly #columnName: (key: string) => string;
  #list: readonly Column[] = [];
  #foreignKeys: readonly TableForeignKey[] | undefined;

  /** @throws ArgumentError when the metadata already has a table of that name. */
  constructor(name: string, metadata: TableRegistry, fields: F, options: TableOptions = {}) {
    if (typeof name !== "string" || name === "") throw new ArgumentError("A table needs a name.");
    this.name = name;
    this.metadata = metadata;
    this.schema = options.schema ?? metadata.schema;
    this.comment = options.comment ?? null;
    this.items = options.items ?? [];
    this.view = options.view ?? null;
    this.#columnName = options.columnName ?? ((key) => key);
    tableCount += 1;
    this.node = {
      kind: "table",
      id: tableCount,
      name,
      schema: this.schema,
      foreignKeys: () => this.foreignKeys.map(foreignKeyFact),
    };
    tables.set(this.node, this);
    const record = bareRecord();
    this.#record = refuseUnknown(record, `Table ${JSON.stringify(name)}`) as TableColumns<F>;
    metadata.addTable(this);
    for (const [key, value] of Object.entries(fields as object)) {
      if (!(value instanceof ColumnBuilder)) {
        throw new ArgumentError(`${name}.${key} is no column. Use a column builder such as integer() or string().`);
      }
      record[key] = this.addColumn(key, value);
    }
  }

  /** Its columns by key. */
  get c(): TableColumns<F> {
    return this.#record;
  }
  /** Its columns in order. */
  get columns(): readonly Column[] {
    return this.#list;
  }
  /** `schema.table`, or the table's name. */
  get fullName(): string {
    return this.schema === null ? this.name : `${this.schema}.${this.name}`;
  }

  /** Adds a column; the mapping layer calls it as fields become known. */
  addColumn(key: string, builder: ColumnBuilder): Column {
    const name = builder.spec.name ?? this.#columnName(key);
    if (this.#byName.has(name))
      throw new ArgumentError(`Table ${JSON.stringify(this.name)} has two columns named ${JSON.stringify(name)}.`);
    const column = new Column(key, name, this, builder.spec);
    this.#columns.set(key, column);
    this.#byName.set(name, column);
    this.#list = [...this.#list, column];
    (this.#record as Record<string, unknown>)[key] = column;
    this.#foreignKeys = undefined;
    return column;
  }

  /** Puts the columns into the order of these keys. */
  arrange(keys: readonly string[]): void {
    const place = (column: Column): number => keys.indexOf(column.key);
    this.#list = this.#list.toSorted((left, right) => place(left) - place(right));
  }

  /** The column of a key or a name. */
  find(keyOrName: string): Column | undefined {
    return this.#columns.get(keyOrName) ?? this.#byName.get(keyOrName);
  }

  /** The primary key's columns. */
  get primaryKey(): readonly Column[] {
    const constraint = this.items.find((item) => item instanceof PrimaryKeyConstraint);
    if (constraint !== undefined) return constraint.columns.map((key) => this.require(key));
    return this.#list.filter((column) => column.primaryKey);
  }

  /** The integer key that fills itself, if there is one. */
  get autoincrement(): Column | null {
    const told = this.#list.find((column) => column.spec.autoincrement === true);
    if (told !== undefined) return told;
    const [only, second] = this.primaryKey;
    if (only === undefined || second !== undefined || only.spec.autoincrement === false) return null;
    const { type, spec } = only;
    const isInteger = type.kind === "integer" || type.kind === "bigint" || type.kind === "smallint";
    const isOwn = only.foreignKeys.length === 0 && spec.default === undefined && spec.serverDefault === undefined;
    return isInteger && isOwn && type.conversions === undefined ? only : null;
  }

  /** Its foreign keys, with the tables they lead to. */
  get foreignKeys(): readonly TableForeignKey[] {
    return (this.#foreignKeys ??= this.#resolveForeignKeys());
  }

  /** The tables and views that must be there before it. */
  get dependencies(): readonly Table[] {
    if (this.view === null) return this.foreignKeys.map((key) => key.target);
    return this.view.dependencies?.() ?? tablesIn(this.view.query().toNode());
  }

  get uniques(): readonly { readonly name: string | null; readonly columns: readonly Column[] }[] {
    const own = this.#list
      .filter((column) => column.spec.unique !== undefined && column.spec.unique !== false)
      .map((column) => ({
        name: typeof column.spec.unique === "string" ? column.spec.unique : null,
        columns: [column],
      }));
    const items = this.items.filter((item) => item instanceof UniqueConstraint);
    return [
      ...own,
      ...items.map((item) => ({ name: item.name, columns: item.columns.map((key) => this.require(key)) })),
    ];
  }

  get indexes(): readonly { readonly name: string; readonly columns: readonly Column[]; readonly unique: boolean }[] {
    const own = this.#list
      .filter((column) => column.spec.index !== undefined && column.spec.index !== false)
      .map((column) => ({
        name: typeof column.spec.index === "string" ? column.spec.index : `ix_${this.name}_${column.name}`,
        columns: [column],
        unique: false,
      }));
    const items = this.items.filter((item) => item instanceof Index).map((item) => this.#index(item));
    return [...own, ...items];
  }

  "~from"(): TableNode {
    return this.node;
  }
  "~columns"(): readonly ExpressionNode[] {
    return this.#list.map((column) => column.toNode());
  }
  "~target"(): StatementTarget {
    return {
      table: this.node,
      label: `Table ${JSON.stringify(this.name)}`,
      columns: this.#list,
      find: (key) => this.find(key),
    };
  }

  /** @throws ArgumentError when there is no such column. */
  require(key: string): Column {
    const column = this.find(key);
    if (column !== undefined) return column;
    throw new ArgumentError(
      `Table ${JSON.stringify(this.name)} has no column ${JSON.stringify(key)}. It has: ${this.#list.map((known) => known.key).join(", ")}.`,
    );
  }

  #index(item: Index): { name: string; columns: readonly Column[]; unique: boolean } {
    const columns = item.columns.map((key) => this.require(key));
    const name = item.name ?? `ix_${this.name}_${columns.map((column) => column.name).join("_")}`;
    return { name, columns, unique: item.unique };
  }

  #resolveForeignKeys(): readonly TableForeignKey[] {
    const single = this.#list.flatMap((column) =>
      column.foreignKeys.map((key) => {
        const target = key.resolve(this.metadata);
        return this.#foreignKey([column], [target], key.options);
      }),
    );
    const multiple = this.items
      .filter((item) => item instanceof ForeignKeyConstraint)
      .map((item) => {
        const columns = item.columns.map((key) => this.require(key));
        const targets = item.target.map((path) =>
          typeof path === "string" ? this.metadata.column(path, this.fullName) : path(),
        );
        return this.#foreignKey(columns, targets, item.options);
      });
    return [...single, ...multiple];
  }

  #foreignKey(
    columns: readonly Column[],
    targetColumns: readonly Column[],
    options: ReferenceOptions,
  ): TableForeignKey {
    const target = targetColumns[0]?.table as Table;
    return { columns, targetColumns, target, options };
  }
}

function tablesIn(query: QueryNode): readonly Table[] {
  const seen = new Set<Node>();
  const found: Table[] = [];
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const table = node.kind === "table" ? tables.get(node) : undefined;
    if (table !== undefined) found.push(table);
    eachChild(node, visit);
  };
  visit(query);
  return found;
}

function foreignKeyFact(key: TableForeignKey): ForeignKeyFact {
  return {
    columns: key.columns.map((column) => column.name),
    target: key.target.node,
    targetColumns: key.targetColumns.map((column) => column.name),
  };
}
