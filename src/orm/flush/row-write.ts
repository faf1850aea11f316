import type { Decode } from "../../types/index.ts";
import { bindStatement, type Compiled, prepareStatement } from "../../compile/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Column } from "../../schema/index.ts";
import { type Executable, type ExpressionNode, isOperand } from "../../sql/index.ts";
import { inList, isValue, selectColumns } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { keyPart, rowKey } from "../state/identity-map.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";

/** What insertions and updates share: columns as statements need them, values that come back, the row that is kept. */

const written = {
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  elements: null,
  exactIntegers: true,
  prepare: true,
} as const;

/** For statements whose SQL and parameters are made at once. */
export const INSERT: Compiled = { ...written, kind: "insert" };
export const UPDATE: Compiled = { ...written, kind: "update" };

/** A column as statements over whole rows need it. */
export function sent(property: ColumnProperty): { readonly name: string; readonly type: Column["type"] } {
  return { name: property.column.name, type: property.column.type };
}

/** The key an object's values make; `undefined` when a part is missing. */
export function keyOf(state: InstanceState): unknown {
  const { primaryKey, rules } = state.mapper;
  const [only] = primaryKey;
  if (only === undefined || primaryKey.length > 1) {
    const values = primaryKey.map((property) => state.value(property.key));
    return rowKey(values, rules.allowPartialPks);
  }
  const value = state.value(only.key);
  return value === null ? undefined : keyPart(value);
}

/** The value a row has for a column, whatever the program has assigned since. */
export function keptValue(state: InstanceState, property: ColumnProperty): unknown {
  const kept = state.row?.[property.index];
  if (kept === NOT_LOADED) return state.value(property.key);
  return kept === null || kept === undefined ? null : property.tracker.restore(kept);
}

/** The key of the row that was written, whatever the program has assigned since. */
export function keyInRow(state: InstanceState): unknown {
  const { primaryKey, rules } = state.mapper;
  const [only] = primaryKey;
  if (only === undefined || primaryKey.length > 1)
    return rowKey(
      primaryKey.map((property) => keptValue(state, property)),
      rules.allowPartialPks,
    );
  const value = keptValue(state, only);
  return value === null ? undefined : keyPart(value);
}

type Row = readonly unknown[];

/** What is kept of the values sent: taken before they go, as the program may change objects while it waits. */
export function rowsToKeep(columns: readonly ColumnProperty[], rows: readonly Row[]): readonly Row[] {
  if (columns.every(({ tracker }) => tracker.kind === "same")) return rows;
  return rows.map((row) =>
    columns.map(({ tracker }, index) => {
      const value = row[index];
      return value === null || tracker.kind === "same" || isOperand(value) ? value : tracker.snapshot(value);
    }),
  );
}

/** Keeps what was sent for some columns as what the database has. */
export function keepWritten(state: InstanceState, columns: readonly ColumnProperty[], kept: Row): void {
  const row = state.row ?? [];
  for (let place = 0; place < columns.length; place += 1) {
    const { key, index } = columns[place] as ColumnProperty;
    row[index] = kept[place];
    // undefined and delete count as null
    if (kept[place] === null && state.value(key) === null) defineColumn(state.object, key, null);
  }
}

/** Keeps what was read back as what the database has. */
export function keepRead(state: InstanceState, columns: readonly ColumnProperty[]): void {
  const row = state.row ?? [];
  for (const { key, index, tracker } of columns) {
    const value = state.value(key);
    row[index] = value === null ? null : tracker.snapshot(value);
  }
}

/** Gives an object the values that came back for some columns, still in the driver's form. */
export function takeRaw(
  host: FlushHost,
  state: InstanceState,
  returned: readonly ColumnProperty[],
  row: readonly unknown[] | undefined,
): void {
  if (row === undefined && returned.length > 0) {
    throw new FlushError(
      `Writing a ${state.mapper.name} answered no row. A trigger or rule of ${state.mapper.table.fullName} may have kept it out.`,
    );
  }
  returned.forEach((property, index) => {
    defineColumn(state.object, property.key, decoded(row?.[index], decoderOf(host, state.mapper, property)));
  });
}

export function decoderOf(host: FlushHost, mapper: EntityMapper, property: ColumnProperty): Decode | null {
  return host.environmentFor(mapper).dialect.types.codec(property.column.type).decode;
}

