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
  type SyncSessionClass,
} from "../orm/index.ts";
import { EVENTS } from "../engine/index.ts";
import { ArgumentError } from "../errors/index.ts";
import { NakedSession, TrackedSource } from "../naked/index.ts";
import { syncRunner } from "../flow/index.ts";
import type { Selectable } from "../sql/index.ts";
import { type Connection, type Engine, syncColour } from "./engine.ts";
import { nakedOf } from "./naked-view.ts";
import { Query } from "./query.ts";

/** What a sync session gets its connection from. */
export type SessionBindTarget = Engine | Connection;

/** A sync session; see `SessionBase`. */
export class Session extends SessionBase<"sync"> {
  /** The listeners of all sessions of this class. */
  static readonly "~events": SessionEventHub = createSessionEvents();

  /** @param hub the listeners of the factory that makes it. */
  constructor(
    bind?: SessionBindTarget | null,
    options: SessionOptions & SessionBindOptions<SessionBindTarget> = {},
    hub?: SessionEventHub,
  ) {
    super(bind, options, syncColour, hub === undefined ? [Session[EVENTS]] : [Session[EVENTS], hub]);
    if (options.syncSessionClass === undefined) return;
    throw new ArgumentError(
      "syncSessionClass is an option of async sessions: it is the class of what runSync() gives out.",
    );
  }

  /**
   * A naked session on this session's transaction: what it reads is plain objects that nobody tracks.
   *
   * It does not flush: `flush()` first to have it see changes. It ends with the transaction; then there is a new one.
   */
  get naked(): NakedSession {
    return nakedOf(this, () => new NakedSession(new TrackedSource(this)));
  }

  /**
   * The legacy way to query; new code writes `session.scalars(select(User))`.
   *
   * @example session.query(User).filterBy({ name: "Alice" }).all()
   */
  query<const E extends readonly Selectable[]>(...entities: E): Query<E> {
    return new Query(this, entities);
  }
}

const syncViews = new WeakMap<object, Session>();

/**
 * The sync session over what another one holds, made when first asked for.
 *
 * @throws ArgumentError for a class that makes a session of its own instead.
 */
export function syncViewOf(core: object, View: SyncSessionClass = Session): Session {
  let view = syncViews.get(core);
  if (view === undefined) {
    // what it holds stands where a new session has its engine
    view = new View(core as never, {} as never) as unknown as Session;
    if (view.core !== core) {
      throw new ArgumentError(
        `The constructor of ${View.name}, an async session's syncSessionClass, does not hand on its first argument: ` +
          "constructor(bind, options) { super(bind, options); }.",
      );
    }
    syncViews.set(core, view);
  }
  return view;
}

/**
 * The class of a sync form, checked.
 *
 * @throws ArgumentError for a class that is no Session, or that chooses engines.
 */
export function checkSyncClass(View: SyncSessionClass = Session): void {
  const { prototype } = View as { readonly prototype: unknown };
  if (View !== Session && !(prototype instanceof Session))
    throw new ArgumentError(`syncSessionClass is a class that extends Session, and ${View.name} does not.`);
  if ((prototype as Session).getBind === Session.prototype.getBind) return;
  throw new ArgumentError(
    `${View.name} has a getBind() of its own, which an async session would not ask: its sync form has the same connections. ` +
      "Override getBind() in a class that extends AsyncSession, or give the option getBind.",
  );
}

/** A transaction or savepoint of a sync session. */
export type SessionTransaction = SessionTransactionBase<"sync">;
/** Makes sync sessions. */
export type Sessionmaker = SessionFactoryOf<"sync", Session, SessionBindTarget>;

interface ClassOption<S> {
  /** The class of the sessions, which extends `Session`. */
  readonly class: SessionClass<S, SessionBindTarget>;
}

/** A factory of sessions with the same engine and options: `const Sessions = sessionmaker(engine)`. */
export function sessionmaker(
  bind?: SessionBindTarget | null,
  options?: SessionOptions & SessionBindOptions<SessionBindTarget>,
): Sessionmaker;
export function sessionmaker<S extends Session>(
  bind: SessionBindTarget | null | undefined,
  options: SessionOptions & SessionBindOptions<SessionBindTarget> & ClassOption<S>,
): SessionFactoryOf<"sync", S, SessionBindTarget>;
export function sessionmaker(
  bind?: SessionBindTarget | null,
  options: SessionOptions & SessionBindOptions<SessionBindTarget> & Partial<ClassOption<Session>> = {},
): Sessionmaker {
  const { class: Made = Session, ...own } = options;
  return sessionFactory(checkClass(Made, Session), syncRunner, bind ?? null, own);
}

/** @throws ArgumentError for a class of something else. */
export function checkClass<C extends abstract new (...args: never) => unknown>(
  Made: C,
  Base: { readonly name: string; readonly prototype: object },
): C {
  if (
    typeof Made === "function" &&
    (Made.prototype === Base.prototype || Base.prototype.isPrototypeOf(Made.prototype as object))
  )
    return Made;
  throw new ArgumentError(`The option class of a factory is a class that extends ${Base.name}.`);
}

/** The sync session an object belongs to; `null` for none. */
export function objectSession(object: object): Session | null {
  const session = sessionOf(object);
  return session instanceof Session ? session : null;
}
