import { InvalidRequestError } from "../errors/index.ts";
import { nakedInspection, ObjectInspection, stateOf } from "../orm/index.ts";

/**
 * What a session knows of an object: its status, identity, and the history of its attributes.
 *
 * @throws InvalidRequestError for something that cannot be inspected.
 */
export function inspect(object: object): ObjectInspection {
  const state = stateOf(object);
  if (state !== undefined) return new ObjectInspection(state);
  const naked = nakedInspection(object);
  if (naked !== null) return naked;
  throw new InvalidRequestError("inspect() takes an object of a mapped class.", { code: "insp" });
}
