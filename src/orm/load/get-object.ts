import { bindStatement } from "../../compile/index.ts";
import type { Environment } from "../../engine/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { changedColumns } from "../flush/dirty.ts";
import { rowKey } from "../state/identity-map.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { LoadHost, QueryOptions } from "./load-host.ts";
import { isTrusted } from "./missing-columns.ts";
import { type PreparedQuery, prepareQuery, type QueryPlan } from "./query-plan.ts";
import { readRowsFlow } from "./query-flow.ts";
import { equals, isValue, selectEntity } from "./statements.ts";

const plans = new WeakMap<object, Map<EntityMapper, PreparedQuery>>();

/** SELECT by primary key, worked out once for each class and dialect; the values are put in each time. */
export function getPlan(mapper: EntityMapper, environment: Environment): PreparedQuery {
  let known = plans.get(environment.dialect);
  if (known === undefined) {
    known = new Map();
    plans.set(environment.dialect, known);
  }
  let prepared = known.get(mapper);
  if (prepared === undefined) {
    const where = mapper.primaryKey.map((property) => equals(property.column.toNode(), null));
    const node = selectEntity(mapper, where);
    // other values are put in each time
    prepared = { ...(prepareQuery({ toNode: () => node }, environment) as PreparedQuery), node: null };
    known.set(mapper, prepared);
  }
  return prepared;
}

/** The values of a statement by key: those that keep it to its class's rows go before. */
export function getValues(prepared: PreparedQuery, key: readonly unknown[]): readonly unknown[] {
  const { values } = prepared;
  return values.length === key.length ? key : [...values.slice(0, values.length - key.length), ...key];
}

export interface LookUpHost extends LoadHost {
  /** Somebody listens to statements, so that each has to be one. */
  readonly hearsStatements: boolean;
  autoflushFlow(): Flow<void>;
  /** Flushes what a look-up by key may miss: new and deleted objects, and those of `states` with another key. */
  autoflushLookUpFlow(states: Iterable<InstanceState>): Flow<boolean>;
  /** An object's row was found to be gone: it counts as deleted. */
  noteGone(state: InstanceState): void;
}

/** The object of a key: from the identity map unless it is stale, else by one SELECT; `null` when there is no row. */
export function* getObjectFlow(
  host: LookUpHost,
  mapper: EntityMapper,
  values: readonly unknown[],
  options: QueryOptions,
): Flow<object | null> {
  const key = rowKey(values, mapper.rules.allowPartialPks);
  const token = options.identityToken ?? null;
  const present = host.identityMap.get(mapper, key, token);
  if (present === undefined && mapper.parent !== null && isTrusted(host.identityMap.get(mapper.root, key, token)))
    return null; // the row is known to be an object of another class that shares the table
  const again = isAgain(options) || mapper.rules.alwaysRefresh;
  if (!again && isTrusted(present)) return present.object;
  if (again) yield* host.autoflushFlow();
  else if (yield* host.autoflushLookUpFlow(present === undefined ? [] : [present])) {
    const written = host.identityMap.get(mapper, key, token);
    if (isTrusted(written)) return written.object;
  }
  let found = yield* selectFlow(host, mapper, values, options);
  // an object may have been given this very key since: scanning for that before each of many look-ups would be quadratic
  if (found === null && !again && (yield* host.autoflushLookUpFlow(host.identityMap.objectsOf(mapper)))) {
    found = yield* selectFlow(host, mapper, values, options);
  }
  if (found === null) releaseGone(host, present);
  return found;
}

/** Lets go of an object whose row is gone; changes to it, if any, make the next flush say so. */
export function releaseGone(host: LookUpHost, present: InstanceState | undefined): void {
  if (present?.owner === host && changedColumns(present, host.jit).length === 0) host.noteGone(present);
}

/** The object of a key where the identity map has it and nothing asks for its row; `null` otherwise. */
export function knownObject(host: LookUpHost, mapper: EntityMapper, values: readonly unknown[]): object | null {
  if (mapper.rules.alwaysRefresh) return null;
  const state = host.identityMap.get(mapper, rowKey(values, mapper.rules.allowPartialPks));
  return isTrusted(state) ? state.object : null;
}

/** The row is read whatever the session knows. */
function isAgain({ populateExisting, refresh, forUpdate }: QueryOptions): boolean {
  return populateExisting === true || refresh === true || forUpdate !== undefined;
}

function* selectFlow(
  host: LookUpHost,
  mapper: EntityMapper,
  values: readonly unknown[],
  options: QueryOptions,
): Flow<object | null> {
  const { forUpdate } = options;
  const isPartial = values.length > 1 && values.some((value) => value === null || value === undefined);
  if (isPartial || forUpdate !== undefined || options.options !== undefined || host.hearsStatements) {
    const where = mapper.primaryKey.map(({ column }, index) => isValue(column.toNode(), values[index] ?? null));
    const node = selectEntity(mapper, where, { forUpdate: forUpdate ?? null, options: options.options ?? [] });
    // a locked row is what the database has now
    const refresh = options.refresh === true || forUpdate !== undefined;
    return firstOf(yield* host.objectsFlow({ toNode: () => node }, { ...options, refresh }));
  }
  const core = yield* host.connectionFlow(mapper, options.bindArguments);
  const prepared = getPlan(mapper, core.environment);
  const { plan } = prepared;
  const bound = bindStatement(
    { compiled: plan.compiled, values: getValues(prepared, values) },
    core.environment.dialect,
  );
  const result = yield* core.sendFlow(bound, true);
  const [row] = result.rows;
  if (row === undefined) return null;
  const created = createAlone(host, plan, row, options.identityToken ?? null);
  if (created !== null) {
    options.created?.push([created]);
    yield* host.tellLoadedFlow([created]);
    return created.object;
  }
  const rows = yield* readRowsFlow(host, prepared, result.rows, options);
  return firstOf(rows);
}

function firstOf(rows: readonly (readonly unknown[])[]): object | null {
  return (rows[0]?.[0] as object | undefined) ?? null;
}

/**
 * The object of a row with which nothing else comes, unless the session has it already.
 *
 * Readers of whole results keep maps for what may come: a get by key on SQLite takes 4.6 µs with one, 3.9 without.
 */
function createAlone(
  host: LoadHost,
  plan: QueryPlan,
  row: readonly unknown[],
  token: IdentityToken | null,
): InstanceState | null {
  const element = plan.elements[0]?.entity;
  if (element == null || element.joined.length > 0 || element.later.length > 0) return null;
  const { loader } = element;
  const key = loader.key(row, 0);
  const states = host.identityMap.of(loader.mapper, token);
  if (key === undefined || states.has(key)) return null;
  const state = loader.create(row, 0, key, host);
  state.token = token;
  states.set(key, state);
  return state;
}
