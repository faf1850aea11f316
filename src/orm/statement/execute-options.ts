import { ArgumentError } from "../../errors/index.ts";
import type { Executable, StatementNode } from "../../sql/index.ts";
import { type QueryOptions, underToken } from "../load/load-host.ts";
import { checkIdentityToken, type IdentityToken } from "../state/identity-token.ts";
import { refuseNoStatement } from "./refuse-statement.ts";
import type { BindArguments } from "../session/bind-request.ts";

/**
 * How objects in memory follow an UPDATE or DELETE with a WHERE (spec B15).
 *
 * `"evaluate"`: its conditions are worked out in JavaScript over loaded objects. `"fetch"`: the database tells which rows
 * it changed. `"auto"`: the first where it is exact, otherwise the second. `false`: objects of the table become stale.
 */
export type SynchronizeSession = "auto" | "evaluate" | "fetch" | false;

/** Options of one execution; they go before those of the statement. */
export interface ExecuteOptions {
  /** Overwrite loaded objects, and changes not flushed, by what the database says. */
  readonly populateExisting?: boolean;
  /**
   * Names the database that the statement reads or changes, where keys repeat between several: objects of other tokens
   * with the same keys are other objects. Your `getBind` is told of it, also when they are loaded from and written later.
   */
  readonly identityToken?: IdentityToken;
  /** Rows a stream fetches at a time. */
  readonly yieldPer?: number;
  /** What tells which of several engines serves it. */
  readonly bindArguments?: BindArguments;
  /** `false`: changes are not written before this statement. */
  readonly autoflush?: boolean;
  /** How objects in memory follow an UPDATE or DELETE. Default `"auto"`. */
  readonly synchronizeSession?: SynchronizeSession;
  /** An INSERT of many rows writes NULL where a row has null, instead of leaving it to the column's default. */
  readonly renderNulls?: boolean;
}

const strategies: readonly unknown[] = ["auto", "evaluate", "fetch", false];

/**
 * The options of one execution together with those of the statement and those of the session.
 *
 * @throws ArgumentError for something that is no statement, or a synchronizeSession that does not exist.
 */
export function executeOptions(
  statement: Executable,
  given: ExecuteOptions,
  defaults: ExecuteOptions | null,
): ExecuteOptions {
  refuseNoStatement(statement);
  const own = statement.executionOptionValues;
  const options: ExecuteOptions = own === undefined && defaults === null ? given : { ...defaults, ...own, ...given };
  const { synchronizeSession, identityToken } = options;
  if (identityToken !== undefined) checkIdentityToken(identityToken);
  if (synchronizeSession !== undefined && !strategies.includes(synchronizeSession)) {
    throw new ArgumentError(
      `synchronizeSession is "auto", "evaluate", "fetch" or false, not ${JSON.stringify(synchronizeSession)}.`,
    );
  }
  return options;
}

/** How the rows of a statement are read: those it locked or wrote itself are what the database has now. */
export function queryOptions(node: StatementNode, options: ExecuteOptions): QueryOptions {
  const isFresh = node.kind === "select" ? node.forUpdate !== null : node.kind !== "compound" && node.kind !== "text";
  const populateExisting = options.populateExisting === true;
  const { bindArguments, identityToken } = options;
  const read = { populateExisting, refresh: isFresh, ...(bindArguments === undefined ? null : { bindArguments }) };
  return identityToken === undefined ? read : underToken(identityToken, read);
}

/** What tells which of several engines serves a statement. */
export function bindArgumentsOf({ bindArguments, identityToken }: ExecuteOptions): BindArguments | undefined {
  return identityToken === undefined ? bindArguments : { identityToken, ...bindArguments };
}
