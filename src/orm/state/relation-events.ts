import { ArgumentError } from "../../errors/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { addSilently, type CollectionListener, RelationArray, removeSilently } from "./collection.ts";
import { type InstanceState, stateOf } from "./instance-state.ts";

/**
 * Keeps both sides of a relationship in step, at once and without SQL (spec B12, B26).
 *
 * The side that was written cascades its new members into its session; the side that follows does not.
 */

/** Hears of changes to one object's collection. */
class MemberListener implements CollectionListener {
  readonly #state: InstanceState;
  readonly #property: RelationshipProperty;
  constructor(state: InstanceState, property: RelationshipProperty) {
    this.#state = state;
    this.#property = property;
  }
  added(member: object): void {
    const other = memberState(this.#property, member);
    changed(this.#state, this.#property);
    cascade(this.#state, this.#property, member);
    const { inverse } = this.#property;
    if (inverse !== null) attach(other, inverse, this.#state.object);
  }
  removed(member: object): void {
    changed(this.#state, this.#property);
    const other = stateOf(member);
    const { inverse } = this.#property;
    if (inverse !== null && other !== undefined) detach(other, inverse, this.#state.object);
  }
}

/** A collection of these members that belongs to an object. */
export function collectionFor(
  state: InstanceState,
  property: RelationshipProperty,
  members: readonly object[],
): RelationArray {
  return RelationArray.make(members, new MemberListener(state, property));
}

/** Puts loaded members in place, and what came from the other side meanwhile. */
export function setLoadedCollection(
  state: InstanceState,
  property: RelationshipProperty,
  members: readonly object[],
): RelationArray {
  const slot = state.slot(property);
  const collection = collectionFor(state, property, members);
  for (const member of slot.queuedRemoves ?? []) removeSilently(collection, member);
  for (const member of slot.queuedAdds ?? []) addSilently(collection, member);
  if (slot.value instanceof RelationArray) slot.value.release();
  slot.value = collection;
  slot.loaded = true;
  slot.committed = members;
  slot.epoch = state.owner?.epoch ?? -1;
  slot.queuedAdds = null;
  slot.queuedRemoves = null;
  return collection;
}

/** Puts a loaded object (or null) in place. */
export function setLoadedReference(state: InstanceState, property: RelationshipProperty, target: object | null): void {
  const slot = state.slot(property);
  slot.value = target;
  slot.loaded = true;
  slot.committed = target;
  slot.epoch = state.owner?.epoch ?? -1;
}

/** Writes a relationship attribute. */
export function writeRelation(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (property.isMany) replaceCollection(state, property, value);
  else setReference(state, property, value);
}

function setReference(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  const next = (value ?? null) as object | null;
  const other = next === null ? null : memberState(property, next);
  const slot = state.slot(property);
  if (slot.loaded && slot.value === next) return;
  const old = slot.loaded ? (slot.value as object | null) : null;
  slot.value = next;
  slot.loaded = true;
  changed(state, property);
  const { inverse } = property;
  const oldState = stateOf(old);
  if (inverse !== null && oldState !== undefined) detach(oldState, inverse, state.object);
  if (other === null || next === null) return;
  cascade(state, property, next);
  if (inverse !== null) attach(other, inverse, state.object);
}

function replaceCollection(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (!Array.isArray(value))
    throw new ArgumentError(`${property.name} is a collection: assign an array, not ${describe(value)}.`);
  const slot = state.slot(property);
  if (slot.loaded && slot.value === value) return;
  const members = [...new Set(value as object[])];
  for (const member of members) memberState(property, member);
  const old = knownMembers(state, property);
  if (slot.value instanceof RelationArray) slot.value.release();
  slot.value = collectionFor(state, property, members);
  if (!slot.loaded && state.row === null) slot.committed = [];
  slot.loaded = true;
  const listener = new MemberListener(state, property);
  for (const member of old) if (!members.includes(member)) listener.removed(member);
  for (const member of members) if (!old.includes(member)) listener.added(member);
  changed(state, property);
}

function knownMembers(state: InstanceState, property: RelationshipProperty): readonly object[] {
  const slot = state.slot(property);
  return slot.loaded ? [...(slot.value as object[])] : (slot.queuedAdds ?? []);
}

/** The other side gained `object`. */
function attach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  changed(state, property);
  if (!property.isMany) {
    const old = slot.loaded ? (slot.value as object | null) : null;
    if (slot.loaded && old === object) return;
    slot.value = object;
    slot.loaded = true;
    const oldState = stateOf(old);
    if (oldState !== undefined && property.inverse !== null) detach(oldState, property.inverse, state.object);
    return;
  }
  if (!slot.loaded && (state.row === null || state.knownEmpty)) setLoadedCollection(state, property, []);
  if (slot.loaded) addSilently(slot.value as RelationArray, object);
  else queue(slot, "queuedAdds", "queuedRemoves", object);
}

/** The other side lost `object`. */
function detach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  changed(state, property);
  if (!property.isMany) {
    if (slot.loaded && slot.value !== object) return;
    slot.value = null;
    slot.loaded = true;
    return;
  }
  if (slot.loaded) removeSilently(slot.value as RelationArray, object);
  else queue(slot, "queuedRemoves", "queuedAdds", object);
}

type Queues = Pick<ReturnType<InstanceState["slot"]>, "queuedAdds" | "queuedRemoves">;

function queue(slot: Queues, into: keyof Queues, outOf: keyof Queues, object: object): void {
  const other = slot[outOf];
  if (other?.includes(object)) {
    slot[outOf] = other.filter((member) => member !== object);
    return;
  }
  const members = (slot[into] ??= []);
  if (!members.includes(object)) members.push(object);
}

function changed(state: InstanceState, property: RelationshipProperty): void {
  state.owner?.relationChanged(state, property);
}

function cascade(state: InstanceState, property: RelationshipProperty, member: object): void {
  if (state.owner !== null && property.cascade.has("save-update")) state.owner.cascadeAdd(member);
}

/** The record of a member, which must be of the relationship's class. */
function memberState(property: RelationshipProperty, member: unknown): InstanceState {
  const state = stateOf(member);
  if (state !== undefined && state.mapper === property.target) return state;
  throw new ArgumentError(`${property.name} holds objects of ${property.target.name}, not ${describe(member)}.`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const state = stateOf(value);
  if (state !== undefined) return `a ${state.mapper.name}`;
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "a plain object" : `a ${typeof value}`;
}
