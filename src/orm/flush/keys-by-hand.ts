import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { identityKey } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { keyColumns } from "../state/reference.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { keptValue } from "./row-write.ts";
import type { WorkPlan } from "./work-plan.ts";

export type References = readonly (object | null | undefined)[];

/**
 * Objects whose key columns the program wrote itself, with what they referred to before: relationships in memory know
 * nothing of it yet.
 */
export function keysByHand(host: FlushHost, plan: WorkPlan): readonly (readonly [InstanceState, References])[] {
  const found: (readonly [InstanceState, References])[] = [];
  for (const states of [plan.inserts, plan.updates])
    for (const state of states)
      if (isKeyByHand(plan, state, host.jit)) found.push([state, referencesBefore(host, state)]);
  if (found.length > 0) host.noteUnseenWrite();
  return found;
}

const keysOf = new WeakMap<EntityMapper, readonly ColumnProperty[]>();

function foreignKeyColumns(mapper: EntityMapper): readonly ColumnProperty[] {
  let columns = keysOf.get(mapper);
  if (columns === undefined) {
    columns = mapper.columns.filter(({ column }) => column.foreignKeys.length > 0);
    keysOf.set(mapper, columns);
  }
  return columns;
}

function isKeyByHand(plan: WorkPlan, state: InstanceState, jit: boolean | undefined): boolean {
  const keys = foreignKeyColumns(state.mapper);
  if (keys.length === 0) return false;
  const changed = state.row === null ? null : changedColumns(state, jit);
  for (const property of keys) {
    const isWritten = changed === null ? state.value(property.key) !== null : changed.includes(property);
    if (isWritten && !isSynced(plan, state, property)) return true;
  }
  return false;
}

function isSynced(plan: WorkPlan, state: InstanceState, property: ColumnProperty): boolean {
  const syncs = plan.syncs.get(state);
  return syncs !== undefined && syncs.some(({ path }) => path.columns.some(({ to }) => to === property));
}

function referencesBefore(host: FlushHost, state: InstanceState): References {
  if (state.row === null) return [];
  return state.mapper.relationships.map((property) => {
    if (!property.byPrimaryKey) return undefined;
    const key = identityKey(keyColumns(property).map((column) => keptValue(state, column)));
    return key === undefined ? null : host.present(property.target, key, state.token)?.object;
  });
}
