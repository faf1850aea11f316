import { InvalidRequestError } from "../../errors/index.ts";
import { describeWithin } from "../../sql/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";

/** A primary key as `get` takes it: its value, its values in order, or an object of them by name. */
export type Identity = unknown;

/**
 * The values of a primary key in order.
 *
 * @throws InvalidRequestError when values are missing or too many, naming the key's columns.
 */
export function identityValues(mapper: EntityMapper, identity: Identity): readonly unknown[] {
  const keys = mapper.primaryKey.map((property) => property.key);
  const values = readIdentity(identity, keys);
  if (
    keys.length > 0 &&
    values !== null &&
    values.length === keys.length &&
    values.every((value) => value !== undefined)
  )
    return values;
  const known = keys.length === 0 ? "not known" : keys.join(", ");
  const remedy = keys.length === 1 ? keys[0] : `{ ${keys.join(", ")} }`;
  throw new InvalidRequestError(
    `The primary key of ${mapper.name} is ${known}, and ${describeWithin(identity)} does not name it: get(${mapper.name}, ${remedy}).`,
  );
}

function readIdentity(identity: Identity, keys: readonly string[]): readonly unknown[] | null {
  if (Array.isArray(identity)) return identity;
  if (typeof identity !== "object" || identity === null || identity instanceof Date || identity instanceof Uint8Array)
    return [identity];
  const given = Object.keys(identity);
  if (given.length !== keys.length || !keys.every((key) => given.includes(key))) return null;
  return keys.map((key) => (identity as Record<string, unknown>)[key]);
}
