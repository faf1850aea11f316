import { alreadyStarted, type Answer, type Flow, type Mode, type Started } from "../../flow/index.ts";
import type { SessionCore } from "./session-core.ts";
import type { SessionLevel } from "./session-level.ts";

/** What a handle needs of its session. */
export interface TransactionHandleHost<M extends Mode> {
  readonly mode: M;
  readonly core: SessionCore;
  run<T>(operation: string, flow: Flow<T>): Answer<M, T>;
  handleOf(level: SessionLevel): SessionTransactionBase<M>;
}

/** A transaction or savepoint of a session. */
export class SessionTransactionBase<M extends Mode> {
  readonly mode: M;
  /** @internal */
  readonly level: SessionLevel;
  readonly #host: TransactionHandleHost<M>;

  constructor(level: SessionLevel, host: TransactionHandleHost<M>) {
    this.mode = host.mode;
    this.level = level;
    this.#host = host;
  }

  /** Refuses with AsyncContextAlreadyStarted: what is here was awaited. */
  get start(): Started<M> {
    return alreadyStarted(this.mode, "transaction");
  }
  /** True until it is prepared, committed or rolled back, also by the session, or a flush in it fails. */
  get isActive(): boolean {
    return this.level.state === "active";
  }
  /** True while it is active, and so is everything around it: what is written now can be committed. */
  get isValid(): boolean {
    return this.isActive && this.parent?.isValid !== false;
  }
  /** @internal */
  get isOver(): boolean {
    return this.level.isOver;
  }
  /** True for a savepoint. */
  get nested(): boolean {
    return this.level.parent !== null;
  }
  /** The transaction or savepoint around a savepoint; `null` for the outermost. */
  get parent(): SessionTransactionBase<M> | null {
    return this.level.parent === null ? null : this.#host.handleOf(this.level.parent);
  }
  /** How it began: by itself, by `begin()` or by `beginNested()`. */
  get origin(): SessionLevel["origin"] {
    return this.level.origin;
  }

  /** Writes what changed and commits, or releases the savepoint. @throws ResourceClosedError when it is over. */
  commit(): Answer<M, void> {
    return this.#host.run("transaction.commit()", this.#commitFlow());
  }
  /** Does the first phase of a commit in two; see `session.prepare()`. */
  prepare(): Answer<M, void> {
    return this.#host.run("transaction.prepare()", this.#host.core.transactions.prepareFlow(this.level));
  }
  /** Rolls back; objects return to what they were when it began. Once it is over there is nothing to do. */
  rollback(): Answer<M, void> {
    return this.#host.run("transaction.rollback()", this.#rollbackFlow());
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.rollback() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }
  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.rollback() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  *#commitFlow(): Flow<void> {
    const { transactions } = this.#host.core;
    if (this.nested) return yield* transactions.releaseFlow(this.level);
    transactions.refuseOver(this.level);
    yield* transactions.commitFlow();
  }

  *#rollbackFlow(): Flow<void> {
    if (this.level.isOver) return;
    const { core } = this.#host;
    yield* this.nested ? core.transactions.rollbackToFlow(this.level) : core.rollbackFlow();
  }
}
