import type { Parameters } from "../../compile/index.ts";
import { type ConnectionCore, executeFlow, ResultBase } from "../../engine/index.ts";
import { InvalidRequestError, StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { isOperand, operandNode, type UpdateNode } from "../../sql/index.ts";
import { updateRowsByKeyFlow } from "../flush/update-objects.ts";
import { equals } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { identityKey } from "../state/identity-map.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import { UNDECIDED } from "./evaluate/logic.ts";
import { bindArgumentsOf, type ExecuteOptions } from "./execute-options.ts";
import { makeStale, takeWritten } from "./loaded-objects.ts";
import { noteMembersChanged } from "./note-changed.ts";
import { RowInput } from "./row-input.ts";
import type { StatementHost } from "./statement-host.ts";
import { givenColumn } from "./written-columns.ts";

type Row = readonly unknown[];
type Result = ResultBase<"sync", Row, unknown>;

interface KeyedRow {
  readonly key: unknown;
  readonly keyValues: readonly unknown[];
  readonly columns: readonly ColumnProperty[];
  readonly values: readonly unknown[];
}

/** Updates rows given as records with their keys: a statement for each set of columns; loaded objects follow (spec B15). */
export function* updateRowsFlow(
  host: StatementHost,
  node: UpdateNode,
  records: readonly Parameters[],
  options: ExecuteOptions = {},
): Flow<Result> {
  const mapper = node.target.mapper as EntityMapper;
  if (node.returning.length > 0) {
    throw new InvalidRequestError("An UPDATE of many rows by their keys has no RETURNING. Select the rows afterwards.");
  }
  const input = new RowInput(mapper, node.target);
  const rows = records.map((record) => keyedRow(mapper, input.values(record))).filter((row) => row.columns.length > 0);
  if (rows.length === 0) return new ResultBase("sync", { keys: null, rows: [], rowcount: 0 });
  const core = yield* host.connectionFlow(mapper, bindArgumentsOf(options));
  for (const group of columnGroups(rows)) {
    if (group.some((row) => row.values.some(isOperand))) yield* updateEachFlow(core, node, group);
    else yield* updateGroupFlow(core, mapper, group);
    for (const row of group) takeRow(host, mapper, row, options.identityToken);
  }
  host.noteUnseenWrite();
  noteMembersChanged(host, node);
  return new ResultBase("sync", { keys: null, rows: [], rowcount: rows.length });
}

function keyedRow(mapper: EntityMapper, values: readonly unknown[]): KeyedRow {
  const keyValues = mapper.primaryKey.map((property) => values[property.index]);
  const key = identityKey(keyValues);
  if (key === undefined) {
    const names = mapper.primaryKey.map((property) => property.key).join(", ");
    throw new InvalidRequestError(
      `An UPDATE of many rows of ${mapper.name} finds each by its primary key, but a row lacks ${names}. ` +
        `Give it in every row, or write update(${mapper.name}).where(…).values(…).`,
      { code: "bupq" },
    );
  }
  const written = mapper.columns.filter(({ index, isPrimaryKey }) => !isPrimaryKey && values[index] !== undefined);
  const isWritten = (property: ColumnProperty): boolean => written.includes(property);
  // nothing to write: no default either
  const columns =
    written.length === 0
      ? written
      : mapper.columns.filter((property) => isWritten(property) || property.column.onUpdate !== null);
  return {
    key,
    keyValues,
    columns,
    values: columns.map((property) => (isWritten(property) ? values[property.index] : defaultOf(property))),
  };
}

function defaultOf({ column: { onUpdate } }: ColumnProperty): unknown {
  return typeof onUpdate === "function" ? (onUpdate() ?? null) : { toNode: () => onUpdate };
}

interface ColumnGroup {
  readonly rows: KeyedRow[];
  readonly keys: Set<unknown>;
}

/** Rows of the same columns together; where a row is met twice only neighbours are, so that the last one counts. */
function columnGroups(rows: readonly KeyedRow[]): readonly (readonly KeyedRow[])[] {
  const isOnce = new Set(rows.map((row) => row.key)).size === rows.length;
  const groups: ColumnGroup[] = [];
  const known = new Map<string, ColumnGroup>();
  for (const row of rows) {
    const signature = row.columns.map((property) => property.index).join();
    let group = known.get(signature);
    if (group === undefined || (!isOnce && (group !== groups.at(-1) || group.keys.has(row.key)))) {
      group = { rows: [], keys: new Set() };
      groups.push(group);
      known.set(signature, group);
    }
    group.rows.push(row);
    group.keys.add(row.key);
  }
  return groups.map((group) => group.rows);
}

function* updateGroupFlow(core: ConnectionCore, mapper: EntityMapper, group: readonly KeyedRow[]): Flow<void> {
  const rows = group.map((row) => [...row.values, ...row.keyValues]);
  const matched = yield* updateRowsByKeyFlow(core, mapper, group[0]?.columns ?? [], rows);
  if (matched !== rows.length) throw missingRows(mapper, rows.length, matched);
}

/** Rows by a statement each: SQL expressions are written into it. */
function* updateEachFlow(core: ConnectionCore, node: UpdateNode, group: readonly KeyedRow[]): Flow<void> {
  const mapper = node.target.mapper as EntityMapper;
  for (const { columns, values, keyValues } of group) {
    const one: UpdateNode = {
      ...node,
      columns: columns.map((property) => property.column.name),
      values: columns.map((property, index) => operandNode(values[index], property.column.type)),
      where: mapper.primaryKey.map((property, index) => equals(property.column.toNode(), keyValues[index])),
    };
    const { rowcount } = yield* executeFlow(core, { toNode: () => one });
    if (rowcount !== 1) throw missingRows(mapper, 1, rowcount);
  }
}

function missingRows(mapper: EntityMapper, expected: number, matched: number): StaleDataError {
  return new StaleDataError(
    `UPDATE of ${mapper.table.fullName} expected to update ${expected} row(s); ${matched} were matched. ` +
      "There is no row of some of the keys.",
  );
}

function takeRow(host: StatementHost, mapper: EntityMapper, row: KeyedRow, token: IdentityToken | undefined): void {
  const { key, columns, values } = row;
  const state = host.identityMap.get(mapper, key, token);
  if (state === undefined) return;
  const given = columns.map((property, index) =>
    isOperand(values[index]) ? null : givenColumn(property, values[index]),
  );
  const taken = { state, values: given.map((column) => (column === null ? UNDECIDED : column.evaluate(state))) };
  takeWritten(host, columns, [taken]);
  const hasComputed = mapper.columns.some((property) => property.column.spec.computed !== undefined);
  if (hasComputed || given.some((column) => column?.isExact === false)) makeStale([state]);
}
