import type { BoundStatement, Compiled } from "../compile/index.ts";
import type { DriverConnection, DriverCursor, DriverResult, ExecuteOptions, RowTaker } from "../driver/index.ts";
import { DBAPIError, InvalidRequestError, ResourceClosedError } from "../errors/index.ts";
import { closing, type Flow, isPromiseLike, type MaybePromise, wait } from "../flow/index.ts";
import type { PooledConnection } from "../pool/index.ts";
import { ConnectionEvents } from "./connection-events.ts";
import { ConnectionLevel, type LevelHost } from "./connection-level.ts";
import { control, DueBegin, preparedControl } from "./due-begin.ts";
import { type EngineEventHub, fireFlow, type StatementEvent } from "./engine-events.ts";
import { checkOptions, type ConnectionOptions, type Environment } from "./environment.ts";
import { isRead } from "./is-read.ts";
import { OpenCursors } from "./open-cursors.ts";
import { CLOSED } from "./row-feed.ts";
import { sharedConnectionBusy } from "./shared-connection.ts";
import type { IsolationLevel, TransactionRules } from "./transaction-rules.ts";
import { type TransactionHost, TransactionStack } from "./transaction-stack.ts";
import type { TransactionState } from "./transaction-state.ts";
import { TwophaseCommit, type TwophaseHost } from "./twophase.ts";

/**
 * A connection taken from an engine's pool: all that `Connection` and `AsyncConnection` do, as flows.
 *
 * The layers above (sessions) use these flows directly and see to it themselves that two never run at once.
 */
export class ConnectionCore implements TransactionHost, TwophaseHost, LevelHost {
  readonly environment: Environment;
  readonly rules: TransactionRules;
  readonly transactions: TransactionStack = new TransactionStack(this);
  #twophase: TwophaseCommit | null = null;
  #handle: PooledConnection<DriverConnection> | null;
  /** The physical connection, while a transaction is open on it and nothing stands in the way of a statement. */
  #ready: DriverConnection | null = null;
  #started = false;
  readonly #due: DueBegin = new DueBegin(this.transactions);
  /** Statements ran outside of any transaction of ours, so that one of the user's own may be open. */
  #unguarded = false;
  readonly #level: ConnectionLevel = new ConnectionLevel(this);
  #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #cursors = new OpenCursors();

  constructor(environment: Environment, handle: PooledConnection<DriverConnection>) {
    this.environment = environment;
    this.rules = environment.rules;
    this.#handle = handle;
    this.#options = environment.options;
    this.#events = new ConnectionEvents(this, environment.events);
  }

  get closed(): boolean {
    return this.#handle === null;
  }

  /** True while the physical connection is gone and none has taken its place. */
  get invalidated(): boolean {
    return this.#handle !== null && this.#handle.connection === null;
  }

  get info(): Record<string, unknown> {
    return this.#open().info;
  }

  get options(): ConnectionOptions {
    return this.#options;
  }

  /** The driver's connection. */
  get driverConnection(): DriverConnection {
    const { connection } = this.#open();
    if (connection !== null) return connection;
    throw new InvalidRequestError("This connection was invalidated; its next statement opens a new one.");
  }

  /** The isolation level set here or for the engine. */
  get chosenLevel(): IsolationLevel | null {
    return this.#level.chosen;
  }

  /** Transactions in two phases. */
  get twophase(): TwophaseCommit {
    this.#open();
    this.#twophase ??= new TwophaseCommit(this);
    return this.#twophase;
  }

  get hubs(): readonly EngineEventHub[] {
    return this.#events.hubs;
  }

  /** Somebody listens to what is sent here. */
  get observed(): boolean {
    return this.#events.observed;
  }

  /** The events of this connection alone. */
  get ownEvents(): EngineEventHub {
    return this.#events.own;
  }

  /** @throws InvalidRequestError for an isolation level while a transaction is open. */
  setOptions(options: ConnectionOptions): void {
    this.#open();
    if (options.isolationLevel !== undefined && this.transactions.root !== null) {
      throw new InvalidRequestError(
        "The isolation level of a connection can be set only before its transaction begins. " +
          "commit() or rollback() first, or set it right after connect().",
      );
    }
    this.#options = checkOptions({ ...this.#options, ...options }, this.environment.dialect);
  }

  /**
   * Sends one statement, beginning the transaction if none is open.
   *
   * @param single one row is all that is wanted.
   * @param taker may take rows before the last is there, where no listener wants to see them all.
   */
  *sendFlow(bound: BoundStatement, single = false, taker?: RowTaker): Flow<DriverResult> {
    const driver = this.#ready ?? (yield* this.#prepareFlow(bound.sql));
    if (this.transactions.adoptable && !isRead(bound)) this.transactions.noteWrite(bound.sql);
    const observed = this.#events.observed;
    if (observed) yield* this.#events.beforeFlow(this.#told(bound, null));
    let result: DriverResult;
    try {
      const options = this.#due.optionsFor(bound.compiled, single, this.#events.hearsResults ? undefined : taker);
      const answer = driver.execute(bound.sql, bound.params, options);
      result = isPromiseLike(answer) ? ((yield answer) as DriverResult) : answer;
    } catch (error) {
      throw yield* this.#failFlow(error, bound.sql, bound.params);
    }
    if (this.rules.implicitCommit !== null) this.#noteImplicitCommit(bound.sql);
    if (observed) yield* this.#events.afterFlow(this.#told(bound, null), result);
    return result;
  }

