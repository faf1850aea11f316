import { ArgumentError } from "../../errors/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { addSilently, type CollectionListener, RelationArray, removeSilently } from "./collection.ts";
import { claim } from "./single-parent.ts";
import { type InstanceState, type RelationSlot, stateOf } from "./instance-state.ts";
import { tellAppend, tellCollection, tellRemove, tellReplace, tellSet } from "./relation-hooks.ts";
import { validated } from "./validate.ts";
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
  admit(members: readonly object[]): readonly object[] {
    return members.map((member) => admitted(this.#state, this.#property, member, false));
  }
  added(member: object): void {
    (this.#state.slot(this.#property).arrived ??= new Set()).add(member);
    this.#queue("queuedAdds", "queuedRemoves", member);
    changed(this.#state, this.#property);
    followAdded(this.#state, this.#property, member);
    cascade(this.#state, this.#property, member);
  }
  removed(member: object): void {
    this.#state.slot(this.#property).arrived?.delete(member);
    this.#queue("queuedRemoves", "queuedAdds", member);
    changed(this.#state, this.#property);
    tellRemove(this.#state, this.#property, member, false);
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
  const collection = RelationArray.make(members, new MemberListener(state, property));
  if (state.mapper.listeners.hooks !== null) tellCollection("initCollection", state, property, collection);
  return collection;
}

/** What is taken for an object that is put into a collection. @throws ArgumentError for one of another class. */
function admitted(
  state: InstanceState,
  property: RelationshipProperty,
  member: object,
  backPopulated: boolean,
): object {
  requireMember(property, member);
  const taken = state.mapper.listeners.hooks === null ? member : tellAppend(state, property, member, backPopulated);
  if (taken !== member) requireMember(property, taken);
  if (backPopulated) return taken;
  if (property.singleParent) claim(state, property, taken);
  validateOther(state, property, taken);
  return taken;
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

/** A new object that a rollback or flush had taken out comes in again: what it refers to learns of it again. */
export function rejoin(state: InstanceState): void {
  state.isLoose = false;
  for (const property of state.mapper.relationships) {
    const slot = state.slots?.[property.index];
    if (slot === undefined || !slot.loaded) continue;
    const members = (property.isMany ? [...(slot.value as object[])] : [slot.value]) as (object | null | undefined)[];
    for (const member of members) if (member != null) followAdded(state, property, member);
  }
}

/** Writes a relationship attribute. */
export function writeRelation(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (property.isMany) replaceCollection(state, property, value);
  else setReference(state, property, value);
}

function setReference(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  const given = value ?? null;
  if (given !== null) requireMember(property, given);
  const slot = state.slot(property);
  if (slot.loaded && slot.value === given) return;
  const next = admittedReference(state, property, given, false);
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

/** What is taken for an object (or null) that a reference is set to. */
function admittedReference(
  state: InstanceState,
  property: RelationshipProperty,
  given: object | null,
  backPopulated: boolean,
): object | null {
  let taken = given;
  if (state.mapper.listeners.hooks !== null)
    taken = tellSet(state, property, given, { oldValue: knownReference(state, property), backPopulated }) ?? null;
  if (taken !== given && taken !== null) requireMember(property, taken);
  if (taken === null || backPopulated) return taken;
  if (property.singleParent) claim(state, property, taken);
  validateOther(state, property, taken);
  return taken;
}

/** Has the other side's validators check the object that it is about to get, before anything changes on either side. */
function validateOther(state: InstanceState, { inverse }: RelationshipProperty, member: object): void {
  const hooks = inverse?.parent.listeners.hooks?.get(inverse.key);
  const other = hooks === undefined ? undefined : stateOf(member);
  if (hooks !== undefined && inverse !== null && other !== undefined)
    validated(other, inverse.key, hooks, state.object);
}

function replaceCollection(state: InstanceState, property: RelationshipProperty, value: unknown): void {
  if (!Array.isArray(value))
    throw new ArgumentError(`${property.name} is a collection: assign an array, not ${describe(value, property)}.`);
  const slot = state.slot(property);
  if (slot.loaded && slot.value === value) return;
  const old = new Set(knownMembers(slot));
  const next = admittedMembers(state, property, value as object[], old);
  if (slot.value instanceof RelationArray) dispose(state, property, slot.value);
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

/** The members that a collection gets when a list is assigned to it. */
function admittedMembers(
  state: InstanceState,
  property: RelationshipProperty,
  given: readonly object[],
  old: ReadonlySet<object>,
): ReadonlySet<object> {
  for (const member of given) requireMember(property, member);
  const wanted = state.mapper.listeners.hooks === null ? given : tellReplace(state, property, given, () => [...old]);
  if (property.singleParent) for (const member of wanted) claim(state, property, member);
  return new Set(wanted.map((member) => (old.has(member) ? member : admitted(state, property, member, false))));
}

function dispose(state: InstanceState, property: RelationshipProperty, collection: RelationArray): void {
  collection.release();
  if (state.mapper.listeners.hooks !== null) tellCollection("disposeCollection", state, property, collection);
}

function knownMembers(slot: RelationSlot): readonly object[] {
  return slot.loaded ? (slot.value as readonly object[]) : [...(slot.queuedAdds ?? [])];
}

/** An object gained `object` by the other side. */
function attach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  if (!property.isMany) {
    if (slot.loaded && slot.value === object) return;
    const next = admittedReference(state, property, object, true);
    const old = openReference(state, property, slot);
    changed(state, property);
    slot.value = next;
    if (old !== null && old !== object) followRemoved(state, property, old);
    return;
  }
  changed(state, property);
  if (!slot.loaded && (state.row === null || state.knownEmpty)) openEmpty(state, property, slot);
  const isHeard = state.mapper.listeners.hooks !== null && !(slot.loaded && (slot.value as RelationArray).has(object));
  const member = isHeard ? admitted(state, property, object, true) : object;
  (slot.arrived ??= new Set()).add(member);
  if (slot.loaded) addSilently(slot.value as RelationArray, member);
  else queue(slot, "queuedAdds", "queuedRemoves", member);
}

/** An object lost `object` by the other side. */
function detach(state: InstanceState, property: RelationshipProperty, object: object): void {
  const slot = state.slot(property);
  if (!property.isMany) {
    if (slot.loaded && slot.value !== object) return;
    const next = admittedReference(state, property, null, true);
    openReference(state, property, slot);
    changed(state, property);
    slot.value = next;
    return;
  }
  changed(state, property);
  if (state.mapper.listeners.hooks !== null && (!slot.loaded || (slot.value as RelationArray).has(object)))
    tellRemove(state, property, object, true);
  slot.arrived?.delete(object);
  if (slot.loaded) removeSilently(slot.value as RelationArray, object);
  else queue(slot, "queuedRemoves", "queuedAdds", object);
}

/** Members that had come since the last flush and were lost by index or length, which no method sees, are let go of. */
export function dropLostMembers(state: InstanceState): void {
  for (const property of state.mapper.relationships) {
    const slot = state.slots?.[property.index];
    if (slot === undefined || slot.arrived === null || !slot.loaded || !property.isMany) continue;
    const lost = missing(slot.arrived, slot.value as readonly object[]);
    for (const member of lost) new MemberListener(state, property).removed(member);
  }
}

/** Those of some objects that a list does not have; mostly they are its end. */
function missing(objects: ReadonlySet<object>, list: readonly object[]): readonly object[] {
  let place = list.length - objects.size;
  let isEnd = place >= 0;
  for (const object of objects) isEnd &&= list[place++] === object;
  if (isEnd) return [];
  const held = new Set(list);
  return [...objects].filter((object) => !held.has(object));
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
  if (state !== undefined && (state.mapper === property.target || state.mapper.isA(property.target))) return state;
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
