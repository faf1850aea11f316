import {
  bindStatement,
  compileInsertMany,
  compileUpdate,
  compileUpdateMany,
  type InsertMany,
  type KeyedStatement,
  prepareStatement,
  type RowPages,
} from "../../compile/index.ts";
import { FlushError, StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import {
  type DeleteNode,
  type Executable,
  type InsertNode,
  isOperand,
  operandNode,
  TARGET,
  type TableNode,
} from "../../sql/index.ts";
import type { Column } from "../../schema/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { equals, inList } from "../load/statements.ts";
import { identityKey } from "../state/identity-map.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";

const PLAIN = {
  kind: "insert",
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  exactIntegers: true,
  prepare: true,
} as const;

const UPDATE = { ...PLAIN, kind: "update" } as const;

/** Inserts objects of one class, those with the same columns by one statement, and reads generated values back. */
export function* insertFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  for (const state of states) {
    host.journal.note(state, "inserted");
    fillDefaults(state, "onInsert");
  }
  for (const group of groupBySignature(states)) {
    if (group.expressions || !canCorrelate(host, mapper, group)) {
      for (const state of group.states) yield* insertOneFlow(host, mapper, state, group);
    } else yield* insertGroupFlow(host, mapper, group);
  }
  for (const state of states) settleInserted(host, state);
}

interface InsertGroup {
  readonly states: InstanceState[];
  readonly columns: readonly ColumnProperty[];
  /** Columns that the database fills. */
  readonly generated: readonly ColumnProperty[];
  readonly expressions: boolean;
}

/** Values made by the program for columns that were given none. */
function fillDefaults(state: InstanceState, when: "onInsert" | "onUpdate"): void {
  for (const { key, column } of state.mapper.columns) {
    const make = column[when];
    if (typeof make !== "function" || state.value(key) !== null) continue;
    defineColumn(state.object, key, make());
  }
}

/** Neighbours with the same columns go together; the order of objects never changes (spec B9). */
function groupBySignature(states: readonly InstanceState[]): readonly InsertGroup[] {
  const groups: InsertGroup[] = [];
  let last = "";
  for (const state of states) {
    const signature = state.mapper.columns.map((property) => useOf(state, property)).join("");
    const known = groups.at(-1);
    if (known !== undefined && signature === last) known.states.push(state);
    else groups.push(newGroup(state, signature));
    last = signature;
  }
  return groups;
}

// v: a value is sent; g: the database makes one; e: a SQL expression is sent
function useOf(state: InstanceState, property: ColumnProperty): "v" | "g" | "e" {
  const { column } = property;
  if (column.spec.computed !== undefined) return "g";
  const value = state.value(property.key);
  if (isOperand(value)) return "e";
  if (value !== null) return "v";
  if (column.onInsert !== null) return "e"; // a function was called already: what is left is an expression
  const isGenerated = column.spec.serverDefault !== undefined || state.mapper.table.autoincrement === column;
  return isGenerated ? "g" : "v";
}

function newGroup(state: InstanceState, signature: string): InsertGroup {
  const { columns } = state.mapper;
  return {
    states: [state],
    columns: columns.filter((_property, index) => signature[index] !== "g"),
    generated: columns.filter((_property, index) => signature[index] !== "v"),
    expressions: signature.includes("e"),
  };
}

/** Rows that come back can be told apart: by a key that was sent, or one that the database counts up. */
function canCorrelate(host: FlushHost, mapper: EntityMapper, group: InsertGroup): boolean {
  if (group.generated.length === 0) return true;
  if (!host.environment.dialect.features.returning.insert) return false;
  const generatedKeys = mapper.primaryKey.filter((property) => group.generated.includes(property));
  if (generatedKeys.length === 0) return true;
  return (
    generatedKeys.length === 1 &&
    mapper.primaryKey.length === 1 &&
    mapper.table.autoincrement === generatedKeys[0]?.column
  );
}

