import type { Flow } from "../../flow/index.ts";
import type { Executable, ExpressionNode, SelectNode } from "../../sql/index.ts";
import { keptValue } from "../flush/row-write.ts";
import type { ColumnPair, ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { allOf, columnThrough, joinSteps } from "../mapping/join-condition.ts";
import { identityKey, keyPart } from "../state/identity-map.ts";
import { byToken } from "../state/identity-token.ts";
import { type InstanceState, NOT_LOADED, stateOf } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { keyColumns, referenceKey } from "../state/reference.ts";
import { isCurrent } from "./entity-loader.ts";
import { warnOfSeveral } from "./several-rows.ts";
import { isTrusted, neededColumns, onlyColumns } from "./missing-columns.ts";
import { linkBack } from "./link-back.ts";
import { type LoadHost, type QueryOptions, underToken } from "./load-host.ts";
import { isRestricted, type LoadNode } from "./options/class-loading.ts";
import { amongParents, type ParentQuery } from "./parent-query.ts";
import { inList, rowsMayRepeat, selectEntity } from "./statements.ts";

/** Parents per statement: as many as one array value may well hold, or as many placeholders as are cheap to parse. */
const CHUNK = { any: 10_000, expand: 500 } as const;

/** Loads a relationship of many objects (or of one), and what is to come with it, once their rows have been read. */
export function* postLoadFlow(
  host: LoadHost,
  node: LoadNode,
  states: readonly InstanceState[],
  options: QueryOptions,
  parents: ParentQuery | null = null,
): Flow<void> {
  for (const [token, own] of byToken(states)) {
    if (token === (options.identityToken ?? null)) yield* loadOfTokenFlow(host, node, own, { options, parents });
    // what the parents were read from
    else yield* loadOfTokenFlow(host, node, own, { options: underToken(token, options), parents: null });
  }
}

function* loadOfTokenFlow(
  host: LoadHost,
  node: LoadNode,
  states: readonly InstanceState[],
  { options, parents }: Pick<Load, "options" | "parents">,
): Flow<void> {
  const { parent } = node.property;
  // of classes that share a table, some may not have it
  const holders = parent.parent === null ? states : states.filter((state) => state.mapper.isA(parent));
  const again = isAgain(options);
  const open = again ? holders : holders.filter((state) => !isCurrent(state, node.property));
  const load: Load = { host, node, options, parents };
  if (node.strategy === "noload") return leaveEmpty(open, node.property);
  if (node.strategy === "immediate") for (const state of open) yield* loadOpenFlow({ ...load, parents: null }, [state]);
  else if (open.length > 0) yield* loadOpenFlow(load, open);
  if (open.length < holders.length && node.below.nodes.length > 0) {
    const missing = new Set(open);
    const known = holders.filter((state) => !missing.has(state));
    yield* loadBelowFlow(load, relatedStates(known, node.property));
  }
}

/** One relationship, and how it is loaded. */
interface Load {
  readonly host: LoadHost;
  readonly node: LoadNode;
  readonly options: QueryOptions;
  /** The query that loaded the parents, to stand in the statement instead of their keys; `null`: their keys do. */
  readonly parents: ParentQuery | null;
}

function* loadOpenFlow(load: Load, open: readonly InstanceState[]): Flow<void> {
  const { property } = load.node;
  yield* completeFlow(load, property, open);
  // where conditions decide whether there is a target, its key alone does not
  const isByKey = property.direction === "many-to-one" && property.byPrimaryKey && !isRestricted(load.node);
  yield* isByKey ? loadTargetsFlow(load, open) : loadMembersFlow(load, open);
}

function leaveEmpty(states: readonly InstanceState[], property: RelationshipProperty): void {
  for (const state of states) {
    if (property.isMany) setLoadedCollection(state, property, []);
    else setLoadedReference(state, property, null);
  }
}

function isAgain(options: QueryOptions): boolean {
  return options.populateExisting === true || options.refresh === true;
}

/** Related objects that were there already: what is to come with them may not be. */
function* loadBelowFlow({ host, node, options }: Load, targets: readonly InstanceState[]): Flow<void> {
  if (targets.length === 0) return;
  for (const child of node.below.nodes) yield* postLoadFlow(host, child, targets, options);
}

function relatedStates(states: readonly InstanceState[], property: RelationshipProperty): readonly InstanceState[] {
  const found = new Set<InstanceState>();
  for (const state of states) {
    const value = state.slots?.[property.index]?.value;
    for (const member of Array.isArray(value) ? value : [value]) {
      const related = stateOf(member);
      if (related !== undefined && related.status === "persistent") found.add(related);
    }
  }
  return [...found];
}

/** Objects whose key columns have been expired are read again: without them nothing leads on. */
function* completeFlow(
  { host, options: { identityToken = null } }: Load,
  property: RelationshipProperty,
  states: readonly InstanceState[],
): Flow<void> {
  const columns = property.pairs.map((pair) => property.parent.property(pair.from));
  const partial = states.filter(
    (state) => state.partial && columns.some((column) => state.row?.[column.index] === NOT_LOADED),
  );
  if (partial.length === 0) return;
  const { primaryKey } = property.parent;
  const keys = partial.map((state) => primaryKey.map((part) => state.value(part.key)));
  const nodes = primaryKey.map((part) => part.column.toNode());
  const needed = new Set([...neededColumns(partial), ...columns]);
  const options = onlyColumns(property.parent, [...needed]);
  const query = (chunk: readonly unknown[]): SelectNode =>
    selectEntity(property.parent, [inList(nodes, chunk)], { options });
  yield* chunkedFlow(host, property.parent, keys, query, underToken(identityToken, { purpose: "column" }));
}

/** Many-to-one: the targets by their primary keys, those of the identity map first. */
function* loadTargetsFlow(load: Load, states: readonly InstanceState[]): Flow<void> {
  const { host, node, options } = load;
  const { property } = node;
  const { target } = property;
  const again = isAgain(options);
  const token = options.identityToken ?? null;
  const order = keyColumns(property);
  const wanted = new Map<unknown, readonly unknown[]>();
  const known = new Set<InstanceState>();
  const keys = states.map((state) => {
    const key = referenceKey(state, property);
    if (key === undefined || wanted.has(key)) return key;
    const present = again ? undefined : host.identityMap.get(target, key, token);
    if (isTrusted(present)) known.add(present);
    else
      wanted.set(
        key,
        order.map((column) => state.value(column.key)),
      );
    return key;
  });
  const columns = target.primaryKey.map((key) => key.column.toNode());
  yield* relatedFlow(
    load,
    [...wanted.values()],
    target.primaryKey.map((key) => pairTo(property, key)),
    (isWanted) => selectEntity(target, [isWanted(columns)], { options: node.options }),
  );
  states.forEach((state, index) => {
    const found = keys[index] === undefined ? undefined : host.identityMap.get(target, keys[index], token);
    setLoadedReference(state, property, found?.object ?? null, options.populateExisting);
  });
  yield* loadBelowFlow(load, [...known]);
}

function pairTo(property: RelationshipProperty, { column }: ColumnProperty): ColumnPair {
  return property.pairs.find((pair) => pair.to === column) as ColumnPair;
}

/** Everything else: the members with the key that leads back to their parents. */
function* loadMembersFlow(load: Load, states: readonly InstanceState[]): Flow<void> {
  const { node, options } = load;
  const { property } = node;
  const parents = new Map<unknown, InstanceState[]>();
  const values: (readonly unknown[])[] = [];
  for (const state of states) {
    const own = property.pairs.map((pair) => keyValue(state, property, property.parent.property(pair.from)));
    const key = identityKey(own);
    const known = parents.get(key);
    if (known !== undefined) known.push(state);
    else {
      parents.set(key, [state]);
      if (key !== undefined) values.push(own);
    }
  }
  const rows = yield* relatedFlow(load, values, property.pairs, (isWanted) => membersQuery(node, isWanted));
  const members = membersByKey(rows, property.pairs.length, mayRepeat(node));
  parents.forEach((owners, key) => {
    for (const owner of owners) {
      const own = members(key);
      place(owner, property, owners.length === 1 ? own : own.slice(), options);
    }
  });
}

/** The first elements of rows by the key that follows in them. */
function membersByKey(
  rows: readonly (readonly unknown[])[],
  width: number,
  mayRepeat: boolean,
): (key: unknown) => readonly object[] {
  const places = new Map<unknown, number>();
  const counts: number[] = [];
  const placeOfRow = new Int32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as readonly unknown[];
    const key = width === 1 ? keyPart(row[1]) : identityKey(row.slice(1));
    const place = places.get(key) ?? counts.length;
    if (place === counts.length) {
      places.set(key, place);
      counts.push(0);
    }
    counts[place] = (counts[place] as number) + 1;
    placeOfRow[index] = place;
  }
  // counted first: a list that grows takes room for 17 at once, and is kept with its parent
  const lists = counts.map((count) => new Array<object>(count));
  const taken = new Int32Array(lists.length);
  for (let index = 0; index < rows.length; index += 1) {
    const place = placeOfRow[index] as number;
    (lists[place] as object[])[taken[place] as number] = rows[index]?.[0] as object;
    taken[place] = (taken[place] as number) + 1;
  }
  return (key) => {
    const list = lists[places.get(key) ?? -1] ?? [];
    return mayRepeat ? [...new Set(list)] : list;
  };
}

