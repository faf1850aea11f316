import { bindStatement, compileInsertMany, type InsertMany, prepareStatement } from "../../compile/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { type InsertNode, operandNode, TARGET } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { identityKey } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { type InsertGroup, insertGroups } from "./insert-groups.ts";
import { decoded, decoderOf, INSERT, keyOf, readBackFlow, sent, takeRaw, takeSnapshot } from "./row-write.ts";

/** Inserts objects of one class, those with the same columns by one statement, and reads generated values back. */
export function* insertFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  for (const state of states) host.journal.note(state, "inserted");
  for (const group of insertGroups(mapper, states)) {
    if (group.hasExpressions || !canCorrelate(host, mapper, group)) yield* insertEachFlow(host, mapper, group);
    else yield* insertGroupFlow(host, mapper, group);
  }
  for (const state of states) settleInserted(host, state);
}

/** Rows come back in the order in which they were sent: the database was told to keep it. */
function keepsOrder(host: FlushHost, mapper: EntityMapper): boolean {
  return host.environmentFor(mapper).dialect.features.insertMany === "unnest";
}

/** Rows that come back can be told apart: by their order, a key that was sent, or one that the database counts up. */
function canCorrelate(host: FlushHost, mapper: EntityMapper, group: InsertGroup): boolean {
  if (group.generated.length === 0) return true;
  if (!host.environmentFor(mapper).dialect.features.returning.insert) return false;
  if (keepsOrder(host, mapper)) return true;
  const generatedKeys = mapper.primaryKey.filter((property) => group.generated.includes(property));
  if (generatedKeys.length === 0) return true;
  return mapper.primaryKey.length === 1 && mapper.table.autoincrement === generatedKeys[0]?.column;
}

function* insertGroupFlow(host: FlushHost, mapper: EntityMapper, group: InsertGroup): Flow<void> {
  const core = yield* host.connectionFlow(mapper);
  const returned = group.generated.length === 0 ? [] : [...new Set([...mapper.primaryKey, ...group.generated])];
  const insert = insertStatement(host, mapper, group.columns, returned);
  for (let start = 0; start < group.states.length; start += insert.pageSize) {
    const page = group.states.slice(start, start + insert.pageSize);
    const { sql, params } = insert.statement(group.rows.slice(start, start + insert.pageSize));
    const result = yield* core.sendFlow({ compiled: INSERT, sql, params });
    if (returned.length === 0) continue;
    const rows = result.rows.map((row) => row.map((raw, index) => decoded(raw, insert.decoders[index])));
    takeReturned(host, page, returned, rows);
  }
}

function insertStatement(
  host: FlushHost,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  returned: readonly ColumnProperty[],
): InsertMany {
  const { cache, dialect } = host.environmentFor(mapper);
  const make = (): InsertMany => compileInsertMany(mapper.table.node, columns.map(sent), returned.map(sent), dialect);
  if (cache === null) return make();
  const places = [columns, returned].map((list) => list.map((property) => property.index).join());
  return cache.get(`insert ${mapper.id} ${places.join(" ")}`, make);
}

type Row = readonly unknown[];

/** Gives each object the row that is its own. */
function takeReturned(
  host: FlushHost,
  states: readonly InstanceState[],
  returned: readonly ColumnProperty[],
  rows: readonly Row[],
): void {
  const [{ mapper }] = states as [InstanceState];
  if (rows.length !== states.length) {
    throw new FlushError(
      `Inserting ${states.length} rows into ${mapper.table.fullName} answered ${rows.length}. A trigger or rule may have kept some out.`,
    );
  }
  const own = keepsOrder(host, mapper) ? rows : inOrder(mapper, states, rows);
  states.forEach((state, index) => {
    const row = own[index] as Row;
    for (let place = 0; place < returned.length; place += 1)
      defineColumn(state.object, (returned[place] as ColumnProperty).key, row[place]);
  });
}

/** Rows in the order of their objects: by a key that was counted up, or by the key that was sent. */
function inOrder(mapper: EntityMapper, states: readonly InstanceState[], rows: readonly Row[]): readonly Row[] {
  const [first] = states as [InstanceState];
  const width = mapper.primaryKey.length;
  if (keyOf(first) === undefined)
    return rows.toSorted(([left], [right]) => ((left as number) < (right as number) ? -1 : 1));
  const byKey = new Map(rows.map((row) => [identityKey(row.slice(0, width)), row]));
  return states.map((state) => {
    const row = byKey.get(keyOf(state));
    if (row !== undefined) return row;
    throw new FlushError(
      `A row inserted into ${mapper.table.fullName} came back under another key than ${String(keyOf(state))}: ` +
        "the database changed the value. Give the key in the form in which the database keeps it.",
    );
  });
}

/** Objects by a statement each: SQL expressions are written into it. */
function* insertEachFlow(host: FlushHost, mapper: EntityMapper, group: InsertGroup): Flow<void> {
  for (const [index, state] of group.states.entries())
    yield* insertOneFlow(host, mapper, { state, row: group.rows[index] ?? [], group });
}

interface OneInsert {
  readonly state: InstanceState;
  readonly row: Row;
  readonly group: InsertGroup;
}

function* insertOneFlow(host: FlushHost, mapper: EntityMapper, { state, row, group }: OneInsert): Flow<void> {
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const returns = dialect.features.returning.insert;
  const node: InsertNode = {
    kind: "insert",
    table: mapper.table.node,
    target: mapper.table[TARGET](),
    columns: group.columns.map((property) => property.column.name),
    values: group.columns.map((property, index) => insertValue(property, row[index])),
    query: null,
    onConflict: null,
    returning: returns ? group.generated.map((property) => property.column.toNode()) : [],
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  const result = yield* core.sendFlow(bindStatement(prepared, dialect));
  if (returns) takeRaw(host, state, group.generated, result.rows[0]);
  else yield* takeGeneratedFlow(host, state, group, result.lastInsertId);
}

function insertValue({ column }: ColumnProperty, value: unknown): InsertNode["values"][number] {
  if (value === null && column.onInsert !== null && typeof column.onInsert !== "function") return column.onInsert;
  return operandNode(value, column.type);
}

/** Without RETURNING: the counted key is reported, the rest is asked for. */
function* takeGeneratedFlow(
  host: FlushHost,
  state: InstanceState,
  group: InsertGroup,
  lastInsertId: number | bigint | undefined,
): Flow<void> {
  const { mapper } = state;
  const counted = mapper.table.autoincrement;
  const key = group.generated.find((property) => property.column === counted);
  if (key !== undefined) defineColumn(state.object, key.key, decoded(lastInsertId, decoderOf(host, mapper, key)));
  yield* readBackFlow(
    host,
    state,
    group.generated.filter((property) => property !== key),
  );
}

/** An inserted object now has a row: what was sent, and what came back. */
function settleInserted(host: FlushHost, state: InstanceState): void {
  const key = keyOf(state);
  if (key === undefined) {
    throw new FlushError(
      `${state.mapper.name} was inserted with a primary key of NULL. Give the key a value or a default.`,
    );
  }
  const present = host.present(state.mapper, key);
  if (present !== undefined && present !== state) host.release(present); // somebody else deleted its row
  takeSnapshot(state);
  state.key = key;
  state.status = "persistent";
  state.epoch = host.epoch;
  state.knownEmpty = true;
  host.newStates.delete(state);
  host.identityMap.add(state);
}
