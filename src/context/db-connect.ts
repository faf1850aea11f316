import { ArgumentError } from "../errors/index.ts";
import { isPromiseLike, type MaybePromise } from "../flow/index.ts";
import type { AnyEngine, AnySession } from "./any-session.ts";
import { type LeakListener, warnOfLeak } from "./leak-listener.ts";
import { type EngineRecipe, HostEngine, type Made } from "./host-engine.ts";

/** What a `DBConnect` is made of. */
export interface DBConnectOptions<S extends AnySession, F extends () => S, E extends AnyEngine>
  extends EngineRecipe<S, F, E> {
  /** The host of the first engine; without it, `connect(host)` or `beforeCreateSession` names one. */
  readonly host?: string | undefined;
  /** Is told of connections and sessions that contexts left in use; otherwise the process has a warning. */
  readonly onLeak?: LeakListener;
  /** Is called, and awaited, before each session is made: the place to change hosts while the program runs. */
  readonly beforeCreateSession?: (connect: DBConnect<S, F, E>) => MaybePromise<void>;
}

/** Where the sessions of one database come from: a `DBConnect`. */
export interface SessionSource<S extends AnySession> {
  readonly contextKey: symbol;
  /** Whom to tell of what a context left behind. */
  readonly "~onLeak": LeakListener;
  "~newSession"(): MaybePromise<S>;
}

/**
 * One database of a program: its engine, made when the first session is asked for, and the sessions of each context.
 *
 * Making it does nothing else. A program has one for each database (the writer, a replica), made when it starts and
 * closed when it ends.
 */
export class DBConnect<S extends AnySession, F extends () => S = () => S, E extends AnyEngine = AnyEngine>
  implements SessionSource<S>
{
  /** What its sessions are found by in a context. */
  readonly contextKey: symbol = Symbol("DBConnect");
  readonly "~onLeak": LeakListener;
  readonly #options: DBConnectOptions<S, F, E>;
  #current: HostEngine<S, F, E> | null;

  constructor(options: DBConnectOptions<S, F, E>) {
    checkOptions(options);
    this["~onLeak"] = options.onLeak ?? warnOfLeak;
    this.#options = options;
    this.#current = options.host === undefined ? null : this.#engineOf(notEmpty(options.host));
  }

  /** The host of new sessions; `null` as long as none is named. */
  get host(): string | null {
    return this.#current?.host ?? null;
  }

  /** Names the host and makes its engine, now instead of with the first session. @throws ArgumentError for "". */
  async connect(host: string): Promise<void> {
    await this.changeHost(host);
    await this.#made();
  }

  /**
   * Moves to another host: sessions made from now on use it. Those made before keep their engine until they end.
   *
   * The same host changes nothing. @throws ArgumentError for "".
   */
  async changeHost(host: string): Promise<void> {
    const before = this.#current;
    if (notEmpty(host) === before?.host) return;
    this.#current = this.#engineOf(host);
    await before?.retire();
  }

  /** A new session, in no context: close it. @throws ArgumentError when no host is named. */
  async createSession(): Promise<S> {
    return await this["~newSession"]();
  }

  /** The factory of its sessions. */
  async sessionMaker(): Promise<F> {
    return (await this.#made()).maker;
  }

  /** The engine of the present host. */
  async engine(): Promise<E> {
    return (await this.#made()).engine;
  }

  /** Disposes of the engine; sessions in use end as they would. The next session makes a new one. */
  async close(): Promise<void> {
    const before = this.#current;
    if (before === null) return;
    this.#current = this.#engineOf(before.host);
    await before.retire();
  }

  /** As `createSession`, without a promise where nothing has to be waited for. */
  "~newSession"(): MaybePromise<S> {
    if (this.#options.beforeCreateSession !== undefined) return this.#newSessionAfterHook();
    const made = this.#made();
    return isPromiseLike(made) ? made.then(({ maker }) => maker()) : made.maker();
  }

  async #newSessionAfterHook(): Promise<S> {
    await this.#options.beforeCreateSession?.(this);
    return (await this.#made()).maker();
  }

  #engineOf(host: string): HostEngine<S, F, E> {
    return new HostEngine(host, this.#options, this["~onLeak"]);
  }

  #made(): MaybePromise<Made<F, E>> {
    if (this.#current !== null) return this.#current.made();
    return Promise.reject(
      new ArgumentError("host is not set. Give DBConnect a host, or call connect(host) before the first session."),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function notEmpty(host: string): string {
  if (typeof host === "string" && host !== "") return host;
  throw new ArgumentError("host must not be empty. It is the text that engineCreator(host) gets.");
}

function checkOptions(options: { readonly [N in keyof DBConnectOptions<never, never, never>]?: unknown }): void {
  for (const name of ["engineCreator", "sessionMakerCreator"] as const) {
    if (typeof options?.[name] === "function") continue;
    throw new ArgumentError(
      `DBConnect needs ${name}, a function: new DBConnect({ engineCreator: (host) => createAsyncEngine(host), ` +
        "sessionMakerCreator: (engine) => asyncSessionmaker(engine), host }).",
    );
  }
}