function* insertGroupFlow(host: FlushHost, mapper: EntityMapper, group: InsertGroup): Flow<void> {
  const core = yield* host.connectionFlow();
  const returned = group.generated.length === 0 ? [] : [...new Set([...mapper.primaryKey, ...group.generated])];
  const insert = insertStatement(host, mapper, group.columns, returned);
  for (let start = 0; start < group.states.length; start += insert.pageSize) {
    const page = group.states.slice(start, start + insert.pageSize);
    const { sql, params } = insert.statement(
      page.map((state) => group.columns.map((property) => state.value(property.key))),
    );
    const result = yield* core.sendFlow({ compiled: PLAIN, sql, params });
    if (returned.length > 0)
      takeReturned(
        mapper,
        page,
        returned,
        result.rows.map((row) => decodeRow(row, insert)),
      );
  }
}

function insertStatement(
  host: FlushHost,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  returned: readonly ColumnProperty[],
): InsertMany {
  const { cache, dialect } = host.environment;
  const make = (): InsertMany => compileInsertMany(mapper.table.node, columns.map(sent), returned.map(sent), dialect);
  if (cache === null) return make();
  const key = `insert ${mapper.id} ${columns.map((property) => property.index).join()} ${returned.map((property) => property.index).join()}`;
  return cache.get(key, make);
}

function sent(property: ColumnProperty): { readonly name: string; readonly type: Column["type"] } {
  return { name: property.column.name, type: property.column.type };
}

function decodeRow(row: readonly unknown[], insert: InsertMany): readonly unknown[] {
  return row.map((raw, index) => {
    const decode = insert.decoders[index];
    return raw === null || decode == null ? raw : decode(raw as never);
  });
}

/** Gives each object the row that is its own: databases need not answer rows in the order they were sent. */
function takeReturned(
  mapper: EntityMapper,
  states: readonly InstanceState[],
  returned: readonly ColumnProperty[],
  rows: readonly (readonly unknown[])[],
): void {
  if (rows.length !== states.length) {
    throw new FlushError(
      `Inserting ${states.length} rows into ${mapper.table.fullName} answered ${rows.length}. A trigger or rule may have kept some out.`,
    );
  }
  const [key] = mapper.primaryKey;
  const isCounted = key !== undefined && states[0]?.value(key.key) === null;
  const keyWidth = mapper.primaryKey.length;
  const sorted = isCounted ? rows.toSorted((left, right) => (Number(left[0]) < Number(right[0]) ? -1 : 1)) : rows;
  const byKey = isCounted ? null : new Map(rows.map((row) => [identityKey(row.slice(0, keyWidth)), row]));
  states.forEach((state, index) => {
    const row = byKey === null ? sorted[index] : byKey.get(keyOf(state));
    if (row === undefined)
      throw new FlushError(`A row inserted into ${mapper.table.fullName} came back under another key.`);
    returned.forEach((property, place) => defineColumn(state.object, property.key, row[place]));
  });
}

/** The key an object's values make. */
export function keyOf(state: InstanceState): unknown {
  return identityKey(state.mapper.primaryKey.map((property) => state.value(property.key)));
}

