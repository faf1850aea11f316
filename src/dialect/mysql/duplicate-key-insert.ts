import {
  type ColumnInput,
  type ExecutionOptions,
  Insert,
  insert as coreInsert,
  type InsertNode,
  type Labels,
  type LabelsOf,
  type RowOf,
  type Selectable,
  selectedNodes,
  type TableNode,
} from "../../sql/index.ts";
import { assignments, type ProposedRow, proposedRow } from "../conflict-insert.ts";

const bare: TableNode = { kind: "table", id: 0, name: "", schema: null, foreignKeys: null };

/** An INSERT that knows what to do with rows whose key exists already. */
export class DuplicateKeyInsert<R extends readonly unknown[] = readonly [], T = unknown, L = Labels> extends Insert<
  R,
  T,
  L
> {
  /** What the row would have had, for use in `onDuplicateKeyUpdate`. */
  get inserted(): ProposedRow<T> {
    return proposedRow(this.node.target, (column) => ({
      kind: "function",
      name: "VALUES",
      args: [{ kind: "column", id: 0, table: bare, ...column }],
      distinct: false,
      filter: null,
      type: column.type,
    })) as ProposedRow<T>;
  }

  /** Changes the existing row instead: `onDuplicateKeyUpdate({ visits: t.c.visits.add(1) })`. */
  onDuplicateKeyUpdate(set: ColumnInput<T>): this {
    return this.with({
      onConflict: {
        kind: "on-conflict",
        style: "duplicate-key",
        action: "update",
        targets: [],
        constraint: null,
        targetWhere: null,
        where: null,
        ...assignments(this.node.target, set),
      },
    });
  }

  override returning<const E extends readonly Selectable[]>(
    ...entities: E
  ): DuplicateKeyInsert<RowOf<E>, T, LabelsOf<E>> {
    const returning = [...this.node.returning, ...entities.flatMap(selectedNodes)];
    return new DuplicateKeyInsert({ ...this.node, returning }, this.executionOptionValues);
  }

  protected override remake(node: InsertNode, executionOptions: ExecutionOptions): this {
    return new DuplicateKeyInsert(node, executionOptions) as this;
  }
}

/** Inserts rows into a table or the table of a mapped class. */
export function insert<T extends object>(target: T): DuplicateKeyInsert<readonly [], T> {
  return new DuplicateKeyInsert(coreInsert(target).toNode());
}
