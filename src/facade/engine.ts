import {
  ConnectionBase,
  EngineBase,
  type EngineColour,
  type EngineOptions,
  makeEngine,
  readEngineConfig,
  TransactionBase,
  TwoPhaseTransactionBase,
  type Url,
} from "../engine/index.ts";
import { syncRunner } from "../flow/index.ts";

/** A transaction or savepoint of a sync connection. */
export class Transaction extends TransactionBase<"sync"> {}

/** A transaction of a sync connection that is committed in two phases. */
export class TwoPhaseTransaction extends TwoPhaseTransactionBase<"sync"> {}

/** A sync connection to the database. */
export class Connection extends ConnectionBase<"sync"> {}

/** Where sync connections to one database come from. */
export class Engine extends EngineBase<"sync"> {}

/** @internal */
export const syncColour: EngineColour<"sync"> = {
  mode: "sync",
  runner: syncRunner,
  Engine,
  Connection,
  Transaction,
  TwoPhaseTransaction,
  sync: () => syncColour,
};

/**
 * Makes a sync engine; it connects when the first connection is asked for.
 *
 * Drivers that answer with promises run in a worker thread, for whose answers the caller blocks.
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed.
 * @example const engine = createEngine("sqlite:///shop.db")
 */
export function createEngine(url: string | Url, options: EngineOptions = {}): Engine {
  return makeEngine(url, options, syncColour);
}

/** Makes a sync engine from a configuration's keys that begin with `prefix`: `athanor.url`, `athanor.poolSize`, … */
export function engineFromConfig(
  config: Readonly<Record<string, unknown>>,
  prefix: string = "athanor.",
  options: EngineOptions = {},
): Engine {
  const read = readEngineConfig(config, prefix);
  return createEngine(read.url, { ...read.options, ...options });
}
