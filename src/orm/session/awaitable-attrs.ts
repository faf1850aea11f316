import { DetachedInstanceError } from "../../errors/index.ts";
import { stateOf } from "../state/instance-state.ts";
import { SessionCore } from "./session-core.ts";

/** An object's attributes as promises. */
export type AwaitableAttrs<T> = { readonly [K in keyof T]: Promise<T[K]> };

/** The session an object belongs to, as it was made by the program. */
export function sessionOf(object: object): unknown {
  const owner = stateOf(object)?.owner;
  return owner instanceof SessionCore ? owner.session : null;
}

/**
 * An object's attributes as promises, which load what is not loaded: `await awaitableAttrs(user).posts`.
 *
 * @throws DetachedInstanceError when the object belongs to no session.
 */
export function awaitableAttrs<T extends object>(object: T): AwaitableAttrs<T> {
  return new Proxy({} as AwaitableAttrs<T>, {
    get: (_target, key) => (typeof key === "symbol" || key === "then" ? undefined : loaded(object, key)),
  });
}

function loaderOf(object: object): unknown {
  const loader = stateOf(object)?.marks?.loader;
  return sessionOf(object) ?? (loader instanceof SessionCore ? loader.session : null);
}

async function loaded(object: object, key: string): Promise<unknown> {
  const session = loaderOf(object) as { loadAttribute(object: object, key: string): unknown } | null;
  if (session !== null) return await session.loadAttribute(object, key);
  const state = stateOf(object);
  const value = (object as Record<string, unknown>)[key];
  if (state === undefined || value !== undefined) return value;
  throw new DetachedInstanceError(`This ${state.mapper.name} belongs to no session that could load ${key}.`);
}
