import type { InstanceState } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import { settleDeleted } from "./delete-objects.ts";
import type { FlushHost } from "./flush-host.ts";
import { keptValue, keyOf } from "./row-write.ts";
import type { WorkPlan } from "./work-plan.ts";

/**
 * A new object with the key of one that is to be deleted takes over its row, which is then updated; columns that it
 * was not given keep the row's values (spec B8). Answers the objects that did.
 */
export function switchRows(
  host: FlushHost,
  plan: WorkPlan,
  states: readonly InstanceState[],
): ReadonlySet<InstanceState> {
  const switched = new Set<InstanceState>();
  if (plan.deletes.size === 0) return switched;
  for (const state of states) {
    const key = keyOf(state);
    const old = key === undefined ? undefined : host.present(state.mapper, key, state.token);
    if (old?.mapper !== state.mapper || !plan.deletes.delete(old)) continue;
    takeOver(host, state, old);
    switched.add(state);
  }
  return switched;
}

function takeOver(host: FlushHost, state: InstanceState, old: InstanceState): void {
  host.journal.note(old, "deleted");
  host.journal.note(state, "inserted");
  for (const property of state.mapper.columns) {
    if (!Object.hasOwn(state.object, property.key)) defineColumn(state.object, property.key, keptValue(old, property));
  }
  state.row = [...(old.row ?? [])];
  state.partial = old.partial;
  settleDeleted(host, old);
  state.key = old.key;
  state.status = "persistent";
  state.epoch = host.epoch;
  host.newStates.delete(state);
  host.identityMap.add(state);
}
