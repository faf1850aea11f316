import type { StatementCache } from "../compile/index.ts";
import { classify, type Dialect, type FailedStatement } from "../dialect/index.ts";
import type { Driver, DriverConnection } from "../driver/index.ts";
import type { Pool } from "../pool/index.ts";
import { withDeepStack } from "../util/index.ts";
import { createEngineEvents, type EngineEventHub } from "./engine-events.ts";
import { type Logger, StatementLog } from "./statement-log.ts";
import { RowPlans } from "./row-plan.ts";
import { type IsolationLevel, isolationLevelOf, type TransactionRules, transactionRules } from "./transaction-rules.ts";
import type { Url } from "./url.ts";

/** Options of everything an engine or connection executes; names of your own are kept for your listeners. */
export interface ConnectionOptions {
  /** For transactions that begin after it is set. */
  readonly isolationLevel?: IsolationLevel;
  /** Rows a stream fetches at a time; default growing from 1 to `maxRowBuffer`. */
  readonly yieldPer?: number;
  /** The most rows a stream fetches at a time. Default 1000. */
  readonly maxRowBuffer?: number;
  readonly [name: string]: unknown;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly url: Url;
  readonly dialect: Dialect;
  readonly driver: Driver;
  readonly pool: Pool<DriverConnection>;
  /** `null`: every statement is compiled anew. */
  readonly cache: StatementCache | null;
  readonly jit: boolean | undefined;
  readonly hideParameters: boolean;
  /** Set on every physical connection; `null` leaves the database's own. */
  readonly isolationLevel: IsolationLevel | null;
  /** What connections have before anybody sets it; `null` until the first is opened. */
  readonly defaultLevel: { readonly value: IsolationLevel | null };
  /** A connection that was under AUTOCOMMIT has nothing to undo. */
  readonly skipsAutocommitRollback: boolean;
  readonly options: ConnectionOptions;
  /** Logs what the program should know of, though nothing failed. */
  readonly warn: (message: string) => void;
  /** Takes the log lines, which begin with the name. */
  readonly logger: Logger;
  readonly loggingName: string;
}

/** All that an engine's connections share. */
export class Environment {
  readonly url: Url;
  readonly dialect: Dialect;
  readonly driver: Driver;
  readonly pool: Pool<DriverConnection>;
  readonly cache: StatementCache | null;
  readonly jit: boolean | undefined;
  readonly hideParameters: boolean;
  readonly isolationLevel: IsolationLevel | null;
  readonly defaultLevel: { readonly value: IsolationLevel | null };
  readonly skipsAutocommitRollback: boolean;
  #options: ConnectionOptions;
  /** Logs what the program should know of, though nothing failed. */
  readonly warn: (message: string) => void;
  readonly logger: Logger;
  readonly loggingName: string;
  /** Logs what is sent. */
  readonly log: StatementLog;
  readonly rules: TransactionRules;
  readonly plans: RowPlans;
  readonly events: EngineEventHub;

  constructor(parts: EngineParts, shared?: Pick<Environment, "plans" | "events" | "log">) {
    this.url = parts.url;
    this.dialect = parts.dialect;
    this.driver = parts.driver;
    this.pool = parts.pool;
    this.cache = parts.cache;
    this.jit = parts.jit;
    this.hideParameters = parts.hideParameters;
    this.isolationLevel = parts.isolationLevel;
    this.defaultLevel = parts.defaultLevel;
    this.skipsAutocommitRollback = parts.skipsAutocommitRollback;
    this.#options = checkOptions(parts.options, parts.dialect);
    this.warn = parts.warn;
    this.rules = transactionRules[parts.dialect.family];
    this.plans = shared?.plans ?? new RowPlans(parts.dialect.types, parts.jit);
    this.events = shared?.events ?? createEngineEvents();
    this.logger = parts.logger;
    this.loggingName = parts.loggingName;
    const shown = { name: parts.loggingName, hideParameters: parts.hideParameters };
    this.log = shared?.log ?? new StatementLog(this.events, parts.logger, shown);
  }

  get options(): ConnectionOptions {
    return this.#options;
  }

  /** Adds options for connections that are taken from now on. */
  updateOptions(options: ConnectionOptions): void {
    this.#options = checkOptions({ ...this.#options, ...options }, this.dialect);
  }

  /** A copy with more options that shares everything else. */
  withOptions(options: ConnectionOptions): Environment {
    return new Environment({ ...this, options: { ...this.#options, ...options } }, this);
  }

  /** The library's error for one of the driver's; anything else is given back as it is. */
  wrapError(error: unknown, sql?: string, params?: unknown): unknown {
    return wrapDriverError(error, this.driver, this.dialect, { sql, params, hideParameters: this.hideParameters });
  }
}

/** The library's error for one of a driver's; anything else is given back as it is. */
export function wrapDriverError(
  error: unknown,
  driver: Driver,
  dialect: Dialect,
  statement: Omit<FailedStatement, "cause"> = {},
): unknown {
  const info = driver.describeError(error);
  if (info === null) return error;
  return withDeepStack(() => classify(info, dialect.errors, { ...statement, driver: driver.name, cause: error }));
}

/** Normalises options and refuses what cannot be meant. */
export function checkOptions(options: ConnectionOptions, dialect: Dialect): ConnectionOptions {
  if (options.isolationLevel === undefined) return options;
  return { ...options, isolationLevel: isolationLevelOf(options.isolationLevel, dialect) };
}
