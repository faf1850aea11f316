import { ArgumentError } from "../../errors/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { findMapper } from "../mapping/registry.ts";
import { identityKey } from "../state/identity-map.ts";
import { InstanceState, NOT_LOADED, stateOf } from "../state/instance-state.ts";

/** The mapper of an object that no session knows, because a naked one made it; `undefined` for anything else. */
export function nakedMapperOf(object: unknown): EntityMapper | undefined {
  if (typeof object !== "object" || object === null || stateOf(object) !== undefined) return undefined;
  const prototype = Object.getPrototypeOf(object) as { readonly constructor?: unknown } | null;
  return findMapper(prototype?.constructor);
}

/**
 * A record for an object that a naked session read: that of a detached object of which only the key is known to be in the
 * database, so that all its other values count as changed until they are compared with the row.
 *
 * An object without a key is new. @throws ArgumentError for an object that was given relationships of its own.
 */
export function nakedState(object: object, mapper: EntityMapper): InstanceState {
  const own = mapper.relationships.find(({ key }) => Object.hasOwn(object, key));
  if (own !== undefined) {
    throw new ArgumentError(
      `${own.name} was set on an object of a naked session. Take it off, add the object to the session, then set it.`,
    );
  }
  const state = new InstanceState(mapper, object);
  const key = identityKey(mapper.primaryKey.map((property) => state.value(property.key)));
  if (mapper.primaryKey.length === 0 || key === undefined) return state;
  state.key = key;
  state.row = mapper.columns.map(({ isPrimaryKey, key: name, tracker }) => {
    const value = isPrimaryKey ? state.value(name) : NOT_LOADED;
    return value === null || value === NOT_LOADED ? value : tracker.snapshot(value);
  });
  state.partial = true;
  state.status = "detached";
  return state;
}
