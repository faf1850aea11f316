import type { ColumnProperty } from "../mapping/entity-mapper.ts";
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
  for (const states of [plan.inserts, plan.updates]) {
    for (const state of states) {
      if (state.mapper.table.foreignKeys.length > 0 && isKeyByHand(plan, state, host.jit))
        found.push([state, referencesBefore(host, state)]);
    }
  }
  if (found.length > 0) host.noteUnseenWrite();
  return found;
}

function isKeyByHand(plan: WorkPlan, state: InstanceState, jit: boolean | undefined): boolean {
  const syncs = plan.syncs.get(state);
  const isSynced = (property: ColumnProperty): boolean => {
    for (const { path } of syncs?.values() ?? []) if (path.columns.some(({ to }) => to === property)) return true;
    return false;
  };
  const columns = state.row === null ? state.mapper.columns : changedColumns(state, jit);
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
