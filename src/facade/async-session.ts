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
import { AsyncNakedSession, TrackedSource } from "../naked/index.ts";
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

  #naked: AsyncNakedSession | null = null;

  /**
   * A naked session on this session's transaction: what it reads is plain objects that nobody tracks.
   *
   * It does not flush: `flush()` first to have it see changes. It ends with the transaction; then there is a new one.
   */
  get naked(): AsyncNakedSession {
    if (this.#naked === null || this.#naked.state === "closed")
      this.#naked = new AsyncNakedSession(new TrackedSource(this));
    return this.#naked;
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
