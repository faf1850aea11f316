import type { Parameters } from "../../compile/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { describeWithin, type EntityClass, insert, update } from "../../sql/index.ts";
import { changedColumns } from "../flush/dirty.ts";
import { keptValue } from "../flush/row-write.ts";
import type { ColumnProperty } from "../mapping/entity-mapper.ts";
import { mapperOf } from "../mapping/registry.ts";
import { defineColumn } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { insertRowsFlow } from "./insert-rows.ts";
import type { StatementHost } from "./statement-host.ts";
import { updateRowsFlow } from "./update-rows.ts";

export interface BulkInsertOptions {
  /** Write the keys that the database made into the rows (or objects). */
  readonly returnDefaults?: boolean;
  /** Write NULL where a row has null, instead of leaving it to the column's default. */
  readonly renderNulls?: boolean;
}

export interface BulkSaveOptions {
  /** Write the keys that the database made into the objects. */
  readonly returnDefaults?: boolean;
  /** Write only columns that changed. Default true. */
  readonly updateChangedOnly?: boolean;
  /** Write in the order given. Default true; otherwise objects of one class together, which takes fewer statements. */
  readonly preserveOrder?: boolean;
}

/** Inserts rows of a class; see `execute(insert(User), rows)`. */
export function* insertMappingsFlow(
  host: StatementHost,
  entity: EntityClass,
  rows: readonly Parameters[],
  options: BulkInsertOptions,
): Flow<void> {
  const mapper = mapperOf(entity);
  requireRows(rows, "bulkInsertMappings()");
  const keys = yield* insertAndReadKeysFlow(host, entity, rows, options);
  keys?.forEach((values, index) => {
    mapper.primaryKey.forEach((property, place) => {
      (rows[index] as Record<string, unknown>)[property.key] = values[place];
    });
  });
}

/** Updates rows of a class by their keys; see `execute(update(User), rows)`. */
export function* updateMappingsFlow(
  host: StatementHost,
  entity: EntityClass,
  rows: readonly Parameters[],
  options: Pick<ExecuteOptions, "identityToken"> = {},
): Flow<void> {
  requireRows(rows, "bulkUpdateMappings()");
  yield* updateRowsFlow(host, update(entity).toNode(), rows, options);
}

function requireRows(rows: unknown, method: string): void {
  if (!Array.isArray(rows)) {
    throw new ArgumentError(
      `${method} takes a list of rows, not ${describeWithin(rows)}. For one row give a list of one: [row].`,
    );
  }
  const wrong = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (wrong < 0) return;
  throw new ArgumentError(
    `${method} takes a list of rows, each an object of values by attribute; row ${wrong} is ${describeWithin(rows[wrong])}.`,
  );
}

/** Writes objects as rows: new ones are inserted, others updated. They themselves, and the session, stay as they are. */
export function* saveObjectsFlow(
  host: StatementHost,
  states: readonly InstanceState[],
  options: BulkSaveOptions,
): Flow<void> {
  for (const group of objectGroups(states, options.preserveOrder ?? true)) {
    const [{ mapper, row, token }] = group as [InstanceState];
    const entity = mapper.prototype.constructor as EntityClass;
    if (row === null) yield* insertObjectsFlow(host, entity, group, options);
    else {
      const rows = changesOf(host, group, options.updateChangedOnly ?? true);
      yield* updateMappingsFlow(host, entity, rows, token === null ? {} : { identityToken: token });
    }
  }
}

function* insertObjectsFlow(
  host: StatementHost,
  entity: EntityClass,
  states: readonly InstanceState[],
  options: BulkSaveOptions,
): Flow<void> {
  const rows = states.map(({ object, mapper }) => recordOf(object, mapper.columns));
  const keys = yield* insertAndReadKeysFlow(host, entity, rows, options);
  keys?.forEach((values, index) => {
    const { mapper, object } = states[index] as InstanceState;
    mapper.primaryKey.forEach((property, place) => defineColumn(object, property.key, values[place]));
  });
}

function* insertAndReadKeysFlow(
  host: StatementHost,
  entity: EntityClass,
  rows: readonly Parameters[],
  { returnDefaults, renderNulls = false }: BulkInsertOptions,
): Flow<readonly (readonly unknown[])[] | null> {
  const node = insert(entity).toNode();
  if (returnDefaults !== true) {
    yield* insertRowsFlow(host, node, rows, { renderNulls });
    return null;
  }
  const returning = mapperOf(entity).primaryKey.map((property) => property.column.toNode());
  return (yield* insertRowsFlow(host, { ...node, returning }, rows, { renderNulls })).all();
}

/** Neighbours of one class that are all new, or all of one database. */
function objectGroups(states: readonly InstanceState[], keepOrder: boolean): readonly (readonly InstanceState[])[] {
  const groups: InstanceState[][] = [];
  const known = new Map<string, InstanceState[]>();
  for (const state of states) {
    const signature = `${state.mapper.id} ${state.row === null} ${typeof state.token} ${state.token}`;
    let group = known.get(signature);
    if (group === undefined || (keepOrder && group !== groups.at(-1))) {
      group = [];
      groups.push(group);
      known.set(signature, group);
    }
    group.push(state);
  }
  return groups;
}

function recordOf(object: object, columns: readonly ColumnProperty[]): Parameters {
  const record: Record<string, unknown> = Object.create(null);
  for (const { key } of columns) if (Object.hasOwn(object, key)) record[key] = (object as Record<string, unknown>)[key];
  return record;
}

function changesOf(host: StatementHost, states: readonly InstanceState[], changedOnly: boolean): readonly Parameters[] {
  return states.map((state) => {
    const { mapper } = state;
    const record: Record<string, unknown> = {
      ...recordOf(state.object, changedOnly ? changedColumns(state, host.jit) : mapper.columns),
    };
    for (const property of mapper.primaryKey) record[property.key] = keptValue(state, property);
    return record;
  });
}
