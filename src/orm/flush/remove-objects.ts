import type { Flow } from "../../flow/index.ts";
import type { Component } from "../../util/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { identityKey } from "../state/identity-map.ts";
import { byToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { deleteFlow } from "./delete-objects.ts";
import type { FlushHost } from "./flush-host.ts";
import { keyPath } from "./key-sync.ts";
import { layersOf, sortedLayers } from "./layers.ts";
import { deleteToldFlow } from "./mapper-events.ts";
import { byMapper, inKeyOrder, ofMapper, type States, type StatesByMapper, statesOf } from "./states-by-mapper.ts";
import { updateFlow } from "./update-objects.ts";

/** Deletes the objects of some classes, those that refer to others of them first. */
export function* removeFlow(host: FlushHost, component: Component<EntityMapper>, deletes: StatesByMapper): Flow<void> {
  const states = inKeyOrder(statesOf(component, deletes).filter((state) => state.status !== "deleted"));
  if (states.length === 0) return;
  if (!component.isCircle) return yield* deleteLayerFlow(host, component, states);
  const referrers = referrersOf(states, states);
  // rows that refer to themselves: MariaDB deletes them only when they do not
  yield* letGoFlow(
    host,
    states.filter((state) => referrers(state).includes(state)),
    (mapper) => keysTo(mapper, [mapper]),
  );
  const { layers, circle } = sortedLayers(states, referrers);
  for (const layer of layers) yield* deleteLayerFlow(host, component, layer);
  if (circle.length === 0) return;
  yield* letGoFlow(host, circle, (mapper) => keysTo(mapper, component.items));
  for (const layer of layersOf(circle, referrersOf(circle, circle))) yield* deleteLayerFlow(host, component, layer);
}

function* deleteLayerFlow(host: FlushHost, component: Component<EntityMapper>, layer: States): Flow<void> {
  for (const mapper of component.items) {
    const own = ofMapper(component, mapper, layer);
    if (own.length === 0) continue;
    const remove = (told: States): Flow<void> => deleteFlow(host, mapper, told);
    for (const [token, states] of byToken(own))
      yield* host.withTokenFlow(token, deleteToldFlow(host, mapper, states, remove));
  }
}

/** Clears the keys that are written by an UPDATE of their own (`postUpdate`) of objects to be deleted. */
export function* preUpdateFlow(host: FlushHost, deletes: ReadonlySet<InstanceState>): Flow<void> {
  const mappers = [...byMapper(deletes).keys()];
  yield* letGoFlow(host, [...deletes], (mapper) => postKeys(mapper, mappers));
}

/** Clears key columns of rows about to be deleted, where they hold something. */
function* letGoFlow(
  host: FlushHost,
  states: States,
  keys: (mapper: EntityMapper) => readonly ColumnProperty[],
): Flow<void> {
  for (const [mapper, own] of byMapper(states)) {
    const columns = keys(mapper).filter(({ column, isPrimaryKey }) => column.nullable && !isPrimaryKey);
    const holders = own.filter((state) => columns.some(({ index }) => (state.row?.[index] ?? null) !== null));
    for (const { object } of holders) for (const { key } of columns) defineColumn(object, key, null);
    if (holders.length === 0) continue;
    for (const [token, of] of byToken(holders))
      yield* host.withTokenFlow(token, updateFlow(host, mapper, inKeyOrder(of)));
  }
}

function keysTo(mapper: EntityMapper, targets: readonly EntityMapper[]): readonly ColumnProperty[] {
  const tables = new Set<unknown>(targets.map((target) => target.table));
  const columns = mapper.table.foreignKeys.filter((key) => tables.has(key.target)).flatMap((key) => key.columns);
  return columns.filter((column) => mapper.has(column)).map((column) => mapper.property(column));
}

function postKeys(mapper: EntityMapper, mappers: readonly EntityMapper[]): readonly ColumnProperty[] {
  const own = mapper.relationships.filter((property) => property.direction === "many-to-one");
  const toIt = mappers
    .flatMap((other) => other.relationships)
    .filter((property) => property.direction === "one-to-many" && mapper.isA(property.target));
  const paths = [...own, ...toIt].filter((property) => !property.viewonly).map(keyPath);
  return [...new Set(paths.filter(({ isPost }) => isPost).flatMap(({ columns }) => columns.map(({ to }) => to)))];
}

/** Of some objects, those whose rows refer to another one. */
export function referrersOf(owners: States, targets: States): (state: InstanceState) => States {
  const referrers = new Map<InstanceState, InstanceState[]>();
  const targetGroups = byMapper(targets);
  for (const [mapper, own] of byMapper(owners)) {
    for (const key of mapper.table.foreignKeys) {
      if (!key.columns.every((column) => mapper.has(column))) continue;
      const columns = key.columns.map((column) => mapper.property(column).index);
      for (const [target, others] of targetGroups) {
        if (target.table !== key.target || !key.targetColumns.every((column) => target.has(column))) continue;
        const places = key.targetColumns.map((column) => target.property(column).index);
        const byKey = new Map(others.map((state) => [rowKey(state, places), state]));
        for (const state of own) {
          const value = rowKey(state, columns);
          if (value !== undefined) addTo(referrers, byKey.get(value), state);
        }
      }
    }
  }
  return (state) => referrers.get(state) ?? [];
}

/** The values of some columns that an object's row has, as a key; `undefined` where one is missing. */
function rowKey(state: InstanceState, places: readonly number[]): unknown {
  return identityKey(places.map((place) => state.row?.[place] ?? null));
}

function addTo(
  groups: Map<InstanceState, InstanceState[]>,
  key: InstanceState | undefined,
  state: InstanceState,
): void {
  if (key === undefined) return;
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [state]);
  else known.push(state);
}
