import { relationChanges } from "../flush/relation-changes.ts";
import type { CascadeToken } from "../mapping/cascade.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";

/** An object and what its relationships reach in memory by a cascade. */
export function reachedBy(start: InstanceState, token: CascadeToken): ReadonlySet<InstanceState> {
  const reached = new Set([start]);
  for (const state of reached) {
    for (const property of state.mapper.relationships) {
      if (!property.cascade.has(token)) continue;
      for (const member of reachable(state, property)) {
        const other = stateOf(member);
        if (other !== undefined) reached.add(other);
      }
    }
  }
  return reached;
}

/** What a relationship holds in memory. */
export function reachable(state: InstanceState, property: RelationshipProperty): Iterable<object> {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return [];
  if (!slot.loaded) return slot.queuedAdds ?? [];
  if (Array.isArray(slot.value)) return slot.value as object[];
  return slot.value === null || slot.value === undefined ? [] : [slot.value];
}

/** What a relationship has lost since it was loaded, and no session has: it comes back with its parent (spec B11). */
export function lostMembers(state: InstanceState, property: RelationshipProperty): readonly object[] {
  const change = relationChanges(state).find((each) => each.property === property);
  return change?.removed.filter((member) => stateOf(member)?.owner === null) ?? [];
}
