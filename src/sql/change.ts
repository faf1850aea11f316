import { ArgumentError } from "../errors/index.ts";
import { unknownType } from "../types/index.ts";
import { type StructuralKey, structuralKey } from "./cache-key.ts";
import { expressionNode, literalNode, nodeOf, operandNode } from "./literal.ts";
import { describeWithin, refusal } from "./describe-value.ts";
import { fromNode } from "./from-clause.ts";
import type {
  DeleteNode,
  ExpressionNode,
  InsertNode,
  StatementOption,
  StatementTarget,
  UpdateNode,
} from "./nodes/index.ts";
import { type Executable, hasTarget, isOperand, type Operand, TARGET } from "./protocol.ts";
import type { ExecutionOptions, Query } from "./query.ts";
import { selectedNodes } from "./select.ts";
import type { Labels, LabelsOf, RowOf, Selectable } from "./typing/row.ts";

/** Values for columns by key; expressions may stand for values. */
export type ColumnInput<T> = { readonly [K in ColumnKey<T>]?: ColumnValue<T, K> };

type ColumnKey<T> = T extends { readonly c: infer C }
  ? { [K in keyof C]: C[K] extends Operand ? K : never }[keyof C]
  : string;
type ColumnValue<T, K> = T extends { readonly c: infer C }
  ? C[K & keyof C] extends Operand<infer V>
    ? V | Operand<V | null>
    : never
  : unknown;

type NoRow = readonly [];

