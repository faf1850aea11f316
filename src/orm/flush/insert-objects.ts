import {
  bindStatement,
  compileInsertMany,
  constantSql,
  type FilledColumn,
  type InsertMany,
  prepareStatement,
} from "../../compile/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { type RowDefiner, rowDefiner, type RowReader, rowReader } from "../../hydrate/index.ts";
import { type ExpressionNode, type InsertNode, operandNode, TARGET } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { rowKey } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { type InsertGroup, insertGroups } from "./insert-groups.ts";
import {
  decoded,
  decoderOf,
  INSERT,
  keepRead,
  keyInRow,
  keyOf,
  readBackFlow,
  refuseNoVersion,
  rowsToKeep,
  sent,
  takeRaw,
  unloadColumns,
} from "./row-write.ts";

/** Inserts objects of one class, those with the same columns by one statement, and reads generated values back. */
export function* insertFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const groups = insertGroups(mapper, states, host.jit);
  warnOfConflicts(host, mapper, states);
  for (const group of groups) {
    const insert = canCorrelate(host, mapper, group) ? insertStatement(host, mapper, group) : null;
    if (insert === null) yield* insertEachFlow(host, mapper, group);
    else yield* insertGroupFlow(host, insert, group);
  }
  const present = host.identityMap.of(mapper);
  for (const group of groups) {
    for (let index = 0; index < group.states.length; index += 1) {
      const state = group.states[index] as InstanceState;
      settleInserted(host, state, group, group.kept[index] as unknown[]);
      const before = present.get(state.key);
      if (before !== undefined && before !== state) host.release(before); // somebody else deleted its row
      present.set(state.key, state);
    }
  }
  // taking 10,000 out of a set one by one takes .6 ms
  if (host.newStates.size === states.length) host.newStates.clear();
  else for (const state of states) host.newStates.delete(state);
}

/** New objects with the key of one that is loaded and stays: the database is going to refuse them. */
function warnOfConflicts(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): void {
  const present = host.identityMap.of(mapper);
  if (present.size === 0) return;
  for (const state of states) {
    const key = keyOf(state);
    if (key === undefined || !present.has(key)) continue;
    host
      .environmentFor(mapper)
      .warn(`New ${mapper.name} with key ${String(key)} conflicts with the persistent one in this session.`);
  }
}

/** Rows come back in the order in which they were sent: the database was told to keep it. */
function keepsOrder(host: FlushHost, mapper: EntityMapper): boolean {
  return host.environmentFor(mapper).dialect.features.insertMany === "unnest";
}

/** Rows that come back can be told apart: by their order, a key that was sent, or one that the database counts up. */
function canCorrelate(host: FlushHost, mapper: EntityMapper, group: InsertGroup): boolean {
  if (group.hasExpressions) return false;
  if (group.read.length === 0) return true;
  if (!host.environmentFor(mapper).dialect.features.returning.insert) return false;
  if (keepsOrder(host, mapper)) return true;
  const generatedKeys = mapper.primaryKey.filter((property) => group.read.includes(property));
  if (generatedKeys.length === 0) return true;
  return mapper.primaryKey.length === 1 && mapper.table.autoincrement === generatedKeys[0]?.column;
}

function* insertGroupFlow(host: FlushHost, insert: GroupInsert, group: InsertGroup): Flow<void> {
  const { mapper } = group.states[0] as InstanceState;
  const core = yield* host.connectionFlow(mapper);
  const { returned } = insert;
  for (let start = 0; start < group.states.length; start += insert.pageSize) {
    const page = group.states.slice(start, start + insert.pageSize);
    const values = group.rows.slice(start, start + insert.pageSize);
    const { sql, params } = insert.statement(values);
    for (const row of rowsToKeep(mapper.columns, values)) group.kept.push(row as unknown[]);
    const result = yield* core.sendFlow({ compiled: INSERT, sql, params });
    if (returned.length > 0) takeReturned(host, page, insert, result.rows);
  }
}

interface GroupInsert extends InsertMany {
  readonly returned: readonly ColumnProperty[];
  /** Reads a returned row. */
  readonly read: RowReader | null;
  /** Gives an object what was returned. */
  readonly define: RowDefiner;
}

/** The statement for a group; `null` where a default has parameters of its own, so that each object needs a statement. */
function insertStatement(host: FlushHost, mapper: EntityMapper, group: InsertGroup): GroupInsert | null {
  const { cache, dialect } = host.environmentFor(mapper);
  const { columns, fills, read } = group;
  const make = (): GroupInsert | null => {
    const filled: FilledColumn[] = [];
    for (const { column } of fills) {
      const sql = constantSql(column.onInsert as ExpressionNode, dialect);
      if (sql === null) return null;
      filled.push({ name: column.name, sql });
    }
    // the key tells rows apart
    const returned = read.length === 0 ? [] : [...new Set([...mapper.primaryKey, ...read])];
    const placed = columns.map((property) => ({ ...sent(property), place: property.index }));
    const insert = compileInsertMany(mapper.table.node, placed, returned.map(sent), dialect, filled);
    const keys = returned.map(({ key }) => key);
    return { ...insert, returned, read: rowReader(insert.decoders, host.jit), define: rowDefiner(keys, host.jit) };
  };
  if (cache === null) return make();
  const places = [columns, fills, read].map((list) => list.map((property) => property.index).join());
  return cache.get(`insert objects ${mapper.id} ${places.join(" ")}`, make);
}

