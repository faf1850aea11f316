import {
  DatabaseError,
  type DBAPIError,
  InvalidRequestError,
  PendingRollbackError,
  SerializationError,
} from "../errors/index.ts";
import { closing, type Flow } from "../flow/index.ts";
import { type EngineEventHub, type EventConnection, fireFlow } from "./engine-events.ts";
import { alreadyBegun, describe, lostPrepared } from "./transaction-messages.ts";
import type { TransactionRules } from "./transaction-rules.ts";
import { type TransactionOrigin, TransactionState, type TransactionStatus } from "./transaction-state.ts";
import type { TwophaseRules } from "./twophase-rules.ts";

/** What a connection does for its transactions. */
export interface TransactionHost extends EventConnection {
  readonly hubs: readonly EngineEventHub[];
  readonly rules: TransactionRules;
  /** Sends BEGIN, COMMIT and the like; its errors are the library's. */
  controlFlow(sql: string): Flow<void>;
  /** Closes the physical connection: nobody knows what state it is in. */
  invalidateFlow(error: unknown): Flow<void>;
  closeCursorsFlow(): Flow<void>;
  /** Told whenever what may be sent next has changed. */
  transactionChanged(): void;
}

/** The transaction of a connection, and the savepoints in it. */
export class TransactionStack {
  readonly #host: TransactionHost;
  root: TransactionState | null = null;
  /** The innermost savepoint. */
  nested: TransactionState | null = null;
  /** BEGIN was sent: the database has a transaction open. */
  begun = false;
  /** Autobegun, and nothing but reads since: `begin()` may still adopt it. */
  adoptable = false;
  #beganWith = "";
  #firstWrite: string | null = null;
  #pending: PendingRollbackError | null = null;
  #aborted: unknown = null;
  #savepoints = 0;

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /** True when only a rollback helps. */
  get pending(): boolean {
    return this.#pending !== null;
  }

  isActive(state: TransactionState): boolean {
    return state.status === "active" && this.#pending === null;
  }