/** What INSERT, UPDATE and DELETE share. */
abstract class Change<N extends InsertNode | UpdateNode | DeleteNode, R extends readonly unknown[], L>
  implements Executable<R, L>
{
  declare readonly "~row"?: R;
  declare readonly "~labels"?: L;
  protected readonly node: N;
  readonly executionOptionValues: ExecutionOptions;
  #structure: StructuralKey | undefined;

  constructor(node: N, executionOptions: ExecutionOptions = {}) {
    this.node = node;
    this.executionOptionValues = executionOptions;
  }

  toNode(): N {
    return this.node;
  }
  structure(): StructuralKey {
    return (this.#structure ??= structuralKey(this.node));
  }

  protected abstract remake(node: N, executionOptions: ExecutionOptions): this;

  protected with(changes: Partial<N>): this {
    return this.remake({ ...this.node, ...changes }, this.executionOptionValues);
  }
  /** Options for this statement's execution, added to those it has. */
  executionOptions(options: ExecutionOptions): this {
    return this.remake(this.node, { ...this.executionOptionValues, ...options });
  }
  /** Options for the layer that executes the statement. */
  options(...options: readonly StatementOption[]): this {
    return this.with({ options: [...this.node.options, ...options] } as unknown as Partial<N>);
  }
}

/** An INSERT statement; every method gives a new one. */
export class Insert<R extends readonly unknown[] = NoRow, T = unknown, L = Labels> extends Change<InsertNode, R, L> {
  /**
   * The row to insert, or a list of rows for one statement.
   *
   * @throws ArgumentError for a name the table does not have, or rows with different names.
   */
  values(values: ColumnInput<T> | readonly ColumnInput<T>[]): this {
    const rows = (Array.isArray(values) ? values : [values]) as readonly Readonly<Record<string, unknown>>[];
    const [first] = rows;
    if (first === undefined) throw new ArgumentError("values() was given no row.");
    const keys = keysOf(first);
    if (keys.length === 0 && rows.length > 1) {
      throw new ArgumentError("values() was given several rows without values. Execute insert(table) once for each.");
    }
    const columns = keys.map((key) => findColumn(this.node.target, key));
    const nodes = rows.flatMap((row) => {
      refuseOtherKeys(keys, row);
      return columns.map((column, index) => valueNode(row[keys[index] as string], column.type));
    });
    return this.with({ columns: columns.map((column) => column.name), values: nodes, query: null });
  }

  /** Inserts the rows of a query into these columns. */
  fromSelect(names: readonly (keyof ColumnInput<T> & string)[], query: Query<readonly unknown[], unknown>): this {
    const columns = names.map((name) => findColumn(this.node.target, name).name);
    return this.with({ columns, values: [], query: query.toNode() });
  }

  /** Answers rows of what was inserted (PostgreSQL, SQLite, MariaDB). */
  returning<const E extends readonly Selectable[]>(...entities: E): Insert<RowOf<E>, T, LabelsOf<E>> {
    const returning = [...this.node.returning, ...entities.flatMap(selectedNodes)];
    return new Insert({ ...this.node, returning }, this.executionOptionValues);
  }

  protected remake(node: InsertNode, executionOptions: ExecutionOptions): this {
    return new Insert(node, executionOptions) as this;
  }
}

/** An UPDATE statement; every method gives a new one. */
export class Update<R extends readonly unknown[] = NoRow, T = unknown, L = Labels> extends Change<UpdateNode, R, L> {
  /** New values by column; expressions may refer to the row: `{ visits: User.c.visits.add(1) }`. */
  values(values: ColumnInput<T>): this {
    const row = values as Readonly<Record<string, unknown>>;
    const columns = keysOf(row).map((key) => findColumn(this.node.target, key));
    const nodes = keysOf(row).map((key, index) => valueNode(row[key], columns[index]?.type));
    return this.with({
      columns: [...(this.node.columns ?? []), ...columns.map((column) => column.name)],
      values: [...this.node.values, ...nodes],
    });
  }
  /** Rows for which all conditions are true; without any, every row of the table. */
  where(...criteria: readonly Operand<boolean | null>[]): this {
    return this.with({
      where: [...this.node.where, ...criteria.map((condition) => expressionNode(condition, "where"))],
    });
  }
  /** Further tables that conditions and values refer to. */
  from(...elements: readonly unknown[]): this {
    return this.with({ from: [...this.node.from, ...elements.map(fromNode)] });
  }
  /** Answers rows of what was changed (PostgreSQL, SQLite). */
  returning<const E extends readonly Selectable[]>(...entities: E): Update<RowOf<E>, T, LabelsOf<E>> {
    const returning = [...this.node.returning, ...entities.flatMap(selectedNodes)];
    return new Update({ ...this.node, returning }, this.executionOptionValues);
  }

  protected remake(node: UpdateNode, executionOptions: ExecutionOptions): this {
    return new Update(node, executionOptions) as this;
  }
}

/** A DELETE statement; every method gives a new one. */
export class Delete<R extends readonly unknown[] = NoRow, T = unknown, L = Labels> extends Change<DeleteNode, R, L> {
  declare protected readonly target?: T;
  /** Rows for which all conditions are true; without any, every row of the table. */
  where(...criteria: readonly Operand<boolean | null>[]): this {
    return this.with({
      where: [...this.node.where, ...criteria.map((condition) => expressionNode(condition, "where"))],
    });
  }
  /** Further tables that conditions refer to. */
  using(...elements: readonly unknown[]): this {
    return this.with({ from: [...this.node.from, ...elements.map(fromNode)] });
  }
  /** Answers rows of what was deleted (PostgreSQL, SQLite, MariaDB). */
  returning<const E extends readonly Selectable[]>(...entities: E): Delete<RowOf<E>, T, LabelsOf<E>> {
    const returning = [...this.node.returning, ...entities.flatMap(selectedNodes)];
    return new Delete({ ...this.node, returning }, this.executionOptionValues);
  }

  protected remake(node: DeleteNode, executionOptions: ExecutionOptions): this {
    return new Delete(node, executionOptions) as this;
  }
}

/** Inserts rows into a table or the table of a mapped class. */
export function insert<T extends object>(target: T): Insert<NoRow, T> {
  const { table, ...rest } = changeTarget(target, "insert");
  return new Insert({
    kind: "insert",
    table,
    target: rest.target,
    columns: null,
    values: [],
    query: null,
    onConflict: null,
    returning: [],
    ctes: [],
    options: [],
  });
}

/** Changes rows of a table or the table of a mapped class. */
export function update<T extends object>(target: T): Update<NoRow, T> {
  const found = changeTarget(target, "update");
  return new Update({
    kind: "update",
    ...found,
    columns: null,
    values: [],
    from: [],
    where: ownRows(found.target),
    returning: [],
    ctes: [],
    options: [],
  });
}

/** Deletes rows of a table or the table of a mapped class. */
export function deleteFrom<T extends object>(target: T): Delete<NoRow, T> {
  const found = changeTarget(target, "deleteFrom");
  return new Delete({
    kind: "delete",
    ...found,
    from: [],
    where: ownRows(found.target),
    returning: [],
    ctes: [],
    options: [],
  });
}

/** The condition that keeps a statement to the rows of its class. */
function ownRows({ criterion }: StatementTarget): readonly ExpressionNode[] {
  return criterion ? [criterion] : [];
}

function changeTarget(target: unknown, verb: string): { table: StatementTarget["table"]; target: StatementTarget } {
  if (!hasTarget(target)) {
    throw refusal(target, `${verb}() takes a table or a mapped class, not ${describeWithin(target)}.`);
  }
  const found = target[TARGET]();
  return { table: found.table, target: found };
}

// undefined is as good as absent: optional properties of an object literal often are
function keysOf(row: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(row).filter((key) => row[key] !== undefined);
}

function refuseOtherKeys(keys: readonly string[], row: Readonly<Record<string, unknown>>): void {
  const own = keysOf(row);
  if (own.length === keys.length && keys.every((key) => row[key] !== undefined)) return;
  throw new ArgumentError(
    `The rows of one values() must have the same names; the first has ${keys.join(", ")}, another has ${own.join(", ")}. ` +
      "Give null where there is no value, or pass the list as parameters: execute(insert(table), rows).",
  );
}

/**
 * The column a key names.
 *
 * @throws ArgumentError listing the columns there are.
 */
export function findColumn(target: StatementTarget, key: string): StatementTarget["columns"][number] {
  const column = target.find(key);
  if (column !== undefined) return column;
  throw new ArgumentError(
    `${target.label} has no column ${JSON.stringify(key)}. It has: ${target.columns.map((known) => known.key).join(", ")}.`,
  );
}

/** A value for a column: it travels as the column's type, which refuses what the column cannot hold. */
export function valueNode(
  value: unknown,
  type: StatementTarget["columns"][number]["type"] = unknownType,
): ExpressionNode {
  if (isOperand(value)) return nodeOf(value);
  return value === null || value === undefined || type.kind === "unknown"
    ? operandNode(value, type)
    : literalNode(value, type);
}
