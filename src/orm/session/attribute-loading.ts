import { InvalidRequestError, NotLoadedError, ObjectDeletedError, StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { SelectNode } from "../../sql/index.ts";
import type { FlushOptions } from "../flush/work-plan.ts";
import { type LoadHost, type QueryOptions, underToken } from "../load/load-host.ts";
import { columnsToRead, neededColumns, onlyColumns } from "../load/missing-columns.ts";
import { isRestricted, lazyLoad, whenRead } from "../load/options/class-loading.ts";
import { chunkedFlow, postLoadFlow } from "../load/select-in.ts";
import { inList, isValue, selectEntity } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { isRelationship } from "../state/attributes.ts";
import { identityKey } from "../state/identity-map.ts";
import { byToken, type IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { setLoadedReference } from "../state/loaded-relation.ts";
import { hasKeys } from "../state/reference.ts";

interface AutoflushHost extends LoadHost {
  autoflushFlow(options?: FlushOptions): Flow<void>;
}

/** The target of a many-to-one relationship, where no SQL is needed to know it; `undefined` where it is. */
export function presentReference(host: LoadHost, state: InstanceState, key: string): object | null | undefined {
  const property = state.mapper.find(key);
  if (property === undefined || !isRelationship(property) || !property.byPrimaryKey) return undefined;
  if (state.options !== null && isRestricted(lazyLoad(property, state.mapper, state.options))) return undefined;
  if (!hasKeys(state, property)) return undefined;
  const found = lookUp(host, state, property);
  if (found !== undefined) setLoadedReference(state, property, found);
  return found;
}

function lookUp(host: LoadHost, state: InstanceState, property: RelationshipProperty): object | null | undefined {
  const { target } = property;
  const values = target.primaryKey.map((part) => {
    const pair = property.pairs.find((candidate) => candidate.to === part.column);
    return pair === undefined ? null : state.value(state.mapper.property(pair.from).key);
  });
  const identity = identityKey(values);
  if (identity === undefined) return null;
  const found = host.identityMap.get(target, identity, state.token);
  return found === undefined || found.isStale ? undefined : found.object;
}

/**
 * Loads a relationship (or missing columns) of one object.
 *
 * @throws ObjectDeletedError when the row is gone.
 */
export function* loadRelationFlow(host: AutoflushHost, state: InstanceState, key: string): Flow<void> {
  const there = yield* loadAttributesFlow(host, [state], key);
  if (!there.has(state)) throw rowDeleted(state, key);
}

/** Loads a relationship (or missing columns) of objects of one class. Answers those whose rows are there. */
export function* loadAttributesFlow(
  host: AutoflushHost,
  states: readonly InstanceState[],
  key: string,
): Flow<ReadonlySet<InstanceState>> {
  const [first] = states;
  if (first === undefined) return new Set();
  // a new object must not be written for the sake of what it refers to
  if (states.some(({ row }) => row !== null)) yield* host.autoflushFlow({ keepOrphans: true });
  const property = first.mapper.find(key);
  if (property === undefined || !isRelationship(property)) {
    const there = new Set<InstanceState>();
    for (const [token, own] of byToken(states))
      for (const state of yield* loadColumnsFlow(host, own, property, token)) there.add(state);
    return there;
  }
  for (const [options, group] of Map.groupBy(states, (state) => state.options)) {
    const [from] = group;
    yield* postLoadFlow(host, lazyLoad(property, first.mapper, options), group, { lazyLoadedFrom: from ?? first });
  }
  return new Set(states);
}

function* loadColumnsFlow(
  host: LoadHost,
  states: readonly InstanceState[],
  property: ColumnProperty | undefined,
  token: IdentityToken | null,
): Flow<ReadonlySet<InstanceState>> {
  const [only] = states as readonly [InstanceState];
  const { mapper } = only;
  const wanted = states.flatMap((state) => (property === undefined ? mapper.columns : columnsToRead(state, property)));
  const columns = [...new Set(wanted)];
  const options = underToken(token, { purpose: "column" });
  if (states.length === 1) return new Set((yield* refreshFlow(host, only, options, columns)) ? states : []);
  const primaryKey = mapper.primaryKey.map((part) => part.column.toNode());
  const keys = states.map(identityOf);
  const query = (chunk: readonly unknown[]): SelectNode =>
    selectEntity(mapper, [inList(primaryKey, chunk)], { options: onlyColumns(mapper, columns) });
  const rows = yield* chunkedFlow(host, mapper, keys, query, options);
  const read = new Set(rows.map(([object]) => object));
  return new Set(states.filter((state) => read.has(state.object)));
}

/** What to throw when an attribute is asked for and its row is gone. */
export function rowDeleted({ mapper, key: id }: InstanceState, key: string): ObjectDeletedError {
  return new ObjectDeletedError(
    `The row of this ${mapper.name} (key ${String(id)}) is gone, so its ${key} cannot be loaded.`,
  );
}

/** Reads an object's row again; with `populateExisting` changes not flushed are lost. Answers whether it is there. */
export function* refreshFlow(
  host: LoadHost,
  state: InstanceState,
  options: QueryOptions,
  columns: readonly ColumnProperty[] = neededColumns([state]),
): Flow<boolean> {
  const identity = identityOf(state);
  const where = state.mapper.primaryKey.map((part, index) => isValue(part.column.toNode(), identity[index] ?? null));
  const node = selectEntity(state.mapper, where, {
    forUpdate: options.forUpdate ?? null,
    options: onlyColumns(state.mapper, columns),
  });
  const rows = yield* host.objectsFlow({ toNode: () => node }, underToken(state.token, options));
  return rows.length > 0;
}

const UNREAD_PAGE = 500; // rows read by one statement

/**
 * Reads the rows of objects that were taken in without: what differs from them is then a change, what is equal is none.
 *
 * @throws InvalidRequestError when a row is gone, StaleDataError when it has another version than the object.
 */
export function* readUnreadFlow(host: LoadHost, unread: Set<InstanceState>): Flow<void> {
  const partial = [...unread].filter((state) => state.partial);
  for (const [mapper, all] of Map.groupBy(partial, (state) => state.mapper))
    for (const [token, states] of byToken(all)) yield* readRowsOfFlow(host, mapper, states, token);
  for (const state of unread) {
    if (state.partial) throw rowGone(state);
    refuseOtherVersion(state);
    unread.delete(state);
  }
}

function* readRowsOfFlow(
  host: LoadHost,
  mapper: EntityMapper,
  states: readonly InstanceState[],
  token: IdentityToken | null,
): Flow<void> {
  const columns = mapper.primaryKey.map((part) => part.column.toNode());
  for (let start = 0; start < states.length; start += UNREAD_PAGE) {
    const keys = states.slice(start, start + UNREAD_PAGE).map(identityOf);
    const where = [inList(columns, columns.length === 1 ? keys.flat() : keys)];
    const node = selectEntity(mapper, where, { options: onlyColumns(mapper, mapper.columns) });
    yield* host.objectsFlow({ toNode: () => node }, underToken(token, { refresh: true }));
  }
}

function refuseOtherVersion(state: InstanceState): void {
  const { object, row, mapper, key } = state;
  const version = mapper.rules.version?.property;
  if (version === undefined) return;
  const given = state.value(version.key);
  const there = row?.[version.index] ?? null;
  if (given === null || there === null || !version.tracker.differs(given, there)) return;
  throw new StaleDataError(
    `The ${mapper.name} with key ${String(key)} was read in version ${String(given)}, but its row has version ` +
      `${String(version.tracker.restore(there))}. Load it again and repeat the change.`,
    { objects: [object] },
  );
}

function identityOf({ mapper, row }: InstanceState): readonly unknown[] {
  return mapper.primaryKey.map(({ index, tracker }) => {
    const kept = row?.[index] ?? null;
    return kept === null ? null : tracker.restore(kept);
  });
}

/** What to throw when an object that is to be read has no row. */
export function rowGone({ mapper, key }: InstanceState): InvalidRequestError {
  return new InvalidRequestError(
    `Could not refresh instance: the row of this ${mapper.name} (key ${String(key)}) is gone.`,
  );
}

/**
 * Refuses to read what options or the mapping forbid to load by reading it.
 *
 * @param when `"sql"`: it would take a statement; `"ever"`: the session may have it.
 * @throws NotLoadedError
 */
export function refuseLazy(state: InstanceState, key: string, when: "ever" | "sql"): void {
  const property = state.mapper.find(key);
  if (property === undefined) return;
  const answer = whenRead(property, state.mapper, state.options);
  if (answer === "load" || (answer === "raiseOnSql" && when === "ever")) return;
  const { name } = state.mapper;
  if (!isRelationship(property)) {
    throw new NotLoadedError(
      `${name}.${key} is not available due to raiseload: the query left it out, and forbids loading it by reading it. ` +
        `Have the query load it: .options(undefer(${name}.c.${key})). Or load it: session.refresh(object, ["${key}"]).`,
    );
  }
  throw new NotLoadedError(
    `${name}.${key} is not available due to raiseload: it is not loaded, and raiseload() or lazy: "${property.lazy === answer ? answer : "raise"}" ` +
      `forbids loading it by reading it. Load it with the query: .options(selectinload(${name}.c.${key})).`,
  );
}

/** @throws NotLoadedError always: reading it would have to wait for the database. */
export function refuseUnloaded(state: InstanceState, key: string): never {
  const { name } = state.mapper;
  const property = state.mapper.find(key);
  const option = property === undefined || isRelationship(property) ? "selectinload" : "undefer";
  throw new NotLoadedError(
    `${name}.${key} is not loaded, and an async session cannot load it while it is read. ` +
      `Await it: await awaitableAttrs(object).${key}. Or load it with the query: .options(${option}(${name}.c.${key})).`,
  );
}
