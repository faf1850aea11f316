import type { Flow } from "../../flow/index.ts";
import type { ExpressionNode, SelectNode } from "../../sql/index.ts";
import type { Column } from "../../schema/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { allOf, columnThrough, joinSteps } from "../mapping/join-condition.ts";
import { identityKey } from "../state/identity-map.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/relation-events.ts";
import { isCurrent } from "./entity-loader.ts";
import type { LoadHost, QueryOptions } from "./load-host.ts";
import type { LoadNode } from "./load-option.ts";
import { inList, selectEntity } from "./statements.ts";

/** Parents per statement: as many as one array value may well hold, or as many placeholders as are cheap to parse. */
const CHUNK = { any: 10_000, expand: 500 } as const;

/** Loads a relationship of many objects (or of one) by `… WHERE key IN (…)`. */
export function* postLoadFlow(
  host: LoadHost,
  node: LoadNode,
  states: readonly InstanceState[],
  options: QueryOptions,
): Flow<void> {
  const { property } = node;
  const again = options.populateExisting === true || options.refresh === true;
  const open = again || node.children.length > 0 ? states : states.filter((state) => !isCurrent(state, property));
  if (open.length === 0) return;
  if (property.direction === "many-to-one" && property.byPrimaryKey) yield* loadTargetsFlow(host, node, open, options);
  else yield* loadMembersFlow(host, node, open, options);
}

/** Many-to-one: the targets by their primary keys, those of the identity map first. */
function* loadTargetsFlow(
  host: LoadHost,
  node: LoadNode,
  states: readonly InstanceState[],
  options: QueryOptions,
): Flow<void> {
  const { property } = node;
  const { target } = property;
  const order = target.primaryKey.map((key) => property.pairs.find((pair) => pair.to === key.column)?.from as Column);
  const wanted = new Map<unknown, readonly unknown[]>();
  const known = node.children.length === 0 && options.populateExisting !== true && options.refresh !== true;
  const keys = states.map((state) => {
    const values = order.map((column) => state.value(property.parent.property(column).key));
    const key = identityKey(values);
    const present = known ? host.identityMap.get(target, key) : undefined;
    if (key !== undefined && (present === undefined || present.isStale)) wanted.set(key, values);
    return key;
  });
  const columns = target.primaryKey.map((key) => key.column.toNode());
  yield* chunkedFlow(
    host,
    [...wanted.values()],
    (chunk) => selectEntity(target, [inList(columns, chunk)], { options: node.options }),
    options,
  );
  states.forEach((state, index) => {
    const found = keys[index] === undefined ? undefined : host.identityMap.get(target, keys[index]);
    setLoadedReference(state, property, found?.object ?? null);
  });
}

/** Everything else: the members with the key that leads back to their parents. */
function* loadMembersFlow(
  host: LoadHost,
  node: LoadNode,
  states: readonly InstanceState[],
  options: QueryOptions,
): Flow<void> {
  const { property } = node;
  const parents = new Map<unknown, InstanceState[]>();
  const values: (readonly unknown[])[] = [];
  for (const state of states) {
    const own = property.pairs.map((pair) => state.value(property.parent.property(pair.from).key));
    const key = identityKey(own);
    const known = parents.get(key);
    if (known !== undefined) known.push(state);
    else {
      parents.set(key, [state]);
      if (key !== undefined) values.push(own);
    }
  }
  const rows = yield* chunkedFlow(host, values, (chunk) => membersQuery(node, chunk), options);
  const members = new Map<unknown, object[]>();
  for (const row of rows) {
    const key = identityKey(row.slice(1));
    const list = members.get(key);
    if (list === undefined) members.set(key, [row[0] as object]);
    else list.push(row[0] as object);
  }
  for (const [key, owners] of parents) {
    for (const owner of owners) place(owner, property, members.get(key) ?? []);
  }
}

function place(owner: InstanceState, property: RelationshipProperty, members: readonly object[]): void {
  if (!property.isMany) {
    setLoadedReference(owner, property, members[0] ?? null);
    return;
  }
  setLoadedCollection(owner, property, members);
  const { inverse } = property;
  if (inverse === null || inverse.isMany) return;
  // the other side is known by the same row
  for (const member of members) {
    const state = stateOf(member);
    if (state !== undefined && !isCurrent(state, inverse)) setLoadedReference(state, inverse, owner.object);
  }
}

/** SELECT target, key FROM target [JOIN secondary] WHERE key IN (…): the key leads back to the parent. */
function membersQuery(node: LoadNode, values: readonly unknown[]): SelectNode {
  const { property } = node;
  const target = property.target.table.node;
  const parts = { orderBy: property.orderBy, options: node.options };
  if (property.secondary === null) {
    const keys = property.pairs.map((pair) => columnThrough(pair.to, target));
    const base = selectEntity(property.target, [inList(keys, values), ...property.extraCriteria], parts);
    return { ...base, columns: [...base.columns, ...keys] };
  }
  const { secondary } = property;
  const keys = property.pairs.map((pair) => columnThrough(pair.to, secondary));
  const base = selectEntity(property.target, [inList(keys, values)], parts);
  return {
    ...base,
    columns: [...base.columns, ...keys],
    from: [secondary],
    joins: [{ kind: "join-step", left: secondary, target, on: onwardCondition(property), outer: false, full: false }],
  };
}

function onwardCondition(property: RelationshipProperty): ExpressionNode {
  const steps = joinSteps(property, property.parent.table.node, property.target.table.node, property.secondary);
  return steps[1]?.on ?? allOf([]);
}

function* chunkedFlow(
  host: LoadHost,
  values: readonly (readonly unknown[])[],
  query: (chunk: readonly unknown[]) => SelectNode,
  options: QueryOptions,
): Flow<readonly (readonly unknown[])[]> {
  const width = values[0]?.length ?? 1;
  const { inList: style } = host.environment.dialect.features;
  const size = width > 1 ? CHUNK.expand : CHUNK[style];
  const rows: (readonly unknown[])[] = [];
  for (let start = 0; start < values.length; start += size) {
    const chunk = values.slice(start, start + size);
    const node = query(width === 1 ? chunk.map((value) => value[0]) : chunk);
    rows.push(...(yield* host.objectsFlow({ toNode: () => node }, options)));
  }
  return rows;
}