  /** Sends one statement for each set of values. */
  *sendManyFlow(
    compiled: Compiled,
    sql: string,
    paramSets: readonly (readonly unknown[])[],
    statementOptions?: BoundStatement["options"],
  ): Flow<DriverResult> {
    const { insertPage: rowsPerInsert } = this.environment.dialect.features;
    const bound: BoundStatement = { compiled, sql, params: paramSets, options: statementOptions };
    const result = yield* this.#callFlow<DriverResult>(
      bound,
      paramSets.length,
      (driver, { prepare, exactIntegers, before }) =>
        driver.executeMany(sql, paramSets, { prepare, exactIntegers, before, rowsPerInsert }),
    );
    if (this.#events.observed) yield* this.#events.afterFlow(this.#told(bound, paramSets.length), result);
    return result;
  }

  /** Opens a cursor on a statement; it is closed with the transaction at the latest. */
  *cursorFlow(bound: BoundStatement): Flow<DriverCursor> {
    const { sql, params } = bound;
    const cursor = yield* this.#callFlow<DriverCursor>(bound, null, (driver, options) =>
      driver.openCursor(sql, params, options),
    );
    this.#cursors.add(cursor);
    if (this.#events.observed) yield* this.#events.afterFlow(this.#told(bound, null), null);
    return cursor;
  }

