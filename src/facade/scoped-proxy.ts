import type { SessionRegistry } from "../orm/index.ts";

/** Members that a scoped session has besides those of the session it passes on. */
export type OwnMembers = Readonly<Record<PropertyKey, unknown>>;

/** A function that answers the scope's session, and has all that the session has, besides members of its own. */
export function scopedProxy<S extends { close(): A }, O, A>(
  registry: SessionRegistry<S, O, A>,
  own: OwnMembers,
): (options?: O) => S {
  return new Proxy((options?: O) => registry.current(options), {
    get(_target, key): unknown {
      if (Object.hasOwn(own, key)) return own[key];
      if (key === "then") return undefined; // what is awaited is asked for it, also where there is no scope
      const session = registry.current();
      const value: unknown = Reflect.get(session, key, session);
      return typeof value === "function" ? value.bind(session) : value;
    },
    set(_target, key, value): boolean {
      const session = registry.current();
      return Reflect.set(session, key, value, session);
    },
    has: (_target, key) => Object.hasOwn(own, key) || key in registry.current(),
  });
}
