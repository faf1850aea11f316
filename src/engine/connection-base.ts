import type { Parameters } from "../compile/index.ts";
import type { DriverConnection } from "../driver/index.ts";
import {
  alreadyStarted,
  type Answer,
  asyncRunner,
  type Flow,
  FlowQueue,
  type MaybePromise,
  type Mode,
  runSync,
  type Start,
  type Started,
  starting,
  wait,
} from "../flow/index.ts";
import { type SchemaMethod, type SchemaOptions, type SchemaTask, TASK } from "../schema/index.ts";
import type { Executable, Labels } from "../sql/index.ts";
import { type Body, type PlainBody, requireBody, transactionScopeFlow } from "./body.ts";
import type { CatalogConnection } from "./catalog.ts";
import type { ConnectionCore } from "./connection-core.ts";
import type { EngineEventHub, EngineEvents } from "./engine-events.ts";
import type { ConnectionOptions } from "./environment.ts";
import { type Listenable } from "./events.ts";
import { executeDriverSqlFlow, executeFlow, type StatementParameters, streamFlow } from "./execute.ts";
import { type StatementOptions, withOptions } from "./statement-options.ts";
import { ResultBase } from "./result.ts";
import { ScalarResultBase } from "./scalar-result.ts";
import { noSyncPath } from "./no-sync-path.ts";
import { isGeneratorFunction, plainAnswer } from "./sync-body.ts";
import { runSchemaTaskFlow, schemaConnection } from "./schema-runner.ts";
import {
  TransactionBase,
  type TransactionOwner,
  type TwoPhaseOwner,
  TwoPhaseTransactionBase,
} from "./transaction-base.ts";
import type { IsolationLevel } from "./transaction-rules.ts";
import type { TransactionStack } from "./transaction-stack.ts";
import type { TransactionState } from "./transaction-state.ts";

type Row = readonly unknown[];

/** The classes of one colour, so that the bases make instances of them. */
export interface ConnectionColour<M extends Mode> {
  readonly mode: M;
  readonly Connection: new (core: ConnectionCore, colour: ConnectionColour<M>, queue?: FlowQueue) => ConnectionBase<M>;
  readonly Transaction: new (owner: TransactionOwner<M>, state: TransactionState) => TransactionBase<M>;
  readonly TwoPhaseTransaction: new (owner: TwoPhaseOwner<M>, state: TransactionState) => TwoPhaseTransactionBase<M>;
  /** The sync colour, for functions that want a sync connection. */
  readonly sync: () => ConnectionColour<"sync">;
}

// what async connections answer to calls that begin something: promises that refuse to be used as the thing itself
const transaction = { type: () => TransactionBase, name: "transaction", isClosedLate: false };
const beginning = starting({ ...transaction, call: "connection.begin()" });
const nesting = starting({ ...transaction, name: "savepoint", call: "connection.beginNested()" });
const twophase = { ...transaction, type: () => TwoPhaseTransactionBase, call: "connection.beginTwophase()" };
const beginningTwophase = starting(twophase);
const result = { name: "result", isClosedLate: true };
const streaming = starting({ ...result, type: () => ResultBase, call: "connection.stream(…)" });
const scalars = { ...result, type: () => ScalarResultBase, call: "connection.streamScalars(…)" };
const streamingScalars = starting(scalars);

/**
 * A connection taken from an engine's pool, with a transaction that begins with the first statement.
 *
 * What is not committed is rolled back when it is closed. Operations started at the same time run in order.
 */
export class ConnectionBase<M extends Mode> implements TransactionOwner<M>, Listenable<EngineEvents> {
  readonly mode: M;
  /** @internal */
  readonly core: ConnectionCore;
  readonly #colour: ConnectionColour<M>;
  readonly #queue: FlowQueue | null;
  /** Sync, over a driver that answers with promises: every call would be too late to refuse once it is sent. */
  readonly #refuses: boolean;
  #transaction: TransactionBase<M> | null = null;
  #nested: TransactionBase<M> | null = null;

  constructor(core: ConnectionCore, colour: ConnectionColour<M>, queue?: FlowQueue) {
    this.core = core;
    this.mode = colour.mode;
    this.#colour = colour;
    this.#refuses = colour.mode === "sync" && !core.environment.driver.answersAtOnce;
    this.#queue = colour.mode === "sync" ? null : (queue ?? new FlowQueue());
  }

