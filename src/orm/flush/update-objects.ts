import {
  bindStatement,
  compileUpdate,
  compileUpdateMany,
  type KeyedStatement,
  nextPage,
  prepareStatement,
  type RowPages,
} from "../../compile/index.ts";
import type { ConnectionCore } from "../../engine/index.ts";
import { StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { isOperand, operandNode, TARGET, type UpdateNode } from "../../sql/index.ts";
import { equals, inList, selectEntity } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { followKey } from "./follow-key.ts";
import { keptValue, keyOf, readBackFlow, sent, takeRaw, UPDATE } from "./row-write.ts";

type Row = readonly unknown[];

interface UpdateGroup {
  readonly columns: readonly ColumnProperty[];
  readonly states: InstanceState[];
}

/** Updates objects of one class: of each only the columns that changed. */
export function* updateFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const defaults = mapper.columns.filter((property) => property.column.onUpdate !== null);
  const groups = new Map<string, UpdateGroup>();
  for (const state of states) {
    let columns = changedColumns(state);
    if (columns.length === 0) continue;
    if (defaults.length > 0) columns = withDefaults(state, columns, defaults);
    host.journal.note(state, "updated");
    if (columns.some((property) => isExpression(state, property))) {
      yield* updateOneFlow(host, state, columns);
      continue;
    }
    const key = columns.map((property) => property.index).join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { columns, states: [state] });
    else group.states.push(state);
  }
  for (const group of groups.values()) yield* updateGroupFlow(host, mapper, group);
  if (mapper.columns.some((property) => property.column.spec.computed !== undefined))
    yield* readComputedFlow(host, mapper, states);
}

const READ_PAGE = 500;

/** What the database computes from other columns has changed with them. */
function* readComputedFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const columns = mapper.primaryKey.map((property) => property.column.toNode());
  const keys = states.map((state) => mapper.primaryKey.map((property) => keptValue(state, property)));
  for (let start = 0; start < keys.length; start += READ_PAGE) {
    const page = keys.slice(start, start + READ_PAGE);
    const where = [inList(columns, columns.length === 1 ? page.map((key) => key[0]) : page)];
    yield* host.objectsFlow({ toNode: () => selectEntity(mapper, where) }, { refresh: true });
  }
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
  return state.mapper.columns.filter((property) => columns.has(property));
}

function isExpression(state: InstanceState, property: ColumnProperty): boolean {
  return isOperand(state.value(property.key)) || isDefaultExpression(state, property);
}

// the column's own expression goes where the program has assigned nothing
function isDefaultExpression(state: InstanceState, property: ColumnProperty): boolean {
  const { onUpdate } = property.column;
  return onUpdate !== null && typeof onUpdate !== "function" && !changedColumns(state).includes(property);
}

/** One object by a statement with SQL expressions in it, whose values are then read. */
function* updateOneFlow(host: FlushHost, state: InstanceState, columns: readonly ColumnProperty[]): Flow<void> {
  const { mapper } = state;
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const computed = columns.filter((property) => isExpression(state, property));
  const returns = dialect.features.returning.update;
  const node: UpdateNode = {
    kind: "update",
    table: mapper.table.node,
    target: mapper.table[TARGET](),
    columns: columns.map((property) => property.column.name),
    values: columns.map((property) => updateValue(state, property)),
    from: [],
    where: mapper.primaryKey.map((property) => equals(property.column.toNode(), keptValue(state, property))),
    returning: returns ? computed.map((property) => property.column.toNode()) : [],
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  const result = yield* core.sendFlow(bindStatement(prepared, dialect));
  const affected = returns ? result.rows.length : result.affected;
  if (affected !== 1) throw stale(mapper, 1, affected);
  if (returns) takeRaw(host, state, computed, result.rows[0]);
  else yield* readBackFlow(host, state, computed);
  settleUpdated(host, state);
}

function updateValue(state: InstanceState, property: ColumnProperty): UpdateNode["values"][number] {
  const { column } = property;
  if (isDefaultExpression(state, property)) return column.onUpdate as UpdateNode["values"][number];
  return operandNode(state.value(property.key), column.type);
}

function* updateGroupFlow(host: FlushHost, mapper: EntityMapper, { columns, states }: UpdateGroup): Flow<void> {
  const rows = states.map((state) => [
    ...columns.map((property) => state.value(property.key)),
    // the row is found by the key it has, not by one the program has just given it
    ...mapper.primaryKey.map((property) => keptValue(state, property)),
  ]);
  const core = yield* host.connectionFlow(mapper);
  const affected = yield* sendRowsFlow(core, updateStatement(core, mapper, columns), rows);
  if (affected !== states.length) throw stale(mapper, states.length, affected);
  for (const state of states) settleUpdated(host, state);
}

function stale(mapper: EntityMapper, expected: number, affected: number): StaleDataError {
  return new StaleDataError(
    `UPDATE of ${mapper.table.fullName} expected to update ${expected} row(s); ${affected} were matched. ` +
      "Somebody else deleted or changed them since they were loaded: roll back, load again and repeat.",
  );
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

function updateStatement(
  core: ConnectionCore,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
): UpdateStatements {
  const { cache, dialect } = core.environment;
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
    if (value === null) defineColumn(state.object, property.key, null); // undefined and delete count as null
    row[property.index] = value === null ? null : property.tracker.snapshot(value);
  }
  if (state.partial) state.partial = row.includes(NOT_LOADED);
  const key = keyOf(state);
  if (key === state.key) return;
  host.identityMap.remove(state);
  state.key = key;
  host.identityMap.add(state);
  followKey(host, state);
}
