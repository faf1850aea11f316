import { ArgumentError, InvalidRequestError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { ForUpdateNode } from "../../sql/index.ts";
import { changedColumns } from "../flush/dirty.ts";
import type { QueryOptions } from "../load/load-host.ts";
import { neededColumns } from "../load/missing-columns.ts";
import { plainLoad } from "../load/options/class-loading.ts";
import { postLoadFlow } from "../load/select-in.ts";
import type { ColumnProperty, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { defineColumn, isRelationship } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference, unloadRelation } from "../state/loaded-relation.ts";
import { refreshFlow, rowGone } from "./attribute-loading.ts";
import { reachedBy } from "./reach.ts";
import type { SessionCore } from "./session-core.ts";

type Property = ColumnProperty | RelationshipProperty;

const STALE = -1; // no session's epoch

/** What is to be read again. */
export interface Refresh {
  /** The attributes; all when there are none. Relationships are read when named. */
  readonly names: readonly string[];
  readonly forUpdate: ForUpdateNode | null;
}

/**
 * Reads an object's row again (spec B7): first its own changes are dropped, then the others' are flushed.
 *
 * @throws InvalidRequestError when the row is gone, or the object was given another key.
 */
export function* refreshObjectFlow(core: SessionCore, state: InstanceState, { names, forUpdate }: Refresh): Flow<void> {
  const properties = names.map((name) => propertyOf(state, name));
  const rekeyed = changedColumns(state, core.jit).find((property) => property.isPrimaryKey);
  if (rekeyed !== undefined) {
    throw new InvalidRequestError(
      `This ${state.mapper.name} was given another ${rekeyed.key}, which is not flushed: it cannot be refreshed before.`,
    );
  }
  core.transactions.levelOrBegin().refuseSql(); // before anything is dropped
  const isWhole = properties.length === 0;
  if (isWhole) expireReached(core, state);
  else for (const property of properties) dropChange(state, property);
  yield* core.autoflushFlow();
  const lock = forUpdate === null ? {} : { forUpdate };
  const named = properties.filter((property): property is ColumnProperty => !isRelationship(property));
  const how: QueryOptions = {
    ...(isWhole ? { populateExisting: true } : { refresh: true }),
    ...lock,
    purpose: "column",
  };
  const found = yield* refreshFlow(core, state, how, [...new Set([...neededColumns([state]), ...named])]);
  if (!found) throw rowGone(state);
  for (const property of properties.filter(isRelationship))
    yield* postLoadFlow(core, plainLoad(property), [state], {
      refresh: true,
    });
}

/** What is to be refreshed with an object loses its changes, and is read again when it is asked for. */
function expireReached(core: SessionCore, state: InstanceState): void {
  for (const reached of reachedBy(state, "refresh-expire")) {
    if (reached.owner !== core) continue;
    if (reached.status === "pending") core.forgetNew(reached);
    if (reached.status !== "persistent") continue;
    for (const property of [...reached.mapper.columns, ...reached.mapper.relationships]) dropChange(reached, property);
    reached.epoch = STALE;
  }
}

function propertyOf(state: InstanceState, name: string): Property {
  const property = state.mapper.find(name);
  if (property !== undefined) return property;
  throw new ArgumentError(`${state.mapper.name} has no attribute ${JSON.stringify(name)}.`);
}

/** What the program assigned is taken back; the value that the database last gave stays readable until it is read anew. */
function dropChange(state: InstanceState, property: Property): void {
  if (isRelationship(property)) return dropRelationChange(state, property);
  const kept = state.row?.[property.index];
  if (kept === NOT_LOADED || kept === undefined) delete (state.object as Record<string, unknown>)[property.key];
  else defineColumn(state.object, property.key, kept === null ? null : property.tracker.restore(kept));
}

function dropRelationChange(state: InstanceState, property: RelationshipProperty): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return;
  const { committed } = slot;
  if (!slot.loaded || committed === undefined) return unloadRelation(state, property);
  if (property.isMany) setLoadedCollection(state, property, committed as readonly object[], true);
  else setLoadedReference(state, property, committed, true);
  slot.epoch = STALE;
}