  /** Refuses with AsyncContextAlreadyStarted: what is here was awaited. */
  get start(): Started<M> {
    return alreadyStarted(this.mode, "connection");
  }

  /** True once it was given back to the pool. */
  get closed(): boolean {
    return this.core.closed;
  }

  /** True after the physical connection was lost or invalidated, until the next statement opens another. */
  get invalidated(): boolean {
    return this.core.invalidated;
  }

  /** Free for any use; belongs to the physical connection and stays with it in the pool. */
  get info(): Record<string, unknown> {
    return this.core.info;
  }

  /** The driver's connection, for what only the driver can do. */
  get driverConnection(): DriverConnection {
    return this.core.driverConnection;
  }

  /** The driver's connection; another one is opened when the last was lost or invalidated. */
  getRawConnection(): Answer<M, DriverConnection> {
    return this.run(this.core.rawFlow());
  }

  /** @internal */
  get transactions(): TransactionStack {
    return this.core.transactions;
  }

  get "~events"(): EngineEventHub {
    return this.core.ownEvents;
  }

  /**
   * Executes a statement and reads all its rows.
   *
   * With a list of parameters it is executed once for each. @throws DBAPIError for what the database refuses.
   */
  execute<R extends Row, L = Labels>(
    statement: Executable<R, L>,
    params?: StatementParameters,
    executionOptions?: StatementOptions,
  ): Answer<M, ResultBase<"sync", R, L>> {
    return this.run(executeFlow<R, L>(this.core, withOptions(statement, executionOptions), params));
  }

