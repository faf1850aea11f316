import { ArgumentError } from "../../errors/index.ts";
import { changedColumns } from "../flush/dirty.ts";
import { type RelationChange, relationChanges } from "../flush/relation-changes.ts";
import { isChanged } from "../load/entity-loader.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { isRelationship } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { requireState } from "./require-state.ts";

/**
 * What an attribute gained, kept and lost since the last flush (spec B25).
 *
 * All are empty for what is not loaded. `deleted` is empty where the old value is not known; the old null of a column is
 * told, that of a reference is not.
 */
export interface History {
  readonly added: readonly unknown[];
  readonly unchanged: readonly unknown[];
  readonly deleted: readonly unknown[];
}

const none: History = { added: [], unchanged: [], deleted: [] };

/**
 * What an attribute of an object gained, kept and lost since the last flush; loads nothing.
 *
 * @throws UnmappedInstanceError for an object that is not mapped, ArgumentError for an attribute it does not have.
 */
export function getHistory<T extends object>(object: T, key: keyof T & string): History {
  return historyOf(requireState(object), key);
}

/** The history of one attribute. */
export function historyOf(state: InstanceState, key: string): History {
  const attribute = attributeOf(state.mapper, key);
  return isRelationship(attribute) ? relationHistory(state, attribute) : columnHistory(state, attribute);
}

export interface ModifiedOptions {
  /** Also look at collections, which an UPDATE of the object's own row never comes of. Default true. */
  readonly includeCollections?: boolean;
}

/** Tells whether an object differs from what the database has. */
export function isModified(state: InstanceState, includeCollections: boolean): boolean {
  const isCounted = ({ property }: RelationChange): boolean => includeCollections || !property.isMany;
  return changedColumns(state, false).length > 0 || relationChanges(state).some(isCounted);
}

/** Tells whether an attribute has neither gained nor lost anything. */
export function isUnchanged({ added, deleted }: History): boolean {
  return added.length === 0 && deleted.length === 0;
}

/** The attribute of a name. @throws ArgumentError where there is none. */
export function attributeOf(mapper: EntityMapper, key: string): ColumnProperty | RelationshipProperty {
  const found = mapper.find(key);
  if (found !== undefined) return found;
  const known = [...mapper.columns, ...mapper.relationships].map((attribute) => attribute.key);
  throw new ArgumentError(`${mapper.name} has no attribute ${JSON.stringify(key)}. It has: ${known.join(", ")}.`);
}

/** The value of an attribute without loading it; `undefined` where it is not there. */
export function presentValue(state: InstanceState, attribute: ColumnProperty | RelationshipProperty): unknown {
  if (isRelationship(attribute)) {
    const slot = state.slots?.[attribute.index];
    return slot?.loaded ? slot.value : undefined;
  }
  const { key, index } = attribute;
  if (Object.hasOwn(state.object, key)) return state.value(key);
  // deleted from the object: that counts as null
  return state.row === null || state.row[index] === NOT_LOADED ? undefined : null;
}

function columnHistory(state: InstanceState, attribute: ColumnProperty): History {
  const value = presentValue(state, attribute);
  if (value === undefined) return none;
  const kept = state.row === null ? NOT_LOADED : state.row[attribute.index];
  if (kept === NOT_LOADED || state.isForced(attribute)) return { ...none, added: [value] };
  if (!isChanged(state, attribute, kept)) return { ...none, unchanged: [value] };
  return { added: [value], unchanged: [], deleted: [kept === null ? null : attribute.tracker.restore(kept)] };
}

function relationHistory(state: InstanceState, attribute: RelationshipProperty): History {
  const change = relationChanges(state).find(({ property }) => property === attribute);
  const value = presentValue(state, attribute);
  if (!attribute.isMany) {
    if (value === undefined) return none;
    if (change === undefined) return { ...none, unchanged: [value] };
    return { added: [value], unchanged: [], deleted: change.removed };
  }
  const added = change?.added ?? [];
  const unchanged = ((value ?? []) as readonly object[]).filter((member) => !added.includes(member));
  return { added, unchanged, deleted: change?.removed ?? [] };
}
