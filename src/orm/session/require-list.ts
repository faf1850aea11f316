import { ArgumentError } from "../../errors/index.ts";
import { describeWithin } from "../../sql/index.ts";

/** @returns the list. @throws ArgumentError for what cannot be iterated over; `method` is called with it, `single` takes one object. */
export function requireList<T>(objects: Iterable<T>, method: string, single: string): Iterable<T> {
  if (typeof (objects as Partial<Iterable<T>> | null)?.[Symbol.iterator] === "function") return objects;
  throw new ArgumentError(`${method} takes a list of objects, not ${describeWithin(objects)}. For one use ${single}.`);
}