/** A member's row comes once for each of its own members that is joined to it, and for each row of an association. */
function mayRepeat({ property, below }: LoadNode): boolean {
  return (
    property.secondary !== null || below.nodes.some(({ strategy }) => strategy === "joined" || strategy === "contains")
  );
}

/** What rows on the other side have: a key that the program has changed reaches them with the next flush. */
function keyValue(state: InstanceState, { direction }: RelationshipProperty, column: ColumnProperty): unknown {
  return direction === "many-to-one" || state.row === null ? state.value(column.key) : keptValue(state, column);
}

function place(
  owner: InstanceState,
  property: RelationshipProperty,
  members: readonly object[],
  { populateExisting }: QueryOptions,
): void {
  if (property.isMany) setLoadedCollection(owner, property, members, populateExisting);
  else {
    if (members.length > 1) warnOfSeveral(property);
    setLoadedReference(owner, property, members[0] ?? null, populateExisting);
  }
  linkBack(owner, property, members);
}

/** A condition that these columns hold the key of one of the parents. */
type IsWanted = (columns: readonly ExpressionNode[]) => ExpressionNode;

/** SELECT target, key FROM target [JOIN secondary] WHERE key IN (…): the key leads back to the parent. */
function membersQuery(node: LoadNode, isWanted: IsWanted): SelectNode {
  const { property, criteria } = node;
  const target = property.target.table.node;
  const parts = { orderBy: property.orderBy, options: [...node.options, rowsMayRepeat] };
  if (property.secondary === null) {
    const keys = property.pairs.map((pair) => columnThrough(pair.to, target));
    const base = selectEntity(property.target, [isWanted(keys), ...property.extraCriteria, ...criteria], parts);
    return { ...base, columns: [...base.columns, ...keys] };
  }
  const { secondary } = property;
  const keys = property.pairs.map((pair) => columnThrough(pair.to, secondary));
  const base = selectEntity(property.target, [isWanted(keys), ...criteria], parts);
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

/** Executes a query of related objects for the keys of their parents, or for the query that these come from. */
function* relatedFlow(
  { host, node, options, parents }: Load,
  values: readonly (readonly unknown[])[],
  pairs: readonly ColumnPair[],
  query: (isWanted: IsWanted) => SelectNode,
): Flow<readonly (readonly unknown[])[]> {
  const { target } = node.property;
  if (parents === null || values.length === 0) {
    const ofChunk = (chunk: readonly unknown[]): SelectNode => query((columns) => inList(columns, chunk));
    return yield* chunkedFlow(host, target, values, ofChunk, options, { chunkSize: node.chunkSize });
  }
  const statement = query((columns) => amongParents(columns, parents, pairs));
  return yield* host.objectsFlow({ toNode: () => statement }, { purpose: "relationship", ...options });
}

interface Chunking {
  /** What listeners are told; `null`: that the program asks. Default `"relationship"`. */
  readonly purpose?: QueryOptions["purpose"] | null;
  /** Keys per statement; `null`: as many as are good for the database. */
  readonly chunkSize?: number | null;
}

/** The rows of `… WHERE key IN (…)`, by as many statements as that takes. */
export function* chunkedFlow(
  host: LoadHost,
  mapper: EntityMapper,
  values: readonly (readonly unknown[])[],
  query: (chunk: readonly unknown[]) => SelectNode,
  options: QueryOptions,
  { purpose = "relationship", chunkSize = null }: Chunking = {},
): Flow<readonly (readonly unknown[])[]> {
  const width = values[0]?.length ?? 1;
  const { inList: style } = host.environmentFor(mapper).dialect.features;
  const size = chunkSize ?? (width > 1 ? CHUNK.expand : CHUNK[style]);
  const own: QueryOptions = purpose === null ? options : { purpose, ...options };
  if (values.length === 0) return [];
  if (values.length <= size) return yield* host.objectsFlow(chunked(values, width, query), own);
  const rows: (readonly unknown[])[] = [];
  for (let start = 0; start < values.length; start += size) {
    const statement = chunked(values.slice(start, start + size), width, query);
    // no spreading: there may be more rows than a call can take arguments
    for (const row of yield* host.objectsFlow(statement, own)) rows.push(row);
  }
  return rows;
}

function chunked(
  chunk: readonly (readonly unknown[])[],
  width: number,
  query: (chunk: readonly unknown[]) => SelectNode,
): Executable {
  const node = query(width === 1 ? chunk.map((value) => value[0]) : chunk);
  return { toNode: () => node };
}