type Row = readonly unknown[];

/** Gives each object the row that is its own. */
function takeReturned(
  host: FlushHost,
  states: readonly InstanceState[],
  { returned, read, define }: GroupInsert,
  raws: readonly Row[],
): void {
  const [{ mapper }] = states as [InstanceState];
  const rows = read === null ? raws : raws.map(read);
  if (rows.length !== states.length) {
    throw new FlushError(
      `Inserting ${states.length} rows into ${mapper.table.fullName} answered ${rows.length}. A trigger or rule may have kept some out.`,
    );
  }
  const own = keepsOrder(host, mapper) ? rows : inOrder(mapper, states, rows);
  for (let index = 0; index < states.length; index += 1) {
    const { object } = states[index] as InstanceState;
    const row = own[index] as Row;
    const isNew = !Object.hasOwn(object, (returned.at(-1) as ColumnProperty).key);
    if (isNew && define(object, row)) continue;
    for (let place = 0; place < returned.length; place += 1)
      defineColumn(object, (returned[place] as ColumnProperty).key, row[place]);
  }
}

/** Rows in the order of their objects: by a key that was counted up, or by the key that was sent. */
function inOrder(mapper: EntityMapper, states: readonly InstanceState[], rows: readonly Row[]): readonly Row[] {
  const [first] = states as [InstanceState];
  const width = mapper.primaryKey.length;
  if (keyOf(first) === undefined) return inCountedOrder(rows);
  const byKey = new Map(rows.map((row) => [rowKey(row.slice(0, width), mapper.rules.allowPartialPks), row]));
  return states.map((state) => {
    const row = byKey.get(keyOf(state));
    if (row !== undefined) return row;
    throw new FlushError(
      `A row inserted into ${mapper.table.fullName} came back under another key than ${String(keyOf(state))}: ` +
        "the database changed the value. Give the key in the form in which the database keeps it.",
    );
  });
}

function inCountedOrder(rows: readonly Row[]): readonly Row[] {
  for (let index = 1; index < rows.length; index += 1)
    if ((rows[index - 1]?.[0] as number) >= (rows[index]?.[0] as number))
      return rows.toSorted(([left], [right]) => ((left as number) < (right as number) ? -1 : 1));
  return rows;
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
    columns: [...group.columns, ...group.fills].map((property) => property.column.name),
    values: [
      ...group.columns.map(({ column, index }) => operandNode(row[index], column.type)),
      ...group.fills.map(({ column }) => column.onInsert as ExpressionNode),
    ],
    query: null,
    onConflict: null,
    returning: returns ? group.read.map((property) => property.column.toNode()) : [],
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  const bound = bindStatement(prepared, dialect);
  group.kept.push(...(rowsToKeep(mapper.columns, [row]) as unknown[][]));
  const result = yield* core.sendFlow(bound);
  if (returns) takeRaw(host, state, group.read, result.rows[0]);
  else yield* takeGeneratedFlow(host, state, group, result.lastInsertId);
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
  const key = group.read.find((property) => property.column === counted);
  if (key !== undefined) defineColumn(state.object, key.key, decoded(lastInsertId, decoderOf(host, mapper, key)));
  yield* readBackFlow(
    host,
    [state],
    group.read.filter((property) => property !== key),
  );
}

/** An inserted object now has a row: what was sent, and what came back. */
function settleInserted(host: FlushHost, state: InstanceState, group: InsertGroup, kept: unknown[]): void {
  state.row = kept;
  state.partial = false;
  showNulls(state, group.columns, kept);
  keepRead(state, group.read);
  const key = keyInRow(state);
  if (key === undefined) {
    state.row = null;
    throw new FlushError(
      `${state.mapper.name} was inserted with a primary key of NULL. Give the key a value or a default.`,
    );
  }
  unloadColumns(state, group.unread);
  refuseNoVersion(state);
  state.key = key;
  state.status = "persistent";
  state.epoch = host.epoch;
  state.knownEmpty = true;
}

/** What the program has not given, and the database therefore does not have, is null from now on. */
function showNulls({ object }: InstanceState, columns: readonly ColumnProperty[], row: Row): void {
  for (const { key, index } of columns) {
    if (row[index] !== null) continue;
    if (!Object.hasOwn(object, key) || (object as Record<string, unknown>)[key] === undefined)
      defineColumn(object, key, null);
  }
}
