import { aBoolean, anything, checkOptionValues, oneOf, type OptionRules } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import { type JoinTransactionMode, joinTransactionModes } from "./joined-transaction.ts";

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
  /** Free for any use. */
  readonly info?: Readonly<Record<string, unknown>>;
}

export type ResolvedSessionOptions = Required<Omit<SessionOptions, "info">>;

const rules: OptionRules<SessionOptions> = {
  autoflush: aBoolean,
  expireOnCommit: aBoolean,
  autobegin: aBoolean,
  joinTransactionMode: oneOf(...joinTransactionModes),
  closeResetsOnly: aBoolean,
  info: anything,
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
  };
}
