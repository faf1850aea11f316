import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { addSilently, RelationArray, removeSilently, replaceSilently } from "./collection.ts";
import { type InstanceState, type RelationSlot, stateOf } from "./instance-state.ts";
import { knownReference, refersTo } from "./reference.ts";
import { collectionFor, followRemoved } from "./relation-events.ts";
import { plainCopy, sameMembers, slotChange } from "./slot-change.ts";

/** What the database says about relationships is put in place; what the program changed since stays changed. */

/** Puts loaded members in place. A collection the program may hold stays the same array. */
export function setLoadedCollection(
  state: InstanceState,
  property: RelationshipProperty,
  members: readonly object[],
  overwrite = false,
): RelationArray {
  const slot = state.slot(property);
  if (overwrite) discardChange(state, property, slot);
  const wanted = overwrite ? members : withChanges(property, slot, members);
  const isBlind = !overwrite && slot.loaded && slot.committed === undefined;
  if (!(slot.value instanceof RelationArray)) slot.value = collectionFor(state, property, wanted);
  else if (!sameMembers(slot.value, wanted)) replaceSilently(slot.value, wanted);
  noteLoaded(state, slot, members);
  slot.queuedAdds = null;
  slot.queuedRemoves = null;
  if (overwrite) slot.arrived = null;
  if (isBlind) followReplaced(state, property, members);
  return slot.value as RelationArray;
}

/** What a collection held when another was assigned over it is known now: the other side hears what that has changed. */
function followReplaced(state: InstanceState, property: RelationshipProperty, members: readonly object[]): void {
  const { inverse } = property;
  const kept = new Set(state.slots?.[property.index]?.value as readonly object[]);
  for (const member of members) {
    if (!kept.has(member)) followRemoved(state, property, member);
    else if (inverse?.isMany === true) takeBack(stateOf(member), inverse, state.object); // it is no news there
  }
}

function withChanges(
  property: RelationshipProperty,
  slot: RelationSlot,
  members: readonly object[],
): readonly object[] {
  const change = slotChange(property, slot);
  if (change === null) return members;
  if (change.isBlind) return change.added;
  const removed = new Set(change.removed);
  return [...new Set([...members.filter((member) => !removed.has(member)), ...change.added])];
}

/** Puts a loaded object (or null) in place. */
export function setLoadedReference(
  state: InstanceState,
  property: RelationshipProperty,
  target: object | null,
  overwrite = false,
): void {
  const slot = state.slot(property);
  if (overwrite) discardChange(state, property, slot);
  const isOurs = !overwrite && slot.loaded && slot.value !== slot.committed;
  const value = isOurs ? slot.value : target;
  slot.value = value;
  noteLoaded(state, slot, target);
  if (isOurs && property.direction === "one-to-many" && target !== null && target !== value)
    followRemoved(state, property, target);
}

function noteLoaded(state: InstanceState, slot: RelationSlot, committed: unknown): void {
  slot.loaded = true;
  slot.committed = committed;
  slot.epoch = state.owner?.epoch ?? -1;
}

/** Forgets what a relationship holds, so that it is loaded when it is read next. */
export function unloadRelation(state: InstanceState, property: RelationshipProperty): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return;
  slot.loaded = false;
  slot.epoch = -1; // what is assigned meanwhile is not what the database has
  slot.committed = undefined;
  slot.queuedAdds = null;
  slot.queuedRemoves = null;
  slot.arrived = null;
  if (!(slot.value instanceof RelationArray)) slot.value = undefined;
}

/** Takes a change of a relationship back on the other side too. */
function discardChange(state: InstanceState, property: RelationshipProperty, slot: RelationSlot): void {
  const { inverse } = property;
  const change = inverse === null ? null : slotChange(property, slot);
  if (inverse === null || change === null) return;
  for (const member of [...change.added, ...change.removed]) takeBack(stateOf(member), inverse, state.object);
}

function takeBack(state: InstanceState | undefined, property: RelationshipProperty, object: object): void {
  const slot = state?.slots?.[property.index];
  if (slot === undefined) return;
  slot.queuedAdds?.delete(object);
  slot.queuedRemoves?.delete(object);
  slot.arrived?.delete(object);
  if (!slot.loaded) return;
  if (!property.isMany) {
    if (slot.committed === undefined) slot.loaded = false;
    else slot.value = slot.committed;
  } else if (slot.committed === undefined || (slot.committed as readonly object[]).includes(object))
    addSilently(slot.value as RelationArray, object);
  else removeSilently(slot.value as RelationArray, object);
}

/** Takes changes of references back: the object's key columns have been read anew, over the program's own values. */
export function discardReferences(state: InstanceState): void {
  for (const property of state.mapper.relationships) {
    const slot = state.slots?.[property.index];
    if (property.direction !== "many-to-one" || slot === undefined || slotChange(property, slot) === null) continue;
    const { committed } = slot;
    discardChange(state, property, slot);
    if (committed === undefined) unloadRelation(state, property);
    else slot.value = committed;
  }
}

/**
 * Brings loaded references in line with the key columns the object now has, and the collections on the other side.
 *
 * @param previous the parents' objects before the columns changed, by the relationships' index.
 */
export function alignReferences(state: InstanceState, previous: readonly (object | null | undefined)[] = []): void {
  for (const property of state.mapper.relationships) {
    if (property.direction !== "many-to-one") continue;
    const slot = state.slots?.[property.index];
    if (slot?.loaded && slot.value !== slot.committed) continue; // the program's own change is written later
    const held = slot?.loaded ? stateOf(slot.value) : undefined;
    if (held !== undefined && refersTo(state, property, held)) continue;
    if (slot?.loaded) unloadRelation(state, property);
    const now = knownReference(state, property);
    if (now !== undefined && slot !== undefined) setLoadedReference(state, property, now);
    const before = held?.object ?? previous[property.index];
    if (before !== now) moveBetween(property, state.object, before ?? null, now ?? null);
  }
}

function moveBetween(property: RelationshipProperty, object: object, from: object | null, to: object | null): void {
  const { inverse } = property;
  if (inverse === null) return;
  const [left, joined] = [stateOf(from), stateOf(to)];
  if (left !== undefined) dropMembers(left, inverse, new Set([object]));
  const slot = joined?.slots?.[inverse.index];
  if (slot === undefined || !slot.loaded || slot.committed === undefined) return;
  if (!inverse.isMany) slot.value = slot.committed = object;
  else if (!(slot.value as RelationArray).includes(object)) {
    addSilently(slot.value as RelationArray, object);
    slot.committed = [...(slot.committed as readonly object[]), object];
  }
}

/** Takes members out of a loaded relationship: the database no longer has them there. */
export function dropMembers(state: InstanceState, property: RelationshipProperty, gone: ReadonlySet<object>): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined || !slot.loaded) return;
  if (!property.isMany) {
    if (gone.has(slot.value as object)) slot.value = null;
    if (gone.has(slot.committed as object)) slot.committed = null;
    return;
  }
  const stays = (member: object): boolean => !gone.has(member);
  if (slot.arrived !== null) for (const member of gone) slot.arrived.delete(member);
  const value = slot.value as RelationArray;
  const kept = plainCopy(value).filter(stays);
  if (kept.length < value.length) replaceSilently(value, kept);
  slot.committed = (slot.committed as readonly object[] | undefined)?.filter(stays);
}
