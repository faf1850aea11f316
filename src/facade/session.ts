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

/** The sync session over what another one holds, made when first asked for. */
export function syncViewOf(core: object): Session {
  let view = syncViews.get(core);
  if (view === undefined) {
    // without the class's own constructor: that makes new sessions
    view = Reflect.construct(SessionBase, [core, {}, syncColour], Session) as Session;
    syncViews.set(core, view);
  }
  return view;
}

/** A transaction or savepoint of a sync session. */
export type SessionTransaction = SessionTransactionBase<"sync">;
/** Makes sync sessions. */
export type Sessionmaker = SessionFactoryOf<"sync", Session, SessionBindTarget>;

/** A factory of sessions with the same engine and options: `const Sessions = sessionmaker(engine)`. */
export function sessionmaker(
  bind?: SessionBindTarget | null,
  options: SessionOptions & SessionBindOptions<SessionBindTarget> = {},
): Sessionmaker {
  return sessionFactory(
    (target: SessionBindTarget | null, given, hub) => new Session(target, given, hub),
    syncRunner,
    bind ?? null,
    options,
  );
}

/** The sync session an object belongs to; `null` for none. */
export function objectSession(object: object): Session | null {
  const session = sessionOf(object);
  return session instanceof Session ? session : null;
}
