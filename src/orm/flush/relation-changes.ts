import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { maySlotDiffer, type SlotChange, slotChange } from "../state/slot-change.ts";

/** What one relationship of one object gained and lost since the last flush. */
export interface RelationChange extends SlotChange {
  readonly state: InstanceState;
  readonly property: RelationshipProperty;
}

const none: readonly RelationChange[] = [];

/** The changes of an object's relationships. */
export function relationChanges(state: InstanceState): readonly RelationChange[] {
  const { slots } = state;
  if (slots === null) return none;
  let changes: RelationChange[] | null = null;
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index];
    // most objects have no changes: they are told from the others before anything is made
    if (slot === undefined || !maySlotDiffer(slot)) continue;
    const property = state.mapper.relationships[index] as RelationshipProperty;
    const change = property.viewonly ? null : slotChange(property, slot);
    if (change === null) continue;
    const { added, removed, isBlind } = change;
    const own: RelationChange = { state, property, added, removed, isBlind };
    // a list that grows takes room for 17 at once, and most objects have one change: 250 bytes less for a new one
    if (changes === null) changes = [own];
    else changes.push(own);
  }
  return changes ?? none;
}
