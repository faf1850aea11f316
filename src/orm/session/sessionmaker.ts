import { ArgumentError } from "../../errors/index.ts";
import { answeredFlow, type Body, type Listenable } from "../../engine/index.ts";
import { closing, type Answer, type Flow, type MaybePromise, type Mode, type Runner, wait } from "../../flow/index.ts";
import { createSessionEvents, type SessionEventHub, type SessionEvents } from "./session-events.ts";
import type { SessionBindOptions } from "./bind-request.ts";
import type { SessionBase } from "./session-base.ts";
import type { SessionOptions } from "./session-options.ts";

/** A factory's options: a session's, and its bind. */
export type MakerOptions<B> = SessionOptions & SessionBindOptions<B> & { readonly bind?: B | null };

/** A class of sessions; a constructor of its own hands on all three arguments. */
export type SessionClass<S, B> = new (
  bind: B | null,
  options: SessionOptions & SessionBindOptions<B>,
  hub: SessionEventHub,
) => S;

/** Makes sessions with the same bind and options. */
export interface SessionFactoryOf<M extends Mode, S extends SessionBase<M>, B> extends Listenable<SessionEvents> {
  /** A new session; options given here go before the factory's, `info` is merged. */
  (options?: MakerOptions<B>): S;
  /**
   * Calls a function with a new session in a transaction: commits when it returns, rolls back when it throws, closes.
   *
   * The session is closed for good, so that what the function started and did not await cannot go on with it.
   */
  begin<T>(body: (session: S) => Body<M, T>): Answer<M, T>;
  /** Changes the options of sessions made from now on. */
  configure(options: MakerOptions<B>): void;
}

/** Makes a session factory of one colour. */
export function sessionFactory<M extends Mode, S extends SessionBase<M>, B>(
  Made: SessionClass<S, B>,
  runner: Runner<M>,
  bind: B | null,
  options: SessionOptions & SessionBindOptions<B>,
): SessionFactoryOf<M, S, B> {
  const events = createSessionEvents();
  let defaults: MakerOptions<B> = { ...options, bind };
  const create = (given: MakerOptions<B> = {}): S => {
    const { bind: ownBind, ...rest } = { ...defaults, ...given };
    const info =
      defaults.info === undefined && given.info === undefined ? {} : { info: { ...defaults.info, ...given.info } };
    const session = new Made(ownBind ?? null, { ...rest, ...info }, events);
    if (session.core.events.tells(events)) return session;
    throw new ArgumentError(
      `The constructor of ${Made.name} keeps the factory's listeners from its sessions: it takes (bind, options, hub), and hands ` +
        "on all three to super().",
    );
  };
  return Object.assign(create, {
    "~events": events,
    begin: <T>(body: (session: S) => Body<M, T>): Answer<M, T> => runner.run(scopeFlow<T, M, S>(create(), body)),
    configure: (given: MakerOptions<B>): void => {
      defaults = { ...defaults, ...given };
    },
  });
}

function* scopeFlow<T, M extends Mode, S extends SessionBase<M>>(session: S, body: (session: S) => unknown): Flow<T> {
  return yield* closing(bodyFlow<T, M, S>(session, body), () => wait(session.closeForGood() as MaybePromise<void>));
}

function* bodyFlow<T, M extends Mode, S extends SessionBase<M>>(session: S, body: (session: S) => unknown): Flow<T> {
  const answer = yield* answeredFlow<T>(body(session));
  yield* wait(session.commit() as MaybePromise<void>);
  return answer;
}
