import type { ColumnProperty, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { identityKey, keyPart } from "./identity-map.ts";
import { type InstanceState, NOT_LOADED } from "./instance-state.ts";

/** What an object's own key columns say about the object they refer to. */

const orders = new WeakMap<RelationshipProperty, readonly ColumnProperty[]>();

/** The object's columns that hold the target's primary key, in the order of that key. */
export function keyColumns(property: RelationshipProperty): readonly ColumnProperty[] {
  let order = orders.get(property);
  if (order === undefined) {
    order = property.target.primaryKey.flatMap((part) => {
      const pair = property.pairs.find((candidate) => candidate.to === part.column);
      return pair === undefined ? [] : [property.parent.property(pair.from)];
    });
    orders.set(property, order);
  }
  return order;
}

/** False where an object's key columns were expired: whom it refers to is not known without SQL. */
export function hasKeys(state: InstanceState, property: RelationshipProperty): boolean {
  if (!state.partial) return true;
  return keyColumns(property).every(
    ({ key, index }) => state.row?.[index] !== NOT_LOADED || Object.hasOwn(state.object, key),
  );
}

/** The key of the object that an object's columns refer to; `undefined` for none. */
export function referenceKey(state: InstanceState, property: RelationshipProperty): unknown {
  const columns = keyColumns(property);
  const [only] = columns;
  if (only !== undefined && columns.length === 1) {
    const value = state.value(only.key);
    return value === null ? undefined : keyPart(value);
  }
  return identityKey(columns.map((column) => state.value(column.key)));
}

/** Tells whether an object's columns refer to this object. */
export function refersTo(state: InstanceState, property: RelationshipProperty, target: InstanceState): boolean {
  return property.pairs.every((pair) => {
    const value = state.value(property.parent.property(pair.from).key);
    return value !== null && keyPart(value) === keyPart(target.value(property.target.property(pair.to).key));
  });
}

/** The related object as far as it is known without SQL; `undefined` where it is not. */
export function knownReference(state: InstanceState, property: RelationshipProperty): object | null | undefined {
  const slot = state.slots?.[property.index];
  if (slot?.loaded) return slot.value as object | null;
  if (state.row === null || (property.direction !== "many-to-one" && state.knownEmpty)) return null;
  if (!property.byPrimaryKey || state.owner === null || !hasKeys(state, property)) return undefined;
  const key = referenceKey(state, property);
  return key === undefined ? null : state.owner.present(property.target, key, state.token)?.object;
}
