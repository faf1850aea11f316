import { AsyncLocalStorage } from "node:async_hooks";
import { answeredFlow } from "../engine/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import { asyncRunner, closing, type Flow, wait } from "../flow/index.ts";
import { type MakerOptions as MakerOptionsOf, SessionRegistry } from "../orm/index.ts";
import type { AsyncSession, AsyncSessionBindTarget, AsyncSessionmaker } from "./async-session.ts";
import { scopedProxy } from "./scoped-proxy.ts";

type MakerOptions = MakerOptionsOf<AsyncSessionBindTarget>;

/** The async session of the present scope: has all that a session has, and passes it on. */
export interface AsyncScopedSession extends AsyncSession {
  /** The scope's session itself, made when there is none. @throws InvalidRequestError for options when there is one. */
  (options?: MakerOptions): AsyncSession;
  /** Closes and forgets the scope's session; the next use makes another. */
  remove(): Promise<void>;
  /** Changes the options of sessions made from now on. */
  configure(options: MakerOptions): void;
}

/** An async scoped session whose scopes are async contexts. */
export interface AsyncContextSession extends AsyncScopedSession {
  /**
   * Calls a function in a scope of its own: all it calls and awaits has one session, which is closed when it ends.
   *
   * It commits nothing. A scope within a scope has a session of its own.
   */
  scope<T>(body: () => T | PromiseLike<T>): Promise<T>;
}

/**
 * A session for each scope: the same scope gets the same session until `remove()`.
 *
 * `scope` is asked at each access, so it must be quick and answer the same value for one scope; without it scopes are
 * the async contexts that `scoped.scope(fn)` begins.
 * @example
 * const session = asyncScopedSession(Sessions);
 * await session.scope(async () => {
 *   session.add(new User({ name: "Alice" }));
 *   await session.commit();
 * });
 */
export function asyncScopedSession(factory: AsyncSessionmaker): AsyncContextSession;
export function asyncScopedSession(factory: AsyncSessionmaker, scope: () => unknown): AsyncScopedSession;
export function asyncScopedSession(factory: AsyncSessionmaker, scope?: () => unknown): AsyncScopedSession {
  const contexts = new AsyncLocalStorage<Context>();
  const present = scope ?? ((): Context => openContext(contexts.getStore()));
  const registry = new SessionRegistry<AsyncSession, MakerOptions, Promise<void>>(factory, present, Promise.resolve());
  const enter = (body: () => unknown): Promise<unknown> => {
    const context: Context = { isOver: false };
    const leave = (): Flow<void> => {
      context.isOver = true;
      return wait(registry.removeOf(context, (session) => session.closeForGood()));
    };
    return asyncRunner.run(closing(answeredFlow(contexts.run(context, async () => body())), leave));
  };
  const own = {
    remove: async (): Promise<void> => registry.remove(),
    configure: (options: MakerOptions): void => factory.configure(options),
    ...(scope === undefined ? { scope: enter } : null),
  };
  return scopedProxy(registry, own) as unknown as AsyncScopedSession;
}

interface Context {
  isOver: boolean;
}

/** @throws InvalidRequestError where nothing began a scope, or what outlives it asks. */
function openContext(context: Context | undefined): Context {
  if (context !== undefined && !context.isOver) return context;
  throw new InvalidRequestError(
    context === undefined
      ? "There is no scope here, so a scoped session cannot tell whose session is meant. Call this from within " +
          "scoped.scope(async () => …), or give asyncScopedSession() a function that tells scopes apart."
      : "The scope has ended, and its session with it. Await all that uses the session before the function given to " +
          "scope() returns.",
  );
}
