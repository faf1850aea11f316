import { ArgumentError } from "../errors/index.ts";
import { type EntityMapper, type Insertable, nakedMapperOf, stateOf } from "../orm/index.ts";
import { describeWithin } from "../sql/index.ts";

/**
 * An object's columns as `insert(…).values(…)` takes them: `insert(User).values(toInsert(user))`.
 *
 * Columns that were given no value are left out, so that their defaults are used, and those that the database computes. A
 * primary key whose default is a function is made now and put into the object, so that others may refer to it.
 * @throws ArgumentError for what is no object of a mapped class, and for one that holds related objects: their keys are
 * not in its columns.
 */
export function toInsert<T extends object>(object: T): Insertable<T> {
  const mapper = stateOf(object)?.mapper ?? nakedMapperOf(object);
  if (mapper === undefined) {
    throw new ArgumentError(
      `toInsert() takes an object of a mapped class, not ${describeWithin(object)}. Plain values go into values() as they are.`,
    );
  }
  refuseRelated(object, mapper);
  makeKey(object as Record<string, unknown>, mapper);
  const values: Record<string, unknown> = {};
  for (const { key, column } of mapper.columns) {
    if (column.spec.computed !== undefined) continue;
    const value = Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
    if (value !== undefined) values[key] = value;
  }
  return values as Insertable<T>;
}

/** Nobody would tell the object its key afterwards, and other rows are to refer to it. */
function makeKey(object: Record<string, unknown>, { primaryKey }: EntityMapper): void {
  for (const { key, column } of primaryKey) {
    const isMissing = !Object.hasOwn(object, key) || object[key] === undefined;
    if (isMissing && typeof column.onInsert === "function") object[key] = column.onInsert();
  }
}

function refuseRelated(object: object, mapper: EntityMapper): void {
  for (const property of mapper.relationships) {
    const slot = stateOf(object)?.slots?.[property.index];
    const value = Object.hasOwn(object, property.key)
      ? (object as Record<string, unknown>)[property.key]
      : slot?.loaded && slot.value;
    if (!value || (Array.isArray(value) && value.length === 0)) continue;
    const remedy = property.isMany
      ? "Insert its members by themselves"
      : `Set ${property.pairs.map(({ from }) => from.key).join(" and ")} instead`;
    throw new ArgumentError(
      `${property.name} holds ${property.isMany ? "objects" : "an object"}, and toInsert() gives columns only. ${remedy}, or add the object to a tracked session.`,
    );
  }
}
