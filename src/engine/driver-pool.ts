import { ArgumentError } from "../errors/index.ts";
import type { DriverConnection } from "../driver/index.ts";
import { type Answer, type Flow, type Mode, type Runner, type Start, starting } from "../flow/index.ts";
import type { Pool, PooledConnection, PoolListener } from "../pool/index.ts";
import { createPool, refuseCreators, shareDefaultLevel } from "./create-pool.ts";
import { type EngineOptions, engineOptionRules } from "./engine-options.ts";
import { checkOptionValues } from "./option-rules.ts";
import { RawConnectionBase } from "./raw-connection.ts";
import { consoleLogger, poolLog } from "./statement-log.ts";
import type { Url } from "./url.ts";

const optionNames = [
  "asyncCreator",
  "connectArgs",
  "creator",
  "driver",
  "echoPool",
  "isolationLevel",
  "logger",
  "loggingName",
  "maxOverflow",
  "poolClass",
  "poolPrePing",
  "poolRecycle",
  "poolResetOnReturn",
  "poolSize",
  "poolTimeout",
  "poolUseLifo",
  "sync",
] as const;

/** Options of `createPoolFromUrl` and `createAsyncPoolFromUrl`: those of an engine that say how connections are made and kept. */
export interface DriverPoolOptions extends Pick<EngineOptions, (typeof optionNames)[number]> {}

const rules = Object.fromEntries(optionNames.map((name) => [name, engineOptionRules[name]]));

const connecting = starting({
  type: () => RawConnectionBase,
  name: "connection",
  call: "pool.connect()",
  isClosedLate: true,
});

/**
 * A pool of a driver's connections, without an engine: for what only the driver can do, or as the `pool` of engines.
 */
export class DriverPoolBase<M extends Mode> implements Pool<DriverConnection> {
  readonly url: Url;
  /** Whether sync callers can have its connections. */
  readonly answersAtOnce: boolean;
  readonly #pool: Pool<DriverConnection>;
  readonly #runner: Runner<M>;

  /** @internal */
  constructor(what: string, url: string | Url, options: DriverPoolOptions, runner: Runner<M>) {
    if (typeof options !== "object" || options === null)
      throw new ArgumentError(`The options of ${what} are an object.`);
    checkOptionValues(options, rules, what);
    refuseCreators(options, runner.mode);
    const made = createPool(url, options, runner.mode);
    shareDefaultLevel(this, made.pool);
    this.url = made.url;
    this.answersAtOnce = made.driver.answersAtOnce;
    this.#pool = made.pool;
    this.#runner = runner;
    const { echoPool = false, logger = consoleLogger, loggingName = "athanor" } = options;
    this.#pool.listen(poolLog(logger, loggingName, echoPool !== false));
  }

  /**
   * Takes a connection; close it when done.
   *
   * @throws TimeoutError when the pool is exhausted, OperationalError when the database cannot be reached.
   */
  connect(): Start<M, RawConnectionBase<M>> {
    return connecting(this.#runner.mode, this.#runner.run(this.#connectFlow()));
  }

  *#connectFlow(): Flow<RawConnectionBase<M>> {
    return new RawConnectionBase(yield* this.checkoutFlow(this.#runner.mode === "async"), this.#runner);
  }

  /** Closes the free connections; those in use are closed when they come back. The pool stays usable. */
  dispose(options: { readonly close?: boolean } = {}): Answer<M, void> {
    return this.#runner.run(this.disposeFlow(options.close));
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.#runner.mode === "sync" ? () => this.dispose() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }
  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.#runner.mode === "async" ? () => this.dispose() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  // ---- what engines ask of a pool ----

  checkoutFlow(mayWait: boolean): Flow<PooledConnection<DriverConnection>> {
    return this.#pool.checkoutFlow(mayWait);
  }
  disposeFlow(close: boolean = true): Flow<void> {
    return this.#pool.disposeFlow(close);
  }
  /** Makes every connection opened so far be replaced before it is used again. */
  invalidateAll(): void {
    this.#pool.invalidateAll();
  }
  listen(listener: PoolListener<DriverConnection>): void {
    this.#pool.listen(listener);
  }
  unlisten(listener: PoolListener<DriverConnection>): void {
    this.#pool.unlisten(listener);
  }
  /** How many connections are kept at most. */
  size(): number {
    return this.#pool.size();
  }
  /** How many are kept and free. */
  checkedIn(): number {
    return this.#pool.checkedIn();
  }
  /** How many are in use. */
  checkedOut(): number {
    return this.#pool.checkedOut();
  }
  /** How many are open beyond `size()`; negative while fewer are open. */
  overflow(): number {
    return this.#pool.overflow();
  }
  status(): string {
    return this.#pool.status();
  }
}
