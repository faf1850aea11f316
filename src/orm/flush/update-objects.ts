import { compileUpdate, compileUpdateMany, type KeyedStatement, nextPage, type RowPages } from "../../compile/index.ts";
import type { ConnectionCore } from "../../engine/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { ColumnProperty, EntityMapper, VersionRule } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { changedColumns, columnSet } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { followKeys, type KeySwitch } from "./follow-key.ts";
import {
  keepRead,
  keepWritten,
  keyInRow,
  keptValue,
  keyOf,
  loadVersionsFlow,
  readBackFlow,
  refuseNoVersion,
  rowsToKeep,
  sent,
  unloadColumns,
  UPDATE,
} from "./row-write.ts";
import { staleFlow } from "./stale-rows.ts";
import { isExpression, isMatchedByNull, matchedColumns, openColumns, updateObjectFlow } from "./update-object.ts";

type Row = readonly unknown[];

interface UpdateGroup {
  readonly columns: readonly ColumnProperty[];
  readonly states: InstanceState[];
}

/** Updates objects of one class: of each only the columns that changed. */
export function* updateFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  yield* loadVersionsFlow(host, states);
  for (const { columns, states: own } of updateGroups(host, mapper, states)) {
    const [only] = own as [InstanceState];
    // a statement of its own can hold expressions, match a version of NULL, and return what the database computed
    const isAlone = own.length === 1 && (mapper.rules.changedByServer.length > 0 || needsStatement(only, columns));
    if (isAlone) yield* updateAloneFlow(host, only, columns);
    else yield* updateGroupFlow(host, mapper, { columns, states: own });
  }
}

function* updateAloneFlow(host: FlushHost, state: InstanceState, columns: readonly ColumnProperty[]): Flow<void> {
  const before = [...(state.row ?? [])];
  yield* updateObjectFlow(host, state, columns);
  if (state.partial) state.partial = state.row?.includes(NOT_LOADED) === true;
  refuseNoVersion(state);
  if (moveKey(host, state)) followKeys(host, state.mapper, [{ state, before }]);
}

function updateGroups(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Iterable<UpdateGroup> {
  const { onUpdate, version } = mapper.rules;
  const groups = new Map<unknown, UpdateGroup>();
  const { journal } = host;
  for (const state of states) {
    let columns = changedColumns(state, host.jit);
    if (columns.length === 0) continue;
    refuseNullKey(state, columns);
    journal.note(state, "updated");
    if (onUpdate.length > 0) columns = withDefaults(state, columns, onUpdate);
    if (version !== null) columns = withVersion(state, columns, version);
    const key = needsStatement(state, columns) ? state : columns;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { columns, states: [state] });
    else group.states.push(state);
  }
  return groups.values();
}

function needsStatement(state: InstanceState, columns: readonly ColumnProperty[]): boolean {
  return isMatchedByNull(state) || columns.some((property) => isExpression(state, property));
}

function refuseNullKey(state: InstanceState, columns: readonly ColumnProperty[]): void {
  const property = columns.find(({ isPrimaryKey, key }) => isPrimaryKey && state.value(key) === null);
  if (property === undefined || keyOf(state) !== undefined) return;
  throw new FlushError(
    `${state.mapper.name}.${property.key} is the primary key and was set to null, which no row can have. ` +
      "Give it a value, or delete the object.",
  );
}

/** The next version is written unless the program has assigned one. */
function withVersion(
  state: InstanceState,
  columns: readonly ColumnProperty[],
  { property, next }: VersionRule,
): readonly ColumnProperty[] {
  if (next === null || columns.includes(property)) return columns;
  defineColumn(state.object, property.key, next(keptValue(state, property)));
  return columnSet(state.mapper, [...columns, property]);
}

/** Columns that are written whenever a row is. */
function withDefaults(
  state: InstanceState,
  changed: readonly ColumnProperty[],
  defaults: readonly ColumnProperty[],
): readonly ColumnProperty[] {
  const columns = new Set(changed);
  for (const property of defaults) {
    if (columns.has(property)) continue;
    const { onUpdate } = property.column;
    if (typeof onUpdate === "function") defineColumn(state.object, property.key, onUpdate() ?? null);
    columns.add(property);
  }
  return columnSet(
    state.mapper,
    state.mapper.columns.filter((property) => columns.has(property)),
  );
}

