import { asyncRunner, type Flow } from "../flow/index.ts";
import {
  createSessionEvents,
  SessionBase,
  type SessionEventHub,
  sessionFactory,
  type SessionFactoryOf,
  sessionOf,
  type SessionBindOptions,
  type SessionClass,
  type SessionOptions,
  type SessionTransactionBase,
} from "../orm/index.ts";
import { AsyncNakedSession, TrackedSource } from "../naked/index.ts";
import { NotImplementedError } from "../errors/index.ts";
import { EVENTS, isGeneratorFunction, plainAnswer, type PlainBody } from "../engine/index.ts";
import { nakedOf } from "./naked-view.ts";
import { checkClass, checkSyncClass, type Session, syncViewOf } from "./session.ts";
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
    checkSyncClass(this.core.options.syncSessionClass);
  }

  /**
   * A naked session on this session's transaction: what it reads is plain objects that nobody tracks.
   *
   * It does not flush: `flush()` first to have it see changes. It ends with the transaction; then there is a new one.
   */
  get naked(): AsyncNakedSession {
    return nakedOf(this, () => new AsyncNakedSession(new TrackedSource(this)));
  }

  /** See `close`. */
  aclose(): Promise<void> {
    return this.close();
  }

  /** The sync form over the same objects and transaction: what functions given to `runSync` get. */
  get syncSession(): Session {
    return syncViewOf(this.core, this.core.options.syncSessionClass);
  }

  /**
   * Calls a function written for sync sessions, with this session's objects and transaction.
   *
   * A plain function needs a driver that answers at once, or an engine with `sync: "worker"`; attributes load when they
   * are read in it. A generator function runs over every driver: it gets an async session and waits with
   * `yield* awaitOnly(…)`. What it throws leaves the transaction as it is.
   * @throws AwaitRequired when a plain function uses a driver that answers with promises.
   */
  runSync<T, A extends readonly unknown[]>(
    body: (session: Session, ...args: A) => PlainBody<T>,
    ...args: A
  ): Promise<T>;
  runSync<T, A extends readonly unknown[]>(
    body: (session: AsyncSession, ...args: A) => Flow<T>,
    ...args: A
  ): Promise<T>;
  runSync(
    body: (session: never, ...args: readonly unknown[]) => unknown,
    ...args: readonly unknown[]
  ): Promise<unknown> {
    if (isGeneratorFunction(body)) return this.inTurn("session.runSync()", body(this.inner(), ...args));
    return this.inTurn(
      "session.runSync()",
      this.#blockingFlow(() => body(this.syncSession as never, ...args)),
    );
  }

  // oxlint-disable-next-line require-yield
  *#blockingFlow(body: () => unknown): Flow<unknown> {
    return plainAnswer(this.core.blocking(body));
  }

  /** @throws NotImplementedError always: the legacy query belongs to sync sessions. */
  query(...entities: readonly "query() is for sync sessions: await session.scalars(select(User))"[]): never {
    const [entity] = entities as readonly unknown[];
    const name = typeof entity === "function" ? entity.name : "User";
    throw new NotImplementedError(
      `query() is not supported for asynchronous sessions. Write await session.scalars(select(${name}).where(…)) instead.`,
    );
  }
}

/** A transaction or savepoint of an async session. */
export type AsyncSessionTransaction = SessionTransactionBase<"async">;
/** Makes async sessions. */
export type AsyncSessionmaker = SessionFactoryOf<"async", AsyncSession, AsyncSessionBindTarget>;

interface ClassOption<S> {
  /** The class of the sessions, which extends `AsyncSession`. */
  readonly class: SessionClass<S, AsyncSessionBindTarget>;
}

/** A factory of sessions with the same engine and options: `const Sessions = asyncSessionmaker(engine)`. */
export function asyncSessionmaker(
  bind?: AsyncSessionBindTarget | null,
  options?: SessionOptions & SessionBindOptions<AsyncSessionBindTarget>,
): AsyncSessionmaker;
export function asyncSessionmaker<S extends AsyncSession>(
  bind: AsyncSessionBindTarget | null | undefined,
  options: SessionOptions & SessionBindOptions<AsyncSessionBindTarget> & ClassOption<S>,
): SessionFactoryOf<"async", S, AsyncSessionBindTarget>;
export function asyncSessionmaker(
  bind?: AsyncSessionBindTarget | null,
  options: SessionOptions & SessionBindOptions<AsyncSessionBindTarget> & Partial<ClassOption<AsyncSession>> = {},
): AsyncSessionmaker {
  const { class: Made = AsyncSession, ...own } = options;
  return sessionFactory(checkClass(Made, AsyncSession), asyncRunner, bind ?? null, own);
}

/** The async session whose sync form it is, as functions given to `runSync` get it; `null` for a session of its own. */
export function asyncSession(session: Session): AsyncSession | null {
  const made: unknown = session.core.session;
  return made instanceof AsyncSession ? made : null;
}

/** The async session an object belongs to; `null` for none. */
export function asyncObjectSession(object: object): AsyncSession | null {
  const session = sessionOf(object);
  return session instanceof AsyncSession ? session : null;
}
