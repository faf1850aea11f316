import type { ConnectionBase, ConnectionCore, TransactionState } from "../engine/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import type { Answer, Flow, Mode } from "../flow/index.ts";
import type { SessionBase } from "../orm/index.ts";
import type { Executable, StatementNode } from "../sql/index.ts";

/** What a naked session works on: one transaction of a connection, or of a tracked session. */
export interface NakedSource<M extends Mode> {
  readonly mode: M;
  /** The connection, as the program sees it. */
  readonly connection: ConnectionBase<M>;
  /** True once the transaction has ended, whoever ended it. */
  readonly isOver: boolean;
  /** Drives a flow after the operations started before it. */
  run<T>(flow: Flow<T>): Answer<M, T>;
  /** The connection to send a statement over; begins the transaction with the first. */
  coreFlow(statement: Executable): Flow<ConnectionCore>;
  /** Tells of a statement that was executed. */
  executed(statement: StatementNode): void;
  commitFlow(): Flow<void>;
  rollbackFlow(): Flow<void>;
  /** Rolls back what was not committed, where the transaction is the naked session's own. */
  closeFlow(): Flow<void>;
}

/** The transaction of a connection: the one open on it, or the next. */
export class ConnectionSource<M extends Mode> implements NakedSource<M> {
  readonly mode: M;
  readonly connection: ConnectionBase<M>;
  readonly #owned: boolean;
  #transaction: TransactionState | null;

  /** @param owned the connection was taken for this session alone and is given back with it. */
  constructor(connection: ConnectionBase<M>, owned: boolean) {
    this.#owned = owned;
    this.mode = connection.mode;
    this.connection = connection;
    this.#transaction = connection.core.transactions.root;
  }

  get isOver(): boolean {
    const { core } = this.connection;
    return core.closed || (this.#transaction !== null && core.transactions.root !== this.#transaction);
  }

  run<T>(flow: Flow<T>): Answer<M, T> {
    return this.connection.run(flow);
  }

  *coreFlow(): Flow<ConnectionCore> {
    const { core } = this.connection;
    this.#transaction ??= core.transactions.root ?? (yield* core.beginFlow());
    return core;
  }

  executed(): void {}

  commitFlow(): Flow<void> {
    return this.connection.core.commitFlow();
  }

  rollbackFlow(): Flow<void> {
    return this.connection.core.rollbackFlow();
  }

  *closeFlow(): Flow<void> {
    if (this.#owned) yield* this.connection.core.closeFlow();
    else if (!this.isOver) yield* this.rollbackFlow();
  }
}

/** The transaction of a tracked session. */
export class TrackedSource<M extends Mode> implements NakedSource<M> {
  readonly mode: M;
  readonly #session: SessionBase<M>;
  #transaction: object | null;
  #core: ConnectionCore | null = null;

  constructor(session: SessionBase<M>) {
    this.mode = session.mode;
    this.#session = session;
    this.#transaction = this.#root();
  }

  get connection(): ConnectionBase<M> {
    if (this.#core !== null) return this.#session.connectionOver(this.#core);
    throw new InvalidRequestError(
      "This naked session has no connection yet: a session connects with its first statement. Use session.connection().",
    );
  }

  get isOver(): boolean {
    return this.#transaction !== null && this.#root() !== this.#transaction;
  }

  run<T>(flow: Flow<T>): Answer<M, T> {
    return this.#session.run("session.naked", flow);
  }

  *coreFlow(statement: Executable): Flow<ConnectionCore> {
    this.#core = yield* this.#session.core.connectionFlow(statement);
    this.#transaction ??= this.#root();
    return this.#core;
  }

  executed(statement: StatementNode): void {
    // the rows it returned did not reach the session's objects
    this.#session.core.noteChanged("returning" in statement ? { ...statement, returning: [] } : statement);
  }

  commitFlow(): Flow<void> {
    return this.#session.core.transactions.commitFlow();
  }

  rollbackFlow(): Flow<void> {
    return this.#session.core.rollbackFlow();
  }

  *closeFlow(): Flow<void> {}

  /** The session's transaction, through all savepoints. */
  #root(): object | null {
    let { level } = this.#session.core;
    while (level !== null && level.parent !== null) level = level.parent;
    return level;
  }
}
