import type { Parameters } from "../../compile/index.ts";
import { type InsertNode, isOperand } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { RowInput } from "./row-input.ts";

type Row = readonly unknown[];

/** Neighbours among rows to insert that one statement can carry. */
export interface InsertRowGroup {
  readonly columns: readonly ColumnProperty[];
  /** The values in the order of `columns`; expressions as they are. */
  readonly rows: readonly Row[];
  readonly hasExpressions: boolean;
}

interface OpenGroup {
  readonly signature: string;
  readonly used: boolean[];
  readonly rows: unknown[][];
  hasExpressions: boolean;
}

/**
 * Groups neighbours with the same columns, so that rows are inserted in the order in which they are given; what the
 * program's defaults make is filled in. A row that lacks a column without a default has NULL there and needs no group of its own.
 */
export function insertRowGroups(
  mapper: EntityMapper,
  node: InsertNode,
  records: readonly Parameters[],
  renderNulls: boolean,
): readonly InsertRowGroup[] {
  const input = new RowInput(mapper, node.target);
  const groups: OpenGroup[] = [];
  for (const record of records) {
    const row = input.values(record);
    if (mapper.isPolymorphic) nameClass(mapper, row);
    for (const { index, column } of mapper.columns) row[index] = filled(row[index], column.onInsert, renderNulls);
    const signature = mapper.columns.map((property) => (isLeftOut(mapper, property, row) ? "0" : "1")).join("");
    let group = groups.at(-1);
    if (group?.signature !== signature) {
      group = { signature, used: mapper.columns.map(() => false), rows: [], hasExpressions: false };
      groups.push(group);
    }
    for (const [index, value] of row.entries()) {
      if (value === undefined) continue;
      group.used[index] = true;
      if (typeof value === "object" && isOperand(value)) group.hasExpressions = true;
    }
    group.rows.push(row);
  }
  return groups.map((group) => settled(mapper, group));
}

/** A row without a discriminator is one of the class itself. */
function nameClass({ hierarchy, identity }: EntityMapper, row: unknown[]): void {
  const index = hierarchy?.discriminator.index ?? -1;
  if (identity !== undefined && (row[index] ?? null) === null) row[index] = identity;
}

function filled(value: unknown, onInsert: ColumnProperty["column"]["onInsert"], renderNulls: boolean): unknown {
  if (value !== undefined && (value !== null || renderNulls)) return value;
  if (typeof onInsert === "function") return onInsert() ?? null;
  return onInsert === null ? undefined : { toNode: () => onInsert };
}

/** The database fills the column, so that it must not be named. */
function isLeftOut(mapper: EntityMapper, { index, column }: ColumnProperty, row: Row): boolean {
  const { serverDefault, computed } = column.spec;
  if (computed !== undefined) return true;
  return row[index] === undefined && (serverDefault !== undefined || mapper.table.autoincrement === column);
}

function settled(mapper: EntityMapper, { used, rows, hasExpressions }: OpenGroup): InsertRowGroup {
  const columns = mapper.columns.filter(({ index }) => used[index]);
  return { columns, rows: rows.map((row) => columns.map(({ index }) => row[index] ?? null)), hasExpressions };
}
