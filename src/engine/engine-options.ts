import type { ConnectTarget, Driver, DriverConnection } from "../driver/index.ts";
import type { MaybePromise } from "../flow/index.ts";
import type { Pool, PoolClass, PoolOptions } from "../pool/index.ts";
import type { EngineBase } from "./engine-base.ts";
import type { ConnectionOptions } from "./environment.ts";
import {
  aBoolean,
  aFunction,
  anInteger,
  anObject,
  anything,
  oneOf,
  type OptionRules,
  seconds,
} from "./option-rules.ts";
import type { Logger } from "./statement-log.ts";
import type { IsolationLevel } from "./transaction-rules.ts";
import type { Url } from "./url.ts";

/**
 * Takes part in the making of engines: `createAsyncEngine(url, { plugins: [tracing] })`.
 *
 * Of several the first goes first. What a plugin throws comes out of `createEngine`.
 */
export interface EnginePlugin {
  /** Answers the URL to use instead; nothing leaves it as it is. */
  updateUrl?(url: Url): Url | void;
  /** Answers the options to use instead, which are checked afterwards; nothing leaves them as they are. */
  handleOptions?(options: EngineOptions, url: Url): EngineOptions | void;
  /** Is told of the engine, for example to `listen` to its events. */
  engineCreated?(engine: EngineBase<"sync"> | EngineBase<"async">): void;
}

/** A function is the plugin's `engineCreated`. */
export type EnginePluginLike = EnginePlugin | NonNullable<EnginePlugin["engineCreated"]>;

/** Options of `createEngine` and `createAsyncEngine`. Times are seconds. */
export interface EngineOptions extends Omit<PoolOptions, "captureStacks"> {
  /** Logs statements and transactions; `"debug"` also rows. Default false. */
  readonly echo?: boolean | "debug";
  /** Logs what the pool does, and remembers where connections were taken. Default false. */
  readonly echoPool?: boolean | "debug";
  /** Takes the log lines. Default: stderr. */
  readonly logger?: Logger;
  /** Stands before the log lines. Default `athanor`. */
  readonly loggingName?: string;
  /** Keeps parameters out of logs and errors. Default false. */
  readonly hideParameters?: boolean;
  /** How a raw connection is left when it comes back to the pool. Default `"rollback"`. */
  readonly poolResetOnReturn?: "rollback" | "commit" | null;
  /** A pool to use instead of one of the engine's own. */
  readonly pool?: Pool<DriverConnection>;
  /** The class of the engine's pool. Default: `StaticPool` for SQLite in memory, else `QueuePool`. */
  readonly poolClass?: PoolClass<DriverConnection>;
  /** Of all connections. Default: the database's own. */
  readonly isolationLevel?: IsolationLevel;
  readonly executionOptions?: ConnectionOptions;
  /** Handed to the driver as they are; they win over the URL. */
  readonly connectArgs?: Readonly<Record<string, unknown>>;
  /** Opens each connection instead of the driver, for example with a password that is valid only for a while. */
  readonly creator?: (target: ConnectTarget, driver: Driver) => MaybePromise<DriverConnection>;
  /** As `creator`, for async engines alone: it answers with a promise. Only one of the two can be given. */
  readonly asyncCreator?: (target: ConnectTarget, driver: Driver) => PromiseLike<DriverConnection>;
  /** A driver made by one of `athanor/drivers/*`, or a driver's module. Default: found by the URL. */
  readonly driver?: unknown;
  /**
   * How sync callers are served by a driver that answers with promises: its connections live in a worker thread, for
   * whose answers they block. Sync engines use one unless it is `false`; async engines that are to have a sync form
   * (`syncEngine`, `runSync` with plain functions) ask for it. Drivers that answer at once need none.
   */
  readonly sync?: "worker" | false;
  /** How many compiled statements are kept; 0 keeps none. Default 500. */
  readonly queryCacheSize?: number;
  /** Whether code is generated for reading rows. Default: where the runtime allows it. */
  readonly jit?: boolean;
  /** Take part in the making of the engine; see `EnginePlugin`. A function is told of the engine when it is made. */
  readonly plugins?: EnginePluginLike | readonly EnginePluginLike[];
  /** Rows that are inserted together share INSERTs; `false`: each has one of its own. Default true. */
  readonly useInsertmanyvalues?: boolean;
  /**
   * The most rows that share one INSERT, as far as the database takes so many parameters. Default 1000; 500 for MariaDB
   * and MySQL, 100 for SQLite, where more are no quicker.
   */
  readonly insertmanyvaluesPageSize?: number;
  /** Connections that were under AUTOCOMMIT come back to the pool without a ROLLBACK. Default false. */
  readonly skipAutocommitRollback?: boolean;
  /**
   * Writes the values of `json()` columns. Default: `JSON.stringify`, which refuses what would be lost. Values are kept
   * with `structuredClone` to find changes.
   */
  readonly jsonSerializer?: (value: unknown) => string;
  /** Reads them. Default: `JSON.parse`. */
  readonly jsonDeserializer?: (text: string) => unknown;
  /** The most characters of names that are made up for tables and queries in a statement. Default: what the database takes. */
  readonly labelLength?: number;
}

/** What each option of an engine may be. */
export const engineOptionRules: OptionRules<EngineOptions> = {
  echo: oneOf(true, false, "debug"),
  echoPool: oneOf(true, false, "debug"),
  logger: aFunction,
  loggingName: { expects: "text", accepts: (value) => typeof value === "string", parse: (text) => text },
  hideParameters: aBoolean,
  poolSize: anInteger(0),
  maxOverflow: anInteger(-1),
  poolTimeout: seconds(0),
  poolRecycle: seconds(-1),
  poolPrePing: aBoolean,
  poolUseLifo: aBoolean,
  poolResetOnReturn: oneOf("rollback", "commit", null),
  pool: {
    expects: "a pool",
    accepts: (value) => typeof (value as Pool<DriverConnection> | null)?.checkoutFlow === "function",
  },
  poolClass: {
    expects: "a class of pools (QueuePool, StaticPool or NullPool)",
    accepts: (value) =>
      typeof value === "function" &&
      typeof (value.prototype as Partial<Pool<DriverConnection>>)?.checkoutFlow === "function",
  },
  isolationLevel: {
    expects: "the name of an isolation level",
    accepts: (value) => typeof value === "string",
    parse: (text) => text,
  },
  executionOptions: anObject,
  connectArgs: anObject,
  creator: aFunction,
  asyncCreator: aFunction,
  driver: anything,
  sync: oneOf("worker", false),
  queryCacheSize: anInteger(0),
  jit: aBoolean,
  plugins: {
    expects: "a function, an object with updateUrl, handleOptions or engineCreated, or a list of them",
    accepts: (value) => [value].flat().every(isPlugin),
  },
  useInsertmanyvalues: aBoolean,
  insertmanyvaluesPageSize: anInteger(1),
  skipAutocommitRollback: aBoolean,
  jsonSerializer: aFunction,
  jsonDeserializer: aFunction,
  labelLength: anInteger(6),
};

function isPlugin(value: unknown): boolean {
  if (typeof value === "function") return true;
  const hooks = (value ?? {}) as Record<keyof EnginePlugin, unknown>;
  return (["updateUrl", "handleOptions", "engineCreated"] as const).some((name) => typeof hooks[name] === "function");
}
