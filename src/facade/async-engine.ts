import {
  ConnectionBase,
  EngineBase,
  type EngineColour,
  type EngineOptions,
  Environment,
  makeEngine,
  readEngineConfig,
  TransactionBase,
  TwoPhaseTransactionBase,
  type Url,
} from "../engine/index.ts";
import { ArgumentError, AwaitRequired } from "../errors/index.ts";
import { asyncRunner } from "../flow/index.ts";
import { Engine, syncColour } from "./engine.ts";

/** A transaction or savepoint of an async connection. */
export class AsyncTransaction extends TransactionBase<"async"> {}

/** A transaction of an async connection that is committed in two phases. */
export class AsyncTwoPhaseTransaction extends TwoPhaseTransactionBase<"async"> {}

/** An async connection to the database. */
export class AsyncConnection extends ConnectionBase<"async"> {}

/** Where async connections to one database come from. */
export class AsyncEngine extends EngineBase<"async"> {
  #syncEngine: Engine | null = null;

  /**
   * The async form of a sync engine, over the same pool; `createAsyncEngine` makes one of a URL.
   *
   * @throws ArgumentError for something else than a sync engine.
   */
  constructor(engine: Engine);
  /** @internal */
  constructor(environment: Environment, colour: EngineColour<"async">);
  constructor(given: Engine | Environment, colour: EngineColour<"async"> = asyncColour) {
    super(environmentOf(given), colour);
    if (given instanceof Engine) this.#syncEngine = given;
  }

  /**
   * A sync engine over the same pool.
   *
   * @throws AwaitRequired when the driver answers with promises.
   */
  get syncEngine(): Engine {
    if (!this.environment.driver.answersAtOnce) {
      throw new AwaitRequired(
        `The driver ${this.driver} answers with promises, so this engine has no sync form. Give it the option sync: "worker", ` +
          "or await the async engine's methods: metadata.createAll(engine), for example, takes it as it is.",
      );
    }
    this.#syncEngine ??= new Engine(this.environment, syncColour);
    return this.#syncEngine;
  }

  /** See `dispose`. */
  aclose(): Promise<void> {
    return this.dispose();
  }
}

function environmentOf(given: Engine | Environment): Environment {
  if (given instanceof Engine) return given.environment;
  if (given instanceof Environment) return given;
  throw new ArgumentError(
    "new AsyncEngine() takes a sync engine. createAsyncEngine(url) makes an async engine of a URL.",
  );
}

/** @internal */
export const asyncColour: EngineColour<"async"> = {
  mode: "async",
  runner: asyncRunner,
  Engine: AsyncEngine,
  Connection: AsyncConnection,
  Transaction: AsyncTransaction,
  TwoPhaseTransaction: AsyncTwoPhaseTransaction,
  sync: () => syncColour,
};

/**
 * Makes an async engine; it connects when the first connection is asked for, so it need not be awaited.
 *
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed.
 * @example const engine = createAsyncEngine("postgresql://scott:tiger@localhost/shop")
 */
export function createAsyncEngine(url: string | Url, options: EngineOptions = {}): AsyncEngine {
  return makeEngine(url, options, asyncColour) as AsyncEngine;
}

/** Makes an async engine from a configuration's keys that begin with `prefix`: `athanor.url`, `athanor.poolSize`, … */
export function asyncEngineFromConfig(
  config: Readonly<Record<string, unknown>>,
  prefix: string = "athanor.",
  options: EngineOptions = {},
): AsyncEngine {
  const read = readEngineConfig(config, prefix);
  return createAsyncEngine(read.url, { ...read.options, ...options });
}
