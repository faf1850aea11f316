import {
  SessionBase,
  sessionFactory,
  type SessionFactoryOf,
  sessionOf,
  type SessionOptions,
  type SessionTransactionBase,
} from "../orm/index.ts";
import { syncRunner } from "../flow/index.ts";
import { type Connection, type Engine, syncColour } from "./engine.ts";

/** What a sync session gets its connection from. */
export type SessionBindTarget = Engine | Connection;

/** A sync session; see `SessionBase`. */
export class Session extends SessionBase<"sync"> {
  constructor(bind: SessionBindTarget, options: SessionOptions = {}) {
    super(bind, options, syncColour);
  }
}

/** A transaction or savepoint of a sync session. */
export type SessionTransaction = SessionTransactionBase<"sync">;
/** Makes sync sessions. */
export type Sessionmaker = SessionFactoryOf<"sync", Session, SessionBindTarget>;

/** A factory of sessions with the same engine and options: `const Sessions = sessionmaker(engine)`. */
export function sessionmaker(bind: SessionBindTarget, options: SessionOptions = {}): Sessionmaker {
  return sessionFactory((target: SessionBindTarget, given) => new Session(target, given), syncRunner, bind, options);
}

/** The sync session an object belongs to; `null` for none. */
export function objectSession(object: object): Session | null {
  const session = sessionOf(object);
  return session instanceof Session ? session : null;
}