/** One object by one statement: SQL expressions are written into it. */
function* insertOneFlow(host: FlushHost, mapper: EntityMapper, state: InstanceState, group: InsertGroup): Flow<void> {
  const { dialect, cache } = host.environment;
  const returns = dialect.features.returning.insert;
  const core = yield* host.connectionFlow();
  const returned = returns ? group.generated : [];
  const node: InsertNode = {
    kind: "insert",
    table: mapper.table.node,
    target: mapper.table[TARGET](),
    columns: group.columns.map((property) => property.column.name),
    values: group.columns.map((property) => insertValue(state, property)),
    query: null,
    onConflict: null,
    returning: returned.map((property) => property.column.toNode()),
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  const result = yield* core.sendFlow(bindStatement(prepared, dialect));
  if (returns) takeOne(host, state, returned, result.rows[0]);
  else yield* takeGeneratedFlow(host, state, group, result.lastInsertId);
}

function insertValue(state: InstanceState, property: ColumnProperty): InsertNode["values"][number] {
  const value = state.value(property.key);
  const expression = property.column.onInsert;
  if (value === null && expression !== null && typeof expression !== "function") return expression;
  return operandNode(value, property.column.type);
}

function takeOne(
  host: FlushHost,
  state: InstanceState,
  returned: readonly ColumnProperty[],
  row: readonly unknown[] | undefined,
): void {
  returned.forEach((property, index) => {
    const raw = row?.[index] ?? null;
    const { decode } = host.environment.dialect.types.codec(property.column.type);
    defineColumn(state.object, property.key, raw === null || decode === null ? raw : decode(raw as never));
  });
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
  const rest = group.generated.filter((property) => property.column !== counted);
  if (counted !== null && group.generated.some((property) => property.column === counted)) {
    const { decode } = host.environment.dialect.types.codec(counted.type);
    defineColumn(
      state.object,
      mapper.property(counted).key,
      decode === null ? lastInsertId : decode(lastInsertId as never),
    );
  }
  if (rest.length === 0) return;
  const core = yield* host.connectionFlow();
  const select: Executable = {
    toNode: () => ({
      ...emptySelect,
      columns: rest.map((property) => property.column.toNode()),
      where: keyConditions(state),
    }),
  };
  const prepared = prepareStatement(select, host.environment.dialect, host.environment.cache);
  const result = yield* core.sendFlow(bindStatement(prepared, host.environment.dialect));
  takeOne(host, state, rest, result.rows[0]);
}

const emptySelect = {
  kind: "select",
  from: [],
  joins: [],
  groupBy: [],
  having: [],
  orderBy: [],
  limit: null,
  offset: null,
  distinct: false,
  distinctOn: [],
  forUpdate: null,
  correlate: null,
  ctes: [],
  options: [],
} as const;

function keyConditions(state: InstanceState): ReturnType<typeof equals>[] {
  return state.mapper.primaryKey.map((property) => equals(property.column.toNode(), state.value(property.key)));
}

/** An inserted object now has a row: what was sent, and what came back. */
function settleInserted(host: FlushHost, state: InstanceState): void {
  const key = keyOf(state);
  if (key === undefined) {
    throw new FlushError(
      `${state.mapper.name} was inserted with a primary key of NULL. Give the key a value or a default.`,
    );
  }
  takeSnapshot(state);
  state.key = key;
  state.status = "persistent";
  state.epoch = host.epoch;
  state.knownEmpty = true;
  host.newStates.delete(state);
  host.identityMap.add(state);
}

/** Keeps what the object now has as what the database has. */
function takeSnapshot(state: InstanceState): void {
  state.row = state.mapper.columns.map((property) => {
    const value = state.value(property.key);
    if (!Object.hasOwn(state.object, property.key)) defineColumn(state.object, property.key, null);
    return value === null ? null : property.tracker.snapshot(value);
  });
  state.partial = false;
}

/** Updates objects of one class: of each only the columns that changed. */
export function* updateFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const groups = new Map<string, { readonly columns: readonly ColumnProperty[]; readonly states: InstanceState[] }>();
  for (const state of states) {
    if (changedColumns(state).length === 0) continue;
    fillUpdateDefaults(state);
    const columns = changedColumns(state);
    const key = columns.map((property) => property.index).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { columns, states: [state] });
    else group.states.push(state);
  }
  for (const group of groups.values()) yield* updateGroupFlow(host, mapper, group.columns, group.states);
}

function fillUpdateDefaults(state: InstanceState): void {
  const changed = new Set(changedColumns(state));
  for (const property of state.mapper.columns) {
    const make = property.column.onUpdate;
    if (typeof make === "function" && !changed.has(property)) defineColumn(state.object, property.key, make());
  }
}

function* updateGroupFlow(
  host: FlushHost,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  states: readonly InstanceState[],
): Flow<void> {
  const rows = states.map((state) => {
    host.journal.note(state, "updated");
    return [
      ...columns.map((property) => state.value(property.key)),
      ...mapper.primaryKey.map((property) => keptKey(state, property)),
    ];
  });
  const { one, many } = updateStatement(host, mapper, columns);
  const affected =
    many !== null && rows.length > 1
      ? yield* updatePagesFlow(host, many, rows)
      : yield* updateRowsFlow(host, one, rows);
  if (affected !== states.length) {
    throw new StaleDataError(
      `UPDATE of ${mapper.table.fullName} expected to update ${states.length} row(s); ${affected} were matched. ` +
        "Somebody else deleted or changed them since they were loaded: roll back, load again and repeat.",
    );
  }
  for (const state of states) settleUpdated(host, state);
}

