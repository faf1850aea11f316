import type { Flow } from "../../flow/index.ts";
import { type Component, connectedComponents } from "../../util/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { identityKey, keyPart } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { alignReferences } from "../state/loaded-relation.ts";
import { keyColumns } from "../state/reference.ts";
import { writeLinksFlow } from "./association-rows.ts";
import { deleteFlow, forgetDeleted } from "./delete-objects.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { insertFlow } from "./insert-objects.ts";
import { applySyncs } from "./key-sync.ts";
import { layersOf } from "./layers.ts";
import { type Batch, deleteToldFlow, saveToldFlow } from "./mapper-events.ts";
import { settleRelations } from "./relation-changes.ts";
import { switchRows } from "./row-switch.ts";
import { keptValue } from "./row-write.ts";
import { updateFlow } from "./update-objects.ts";
import { planWorkFlow, type WorkPlan } from "./work-plan.ts";

type States = readonly InstanceState[];
type ByMapper = ReadonlyMap<EntityMapper, States>;

/**
 * Writes what changed: classes in the order of their references, each class's updates before its inserts, rows of
 * association tables after both of their ends, deletions last and the other way round (spec B8).
 */
export function* flushWorkFlow(host: FlushHost): Flow<void> {
  const plan = yield* planWorkFlow(host);
  const byHand = keysByHand(host, plan);
  for (const state of plan.related) if (state.row !== null) host.journal.note(state, "related");
  const mappers = [...new Set([...plan.inserts, ...plan.updates, ...plan.deletes].map((state) => state.mapper))];
  const components = connectedComponents(mappers, (mapper) => dependenciesOf(mapper, mappers));
  const inserts = byMapper(plan.inserts);
  const updates = byMapper(plan.updates);
  for (const component of components) yield* saveFlow(host, plan, component, { inserts, updates });
  yield* writeLinksFlow(host, plan);
  const deleted = new Set(plan.deletes);
  const deletes = byMapper(plan.deletes);
  for (const component of components.toReversed()) yield* removeFlow(host, component, deletes);
  for (const states of [plan.inserts, plan.updates, plan.related]) for (const state of states) settleRelations(state);
  for (const state of plan.updates) state.unmark();
  for (const [state, previous] of byHand) alignReferences(state, previous);
  if (deleted.size > 0) forgetDeleted(host, deleted);
  host.touched.clear();
}

function byMapper(states: Iterable<InstanceState>): ByMapper {
  const groups = new Map<EntityMapper, InstanceState[]>();
  for (const state of states) {
    const group = groups.get(state.mapper);
    if (group === undefined) groups.set(state.mapper, [state]);
    else group.push(state);
  }
  return groups;
}

function statesOf(component: Component<EntityMapper>, groups: ByMapper): States {
  const [only] = component.items;
  if (component.items.length === 1 && only !== undefined) return groups.get(only) ?? [];
  return component.items.flatMap((mapper) => groups.get(mapper) ?? []);
}

type References = readonly (object | null | undefined)[];

/**
 * Objects whose key columns the program wrote itself, with what they referred to before: relationships in memory know
 * nothing of it yet.
 */
function keysByHand(host: FlushHost, plan: WorkPlan): readonly (readonly [InstanceState, References])[] {
  const found: (readonly [InstanceState, References])[] = [];
  for (const states of [plan.inserts, plan.updates]) {
    for (const state of states) {
      if (state.mapper.table.foreignKeys.length > 0 && isKeyByHand(plan, state))
        found.push([state, referencesBefore(host, state)]);
    }
  }
  if (found.length > 0) host.noteUnseenWrite();
  return found;
}

function isKeyByHand(plan: WorkPlan, state: InstanceState): boolean {
  const syncs = plan.syncs.get(state);
  const isSynced = (property: ColumnProperty): boolean => {
    for (const { path } of syncs?.values() ?? []) if (path.columns.some(({ to }) => to === property)) return true;
    return false;
  };
  const columns = state.row === null ? state.mapper.columns : changedColumns(state);
  return columns.some(
    (property) =>
      property.column.foreignKeys.length > 0 &&
      (state.row !== null || state.value(property.key) !== null) &&
      !isSynced(property),
  );
}

function referencesBefore(host: FlushHost, state: InstanceState): References {
  if (state.row === null) return [];
  return state.mapper.relationships.map((property) => {
    if (!property.byPrimaryKey) return undefined;
    const key = identityKey(keyColumns(property).map((column) => keptValue(state, column)));
    return key === undefined ? null : host.present(property.target, key)?.object;
  });
}

/** The classes whose rows must be there before those of a class: its keys refer to them. */
function dependenciesOf(mapper: EntityMapper, mappers: readonly EntityMapper[]): readonly EntityMapper[] {
  const targets = new Set<unknown>(mapper.table.foreignKeys.map((key) => key.target));
  const byKey = mappers.filter((other) => targets.has(other.table));
  const byRelation = mappers.filter((other) =>
    other.relationships.some((property) => property.direction === "one-to-many" && property.target === mapper),
  );
  const own = mapper.relationships
    .filter((property) => property.direction === "many-to-one")
    .map((property) => property.target);
  return [...new Set([...byKey, ...byRelation, ...own])];
}

interface Saves {
  readonly inserts: ByMapper;
  readonly updates: ByMapper;
}

