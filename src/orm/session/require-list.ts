import { ArgumentError } from "../../errors/index.ts";
import { describeWithin } from "../../sql/index.ts";

/** @throws ArgumentError for what cannot be iterated over; `method` is called with it, `single` takes one object. */
export function requireList(objects: unknown, method: string, single: string): void {
  if (typeof (objects as Partial<Iterable<object>> | null)?.[Symbol.iterator] === "function") return;
  throw new ArgumentError(`${method} takes a list of objects, not ${describeWithin(objects)}. For one use ${single}.`);
}
