import type { Dialect } from "../dialect/index.ts";
import type { DriverResult } from "../driver/index.ts";
import { ArgumentError, InvalidRequestError, NotSupportedError } from "../errors/index.ts";
import type { Flow } from "../flow/index.ts";
import type { IsolationLevel, TransactionRules } from "./transaction-rules.ts";
import type { TransactionStack } from "./transaction-stack.ts";
import type { TransactionState } from "./transaction-state.ts";
import type { TwophaseRules } from "./twophase-rules.ts";

/** What two-phase commit takes of the connection. */
export interface TwophaseHost {
  readonly rules: TransactionRules;
  readonly environment: { readonly dialect: Dialect };
  readonly transactions: TransactionStack;
  readonly chosenLevel: IsolationLevel | null;
  /** Sees to it that the transaction has begun in the database. */
  readyFlow(): Flow<unknown>;
  /** Sends a statement without beginning a transaction for it. */
  asideFlow(sql: string): Flow<DriverResult>;
}

/** A connection's transactions in two phases, and what became of those of others. */
export class TwophaseCommit {
  readonly #host: TwophaseHost;

  constructor(host: TwophaseHost) {
    this.#host = host;
  }

  /** Begins a transaction that can be prepared. @throws NotSupportedError where there are none. */
  *beginFlow(xid: string = `athanor_${globalThis.crypto.randomUUID()}`): Flow<TransactionState> {
    const name = checkXid(xid, this.#rules);
    if (this.#host.chosenLevel === "AUTOCOMMIT") {
      throw new InvalidRequestError(
        "Under AUTOCOMMIT there are no transactions, and none to prepare. Set another isolationLevel before beginTwophase().",
      );
    }
    return yield* this.#host.transactions.beginTwophaseFlow(name);
  }

  /** The first phase: from here on the database can commit it, whatever happens to the connection. */
  *prepareFlow(state: TransactionState): Flow<void> {
    const { transactions } = this.#host;
    transactions.refuseOver(state);
    if (state.xid === null || state !== transactions.root) {
      throw new InvalidRequestError("Only a transaction begun by beginTwophase() can be prepared.");
    }
    // one without any statement has to begin all the same
    yield* this.#host.readyFlow();
    yield* transactions.prepareFlow(state, state.xid);
  }

  /** The names of transactions that are prepared and wait, of this or any other connection. */
  *recoverFlow(): Flow<readonly string[]> {
    const rules = this.#rules;
    const { rows } = yield* this.#asideFlow(rules.recover);
    return rows.map((row) => rules.xidOf(row)).filter((xid) => xid !== null);
  }

  /** Commits a transaction that was prepared by whichever connection. */
  *commitPreparedFlow(xid: string): Flow<void> {
    const rules = this.#rules;
    yield* this.#asideFlow(rules.commitPrepared(checkXid(xid, rules)));
  }

  /** Rolls back a transaction that was prepared by whichever connection. */
  *rollbackPreparedFlow(xid: string): Flow<void> {
    const rules = this.#rules;
    yield* this.#asideFlow(rules.rollbackPrepared(checkXid(xid, rules)));
  }

  #asideFlow(sql: string): Flow<DriverResult> {
    if (this.#host.transactions.root === null) return this.#host.asideFlow(sql);
    throw new InvalidRequestError(
      "Prepared transactions can be listed and ended only while this connection is in no transaction. " +
        "commit() or rollback() first, or use another connection.",
    );
  }

  get #rules(): TwophaseRules {
    const { twophase } = this.#host.rules;
    if (twophase !== null) return twophase;
    throw new NotSupportedError(
      `${this.#host.environment.dialect.name} has no two-phase commit. Use begin(), or a database that can prepare ` +
        "transactions: PostgreSQL, MariaDB, MySQL.",
    );
  }
}

/** @throws ArgumentError for a name that the database would not take. */
function checkXid(xid: unknown, { longestXid }: TwophaseRules): string {
  if (typeof xid !== "string" || xid === "" || xid.includes("\0")) {
    throw new ArgumentError("The xid of a two-phase transaction is a string with something in it, and no NUL.");
  }
  const length = new TextEncoder().encode(xid).length;
  if (length <= longestXid) return xid;
  throw new ArgumentError(
    `The xid of a two-phase transaction has at most ${longestXid} bytes here; ${JSON.stringify(xid)} has ${length}.`,
  );
}
