import {
  aBoolean,
  aFunction,
  anObject,
  anything,
  checkOptionValues,
  type ConnectionOptions,
  oneOf,
  type OptionRules,
} from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { SessionBindOptions } from "./bind-request.ts";
import { type JoinTransactionMode, joinTransactionModes } from "./joined-transaction.ts";
import { concurrencies, type Concurrency } from "./operation-queue.ts";
import { isDevelopment } from "./repeated-loads.ts";

/** Options of everything a session executes; names of your own are kept for your listeners. */
export interface SessionExecutionOptions extends ConnectionOptions {
  /** Overwrite loaded objects, and changes not flushed, by what the database says. */
  readonly populateExisting?: boolean;
  /** The database that is meant where keys repeat between several; see the option of `execute`. */
  readonly identityToken?: IdentityToken;
}

export interface SessionOptions {
  /** Write changes before every query. Default true. */
  readonly autoflush?: boolean;
  /** After a commit, `get` and queries read rows anew. Values stay readable. Default true. */
  readonly expireOnCommit?: boolean;
  /** Begin a transaction with the first statement or `add`. Default true; otherwise `begin()` is needed each time. */
  readonly autobegin?: boolean;
  /** What to do with a transaction that is open on the connection given. Default `"conditional_savepoint"`. */
  readonly joinTransactionMode?: JoinTransactionMode;
  /** `close()` leaves the session usable. Default true; otherwise only `reset()` makes it usable again. */
  readonly closeResetsOnly?: boolean;
  /** Commit in two phases, so that several databases commit all or none. Default false. */
  readonly twophase?: boolean;
  /** For all that the session executes; a statement's own and those of a call go before them. */
  readonly executionOptions?: SessionExecutionOptions;
  /**
   * What an async session does with an operation that is started before another has ended: `"queue"` (default) runs
   * them in the order in which they were started, `"raise"` throws IllegalStateChangeError.
   */
  readonly concurrency?: Concurrency;
  /**
   * Warn of a relationship that is loaded for more than ten objects one by one, where a query could load it for all (N+1).
   * Default: true when NODE_ENV is `"development"`, otherwise false.
   */
  readonly warnRepeatedLoads?: boolean;
  /**
   * Of async sessions: the class of their sync form, which functions given to `runSync` get; one that extends `Session`.
   * Its constructor gets what it is to hand on as its first argument. Default `Session`.
   */
  readonly syncSessionClass?: SyncSessionClass;
  /** Free for any use. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** A class of sync sessions. */
export type SyncSessionClass = new (bind: never, options: never) => { readonly mode: "sync"; commit(): void };

export interface ResolvedSessionOptions
  extends Required<Omit<SessionOptions, "info" | "executionOptions" | "syncSessionClass">> {
  readonly executionOptions: SessionExecutionOptions | null;
  readonly syncSessionClass: SyncSessionClass | undefined;
}

const rules: OptionRules<SessionOptions & SessionBindOptions<unknown>> = {
  autoflush: aBoolean,
  expireOnCommit: aBoolean,
  autobegin: aBoolean,
  joinTransactionMode: oneOf(...joinTransactionModes),
  closeResetsOnly: aBoolean,
  twophase: aBoolean,
  executionOptions: anObject,
  concurrency: oneOf(...concurrencies),
  warnRepeatedLoads: aBoolean,
  syncSessionClass: aFunction,
  info: anything,
  binds: anything,
  getBind: aFunction,
};

/** @throws ArgumentError for an unknown option or a wrong value. */
export function readSessionOptions(options: SessionOptions): ResolvedSessionOptions {
  if (typeof options !== "object" || options === null) {
    throw new ArgumentError("The options of a session are an object: { expireOnCommit: false }.");
  }
  checkOptionValues(options, rules, "a session");
  return {
    autoflush: options.autoflush ?? true,
    expireOnCommit: options.expireOnCommit ?? true,
    autobegin: options.autobegin ?? true,
    joinTransactionMode: options.joinTransactionMode ?? "conditional_savepoint",
    closeResetsOnly: options.closeResetsOnly ?? true,
    twophase: options.twophase ?? false,
    executionOptions: options.executionOptions ?? null,
    syncSessionClass: options.syncSessionClass,
    concurrency: options.concurrency ?? "queue",
    warnRepeatedLoads: options.warnRepeatedLoads ?? isDevelopment(),
  };
}