  /** The next rows of a cursor. */
  *fetchFlow(cursor: DriverCursor, size: number, bound: BoundStatement): Flow<readonly (readonly unknown[])[]> {
    if (!this.#cursors.has(cursor)) throw new ResourceClosedError(CLOSED);
    try {
      return yield* wait(cursor.fetch(size));
    } catch (error) {
      throw yield* this.#failFlow(error, bound.sql, bound.params);
    }
  }

  closeCursorFlow(cursor: DriverCursor): Flow<void> {
    return this.#cursors.closeFlow(cursor);
  }

  closeCursorsFlow(): Flow<void> {
    return this.#cursors.closeAllFlow();
  }

  /** Begins the transaction, or adopts one that began by itself and has only read so far. */
  *beginFlow(): Flow<TransactionState> {
    this.#open();
    return yield* this.transactions.beginFlow("begin");
  }

  /** Sees to it that a transaction is open and nothing stands in the way of a statement. */
  *readyFlow(): Flow<DriverConnection> {
    return this.#ready ?? (yield* this.#prepareFlow("SAVEPOINT"));
  }

  /** The driver's connection; another one is opened when the last was lost or invalidated. */
  *rawFlow(): Flow<DriverConnection> {
    const handle = this.#open();
    this.transactions.refuseStatements();
    return handle.connection ?? (yield* handle.reconnectFlow());
  }

  /** Sets a savepoint, beginning the transaction if none is open. */
  *beginNestedFlow(): Flow<TransactionState> {
    yield* this.readyFlow();
    return yield* this.transactions.beginNestedFlow();
  }

  /** Commits the transaction with all savepoints in it; without one there is nothing to do. */
  *commitFlow(): Flow<void> {
    this.#open();
    if (this.transactions.root !== null) yield* this.transactions.commitFlow(this.transactions.root);
  }

  /** Rolls the transaction back; without one there is nothing to do. */
  *rollbackFlow(): Flow<void> {
    this.#open();
    if (this.transactions.root !== null) yield* this.transactions.rollbackFlow(this.transactions.root);
  }

  /** Rolls back what is open and gives the physical connection back to the pool. */
  *closeFlow(): Flow<void> {
    const handle = this.#handle;
    if (handle === null) return;
    yield* closing(this.#finishFlow(), () => {
      this.#handle = null;
      this.#ready = null;
      return handle.checkinFlow(!this.#unguarded || this.environment.skipsAutocommitRollback);
    });
  }

  /** Closes the physical connection; the next statement outside of a transaction opens another. */
  *invalidateFlow(error?: unknown): Flow<void> {
    const handle = this.#open();
    this.transactions.lost(error ?? "the connection was invalidated on request");
    this.#ready = null;
    this.#cursors.forget();
    this.#level.forget();
    yield* handle.invalidateFlow(error);
  }

  isolationLevelFlow(): Flow<IsolationLevel> {
    return this.#level.currentFlow();
  }

  /** Sends a statement without beginning a transaction for it. */
  *asideFlow(sql: string): Flow<DriverResult> {
    const handle = this.#open();
    this.transactions.refuseStatements();
    const driver = handle.connection ?? (yield* handle.reconnectFlow());
    try {
      return yield* wait(driver.execute(sql, [], control));
    } catch (error) {
      throw yield* this.#failFlow(error, sql);
    }
  }

  *controlFlow(sql: string): Flow<void> {
    const driver = this.driverConnection;
    const options = this.#due.optionsFor(this.rules.inProcess ? preparedControl : control, false);
    try {
      yield* wait(driver.execute(sql, [], options));
    } catch (error) {
      throw yield* this.#failFlow(error, sql);
    }
  }

  transactionChanged(): void {
    this.#ready = null;
    if (this.transactions.root !== null) return;
    this.#started = false;
    this.#due.sql = undefined;
    if (this.#handle?.owner === this) this.#handle.owner = null;
  }

  #open(): PooledConnection<DriverConnection> {
    if (this.#handle === null) throw new ResourceClosedError("This Connection is closed");
    return this.#handle;
  }

  /** Sees to it that a statement can be sent: connected, in a transaction, nothing waiting for a rollback. */
  *#prepareFlow(sql: string): Flow<DriverConnection> {
    const handle = this.#open();
    this.transactions.refuseStatements();
    if (handle.connection === null) yield* handle.reconnectFlow();
    if (this.transactions.root === null) yield* this.transactions.beginFlow("autobegin", sql);
    if (!this.#started) yield* this.#startFlow(handle);
    this.#ready = this.driverConnection;
    return this.#ready;
  }

  *#startFlow(handle: PooledConnection<DriverConnection>): Flow<void> {
    if (handle.owner !== null && handle.owner !== this) throw sharedConnectionBusy();
    try {
      yield* this.#beginOnDriverFlow();
    } catch (error) {
      yield* this.transactions.beginFailedFlow(error);
      throw error;
    }
    this.#started = true;
  }

  *#beginOnDriverFlow(): Flow<void> {
    const twophase = this.transactions.twophaseBegin;
    const usual = this.environment.dialect.features.begin;
    const statements = [...(yield* this.#level.beginStatementsFlow(twophase ?? usual))];
    const begin = statements.pop();
    if (begin === undefined) {
      this.#unguarded = true;
      return;
    }
    for (const sql of statements) yield* this.controlFlow(sql);
    this.#open().owner = this;
    // when XA START fails there is nothing of ours to roll back, so it does not travel with anything else
    if (!this.rules.inProcess && twophase === null) {
      this.#due.sql = begin;
      return;
    }
    yield* this.controlFlow(begin);
    this.transactions.begun = true;
  }

  *#finishFlow(): Flow<void> {
    yield* this.closeCursorsFlow();
    if (this.transactions.root !== null) yield* this.transactions.rollbackFlow(this.transactions.root);
    if (this.invalidated) return;
    try {
      yield* this.#level.restoreFlow();
    } catch (error) {
      yield* this.invalidateFlow(error);
      throw error;
    }
  }

  /** What to throw for an error of the driver, after drawing the consequences. */
  *#failFlow(cause: unknown, sql: string, params?: unknown): Flow<unknown> {
    const error = this.environment.wrapError(cause, sql, params);
    const isDisconnect =
      (error instanceof DBAPIError && error.isDisconnect) || this.#handle?.connection?.alive === false;
    if (isDisconnect) {
      // what cut this connection off has most likely cut off its siblings
      this.environment.pool.invalidateAll();
      yield* this.invalidateFlow(error);
    } else if (error instanceof DBAPIError) {
      this.transactions.statementFailed(error);
      if (error.databaseCode !== this.rules.syntaxErrorCode) this.#noteImplicitCommit(sql);
    }
    yield* fireFlow(this.hubs, "handleError", { connection: this, sql, error, isDisconnect });
    return error;
  }

  /** DDL ended the database's transaction where it is no part of one: the next statement begins another. */
  #noteImplicitCommit(sql: string): void {
    // in a two-phase transaction such statements are refused
    if (this.transactions.pending || this.transactions.root?.xid != null) return;
    if (this.rules.implicitCommit?.test(sql) !== true) return;
    this.transactions.begun = false;
    this.#started = false;
    this.#ready = null;
  }

  /** What listeners get of a statement. */
  #told({ sql, params, options }: BoundStatement, many: number | null): Omit<StatementEvent, "connection"> {
    const executionOptions = options === undefined ? this.#options : { ...this.#options, ...options };
    return { sql, params, many, executionOptions };
  }

  /** As `sendFlow`, for whatever the driver is to do with the statement. */
  *#callFlow<T>(
    bound: BoundStatement,
    many: number | null,
    call: (driver: DriverConnection, options: ExecuteOptions) => MaybePromise<T>,
  ): Flow<T> {
    const driver = this.#ready ?? (yield* this.#prepareFlow(bound.sql));
    if (this.transactions.adoptable && !isRead(bound)) this.transactions.noteWrite(bound.sql);
    if (this.#events.observed) yield* this.#events.beforeFlow(this.#told(bound, many));
    try {
      return yield* wait(call(driver, this.#due.optionsFor(bound.compiled, false)));
    } catch (error) {
      throw yield* this.#failFlow(error, bound.sql, bound.params);
    }
  }
}
