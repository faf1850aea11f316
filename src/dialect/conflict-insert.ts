import { ArgumentError } from "../errors/index.ts";
import {
  type AliasNode,
  type ColumnInput,
  type ExecutionOptions,
  findColumn,
  Insert,
  insert as coreInsert,
  type InsertNode,
  isOperand,
  type Labels,
  type LabelsOf,
  type OnConflictNode,
  type Operand,
  operandNode,
  type RowOf,
  type Selectable,
  selectedNodes,
  SqlExpression,
  type StatementTarget,
  valueNode,
} from "../sql/index.ts";

/** The values a row would have had, by column. */
export type ProposedRow<T> = T extends { readonly c: infer C }
  ? {
      readonly [K in keyof C as C[K] extends Operand ? K : never]: C[K] extends Operand<infer V>
        ? SqlExpression<V>
        : never;
    }
  : Readonly<Record<string, SqlExpression>>;

/** Which rows count as the same: the columns of a unique index, or the name of a constraint. */
export interface ConflictTarget {
  /** Columns of a unique index: keys, or columns. */
  readonly indexElements?: readonly (string | Operand)[];
  /** The condition of a partial index. */
  readonly indexWhere?: Operand<boolean | null>;
  /** A constraint's name (PostgreSQL). */
  readonly constraint?: string;
}

export interface ConflictUpdate<T> extends ConflictTarget {
  /** What the existing row gets; `.excluded` has what the new one would have had. */
  readonly set: ColumnInput<T>;
  /** Only existing rows for which this is true are changed. */
  readonly where?: Operand<boolean | null>;
}

/** An INSERT that knows what to do with rows that exist already. */
export class ConflictInsert<R extends readonly unknown[] = readonly [], T = unknown, L = Labels> extends Insert<
  R,
  T,
  L
> {
  /** What the row would have had, for use in `set` and `where`. */
  get excluded(): ProposedRow<T> {
    const { target } = this.node;
    const table: AliasNode = { kind: "alias", source: target.table, name: "excluded", lateral: false };
    return proposedRow(target, (column) => ({ kind: "column", id: 0, table, ...column })) as ProposedRow<T>;
  }

  /** Leaves existing rows as they are. */
  onConflictDoNothing(target: ConflictTarget = {}): this {
    return this.with({ onConflict: { ...conflictNode(this.node.target, target), action: "nothing" } });
  }

  /** Changes existing rows instead. */
  onConflictDoUpdate(update: ConflictUpdate<T>): this {
    if (update.indexElements === undefined && update.constraint === undefined) {
      throw new ArgumentError(
        'onConflictDoUpdate() needs to know which rows count as the same: indexElements: ["id"].',
      );
    }
    const assigned = assignments(this.node.target, update.set);
    const where = update.where === undefined ? null : operandNode(update.where);
    return this.with({
      onConflict: { ...conflictNode(this.node.target, update), action: "update", ...assigned, where },
    });
  }

  override returning<const E extends readonly Selectable[]>(...entities: E): ConflictInsert<RowOf<E>, T, LabelsOf<E>> {
    const returning = [...this.node.returning, ...entities.flatMap(selectedNodes)];
    return new ConflictInsert({ ...this.node, returning }, this.executionOptionValues);
  }

  protected override remake(node: InsertNode, executionOptions: ExecutionOptions): this {
    return new ConflictInsert(node, executionOptions) as this;
  }
}

/** Inserts rows into a table or the table of a mapped class. */
export function insert<T extends object>(target: T): ConflictInsert<readonly [], T> {
  return new ConflictInsert(coreInsert(target).toNode());
}

/** An expression for each column of a target, by key. */
export function proposedRow(
  target: StatementTarget,
  node: (column: Pick<StatementTarget["columns"][number], "name" | "key" | "type">) => ReturnType<Operand["toNode"]>,
): Readonly<Record<string, SqlExpression>> {
  const entries = target.columns.map(
    ({ name, key, type }) => [key, new SqlExpression(node({ name, key, type }))] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * Columns and what they are set to.
 *
 * @throws ArgumentError for a name the table does not have, or nothing to set.
 */
export function assignments(target: StatementTarget, set: object): Pick<OnConflictNode, "columns" | "values"> {
  const entries = Object.entries(set).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw new ArgumentError("There is nothing to set: give columns and their new values.");
  const columns = entries.map(([key]) => findColumn(target, key));
  return {
    columns: columns.map((column) => column.name),
    values: entries.map(([, value], index) => valueNode(value, columns[index]?.type)),
  };
}

function conflictNode(target: StatementTarget, conflict: ConflictTarget): OnConflictNode {
  return {
    kind: "on-conflict",
    style: "conflict",
    action: "nothing",
    targets: (conflict.indexElements ?? []).map((element) => indexedName(target, element)),
    constraint: conflict.constraint ?? null,
    targetWhere: conflict.indexWhere === undefined ? null : operandNode(conflict.indexWhere),
    columns: [],
    values: [],
    where: null,
  };
}

function indexedName(target: StatementTarget, element: string | Operand): string {
  if (!isOperand(element)) return findColumn(target, element).name;
  const node = element.toNode();
  if (node.kind === "column") return node.name;
  throw new ArgumentError("indexElements takes columns or their names.");
}
