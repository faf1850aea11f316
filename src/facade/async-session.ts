import { asyncRunner } from "../flow/index.ts";
import {
  createSessionEvents,
  SessionBase,
  type SessionEventHub,
  sessionFactory,
  type SessionFactoryOf,
  sessionOf,
  type SessionBindOptions,
  type SessionOptions,
  type SessionTransactionBase,
} from "../orm/index.ts";
import { EVENTS } from "../engine/index.ts";
import { type AsyncConnection, type AsyncEngine, asyncColour } from "./async-engine.ts";

/** What an async session gets its connection from. */
export type AsyncSessionBindTarget = AsyncEngine | AsyncConnection;

/** An async session; see `SessionBase`. */
export class AsyncSession extends SessionBase<"async"> {
  /** The listeners of all sessions of this class. */
  static readonly "~events": SessionEventHub = createSessionEvents();

  /** @param hub the listeners of the factory that makes it. */
  constructor(
    bind?: AsyncSessionBindTarget | null,
    options: SessionOptions & SessionBindOptions<AsyncSessionBindTarget> = {},
    hub?: SessionEventHub,
  ) {
    super(bind, options, asyncColour, hub === undefined ? [AsyncSession[EVENTS]] : [AsyncSession[EVENTS], hub]);
  }
}

/** A transaction or savepoint of an async session. */
export type AsyncSessionTransaction = SessionTransactionBase<"async">;
/** Makes async sessions. */
export type AsyncSessionmaker = SessionFactoryOf<"async", AsyncSession, AsyncSessionBindTarget>;

/** A factory of sessions with the same engine and options: `const Sessions = asyncSessionmaker(engine)`. */
export function asyncSessionmaker(
  bind?: AsyncSessionBindTarget | null,
  options: SessionOptions & SessionBindOptions<AsyncSessionBindTarget> = {},
): AsyncSessionmaker {
  return sessionFactory(
    (target: AsyncSessionBindTarget | null, given, hub) => new AsyncSession(target, given, hub),
    asyncRunner,
    bind ?? null,
    options,
  );
}

/** The async session an object belongs to; `null` for none. */
export function asyncObjectSession(object: object): AsyncSession | null {
  const session = sessionOf(object);
  return session instanceof AsyncSession ? session : null;
}