function* updatePagesFlow(host: FlushHost, pages: RowPages, rows: readonly (readonly unknown[])[]): Flow<number> {
  const core = yield* host.connectionFlow();
  let affected = 0;
  for (let start = 0; start < rows.length; start += pages.pageSize) {
    const { sql, params } = pages.statement(rows.slice(start, start + pages.pageSize));
    affected += (yield* core.sendFlow({ compiled: UPDATE, sql, params })).affected;
  }
  return affected;
}

function* updateRowsFlow(host: FlushHost, one: KeyedStatement, rows: readonly (readonly unknown[])[]): Flow<number> {
  const core = yield* host.connectionFlow();
  const paramSets = rows.map((row) => one.encode(row));
  const [only] = paramSets;
  const result =
    paramSets.length === 1 && only !== undefined
      ? yield* core.sendFlow({ compiled: UPDATE, sql: one.sql, params: only })
      : yield* core.sendManyFlow(UPDATE, one.sql, paramSets);
  return result.affected;
}

// the row is found by the key it has, not by one the program has just given it
function keptKey(state: InstanceState, property: ColumnProperty): unknown {
  const kept = state.row?.[property.index];
  return kept === NOT_LOADED ? state.value(property.key) : property.tracker.restore(kept);
}

interface UpdateStatements {
  readonly one: KeyedStatement;
  /** Many rows with different values by one statement, where the database can. */
  readonly many: RowPages | null;
}

function updateStatement(host: FlushHost, mapper: EntityMapper, columns: readonly ColumnProperty[]): UpdateStatements {
  const { cache, dialect } = host.environment;
  const make = (): UpdateStatements => {
    const parts = [mapper.table.node, columns.map(sent), mapper.primaryKey.map(sent), dialect] as const;
    return { one: compileUpdate(...parts), many: compileUpdateMany(...parts) };
  };
  return cache === null
    ? make()
    : cache.get(`update ${mapper.id} ${columns.map((property) => property.index).join()}`, make);
}

function settleUpdated(host: FlushHost, state: InstanceState): void {
  const row = state.row ?? [];
  for (const property of state.mapper.columns) {
    if (row[property.index] === NOT_LOADED && !Object.hasOwn(state.object, property.key)) continue;
    const value = state.value(property.key);
    row[property.index] = value === null ? null : property.tracker.snapshot(value);
  }
  const key = keyOf(state);
  if (key === state.key) return;
  host.identityMap.remove(state);
  state.key = key;
  host.identityMap.add(state);
}

const DELETE_PAGE = 1000; // keys per statement where each is a placeholder

/** Deletes the rows of objects of one class, by their keys. */
export function* deleteFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const keys = states.map((state) => mapper.primaryKey.map((property) => keptKey(state, property)));
  for (const state of states) host.journal.note(state, "deleted");
  yield* deleteRowsFlow(
    host,
    mapper.table.node,
    mapper.primaryKey.map((property) => property.column),
    keys,
  );
  for (const state of states) {
    host.identityMap.remove(state);
    host.deletedStates.delete(state);
    state.status = "deleted";
  }
}

/** Deletes rows of a table by the values of some columns. */
export function* deleteRowsFlow(
  host: FlushHost,
  table: TableNode,
  columns: readonly Column[],
  keys: readonly (readonly unknown[])[],
): Flow<void> {
  const { dialect, cache } = host.environment;
  const core = yield* host.connectionFlow();
  const nodes = columns.map((column) => ({ ...column.toNode(), table }));
  const size = Math.max(1, Math.floor(DELETE_PAGE / Math.max(1, columns.length)));
  for (let start = 0; start < keys.length; start += size) {
    const page = keys.slice(start, start + size);
    const values = columns.length === 1 ? page.map((key) => key[0]) : page;
    const node: DeleteNode = {
      kind: "delete",
      table,
      from: [],
      where: [inList(nodes, values)],
      returning: [],
      ctes: [],
      options: [],
    };
    yield* core.sendFlow(bindStatement(prepareStatement({ toNode: () => node }, dialect, cache), dialect));
  }
}
