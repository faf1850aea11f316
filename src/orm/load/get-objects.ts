import { bindStatement } from "../../compile/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { rowKey } from "../state/identity-map.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { getObjectFlow, getPlan, getValues, type LookUpHost, releaseGone } from "./get-object.ts";
import { isTrusted } from "./missing-columns.ts";
import { chunkedFlow } from "./select-in.ts";
import { inList, selectEntity } from "./statements.ts";

/** What came of the look-up of one key. */
export type Found = { readonly value: object | null } | { readonly error: unknown };

type Key = readonly unknown[];

/** The objects of several keys of one class: what `getObjectFlow` gives for each, by one statement for those that need one. */
export function* getObjectsFlow(host: LookUpHost, mapper: EntityMapper, keys: readonly Key[]): Flow<readonly Found[]> {
  const ids = keys.map((values) => rowKey(values, mapper.rules.allowPartialPks));
  yield* flushBeforeFlow(host, mapper, ids);
  const wanted = new Map<unknown, Key>();
  ids.forEach((id, index) => {
    const values = keys[index] as Key;
    if (!isKnown(host, mapper, id) && isWhole(values) && isBindable(host, mapper, values)) wanted.set(id, values);
  });
  const read = wanted.size > 1 ? yield* readFlow(host, mapper, wanted) : null;
  const found: Found[] = [];
  for (const [index, id] of ids.entries()) {
    const values = keys[index] as Key;
    const isRead = read !== null && wanted.has(id);
    const object = isRead ? read.get(id) : undefined;
    if (object !== undefined) found.push({ value: object });
    else if (isRead && !mayBeSpeltOtherwise(values, wanted, read)) found.push(yield* missedFlow(host, mapper, values));
    else found.push(yield* aloneFlow(host, mapper, values));
  }
  return found;
}

function isKnown(host: LookUpHost, mapper: EntityMapper, id: unknown): boolean {
  return !mapper.rules.alwaysRefresh && isTrusted(host.identityMap.get(mapper, id));
}

function* flushBeforeFlow(host: LookUpHost, mapper: EntityMapper, ids: readonly unknown[]): Flow<void> {
  const open = ids.filter((id) => !isKnown(host, mapper, id));
  if (open.length === 0) return;
  if (mapper.rules.alwaysRefresh) return yield* host.autoflushFlow();
  const present = open.map((id) => host.identityMap.get(mapper, id));
  yield* host.autoflushLookUpFlow(present.filter((state) => state !== undefined));
}

/** A NULL in a key needs IS. */
function isWhole(values: Key): boolean {
  return !values.includes(null);
}

/** A value that its column refuses is refused to the caller that gave it, and spoils no statement of the others. */
function isBindable(host: LookUpHost, mapper: EntityMapper, values: Key): boolean {
  const environment = host.environmentFor(mapper);
  try {
    const prepared = getPlan(mapper, environment);
    bindStatement({ compiled: prepared.plan.compiled, values: getValues(prepared, values) }, environment.dialect);
    return true;
  } catch {
    return false;
  }
}

function* readFlow(
  host: LookUpHost,
  mapper: EntityMapper,
  wanted: ReadonlyMap<unknown, Key>,
): Flow<ReadonlyMap<unknown, object>> {
  const columns = mapper.primaryKey.map(({ column }) => column.toNode());
  const rows = yield* chunkedFlow(
    host,
    mapper,
    [...wanted.values()],
    (chunk) => selectEntity(mapper, [inList(columns, chunk)]),
    {},
    { purpose: null },
  );
  const objects = new Map<unknown, object>();
  for (const [object] of rows) objects.set((stateOf(object) as InstanceState).key, object as object);
  return objects;
}

/**
 * The database may hold other values equal to those given than JavaScript does: texts in another case, numbers of text
 * columns. Where that cannot be ruled out, a key without an object is looked up alone.
 */
function mayBeSpeltOtherwise(
  values: Key,
  wanted: ReadonlyMap<unknown, Key>,
  read: ReadonlyMap<unknown, object>,
): boolean {
  if (read.size === 0) return false;
  if (!values.every((value) => typeof value === "number" || typeof value === "bigint")) return true;
  for (const id of read.keys()) if (!wanted.has(id)) return true;
  return false;
}

/** There was no row; but an object may have been given this very key, unflushed. */
function* missedFlow(host: LookUpHost, mapper: EntityMapper, values: Key): Flow<Found> {
  if (!mapper.rules.alwaysRefresh && (yield* host.autoflushLookUpFlow(host.identityMap.objectsOf(mapper))))
    return yield* aloneFlow(host, mapper, values);
  releaseGone(host, host.identityMap.get(mapper, rowKey(values, mapper.rules.allowPartialPks)));
  return { value: null };
}

function* aloneFlow(host: LookUpHost, mapper: EntityMapper, values: Key): Flow<Found> {
  try {
    return { value: yield* getObjectFlow(host, mapper, values, {}) };
  } catch (error) {
    return { error };
  }
}
