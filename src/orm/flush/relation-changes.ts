import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState, RelationSlot } from "../state/instance-state.ts";
import { sameMembers } from "./journal.ts";

/** What one relationship of one object gained and lost since the last flush. */
export interface RelationChange {
  readonly state: InstanceState;
  readonly property: RelationshipProperty;
  readonly added: readonly object[];
  readonly removed: readonly object[];
}

const none: readonly object[] = [];

/** The changes of an object's relationships. */
export function relationChanges(state: InstanceState): readonly RelationChange[] {
  if (state.slots === null) return [];
  const changes: RelationChange[] = [];
  for (const property of state.mapper.relationships) {
    const slot = state.slots[property.index];
    if (slot === undefined) continue;
    const change = property.isMany ? collectionChange(state, property, slot) : referenceChange(state, property, slot);
    if (change !== null && change.added.length + change.removed.length > 0) changes.push(change);
  }
  return changes;
}

function collectionChange(
  state: InstanceState,
  property: RelationshipProperty,
  slot: RelationSlot,
): RelationChange | null {
  if (!slot.loaded) return { state, property, added: slot.queuedAdds ?? none, removed: slot.queuedRemoves ?? none };
  const before = (slot.committed ?? none) as readonly object[];
  if (sameMembers(slot.value, before)) return null;
  const now = new Set(slot.value as readonly object[]);
  const known = new Set(before);
  return {
    state,
    property,
    added: [...now].filter((member) => !known.has(member)),
    removed: before.filter((member) => !now.has(member)),
  };
}

function referenceChange(
  state: InstanceState,
  property: RelationshipProperty,
  slot: RelationSlot,
): RelationChange | null {
  if (!slot.loaded || slot.value === slot.committed) return null;
  const [now, before] = [slot.value as object | null, (slot.committed ?? null) as object | null];
  // a reference that was never loaded and is set to nothing must still clear its key
  const cleared =
    now === null && slot.committed === undefined && state.row !== null && property.direction === "many-to-one";
  return {
    state,
    property,
    added: now === null ? none : [now],
    removed: before !== null ? [before] : cleared ? [state.object] : none,
  };
}

/** Notes that the database now has what the relationships have. */
export function settleRelations(state: InstanceState): void {
  for (const slot of state.slots ?? []) {
    if (slot === undefined) continue;
    if (slot.loaded) slot.committed = Array.isArray(slot.value) ? Array.from(slot.value as object[]) : slot.value;
    else {
      slot.queuedAdds = null;
      slot.queuedRemoves = null;
    }
  }
}
