import { ArgumentError } from "../../errors/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { addSilently, type CollectionListener, RelationArray, removeSilently } from "./collection.ts";
import { claim } from "./single-parent.ts";
import { type InstanceState, type RelationSlot, stateOf } from "./instance-state.ts";
import { knownReference } from "./reference.ts";

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
  check(members: readonly object[]): void {
    for (const member of members) requireMember(this.#property, member);
    if (this.#property.singleParent) for (const member of members) claim(this.#state, this.#property, member);
  }
  added(member: object): void {
    this.#queue("queuedAdds", "queuedRemoves", member);
    changed(this.#state, this.#property);
    followAdded(this.#state, this.#property, member);
    cascade(this.#state, this.#property, member);
  }
  removed(member: object): void {
    this.#queue("queuedRemoves", "queuedAdds", member);
    changed(this.#state, this.#property);
    followRemoved(this.#state, this.#property, member);
    giveUp(this.#property, member);
  }
  // the program holds a collection that has been expired
  #queue(into: keyof Queues, outOf: keyof Queues, member: object): void {
    const slot = this.#state.slot(this.#property);
    if (!slot.loaded) queue(slot, into, outOf, member);
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

/** The other side of a relationship learns that an object has a new member. */
export function followAdded(state: InstanceState, property: RelationshipProperty, member: object): void {
  const other = stateOf(member);
  if (property.inverse !== null && other !== undefined) attach(other, property.inverse, state.object);
}

/** The other side of a relationship learns that an object has lost a member. */
export function followRemoved(state: InstanceState, property: RelationshipProperty, member: object): void {
  const other = stateOf(member);
  if (property.inverse !== null && other !== undefined) detach(other, property.inverse, state.object);
}

/** Writes a relationship attribute. */
export function writeRelation(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (property.isMany) replaceCollection(state, property, value);
  else setReference(state, property, value);
}

function setReference(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  const next = value ?? null;
  if (next !== null) {
    requireMember(property, next);
    if (property.singleParent) claim(state, property, next);
  }
  const slot = state.slot(property);
  if (slot.loaded && slot.value === next) return;
  const old = openReference(state, property, slot);
  slot.value = next;
  changed(state, property);
  if (old !== null && old !== next) followRemoved(state, property, old);
  if (next === null) {
    if (old !== null && property.inverse !== null) giveUp(property.inverse, state.object);
    return;
  }
  followAdded(state, property, next);
  cascade(state, property, next);
}

function replaceCollection(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (!Array.isArray(value))
    throw new ArgumentError(`${property.name} is a collection: assign an array, not ${describe(value, property)}.`);
  const slot = state.slot(property);
  if (slot.loaded && slot.value === value) return;
  const next = new Set(value as object[]);
  for (const member of next) requireMember(property, member);
  if (property.singleParent) for (const member of next) claim(state, property, member);
  const old = new Set(knownMembers(slot));
  if (slot.value instanceof RelationArray) slot.value.release();
  slot.value = collectionFor(state, property, [...next]);
  if (!slot.loaded) slot.committed = state.row === null || state.knownEmpty ? [] : undefined;
  slot.loaded = true;
  slot.queuedAdds = null;
  slot.queuedRemoves = null;
  const listener = new MemberListener(state, property);
  for (const member of old) if (!next.has(member)) listener.removed(member);
  for (const member of next) if (!old.has(member)) listener.added(member);
  changed(state, property);
}

function knownMembers(slot: RelationSlot): readonly object[] {
  return slot.loaded ? (slot.value as readonly object[]) : [...(slot.queuedAdds ?? [])];
}

/** An object gained `object` by the other side. */
function attach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  if (!property.isMany) {
    if (slot.loaded && slot.value === object) return;
    const old = openReference(state, property, slot);
    changed(state, property);
    slot.value = object;
    if (old !== null && old !== object) followRemoved(state, property, old);
    return;
  }
  changed(state, property);
  if (!slot.loaded && (state.row === null || state.knownEmpty)) openEmpty(state, property, slot);
  if (slot.loaded) addSilently(slot.value as RelationArray, object);
  else queue(slot, "queuedAdds", "queuedRemoves", object);
}

/** An object lost `object` by the other side. */
function detach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  if (!property.isMany) {
    if (slot.loaded && slot.value !== object) return;
    openReference(state, property, slot);
    changed(state, property);
    slot.value = null;
    return;
  }
  changed(state, property);
  if (slot.loaded) removeSilently(slot.value as RelationArray, object);
  else queue(slot, "queuedRemoves", "queuedAdds", object);
}

/** Makes a reference ready to be written; answers the object it had, as far as that is known. */
function openReference(state: InstanceState, property: RelationshipProperty, slot: RelationSlot): object | null {
  const known = knownReference(state, property);
  if (!slot.loaded) slot.committed = known;
  slot.loaded = true;
  return known ?? null;
}

function openEmpty(state: InstanceState, property: RelationshipProperty, slot: RelationSlot): void {
  slot.value = collectionFor(state, property, []);
  slot.loaded = true;
  slot.committed = [];
}

type Queues = Pick<RelationSlot, "queuedAdds" | "queuedRemoves">;

function queue(slot: Queues, into: keyof Queues, outOf: keyof Queues, object: object): void {
  if (slot[outOf]?.delete(object)) return;
  (slot[into] ??= new Set()).add(object);
}

function changed(state: InstanceState, property: RelationshipProperty): void {
  state.owner?.relationChanged(state, property);
}

function cascade(state: InstanceState, property: RelationshipProperty, member: object): void {
  if (state.owner !== null && property.cascade.has("save-update")) state.owner.cascadeAdd(member);
}

/** A new object that belonged to a parent alone is forgotten with it (delete-orphan). */
function giveUp(property: RelationshipProperty, object: object): void {
  const state = stateOf(object);
  if (state === undefined || state.status !== "pending" || !property.cascade.has("delete-orphan")) return;
  const { inverse } = property;
  if (inverse !== null && (knownReference(state, inverse) ?? null) !== null) return;
  state.owner?.forgetNew(state);
}

/** The record of a member. @throws ArgumentError when it is not of the relationship's class. */
export function requireMember(property: RelationshipProperty, member: unknown): InstanceState {
  const state = stateOf(member);
  if (state !== undefined && state.mapper === property.target) return state;
  throw new ArgumentError(
    `${property.name} holds objects of ${property.target.name}, not ${describe(member, property)}.`,
  );
}

function describe(value: unknown, { target }: RelationshipProperty): string {
  if (value === null || value === undefined) return String(value);
  const state = stateOf(value);
  if (state !== undefined) return `a ${state.mapper.name}`;
  if (Object.prototype.isPrototypeOf.call(target.prototype, value))
    return `a ${target.name} that a naked session read: add() it to the session first`;
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "a plain object" : `a ${typeof value}`;
}
