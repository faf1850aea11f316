import { ArgumentError, InvalidRequestError } from "../../errors/index.ts";
import { defineColumn, isRelationship } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { requireMember, writeRelation } from "../state/relation-events.ts";
import { validatedColumn } from "../state/validate.ts";
import { attributeOf, presentValue } from "./history.ts";
import { requireState } from "./require-state.ts";

/** What programs say about attributes beyond assigning them. */

/**
 * Has the next flush write an attribute, though its value is the one that was loaded.
 *
 * Changes in place need no such call: flushes find them by comparing.
 * @throws InvalidRequestError when the attribute is not loaded.
 */
export function flagModified<T extends object>(object: T, key: keyof T & string): void {
  const state = requireState(object);
  const attribute = attributeOf(state.mapper, key);
  if (presentValue(state, attribute) === undefined) {
    throw new InvalidRequestError(
      `${state.mapper.name}.${key} cannot be flagged modified: it is not present in the object. Load it or assign it first.`,
    );
  }
  if (isRelationship(attribute)) state.mark().isDirty = true;
  else state.mark().forced.add(attribute);
}

/** Has `session.dirty` and flush events show an object, though none of its attributes is changed; no SQL comes of it. */
export function flagDirty(object: object): void {
  requireState(object).mark().isDirty = true;
}

/**
 * Assigns an attribute and has its validators check the value now; a plain assignment to a column is checked by the flush.
 *
 * @throws ValidationError for a value that a validator refuses.
 */
export function setAttribute<T extends object, K extends keyof T & string>(object: T, key: K, value: T[K]): void {
  const state = requireState(object);
  const attribute = attributeOf(state.mapper, key);
  if (isRelationship(attribute)) writeRelation(state, attribute, value);
  else defineColumn(object, key, validatedColumn(state, attribute, value ?? null));
}

/**
 * Gives an attribute a value as if the database had said so: it is no change, and the other side of a relationship is not
 * told.
 *
 * @throws ArgumentError for a member of another class.
 */
export function setCommittedValue<T extends object, K extends keyof T & string>(object: T, key: K, value: T[K]): void {
  const state = requireState(object);
  const attribute = attributeOf(state.mapper, key);
  if (!isRelationship(attribute)) {
    const known = value ?? null;
    state.marks?.forced.delete(attribute);
    defineColumn(object, key, known);
    if (state.row !== null) state.row[attribute.index] = known === null ? null : attribute.tracker.snapshot(known);
    return;
  }
  if (attribute.isMany) {
    if (!Array.isArray(value)) throw new ArgumentError(`${attribute.name} is a collection: give an array.`);
    for (const member of value) requireMember(attribute, member);
    setLoadedCollection(state, attribute, value as readonly object[], true);
    return;
  }
  if (value !== null && value !== undefined) requireMember(attribute, value);
  setLoadedReference(state, attribute, (value as object | null | undefined) ?? null, true);
}

/** Tells whether a flush deleted an object's row, and that was not rolled back. */
export function wasDeleted(object: object): boolean {
  const state: InstanceState = requireState(object);
  return state.status === "deleted" || state.isGone;
}
