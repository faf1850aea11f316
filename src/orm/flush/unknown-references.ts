import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, NOT_LOADED, stateOf } from "../state/instance-state.ts";
import { dropMembers } from "../state/loaded-relation.ts";
import { keyColumns } from "../state/reference.ts";
import type { FlushHost } from "./flush-host.ts";
import type { RelationChange } from "./relation-changes.ts";

/**
 * Objects that were given another reference while their key columns were expired: nothing told the collection that had
 * them, so it is looked for.
 */
export function leaveUnknown(host: FlushHost, changes: readonly RelationChange[]): void {
  const moved = new Map<RelationshipProperty, Set<object>>();
  for (const { state, property } of changes) {
    if (!isUnknown(state, property)) continue;
    const known = moved.get(property);
    if (known === undefined) moved.set(property, new Set([state.object]));
    else known.add(state.object);
  }
  for (const [{ inverse, target, index }, objects] of moved) {
    if (inverse === null) continue;
    for (const holder of host.identityMap.objectsOf(target)) {
      const isGone = (member: object): boolean =>
        objects.has(member) && stateOf(member)?.slots?.[index]?.value !== holder.object;
      const gone = new Set(membersOf(holder, inverse).filter(isGone));
      if (gone.size === 0) continue;
      host.journal.note(holder, "related");
      dropMembers(holder, inverse, gone);
    }
  }
}

function isUnknown(state: InstanceState, property: RelationshipProperty): boolean {
  if (property.direction !== "many-to-one" || !state.partial) return false;
  return (
    state.slots?.[property.index]?.committed === undefined &&
    keyColumns(property).some(({ index }) => state.row?.[index] === NOT_LOADED)
  );
}

function membersOf(state: InstanceState, property: RelationshipProperty): readonly object[] {
  const slot = state.slots?.[property.index];
  if (slot === undefined || !slot.loaded) return [];
  return (Array.isArray(slot.value) ? slot.value : [slot.value]) as readonly object[];
}