export function decoded(raw: unknown, decode: Decode | null | undefined): unknown {
  if (raw === null || raw === undefined) return null;
  return decode == null ? raw : decode(raw as never);
}

/** Columns count as not loaded: the database has set them unseen. */
export function unloadColumns(state: InstanceState, columns: readonly ColumnProperty[]): void {
  const { row } = state;
  if (columns.length === 0 || row === null) return;
  for (const { key, index } of columns) {
    delete (state.object as Record<string, unknown>)[key];
    row[index] = NOT_LOADED;
  }
  state.partial = true;
}

/** @throws FlushError for an object without a version, whose row no UPDATE could match. */
export function refuseNoVersion({ mapper, row }: InstanceState): void {
  const { version } = mapper.rules;
  if (version === null || row?.[version.property.index] !== null) return;
  throw new FlushError(
    `A ${mapper.name} has a version of NULL after it was written: nobody gave ${mapper.name}.${version.property.key} a value. ` +
      "Give the column a serverDefault(), assign versions, or leave versionIdGenerator out.",
  );
}

const READ_PAGE = 500; // objects per statement

/** Asks for columns that the database computed, where a statement that writes cannot return them. */
export function* readBackFlow(
  host: FlushHost,
  states: readonly InstanceState[],
  columns: readonly ColumnProperty[],
): Flow<void> {
  const [first] = states;
  if (first === undefined || columns.length === 0) return;
  const { mapper } = first;
  if (states.length === 1) {
    const where = mapper.primaryKey.map(({ column, key }) => isValue(column.toNode(), first.value(key)));
    const [row] = yield* selectRowsFlow(host, mapper, columns, where);
    takeRaw(host, first, columns, row);
    return;
  }
  for (let start = 0; start < states.length; start += READ_PAGE) {
    const page = states.slice(start, start + READ_PAGE);
    const rows = yield* rowsByKeyFlow(host, page, columns);
    for (const state of page) takeRaw(host, state, columns, rows.get(keyOf(state)));
  }
}

/** Some columns of objects' rows by their keys, still in the driver's form. */
export function* rowsByKeyFlow(
  host: FlushHost,
  states: readonly InstanceState[],
  columns: readonly ColumnProperty[],
): Flow<ReadonlyMap<unknown, readonly unknown[]>> {
  const [{ mapper }] = states as [InstanceState];
  const { primaryKey } = mapper;
  const keys = states.map((state) => primaryKey.map(({ key }) => state.value(key)));
  const nodes = primaryKey.map(({ column }) => column.toNode());
  const where = [inList(nodes, nodes.length === 1 ? keys.map(([only]) => only) : keys)];
  const rows = yield* selectRowsFlow(host, mapper, [...primaryKey, ...columns], where);
  const decoders = primaryKey.map((property) => decoderOf(host, mapper, property));
  const keyOfRow = (row: readonly unknown[]): unknown =>
    rowKey(
      decoders.map((decode, index) => decoded(row[index], decode)),
      mapper.rules.allowPartialPks,
    );
  return new Map(rows.map((row) => [keyOfRow(row), row.slice(decoders.length)]));
}

function* selectRowsFlow(
  host: FlushHost,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  where: readonly ExpressionNode[],
): Flow<readonly (readonly unknown[])[]> {
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const node = selectColumns(
    columns.map((property) => property.column.toNode()),
    where,
  );
  const select: Executable = { toNode: () => node };
  return (yield* core.sendFlow(bindStatement(prepareStatement(select, dialect, cache), dialect))).rows;
}

/** Versions that were expired: without them no row can be matched. */
export function* loadVersionsFlow(host: FlushHost, states: readonly InstanceState[]): Flow<void> {
  const property = states[0]?.mapper.rules.version?.property;
  if (property === undefined) return;
  const isUnknown = (state: InstanceState): boolean => state.partial && state.row?.[property.index] === NOT_LOADED;
  const open = states.filter(isUnknown);
  yield* readBackFlow(host, open, [property]);
  for (const { row, object } of open) {
    const value = (object as Record<string, unknown>)[property.key] ?? null;
    if (row !== null) row[property.index] = value === null ? null : property.tracker.snapshot(value);
  }
}
