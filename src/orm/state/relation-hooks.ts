import type { Hooks, RelationEvents } from "../mapping/attribute-hooks.ts";
import { tellAtOnce } from "../mapping/entity-events.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "./instance-state.ts";
import { validated } from "./validate.ts";

/** What validators and listeners of relationships are told; nothing is made where there are none. */

function tell<K extends keyof RelationEvents>(hooks: Hooks, name: K, event: RelationEvents[K]): void {
  for (const hub of hooks.hubs) for (const listener of hub.of(name)) tellAtOnce(name, listener, event);
}

/** What becomes of an object that is put into a collection. */
export function tellAppend(
  state: InstanceState,
  property: RelationshipProperty,
  member: object,
  backPopulated: boolean,
): object {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks === undefined) return member;
  // the side that was written has had them check it already
  const value = backPopulated ? member : (validated(state, property.key, hooks, member) as object);
  const event = { object: state.object, key: property.key, value, backPopulated };
  tell(hooks, "append", event);
  return event.value;
}

/** What becomes of an object (or null) that a reference is set to. */
export function tellSet(
  state: InstanceState,
  property: RelationshipProperty,
  next: object | null,
  change: { readonly oldValue: object | null | undefined; readonly backPopulated: boolean },
): object | null {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks === undefined) return next;
  // whether there must be an object is the key column's concern
  const value = next === null || change.backPopulated ? next : (validated(state, property.key, hooks, next) as object);
  const event = { object: state.object, key: property.key, value, ...change };
  tell(hooks, "set", event);
  return event.value;
}

export function tellRemove(
  state: InstanceState,
  property: RelationshipProperty,
  value: object,
  backPopulated: boolean,
): void {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks !== undefined) tell(hooks, "remove", { object: state.object, key: property.key, value, backPopulated });
}

/** What becomes of a list that is assigned to a collection. */
export function tellReplace(
  state: InstanceState,
  property: RelationshipProperty,
  values: readonly object[],
  oldValues: () => readonly object[],
): readonly object[] {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks === undefined) return values;
  const event = { object: state.object, key: property.key, values: [...values], oldValues: oldValues() };
  tell(hooks, "bulkReplace", event);
  return event.values;
}

/** Tells that a collection began or ended to be an object's. */
export function tellCollection(
  name: "initCollection" | "disposeCollection",
  state: InstanceState,
  property: RelationshipProperty,
  collection: readonly object[],
): void {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks !== undefined) tell(hooks, name, { object: state.object, key: property.key, collection });
}
