import { alreadyStarted, type Answer, type Flow, type Mode, type Started } from "../flow/index.ts";
import type { TransactionStack } from "./transaction-stack.ts";
import type { TransactionState } from "./transaction-state.ts";
import type { TwophaseCommit } from "./twophase.ts";

/** What a transaction needs of the connection it is open on. */
export interface TransactionOwner<M extends Mode> {
  readonly mode: M;
  readonly invalidated: boolean;
  /** @internal */
  readonly transactions: TransactionStack;
  /** @internal */
  run<T>(flow: Flow<T>): Answer<M, T>;
}

/** What a two-phase transaction needs besides. */
export interface TwoPhaseOwner<M extends Mode> extends TransactionOwner<M> {
  /** @internal */
  readonly core: { readonly twophase: TwophaseCommit };
}

/** A transaction or savepoint, begun and not necessarily over. */
export class TransactionBase<M extends Mode> {
  readonly #owner: TransactionOwner<M>;
  /** @internal */
  readonly state: TransactionState;

  constructor(owner: TransactionOwner<M>, state: TransactionState) {
    this.#owner = owner;
    this.state = state;
  }

  /** Refuses with AsyncContextAlreadyStarted: what is here was awaited. */
  get start(): Started<M> {
    return alreadyStarted(this.#owner.mode, "transaction");
  }

  /** True for a savepoint. */
  get nested(): boolean {
    return this.state.savepoint !== null;
  }

  /** True until it is committed, rolled back, or can only be rolled back. */
  get isActive(): boolean {
    return this.#owner.transactions.isActive(this.state);
  }

  /** True once it is committed or rolled back. */
  get isOver(): boolean {
    return this.state.status !== "active";
  }

  /** True while it is active and its connection is there. */
  get isValid(): boolean {
    return this.isActive && !this.#owner.invalidated;
  }

  /**
   * Commits; a savepoint is released into the transaction around it.
   *
   * @throws InvalidRequestError when it is over already, PendingRollbackError when only a rollback helps.
   */
  commit(): Answer<M, void> {
    return this.#owner.run(this.#owner.transactions.commitFlow(this.state));
  }

  /** Rolls back what was done since it began; once it is over there is nothing to do. */
  rollback(): Answer<M, void> {
    return this.#owner.run(this.#owner.transactions.rollbackFlow(this.state));
  }

  /** Rolls back unless it is over. */
  close(): Answer<M, void> {
    return this.rollback();
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.#owner.mode === "sync" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.#owner.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }
}

/** A transaction that is committed in two phases, so that several databases can be made to commit all or nothing. */
export class TwoPhaseTransactionBase<M extends Mode> extends TransactionBase<M> {
  readonly #owner: TwoPhaseOwner<M>;

  constructor(owner: TwoPhaseOwner<M>, state: TransactionState) {
    super(owner, state);
    this.#owner = owner;
  }

  /** Its name in the database. */
  get xid(): string {
    return this.state.xid as string;
  }

  /** True once the database has promised that it can be committed. */
  get isPrepared(): boolean {
    return this.state.prepared;
  }

  /**
   * The first phase: the database writes down all there is to commit, and keeps it even when the connection is lost.
   *
   * After it nothing but `commit()` or `rollback()` may follow. @throws DBAPIError when the database cannot promise a
   * commit; then the transaction is rolled back.
   */
  prepare(): Answer<M, void> {
    return this.#owner.run(this.#owner.core.twophase.prepareFlow(this.state));
  }
}
