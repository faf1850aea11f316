import { ArgumentError } from "../../errors/index.ts";
import type { Instance, MappedClass } from "../typing/entity.ts";
import type { Validate } from "./attribute-hooks.ts";
import type { RelationshipAttribute } from "./relationship-attribute.ts";
import { mapperOf } from "./registry.ts";

/** What a validator gets: a column's value, a related object, or one member of a collection. */
export type ValidatedValue<C extends MappedClass, K> = K extends keyof C["c"]
  ? C["c"][K] extends RelationshipAttribute<infer T, boolean>
    ? Instance<T>
    : Instance<C>[K & keyof Instance<C>]
  : never;

/** Checks a value: throws to refuse it, or answers the value to take instead. */
export type Validator<C extends MappedClass, K> = (
  value: ValidatedValue<C, K>,
  object: Instance<C>,
  key: K & string,
) => ValidatedValue<C, K> | void;

/**
 * Has values of attributes checked. What the function throws refuses the value; what it answers, if anything, is taken
 * instead.
 *
 * Columns are checked by `new` and, where they changed since, by the flush before it sends anything; related objects at
 * once, when they are assigned or put into a collection. It must not be async, and should take what it answered.
 *
 * @throws ArgumentError for an attribute the class does not have.
 * @example class User extends Base.mapped(…) { static { validates(User, "email", (email) => email.toLowerCase()); } }
 */
export function validates<C extends MappedClass, K extends keyof C["c"] & string>(
  entity: C,
  keys: K | readonly K[],
  validate: Validator<C, K>,
): void {
  const mapper = mapperOf(entity);
  if (typeof validate !== "function") {
    throw new ArgumentError(
      `validates() takes a function: validates(${mapper.name}, ${JSON.stringify(keys)}, (value) => …).`,
    );
  }
  for (const key of typeof keys === "string" ? [keys] : keys) mapper.addValidator(key, validate as unknown as Validate);
}
