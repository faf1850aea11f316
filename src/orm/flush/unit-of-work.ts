import { compileInsertMany, type InsertMany } from "../../compile/index.ts";
import { CircularDependencyError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { type Component, connectedComponents } from "../../util/index.ts";
import { tableOfNode, type Table } from "../../schema/index.ts";
import type { ColumnPair, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import type { FlushHost } from "./flush-host.ts";
import { deleteFlow, deleteRowsFlow, insertFlow, updateFlow } from "./persist.ts";
import { settleRelations } from "./relation-changes.ts";
import { type LinkRow, planWorkFlow, type WorkPlan } from "./work-plan.ts";

/**
 * Writes what changed: classes in the order of their references, each class's updates before its inserts, rows of
 * association tables after both of their ends, deletions last and the other way round (spec B8).
 */
export function* flushWorkFlow(host: FlushHost): Flow<void> {
  const plan = yield* planWorkFlow(host);
  const mappers = [...new Set([...plan.inserts, ...plan.updates, ...plan.deletes].map((state) => state.mapper))];
  const components = connectedComponents(mappers, (mapper) => dependenciesOf(mapper, mappers));
  for (const component of components) yield* saveFlow(host, plan, component);
  yield* writeLinksFlow(host, plan);
  for (const component of components.toReversed()) yield* removeFlow(host, plan, component);
  const written = new Set([...plan.inserts, ...plan.updates, ...host.touched, ...linkEnds(plan)]);
  for (const state of written) settleRelations(state);
  host.touched.clear();
}

function* linkEnds(plan: WorkPlan): Iterable<InstanceState> {
  for (const link of [...plan.links.values(), ...plan.unlinks.values()]) {
    yield link.parent;
    yield link.member;
  }
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

function* saveFlow(host: FlushHost, plan: WorkPlan, component: Component<EntityMapper>): Flow<void> {
  const members = new Set(component.items);
  const inserts = [...plan.inserts].filter((state) => members.has(state.mapper));
  const updates = byKey([...plan.updates].filter((state) => members.has(state.mapper)));
  if (!component.isCircle) {
    for (const state of [...updates, ...inserts]) applySyncs(plan, state);
    for (const mapper of component.items) {
      if (updates.length > 0) yield* updateFlow(host, mapper, updates);
      if (inserts.length > 0) yield* insertFlow(host, mapper, inserts);
    }
    return;
  }
  const late = updates.filter((state) => waitsFor(plan, state).some((source) => plan.inserts.has(source)));
  yield* updateByClassFlow(
    host,
    plan,
    component,
    updates.filter((state) => !late.includes(state)),
  );
  for (const layer of layers(inserts, (state) => waitsFor(plan, state))) {
    for (const state of layer) applySyncs(plan, state);
    for (const mapper of component.items) {
      const own = layer.filter((state) => state.mapper === mapper);
      if (own.length > 0) yield* insertFlow(host, mapper, own);
    }
  }
  yield* updateByClassFlow(host, plan, component, late);
}

function* updateByClassFlow(
  host: FlushHost,
  plan: WorkPlan,
  component: Component<EntityMapper>,
  states: readonly InstanceState[],
): Flow<void> {
  for (const state of states) applySyncs(plan, state);
  for (const mapper of component.items) {
    const own = states.filter((state) => state.mapper === mapper);
    if (own.length > 0) yield* updateFlow(host, mapper, own);
  }
}

/** Two transactions that write the same rows in the same order cannot lock each other out. */
function byKey(states: readonly InstanceState[]): readonly InstanceState[] {
  return states.toSorted((left, right) => compareKeys(left.key, right.key));
}

function compareKeys(left: unknown, right: unknown): number {
  if (left === right) return 0;
  return (left as never) < (right as never) ? -1 : 1;
}

function waitsFor(plan: WorkPlan, state: InstanceState): readonly InstanceState[] {
  return [...(plan.syncs.get(state)?.values() ?? [])].flatMap((sync) => (sync.source === null ? [] : [sync.source]));
}

/** Objects in layers: each waits only for objects of layers before it. */
function* layers(
  states: readonly InstanceState[],
  waits: (state: InstanceState) => readonly InstanceState[],
): Iterable<readonly InstanceState[]> {
  let open = new Set(states);
  while (open.size > 0) {
    const layer = [...open].filter((state) => waits(state).every((source) => source === state || !open.has(source)));
    if (layer.length === 0) {
      const names = [...new Set([...open].map((state) => state.mapper.name))].join(", ");
      throw new CircularDependencyError(
        `New objects of ${names} refer to each other in a circle, so none can be inserted first. Add one without its reference, flush, then set the reference.`,
      );
    }
    yield layer;
    open = new Set([...open].filter((state) => !layer.includes(state)));
  }
}

/** Copies keys of related objects, which have been written by now, into an object's own columns. */
function applySyncs(plan: WorkPlan, state: InstanceState): void {
  for (const { source, pairs } of plan.syncs.get(state)?.values() ?? []) {
    for (const pair of pairs) {
      const value = source === null ? null : source.value(source.mapper.property(pair.from).key);
      defineColumn(state.object, state.mapper.property(pair.to).key, value);
    }
  }
}

function* removeFlow(host: FlushHost, plan: WorkPlan, component: Component<EntityMapper>): Flow<void> {
  const members = new Set(component.items);
  const states = byKey([...plan.deletes].filter((state) => members.has(state.mapper)));
  if (states.length === 0) return;
  const order = component.isCircle ? [...layers(states, (state) => referringTo(state, states))] : [states];
  for (const layer of order) {
    for (const mapper of component.items) {
      const own = layer.filter((state) => state.mapper === mapper);
      if (own.length > 0) yield* deleteFlow(host, mapper, own);
    }
  }
}

/** Of the objects to delete, those whose keys refer to this one: they go first. */
function referringTo(state: InstanceState, states: readonly InstanceState[]): readonly InstanceState[] {
  return states.filter(
    (other) => other !== state && other.mapper.table.foreignKeys.some((key) => refers(other, key, state)),
  );
}

function refers(state: InstanceState, key: Table["foreignKeys"][number], target: InstanceState): boolean {
  if (key.target !== target.mapper.table) return false;
  return key.columns.every((column, index) => {
    const [own, theirs] = [state.mapper.property(column), target.mapper.property(key.targetColumns[index] ?? column)];
    return state.row?.[own.index] !== null && state.row?.[own.index] === target.row?.[theirs.index];
  });
}

/** Rows of association tables: what goes, then what comes. */
function* writeLinksFlow(host: FlushHost, plan: WorkPlan): Flow<void> {
  for (const { property, parent } of plan.unlinkAll) {
    const table = property.secondary;
    if (table === null || parent.row === null) continue;
    yield* deleteRowsFlow(
      host,
      table,
      property.pairs.map((pair) => pair.to),
      [property.pairs.map((pair) => keptValue(parent, pair))],
    );
  }
  for (const links of byTable(plan.unlinks)) {
    const [first] = links;
    if (first === undefined || first.property.secondary === null) continue;
    const columns = linkColumns(first.property);
    yield* deleteRowsFlow(
      host,
      first.property.secondary,
      columns,
      links.map((link) => linkValues(link, columns)),
    );
  }
  for (const links of byTable(plan.links)) yield* insertLinksFlow(host, links);
}

function keptValue(state: InstanceState, pair: ColumnPair): unknown {
  const property = state.mapper.property(pair.from);
  const kept = state.row?.[property.index] ?? null;
  return kept === null ? null : property.tracker.restore(kept);
}

function byTable(links: ReadonlyMap<string, LinkRow>): readonly (readonly LinkRow[])[] {
  const groups = new Map<unknown, LinkRow[]>();
  for (const link of links.values()) {
    const group = groups.get(link.property.secondary);
    if (group === undefined) groups.set(link.property.secondary, [link]);
    else group.push(link);
  }
  return [...groups.values()];
}

function linkColumns(property: RelationshipProperty): ColumnPair["to"][] {
  return [...property.pairs.map((pair) => pair.to), ...property.secondaryPairs.map((pair) => pair.from)];
}

/** The values of a link in the order of the columns, whichever side the link was seen from. */
function linkValues({ property, parent, member }: LinkRow, columns: readonly ColumnPair["to"][]): readonly unknown[] {
  return columns.map((column) => {
    const near = property.pairs.find((pair) => pair.to === column);
    if (near !== undefined) return parent.value(parent.mapper.property(near.from).key);
    const far = property.secondaryPairs.find((pair) => pair.from === column);
    return far === undefined ? null : member.value(member.mapper.property(far.to).key);
  });
}

const PLAIN = {
  kind: "insert",
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  exactIntegers: true,
  prepare: true,
} as const;

function* insertLinksFlow(host: FlushHost, links: readonly LinkRow[]): Flow<void> {
  const [first] = links;
  const table = first?.property.secondary;
  if (first === undefined || table == null) return;
  const columns = linkColumns(first.property);
  const insert = linkInsert(host, table, columns);
  const core = yield* host.connectionFlow();
  const defaults = (tableOfNode(table)?.columns ?? []).filter(
    (column) => typeof column.onInsert === "function" && !columns.includes(column),
  );
  const rows = links.map((link) => [
    ...linkValues(link, columns),
    ...defaults.map((column) => (column.onInsert as () => unknown)()),
  ]);
  for (let start = 0; start < rows.length; start += insert.pageSize) {
    const { sql, params } = insert.statement(rows.slice(start, start + insert.pageSize));
    yield* core.sendFlow({ compiled: PLAIN, sql, params });
  }
}

function linkInsert(
  host: FlushHost,
  table: NonNullable<RelationshipProperty["secondary"]>,
  columns: readonly ColumnPair["to"][],
): InsertMany {
  const { cache, dialect } = host.environment;
  const defaults = (tableOfNode(table)?.columns ?? []).filter(
    (column) => typeof column.onInsert === "function" && !columns.includes(column),
  );
  const sent = [...columns, ...defaults].map((column) => ({ name: column.name, type: column.type }));
  const make = (): InsertMany => compileInsertMany(table, sent, [], dialect);
  return cache === null ? make() : cache.get(`link ${table.id} ${columns.map((column) => column.name).join()}`, make);
}
