import { type MakerOptions as MakerOptionsOf, SessionRegistry } from "../orm/index.ts";
import { scopedProxy } from "./scoped-proxy.ts";
import type { Session, SessionBindTarget, Sessionmaker } from "./session.ts";

type MakerOptions = MakerOptionsOf<SessionBindTarget>;

/** The session of the present scope: has all that a session has, and passes it on. */
export interface ScopedSession extends Session {
  /** The scope's session itself, made when there is none. @throws InvalidRequestError for options when there is one. */
  (options?: MakerOptions): Session;
  /** Closes and forgets the scope's session; the next use makes another. */
  remove(): void;
  /** Changes the options of sessions made from now on. */
  configure(options: MakerOptions): void;
}

const everywhere = {};

/**
 * A session for each scope: the same scope gets the same session until `remove()`.
 *
 * `scope` is asked at each access, so it must be quick and answer the same value for one scope; without it there is
 * one scope, the process.
 */
export function scopedSession(factory: Sessionmaker, scope: () => unknown = () => everywhere): ScopedSession {
  const registry = new SessionRegistry<Session, MakerOptions, void>(factory, scope, undefined);
  const own = {
    remove: (): void => registry.remove(),
    configure: (options: MakerOptions): void => factory.configure(options),
  };
  return scopedProxy(registry, own) as unknown as ScopedSession;
}