  /** The first column of the first row, `null` when there is none. */
  scalar<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    executionOptions?: StatementOptions,
  ): Answer<M, R[0] | null> {
    return this.run(this.#scalarFlow(withOptions(statement, executionOptions), params));
  }

  /** The first column of all rows. */
  scalars<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    executionOptions?: StatementOptions,
  ): Answer<M, ScalarResultBase<"sync", R[0]>> {
    return this.run(this.#scalarsFlow(withOptions(statement, executionOptions), params)) as Answer<
      M,
      ScalarResultBase<"sync", R[0]>
    >;
  }

  /** Executes a statement whose rows are fetched bit by bit; the transaction's end closes the result. */
  stream<R extends Row, L = Labels>(
    statement: Executable<R, L>,
    params?: Parameters,
    executionOptions?: StatementOptions,
  ): Start<M, ResultBase<M, R, L>> {
    return streaming(this.mode, this.run(this.#streamFlow(withOptions(statement, executionOptions), params)));
  }

  /** As `stream`, the first column of the rows. */
  streamScalars<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    executionOptions?: StatementOptions,
  ): Start<M, ScalarResultBase<M, R[0]>> {
    const answer = this.run(this.#streamScalarsFlow(withOptions(statement, executionOptions), params));
    return streamingScalars(this.mode, answer as Answer<M, ScalarResultBase<M, R[0]>>);
  }

  /** Executes SQL exactly as written, with the driver's own placeholders (`?` or `$1`). */
  execDriverSql(sql: string, params: Row = []): Answer<M, ResultBase<"sync">> {
    return this.run(executeDriverSqlFlow(this.core, sql, params));
  }

  /**
   * Begins the transaction; one that began by itself and has only read so far is taken over.
   *
   * With a function: commits when it returns, rolls back when it throws, and answers what it answered.
   * @throws InvalidRequestError when a transaction is open already.
   */
  begin(): Start<M, TransactionBase<M>>;
  begin<T>(body: (transaction: TransactionBase<M>) => Body<M, T>): Answer<M, T>;
  begin(body?: (transaction: TransactionBase<M>) => unknown): unknown {
    const begin = (): Answer<M, TransactionBase<M>> => this.run(this.#beginFlow());
    return body === undefined ? beginning(this.mode, begin()) : this.#outside(this.#scopeFlow(begin, body));
  }

  /** Sets a savepoint, in the open transaction or a new one; otherwise as `begin`. */
  beginNested(): Start<M, TransactionBase<M>>;
  beginNested<T>(body: (savepoint: TransactionBase<M>) => Body<M, T>): Answer<M, T>;
  beginNested(body?: (savepoint: TransactionBase<M>) => unknown): unknown {
    const begin = (): Answer<M, TransactionBase<M>> => this.run(this.#beginNestedFlow());
    return body === undefined ? nesting(this.mode, begin()) : this.#outside(this.#scopeFlow(begin, body));
  }

  /**
   * Begins a transaction that is committed in two phases, under a name of your own or a new one.
   *
   * @throws NotSupportedError where the database has none, InvalidRequestError while any transaction is open.
   */
  beginTwophase(xid?: string): Start<M, TwoPhaseTransactionBase<M>> {
    return beginningTwophase(this.mode, this.run(this.#beginTwophaseFlow(xid)));
  }

  /** The names of the transactions that are prepared and wait for `commitPrepared()` or `rollbackPrepared()`. */
  recoverTwophase(): Answer<M, readonly string[]> {
    return this.run(this.core.twophase.recoverFlow());
  }

  /** Commits a transaction that was prepared, by this connection or by one that is lost. */
  commitPrepared(xid: string): Answer<M, void> {
    return this.run(this.core.twophase.commitPreparedFlow(xid));
  }

  /** Rolls back a transaction that was prepared, by this connection or by one that is lost. */
  rollbackPrepared(xid: string): Answer<M, void> {
    return this.run(this.core.twophase.rollbackPreparedFlow(xid));
  }

  /** Commits the transaction with all its savepoints; without one there is nothing to do. */
  commit(): Answer<M, void> {
    return this.run(this.core.commitFlow());
  }

  /** Rolls the transaction back; without one there is nothing to do. */
  rollback(): Answer<M, void> {
    return this.run(this.core.rollbackFlow());
  }

  /** Rolls back what was not committed and gives the connection back to the pool. */
  close(): Answer<M, void> {
    return this.run(this.core.closeFlow());
  }

  /** The same as `close`, of async connections. */
  get aclose(): M extends "sync" ? undefined : () => Promise<void> {
    const close = this.mode === "async" ? () => this.close() : undefined;
    return close as M extends "sync" ? undefined : () => Promise<void>;
  }

  /** True while a transaction is open, also one that began by itself. */
  inTransaction(): boolean {
    return this.transactions.root !== null;
  }

  /** True while a savepoint is set. */
  inNestedTransaction(): boolean {
    return this.transactions.nested !== null;
  }

  /** The open transaction, also one that began by itself. */
  getTransaction(): TransactionBase<M> | null {
    const { root } = this.transactions;
    if (root === null) return null;
    if (this.#transaction?.state !== root) {
      const { Transaction, TwoPhaseTransaction } = this.#colour;
      this.#transaction = new (root.xid === null ? Transaction : TwoPhaseTransaction)(this, root);
    }
    return this.#transaction;
  }

  /** The innermost savepoint. */
  getNestedTransaction(): TransactionBase<M> | null {
    const { nested } = this.transactions;
    if (nested === null) return null;
    if (this.#nested?.state !== nested) this.#nested = new this.#colour.Transaction(this, nested);
    return this.#nested;
  }

  /**
   * Sets options of this connection and answers it.
   *
   * `isolationLevel` is for the transactions to come and goes when the connection is closed.
   * @throws ArgumentError for a level the dialect lacks, InvalidRequestError while a transaction is open.
   */
  executionOptions(options: ConnectionOptions): this {
    this.core.setOptions(options);
    return this;
  }

  /** The options of its engine with its own over them. */
  getExecutionOptions(): ConnectionOptions {
    return this.core.options;
  }

  /** The level set here or for the engine, else the one the database says it has. */
  getIsolationLevel(): Answer<M, IsolationLevel> {
    return this.run(this.core.isolationLevelFlow());
  }

  /**
   * The level that connections have before anybody sets one, as the first that the pool opened told; `null` where a pool
   * that the library does not know opened it.
   */
  get defaultIsolationLevel(): IsolationLevel | null {
    return this.core.environment.defaultLevel.value;
  }

  /** Closes the physical connection, because something is wrong with it; the next statement opens another. */
  invalidate(error?: unknown): Answer<M, void> {
    return this.run(this.core.invalidateFlow(error));
  }

  /**
   * Calls a function written for sync connections, with this one's state.
   *
   * A plain function needs a driver that answers at once, or an engine with `sync: "worker"`. Library functions such as
   * `metadata.createAll` run over every driver, and so does a generator function: it gets a connection of this colour
   * and waits with `yield* awaitOnly(…)`.
   * @throws AwaitRequired when a plain function uses a driver that answers with promises.
   */
  runSync<T, A extends readonly unknown[]>(
    body: (connection: ConnectionBase<"sync">, ...args: A) => PlainBody<T>,
    ...args: A
  ): Answer<M, T>;
  runSync<T, A extends readonly unknown[]>(
    body: (connection: ConnectionBase<M>, ...args: A) => Flow<T>,
    ...args: A
  ): Answer<M, T>;
  runSync<T>(
    body: (connection: never, ...args: readonly unknown[]) => unknown,
    ...args: readonly unknown[]
  ): Answer<M, T> {
    return this.run(this.#runSyncFlow<T>(body as (...given: readonly unknown[]) => unknown, args));
  }

  /**
   * Creates, drops or reflects tables in this connection's transaction; see `metadata.createAll`.
   *
   * Part of the declarations, as `SchemaBind` asks for it.
   */
  "~schema"(task: SchemaTask): Answer<M, void> {
    return this.run(runSchemaTaskFlow(task, schemaConnection(this.core)));
  }

  /**
   * Reads the system catalog; see `inspect`.
   *
   * @internal
   */
  "~catalog"<T>(body: (connection: CatalogConnection) => Flow<T>): Answer<M, T> {
    return this.run(body(schemaConnection(this.core)));
  }

  /**
   * Drives a flow in this connection's colour, after the operations started before it.
   *
   * @internal
   */
  run<T>(flow: Flow<T>): Answer<M, T> {
    if (this.#refuses) throw noSyncPath(this.core.environment.driver.name);
    const answer: MaybePromise<T> = this.#queue === null ? runSync(flow) : this.#queue.run(flow);
    return answer as Answer<M, T>;
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  /** Drives a flow that itself calls methods of this connection: in the queue it would wait for itself. */
  #outside<T>(flow: Flow<T>): Answer<M, T> {
    const answer: MaybePromise<T> = this.#queue === null ? runSync(flow) : asyncRunner.run(flow);
    return answer as Answer<M, T>;
  }

  *#scopeFlow<T>(
    begin: () => Answer<M, TransactionBase<M>>,
    body: (transaction: TransactionBase<M>) => unknown,
  ): Flow<T> {
    requireBody(body, "connection.begin()");
    const transaction = yield* wait(begin() as MaybePromise<TransactionBase<M>>);
    return yield* transactionScopeFlow<T>(transaction, () => body(transaction));
  }

  *#beginFlow(): Flow<TransactionBase<M>> {
    yield* this.core.beginFlow();
    return this.getTransaction() as TransactionBase<M>;
  }

  *#beginTwophaseFlow(xid: string | undefined): Flow<TwoPhaseTransactionBase<M>> {
    yield* this.core.twophase.beginFlow(xid);
    return this.getTransaction() as TwoPhaseTransactionBase<M>;
  }

  *#beginNestedFlow(): Flow<TransactionBase<M>> {
    yield* this.core.beginNestedFlow();
    return this.getNestedTransaction() as TransactionBase<M>;
  }

  *#scalarFlow(statement: Executable, params: Parameters | undefined): Flow<unknown> {
    return (yield* executeFlow(this.core, statement, params, true)).scalar();
  }

  *#scalarsFlow(statement: Executable, params: Parameters | undefined): Flow<unknown> {
    return (yield* executeFlow(this.core, statement, params)).scalars();
  }

  *#streamFlow<R extends Row, L = Labels>(
    statement: Executable<R, L>,
    params: Parameters | undefined,
  ): Flow<ResultBase<M, R, L>> {
    const enqueue = <T>(flow: Flow<T>) => this.run(flow) as MaybePromise<T>;
    return yield* streamFlow<M, R, L>(this.core, statement, params, { mode: this.mode, enqueue });
  }

  *#streamScalarsFlow(statement: Executable, params: Parameters | undefined): Flow<unknown> {
    return (yield* this.#streamFlow(statement, params)).scalars();
  }

  *#runSyncFlow<T>(body: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): Flow<T> {
    const task = (body as Partial<SchemaMethod>)[TASK]?.(args[0] as SchemaOptions | undefined);
    if (task !== undefined) return (yield* runSchemaTaskFlow(task, schemaConnection(this.core))) as T;
    if (isGeneratorFunction(body)) return (yield* body(this.#inner(), ...args)) as T;
    const colour = this.#colour.sync();
    return plainAnswer(body(new colour.Connection(this.core, colour), ...args));
  }

  /** The same connection for code that an operation of it waits for. */
  #inner(): ConnectionBase<M> {
    return this.mode === "sync" ? this : new this.#colour.Connection(this.core, this.#colour);
  }
}