function* updateGroupFlow(host: FlushHost, mapper: EntityMapper, { columns, states }: UpdateGroup): Flow<void> {
  const matched = matchedColumns(mapper);
  const rows = states.map((state) => valuesToSend(state, columns, matched));
  const kept = rowsToKeep(columns, rows);
  const core = yield* host.connectionFlow(mapper);
  const affected = yield* sendRowsFlow(core, updateStatement(core, mapper, { columns, matched }), rows);
  if (affected !== states.length)
    throw yield* staleFlow(host, { statement: "UPDATE", states, matched: affected, written: columns });
  const { read, unread } = openColumns(mapper, []);
  if (read.length > 0) yield* readBackFlow(host, states, read);
  const isRekeyed = columns.some((property) => property.isPrimaryKey);
  const switches: KeySwitch[] = [];
  states.forEach((state, index) => {
    const before = isRekeyed ? [...(state.row ?? [])] : [];
    keepWritten(state, columns, kept[index] as Row);
    if (read.length > 0) keepRead(state, read);
    if (unread.length > 0) unloadColumns(state, unread);
    if (state.partial) state.partial = state.row?.includes(NOT_LOADED) === true;
    if (mapper.rules.version !== null) refuseNoVersion(state);
    if (isRekeyed && moveKey(host, state)) switches.push({ state, before });
  });
  if (switches.length > 0) followKeys(host, mapper, switches);
}

function valuesToSend(
  state: InstanceState,
  columns: readonly ColumnProperty[],
  matched: readonly ColumnProperty[],
): Row {
  const row: unknown[] = [];
  for (const { key } of columns) row.push(state.value(key));
  // the row is found by the key it has, not by one the program has just given it
  for (const property of matched) row.push(keptValue(state, property));
  return row;
}

/** Updates rows of a class; each holds the values of the columns, then its primary key. Answers how many were there. */
export function* updateRowsByKeyFlow(
  core: ConnectionCore,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  rows: readonly Row[],
): Flow<number> {
  const statements = updateStatement(core, mapper, { columns, matched: mapper.primaryKey });
  return yield* sendRowsFlow(core, statements, rows);
}

/** Sends rows in pages, as long as a page is worth a statement, then one by one; answers how many were matched. */
function* sendRowsFlow(core: ConnectionCore, { one, many }: UpdateStatements, rows: readonly Row[]): Flow<number> {
  let affected = 0;
  let start = 0;
  if (many !== null) {
    for (let size = nextPage(many, rows.length); size > 0; size = nextPage(many, rows.length - start)) {
      const { sql, params } = many.statement(rows.slice(start, start + size));
      affected += (yield* core.sendFlow({ compiled: UPDATE, sql, params })).affected;
      start += size;
    }
  }
  if (start < rows.length) affected += yield* updateRowsFlow(core, one, rows.slice(start));
  return affected;
}

function* updateRowsFlow(core: ConnectionCore, one: KeyedStatement, rows: readonly Row[]): Flow<number> {
  const paramSets = rows.map((row) => one.encode(row));
  const [only] = paramSets;
  const result =
    paramSets.length === 1 && only !== undefined
      ? yield* core.sendFlow({ compiled: UPDATE, sql: one.sql, params: only })
      : yield* core.sendManyFlow(UPDATE, one.sql, paramSets);
  return result.affected;
}

interface UpdateStatements {
  readonly one: KeyedStatement;
  /** Many rows with different values by one statement, where that is faster. */
  readonly many: RowPages | null;
}

interface UpdateShape {
  readonly columns: readonly ColumnProperty[];
  /** By these a row is found. */
  readonly matched: readonly ColumnProperty[];
}

function places(columns: readonly ColumnProperty[]): string {
  return columns.map((property) => property.index).join();
}

function updateStatement(
  core: ConnectionCore,
  mapper: EntityMapper,
  { columns, matched }: UpdateShape,
): UpdateStatements {
  const { cache, dialect } = core.environment;
  const make = (): UpdateStatements => {
    const parts = [mapper.table.node, columns.map(sent), matched.map(sent), dialect] as const;
    return { one: compileUpdate(...parts), many: compileUpdateMany(...parts) };
  };
  return cache === null ? make() : cache.get(`update ${mapper.id} ${places(columns)} ${places(matched)}`, make);
}

/** The object is found under the key it has now; answers whether that is another. */
function moveKey(host: FlushHost, state: InstanceState): boolean {
  const key = keyInRow(state);
  if (key === state.key) return false;
  host.identityMap.remove(state);
  state.key = key;
  host.identityMap.add(state);
  return true;
}
