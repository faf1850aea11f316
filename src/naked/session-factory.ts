import { aBoolean, answeredFlow, type Body, checkOptionValues, EngineBase, type OptionRules } from "../engine/index.ts";
import { ArgumentError } from "../errors/index.ts";
import {
  type Answer,
  asyncRunner,
  closing,
  type Flow,
  type MaybePromise,
  type Mode,
  runSync,
  type Start,
  starting,
  wait,
} from "../flow/index.ts";
import { describeWithin } from "../sql/index.ts";
import { NakedSessionBase } from "./naked-session.ts";
import { ConnectionSource, type NakedSource } from "./naked-source.ts";

export interface SessionFactoryOptions {
  /** `begin(fn)` commits when the function returns; otherwise what it did not commit itself is rolled back. Default true. */
  readonly autoCommit?: boolean;
}

const beginning = starting({
  type: () => NakedSessionBase,
  name: "session",
  call: "factory.begin()",
  isClosedLate: true,
});

const factoryOptionRules: OptionRules<SessionFactoryOptions> = { autoCommit: aBoolean };

/** Makes naked sessions, each with a connection and a transaction of its own; one factory serves a whole application. */
export class SessionFactoryBase<M extends Mode, S extends NakedSessionBase<M>> {
  readonly engine: EngineBase<M>;
  readonly autoCommit: boolean;
  readonly #make: (source: NakedSource<M>) => S;

  /** @throws ArgumentError for an engine of the other mode, or an option that does not exist. */
  constructor(
    engine: EngineBase<M>,
    mode: M,
    make: (source: NakedSource<M>) => S,
    options: SessionFactoryOptions = {},
  ) {
    if (!(engine instanceof EngineBase) || engine.mode !== mode) throw noEngine(engine, mode);
    checkOptionValues(options, factoryOptionRules, `new ${mode === "sync" ? "" : "Async"}SessionFactory()`);
    this.engine = engine;
    this.autoCommit = options.autoCommit ?? true;
    this.#make = make;
  }

  /**
   * Takes a connection and begins a session, for `using` or `await using`: leaving its scope rolls back what was not
   * committed and gives the connection back.
   *
   * With a function: ends the session when it returns (see `autoCommit`), rolls back when it throws, gives the connection
   * back, and answers what it answered. @throws what the function throws, unchanged.
   */
  begin(): Start<M, S>;
  begin<T>(body: (session: S) => Body<M, T>): Answer<M, T>;
  begin<T>(body?: (session: S) => Body<M, T>): Answer<M, S | T> {
    if (body === undefined) return beginning(this.engine.mode, this.#run(this.#openFlow()));
    if (typeof body !== "function")
      throw new ArgumentError(
        `begin() takes a function of the session, begin((session) => …), or nothing; not ${describeWithin(body)}.`,
      );
    return this.#run(this.#scopeFlow<T>(body));
  }

  #run<T>(flow: Flow<T>): Answer<M, T> {
    const answer: MaybePromise<T> = this.engine.mode === "sync" ? runSync(flow) : asyncRunner.run(flow);
    return answer as Answer<M, T>;
  }

  *#openFlow(): Flow<S> {
    return this.#make(new ConnectionSource(this.engine.wrapConnection(yield* this.engine.openFlow()), true));
  }

  *#scopeFlow<T>(body: (session: S) => unknown): Flow<T> {
    const session = yield* this.#openFlow();
    // through the connection's own queue, behind whatever the body started and did not wait for
    return yield* closing(this.#bodyFlow<T>(session, body), () => wait(session.close() as MaybePromise<void>));
  }

  *#bodyFlow<T>(session: S, body: (session: S) => unknown): Flow<T> {
    const answer = yield* answeredFlow<T>(body(session));
    if (this.autoCommit && session.state === "open") yield* wait(session.commit() as MaybePromise<void>);
    return answer;
  }
}

function noEngine(given: unknown, mode: Mode): ArgumentError {
  const [name, maker] =
    mode === "sync" ? ["SessionFactory", "createEngine"] : ["AsyncSessionFactory", "createAsyncEngine"];
  const what = given instanceof EngineBase ? `an engine of the other kind` : describeWithin(given);
  return new ArgumentError(`new ${name}() takes an engine made by ${maker}(), not ${what}.`);
}