function* saveFlow(host: FlushHost, plan: WorkPlan, component: Component<EntityMapper>, saves: Saves): Flow<void> {
  const inserts = statesOf(component, saves.inserts);
  const updates = inKeyOrder(statesOf(component, saves.updates));
  if (!component.isCircle) return yield* saveBatchFlow(host, plan, component, { inserts, updates });
  const isLate = (state: InstanceState): boolean =>
    waitsFor(plan, state).some((source) => source.row === null && plan.inserts.has(source));
  const late = new Set(updates.filter(isLate));
  yield* saveBatchFlow(host, plan, component, { inserts: [], updates: updates.filter((state) => !late.has(state)) });
  for (const layer of layersOf(inserts, (state) => waitsFor(plan, state))) {
    yield* saveBatchFlow(host, plan, component, { inserts: layer, updates: [] });
    // an object that refers to itself has its key only now
    const selves = layer.filter((state) => waitsFor(plan, state).includes(state));
    for (const mapper of component.items) {
      const own = ofMapper(component, mapper, selves);
      for (const state of own) applySyncs(state, plan.syncs.get(state));
      if (own.length > 0) yield* updateFlow(host, mapper, own);
    }
  }
  yield* saveBatchFlow(host, plan, component, { inserts: [], updates: [...late] });
}

/** Objects of a component whose statements do not wait for each other. */
function* saveBatchFlow(host: FlushHost, plan: WorkPlan, component: Component<EntityMapper>, batch: Batch): Flow<void> {
  for (const states of [batch.updates, batch.inserts])
    for (const state of states) applySyncs(state, plan.syncs.get(state));
  for (const mapper of component.items) {
    const inserts = ofMapper(component, mapper, batch.inserts);
    const updates = ofMapper(component, mapper, batch.updates);
    yield* saveToldFlow(host, mapper, { inserts, updates }, (told) => writeFlow(host, plan, mapper, told));
  }
}

function* writeFlow(host: FlushHost, plan: WorkPlan, mapper: EntityMapper, { inserts, updates }: Batch): Flow<void> {
  if (updates.length > 0) yield* updateFlow(host, mapper, updates);
  if (inserts.length === 0) return;
  const switched = switchRows(host, plan, inserts);
  const old = switched.size === 0 ? [] : inserts.filter((state) => switched.has(state));
  const fresh = switched.size === 0 ? inserts : inserts.filter((state) => !switched.has(state));
  if (old.length > 0) yield* updateFlow(host, mapper, old);
  if (fresh.length > 0) yield* insertFlow(host, mapper, fresh);
}

function ofMapper(component: Component<EntityMapper>, mapper: EntityMapper, states: States): States {
  return component.items.length === 1 ? states : states.filter((state) => state.mapper === mapper);
}

/** Two transactions that write the same rows in the same order cannot lock each other out. */
function inKeyOrder(states: States): States {
  return states.length < 2 ? states : states.toSorted((left, right) => compareKeys(left.key, right.key));
}

function compareKeys(left: unknown, right: unknown): number {
  if (left === right) return 0;
  return (left as never) < (right as never) ? -1 : 1;
}

function waitsFor(plan: WorkPlan, state: InstanceState): States {
  const syncs = plan.syncs.get(state);
  if (syncs === undefined) return [];
  const sources: InstanceState[] = [];
  for (const { source } of syncs.values()) if (source !== null) sources.push(source);
  return sources;
}

function* removeFlow(host: FlushHost, component: Component<EntityMapper>, deletes: ByMapper): Flow<void> {
  const states = inKeyOrder(statesOf(component, deletes).filter((state) => state.status !== "deleted"));
  if (states.length === 0) return;
  const referrers = component.isCircle ? referrersOf(states) : null;
  if (referrers !== null)
    yield* letGoFlow(
      host,
      component,
      states.filter((state) => referrers(state).includes(state)),
    );
  for (const layer of referrers === null ? [states] : layersOf(states, referrers)) {
    for (const mapper of component.items) {
      const own = ofMapper(component, mapper, layer);
      if (own.length > 0) yield* deleteToldFlow(host, mapper, own, (told) => deleteFlow(host, mapper, told));
    }
  }
}

/** Rows that refer to themselves: MariaDB deletes them only when they do not. */
function* letGoFlow(host: FlushHost, component: Component<EntityMapper>, states: States): Flow<void> {
  for (const mapper of component.items) {
    const own = ofMapper(component, mapper, states);
    const keys = mapper.columns.filter(
      ({ column }) => column.nullable && column.foreignKeys.length > 0 && !column.primaryKey,
    );
    const toItself = mapper.table.foreignKeys.filter((key) => key.target === mapper.table);
    for (const property of keys.filter(({ column }) => toItself.some((key) => key.columns.includes(column))))
      for (const state of own) defineColumn(state.object, property.key, null);
    if (own.length > 0) yield* updateFlow(host, mapper, own);
  }
}

/** Of the objects to delete, those whose keys refer to one of them: they go first. */
function referrersOf(states: States): (state: InstanceState) => States {
  const referrers = new Map<InstanceState, InstanceState[]>();
  for (const [mapper, own] of byMapper(states)) {
    for (const key of mapper.table.foreignKeys) {
      const columns = key.columns.map((column) => mapper.property(column).index);
      for (const [target, others] of byMapper(states)) {
        if (target.table !== key.target) continue;
        const places = key.targetColumns.map((column) => target.property(column).index);
        const byKey = new Map(others.map((state) => [rowKey(state, places), state]));
        for (const state of own) addTo(referrers, byKey.get(rowKey(state, columns)), state);
      }
    }
  }
  return (state) => referrers.get(state) ?? [];
}

function rowKey(state: InstanceState, places: readonly number[]): unknown {
  const values = places.map((place) => state.row?.[place] ?? null);
  return values.length === 1 ? keyPart(values[0]) : identityKey(values);
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