  /** @throws PendingRollbackError while the transaction waits for its rollback. */
  refusePending(): void {
    if (this.#pending === null) return;
    throw new PendingRollbackError(this.#pending.message, { code: this.#pending.code, cause: this.#pending.cause });
  }

  /** @throws InvalidRequestError for a transaction that has ended. */
  refuseOver(state: TransactionState): void {
    if (state.status === "active") return;
    throw new InvalidRequestError("This transaction is inactive: it was committed or rolled back already.");
  }

  /** @throws InvalidRequestError once the transaction is prepared, PendingRollbackError as `refusePending`. */
  refuseStatements(): void {
    this.refusePending();
    if (this.root?.prepared !== true) return;
    throw new InvalidRequestError(
      `The two-phase transaction ${String(this.root.xid)} is prepared: nothing but commit() or rollback() may follow.`,
    );
  }

  /** Begins the transaction; BEGIN itself is sent with the first statement. */
  *beginFlow(origin: TransactionOrigin, sql = ""): Flow<TransactionState> {
    if (this.root !== null) return this.#adopt();
    const root = new TransactionState(origin);
    this.root = root;
    this.adoptable = origin === "autobegin";
    this.#beganWith = sql;
    this.#firstWrite = null;
    this.#host.transactionChanged();
    yield* this.#fireFlow("begin", { connection: this.#host, implicit: origin === "autobegin" });
    return root;
  }

  /** Begins a transaction that can be prepared. @throws InvalidRequestError while any is open. */
  *beginTwophaseFlow(xid: string): Flow<TransactionState> {
    if (this.root !== null) {
      throw new InvalidRequestError(
        "A two-phase transaction cannot begin while another transaction is open. commit() or rollback() first.",
      );
    }
    const root = yield* this.beginFlow("begin");
    root.xid = xid;
    return root;
  }

  /** The first phase: from here on the database can commit it, whatever happens to the connection. */
  *prepareFlow(state: TransactionState, xid: string): Flow<void> {
    this.refuseStatements();
    this.#refuseAborted();
    yield* this.#fireFlow("prepareTwophase", { connection: this.#host, xid });
    yield* this.#host.closeCursorsFlow();
    try {
      for (const sql of this.#twophase.prepare(xid)) yield* this.#host.controlFlow(sql);
    } catch (error) {
      yield* closing(this.#forgetFlow(), () => this.#endFlow("rolledBack"));
      throw error;
    }
    this.#endSavepoints("committed");
    state.prepared = true;
    this.#host.transactionChanged();
  }

  /** Notes the first statement of an autobegun transaction that is more than a read. */
  noteWrite(sql: string): void {
    this.adoptable = false;
    this.#firstWrite = sql;
  }

  *beginNestedFlow(): Flow<TransactionState> {
    const name = `athanor_savepoint_${++this.#savepoints}`;
    yield* this.#fireFlow("savepoint", { connection: this.#host, name });
    yield* this.#host.controlFlow(`SAVEPOINT ${name}`);
    this.nested = new TransactionState("beginNested", this.nested ?? this.root, name);
    this.adoptable = false;
    return this.nested;
  }

  /** @throws InvalidRequestError when it is over, PendingRollbackError when only a rollback helps. */
  *commitFlow(state: TransactionState): Flow<void> {
    this.refuseOver(state);
    this.refusePending();
    if (state.savepoint !== null) return yield* this.#releaseFlow(state, state.savepoint);
    this.#refuseAborted();
    yield* this.#fireFlow("commit", { connection: this.#host });
    yield* this.#host.closeCursorsFlow();
    try {
      if (this.begun) for (const sql of this.#commitSql(state)) yield* this.#host.controlFlow(sql);
    } catch (error) {
      // the database keeps what it has promised to: it can be tried again
      if (state.prepared) throw error;
      yield* closing(this.#forgetFlow(), () => this.#endFlow("rolledBack"));
      throw error;
    }
    yield* this.#endFlow("committed");
  }

  /** Rolls back; once it is over there is nothing to do. */
  *rollbackFlow(state: TransactionState): Flow<void> {
    if (state.status !== "active") return;
    if (state.savepoint !== null) return yield* this.#rollbackToFlow(state, state.savepoint);
    yield* this.#host.closeCursorsFlow();
    yield* closing(this.#rollbackRootFlow(), () => this.#endFlow("rolledBack"));
  }

  /** The connection was lost: what was open in it is gone, and who was in the middle of it must be told. */
  lost(error: unknown): void {
    if (this.root === null) return;
    if (this.root.prepared) return this.#failWith(error, lostPrepared(this.root));
    this.#failWith(
      error,
      "Can't reconnect until invalid transaction is rolled back: the connection was lost while the transaction was open, " +
        "so nothing of it was saved. Call rollback(), then start the work again.",
    );
  }

  /** Notes what a failing statement does to the transaction around it. */
  statementFailed(error: DBAPIError): void {
    if (!this.begun) return;
    const { rules } = this.#host;
    if (rules.deadlockEndsTransaction && error instanceof SerializationError) {
      this.#failWith(
        error,
        "The database rolled the whole transaction back to end a deadlock. Call rollback(), then start the work again.",
      );
    }
    if (rules.errorAbortsTransaction && error instanceof DatabaseError) this.#aborted ??= error;
  }

  /** BEGIN could not be sent: a transaction the user holds stays to be rolled back, an implicit one never was. */
  *beginFailedFlow(error: unknown): Flow<void> {
    if (this.root?.origin === "autobegin") return yield* this.#endFlow("rolledBack");
    if (this.#pending === null)
      this.#failWith(error, "The transaction could not be begun. Call rollback() before going on.");
  }

  #adopt(): TransactionState {
    const root = this.root as TransactionState;
    this.refusePending();
    if (!this.adoptable) throw alreadyBegun(root, this.#beganWith, this.#firstWrite);
    root.origin = "begin";
    this.adoptable = false;
    return root;
  }

  #failWith(error: unknown, message: string): void {
    this.#pending = new PendingRollbackError(`${message} (The error was: ${describe(error)})`, {
      code: "8s2b",
      cause: error,
    });
    this.#host.transactionChanged();
  }

  #refuseAborted(): void {
    if (this.#aborted === null) return;
    throw new PendingRollbackError(
      "The transaction cannot be committed: a statement in it failed, after which the database keeps nothing of it. " +
        `Call rollback(), then start the work again; beginNested() guards statements that may fail. (The error was: ${describe(this.#aborted)})`,
      { cause: this.#aborted },
    );
  }

  /** Whatever a listener says, it is rolled back: the connection may be somebody else's next. */
  *#rollbackRootFlow(): Flow<void> {
    yield* closing(this.#fireFlow("rollback", { connection: this.#host }), () => this.#forgetFlow());
  }

  /** Makes the database forget its transaction, by whatever it takes. */
  *#forgetFlow(): Flow<void> {
    if (!this.begun || this.#host.invalidated) return;
    try {
      yield* this.#sendRollbackFlow();
    } catch (error) {
      // a lost connection takes its transaction along
      if (this.#host.invalidated || this.#host.rules.nothingToRollBack?.test(describe(error)) === true) return;
      yield* this.#host.invalidateFlow(error);
      throw error;
    }
  }

  *#sendRollbackFlow(): Flow<void> {
    const statements = [...this.#rollbackSql()];
    const last = statements.pop() as string;
    for (const sql of statements) {
      try {
        yield* this.#host.controlFlow(sql);
      } catch (error) {
        if (this.#host.invalidated) throw error;
      }
    }
    yield* this.#host.controlFlow(last);
  }

  #commitSql({ xid, prepared }: TransactionState): readonly string[] {
    if (xid === null) return ["COMMIT"];
    return prepared ? [this.#twophase.commitPrepared(xid)] : this.#twophase.commit(xid);
  }

  #rollbackSql(): readonly string[] {
    const { xid, prepared } = this.root as TransactionState;
    if (xid === null) return ["ROLLBACK"];
    return prepared ? [this.#twophase.rollbackPrepared(xid)] : this.#twophase.rollback(xid);
  }

  /** What begins the open transaction, where that is not what usually does. */
  get twophaseBegin(): string | null {
    const xid = this.root?.xid ?? null;
    return xid === null ? null : (this.#twophase.begin?.(xid) ?? null);
  }

  /** There is one: the transaction could not have begun otherwise. */
  get #twophase(): TwophaseRules {
    return this.#host.rules.twophase as TwophaseRules;
  }

  *#releaseFlow(state: TransactionState, name: string): Flow<void> {
    yield* this.#fireFlow("releaseSavepoint", { connection: this.#host, name });
    try {
      yield* this.#host.controlFlow(`RELEASE SAVEPOINT ${name}`);
    } catch (error) {
      yield* closing(this.#undoFlow(name), () => this.#endNestedFlow(state, "rolledBack"));
      throw error;
    }
    yield* this.#endNestedFlow(state, "committed");
  }

  *#rollbackToFlow(state: TransactionState, name: string): Flow<void> {
    // a transaction that is lost as a whole has no savepoints any more
    if (this.#pending !== null) return yield* this.#endNestedFlow(state, "rolledBack");
    yield* this.#host.closeCursorsFlow();
    yield* closing(this.#rollbackSavepointFlow(name), () => this.#endNestedFlow(state, "rolledBack"));
  }

  *#rollbackSavepointFlow(name: string): Flow<void> {
    const told = this.#fireFlow("rollbackSavepoint", { connection: this.#host, name });
    yield* closing(told, () => this.#undoFlow(name));
  }

  *#undoFlow(name: string): Flow<void> {
    try {
      yield* this.#host.controlFlow(`ROLLBACK TO SAVEPOINT ${name}`);
      this.#aborted = null;
    } catch (error) {
      if (this.#pending === null) {
        this.#failWith(
          error,
          "A savepoint could not be rolled back, so the whole transaction must be. Call rollback().",
        );
      }
      throw error;
    }
  }

  // oxlint-disable-next-line require-yield -- a flow, so that `closing` can run it
  *#endNestedFlow(state: TransactionState, status: TransactionStatus): Flow<void> {
    // savepoints inside end with the one around them
    for (let inner = this.nested; inner !== null && inner !== state; inner = inner.parent) inner.status = status;
    state.status = status;
    this.nested = state.parent?.savepoint == null ? null : state.parent;
  }

  // oxlint-disable-next-line require-yield -- a flow, so that `closing` can run it
  *#endFlow(status: TransactionStatus): Flow<void> {
    this.#endSavepoints(status);
    if (this.root !== null) this.root.status = status;
    this.root = null;
    this.begun = false;
    this.adoptable = false;
    this.#pending = null;
    this.#aborted = null;
    this.#host.transactionChanged();
  }

  #endSavepoints(status: TransactionStatus): void {
    for (let inner = this.nested; inner !== null && inner !== this.root; inner = inner.parent) inner.status = status;
    this.nested = null;
  }

  *#fireFlow<K extends Parameters<typeof fireFlow>[1]>(name: K, event: Parameters<typeof fireFlow<K>>[2]): Flow<void> {
    for (const hub of this.#host.hubs) if (hub.active) return yield* fireFlow(this.#host.hubs, name, event);
  }
}
