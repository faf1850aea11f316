import { requireState } from "./require-state.ts";
import type { Parameters } from "../../compile/index.ts";
import {
  answeredFlow,
  type Body,
  type ConnectionBase,
  type ConnectionOptions,
  type EngineBase,
  EVENTS,
  type Listenable,
  plainCall,
  type ConnectionColour,
  type ConnectionCore,
  type ResultBase,
  type ScalarResultBase,
  type StatementParameters,
} from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import {
  type Answer,
  asyncRunner,
  type Flow,
  type MaybePromise,
  type Mode,
  runSync,
  type Start,
} from "../../flow/index.ts";
import type { Table } from "../../schema/index.ts";
import { type ColumnInput, describeWithin, type EntityClass, type Executable, type RecordOf } from "../../sql/index.ts";
import { rowLock } from "../load/row-lock.ts";
import type { DeclarativeBase } from "../mapping/declarative-base.ts";
import { mapperOf } from "../mapping/registry.ts";
import { stateOf } from "../state/instance-state.ts";
import {
  type BulkInsertOptions,
  type BulkSaveOptions,
  insertMappingsFlow,
  saveObjectsFlow,
  updateMappingsFlow,
} from "../statement/bulk-mappings.ts";
import { type ExecuteOptions, executeOptions } from "../statement/execute-options.ts";
import { isModified, type ModifiedOptions } from "./history.ts";
import { enableRelationshipLoading } from "./relationship-loading.ts";
import { identityKey, IdentityMapView } from "./identity-key.ts";
import { expireState } from "./expire.ts";
import type { Identity } from "./identity.ts";
import {
  getFlow,
  type GetOptions,
  loadAttributeFlow,
  persistentState,
  type RefreshOptions,
  required,
} from "./look-up.ts";
import { mergeAllFlow, mergeFlow, type MergeOptions } from "./merge.ts";
import type { HasKey, IdentityIn } from "../typing/entity.ts";
import type { HasTracked } from "../typing/naked.ts";
import type { BindArguments, BindKey, BindRequest, SessionBindOptions } from "./bind-request.ts";
import { isPlainGet, mergedGet, mergedLoad } from "./merged-reads.ts";
import { immediateFlow } from "./immediate-flow.ts";
import { objectsOf } from "./objects-of.ts";
import { OperationQueue } from "./operation-queue.ts";
import { type BindChooser, SessionBinds } from "./session-binds.ts";
import { requireList } from "./require-list.ts";
import { executeToldFlow, streamToldFlow } from "./told-statements.ts";
import { refreshObjectFlow } from "./refresh-object.ts";
import { SessionCore } from "./session-core.ts";
import { readSessionOptions, type SessionExecutionOptions, type SessionOptions } from "./session-options.ts";
import { createSessionEvents, type SessionEventHub, type SessionEvents } from "./session-events.ts";
import type { SessionLevel } from "./session-level.ts";
import { beginning, nesting, streaming, streamingScalars } from "./session-starts.ts";
import { SessionTransactionBase } from "./session-transaction.ts";
import { transactionBlockFlow } from "./transaction-block.ts";

type Row = readonly unknown[];

/** Which connection `connection()` answers. */
export interface ConnectionRequest {
  readonly bindArguments?: BindArguments;
  readonly executionOptions?: ConnectionOptions;
}

/** What a session of a colour takes its connections from. */
export type SessionSource<M extends Mode> = EngineBase<M> | ConnectionBase<M>;

/**
 * A unit of work: one object for each row, changes found and written together, one transaction.
 *
 * It connects with the first statement; the transaction begins by itself and ends with `commit()` or `rollback()`.
 * Several operations may be started at once (`Promise.all`): they run in the order in which they were started, and look-ups
 * by key and loads of attributes started with nothing else between them go together: one statement for each class or relationship.
 */
export class SessionBase<M extends Mode> implements Listenable<SessionEvents> {
  readonly mode: M;
  /** @internal */
  readonly core: SessionCore;
  readonly #colour: ConnectionColour<M>;
  readonly #queue: OperationQueue | null;
  readonly #getBindOption: BindChooser | null = null;
  readonly #connections = new WeakMap<ConnectionCore, ConnectionBase<M>>();
  readonly #transactions = new WeakMap<SessionLevel, SessionTransactionBase<M>>();

  /** Free for any use. */
  readonly info: Record<string, unknown>;

  /** @param hubs who else hears of this session's events: its factory's listeners, those of its class. */
  constructor(
    bind: unknown,
    options: SessionOptions & SessionBindOptions<unknown>,
    colour: ConnectionColour<M>,
    hubs: readonly SessionEventHub[] = [],
  ) {
    this.mode = colour.mode;
    this.#colour = colour;
    if (bind instanceof SessionCore) {
      // what listeners get: the operation under way waits for them, so that theirs cannot wait for it
      this.info = bind.info;
      this.core = bind;
      this.#queue = null;
      return;
    }
    const resolved = readSessionOptions(options);
    this.info = { ...options.info };
    this.#getBindOption = options.getBind ?? null;
    this.#queue = colour.mode === "sync" ? null : new OperationQueue(resolved.concurrency);
    // an engine that is missing by mistake is told at once; null says that there is none
    const isNamed = options.binds !== undefined || this.#bindChooser() !== null;
    const own = bind === undefined && isNamed ? null : bind;
    const binds = new SessionBinds(own, colour.mode, () => this.#bindChooser());
    if (options.binds !== undefined) binds.nameAll(options.binds);
    const view = {
      call: this.#queue === null ? plainCall : this.#queue.callAwaited,
      session: (): object => this.#forListeners(),
      connection: (core: ConnectionCore): ConnectionBase<M> => this.#forListeners().connectionOver(core),
    };
    this.core = new SessionCore({
      binds,
      mode: colour.mode,
      options: resolved,
      hubs: [...hubs, this[EVENTS]],
      view,
      session: this,
      info: this.info,
    });
  }

  readonly "~events": SessionEventHub = createSessionEvents();

  #inner: this | null = null;

  #forListeners(): this {
    if (this.mode === "sync") return this;
    if (this.#inner === null) {
      // of the program's own class, but without its constructor: that makes new sessions
      this.#inner = Reflect.construct(SessionBase, [this.core, {}, this.#colour], this.constructor) as this;
      Object.assign(this.#inner, this, { "~events": this["~events"] });
    }
    return this.#inner;
  }

  // ---- engines ----

  /** The engine or connection for what no other is named for; `null` when there is none. */
  get bind(): unknown {
    return this.core.binds.own?.source ?? null;
  }
  /** The engines and connections that are named for bases, classes and tables. */
  get binds(): ReadonlyMap<BindKey, SessionSource<M>> {
    return this.core.binds.given as ReadonlyMap<BindKey, SessionSource<M>>;
  }
  /** Names the engine or connection of a mapped class, or of all classes of a declarative base. */
  bindMapper(entity: EntityClass | DeclarativeBase, bind: SessionSource<M>): void {
    this.core.binds.name(entity, bind);
  }
  /** Names the engine or connection of a table. */
  bindTable(table: Table, bind: SessionSource<M>): void {
    this.core.binds.name(table, bind);
  }
  /**
   * The engine or connection that serves a class, a statement or a table.
   *
   * A subclass may choose otherwise, for example a replica for what only reads: it is asked for every query and flush,
   * and must answer at once. @throws UnboundExecutionError when there is none.
   */
  getBind(request: BindRequest = {}): SessionSource<M> {
    return this.core.binds.lookUp(request).source as SessionSource<M>;
  }

  #bindChooser(): BindChooser | null {
    if (this.#getBindOption !== null) return this.#getBindOption;
    // also one that a subclass has as a field
    return this.getBind === SessionBase.prototype.getBind ? null : (request) => this.getBind(request);
  }

  // ---- objects ----

  /**
   * Takes in a new or detached object, with what its relationships reach; it is written at the next flush.
   *
   * An object that a naked session read is compared with its row then: what differs is written.
   */
  add(object: object): void {
    this.core.add(object);
  }
  /** See `add`. */
  addAll(objects: Iterable<object>): void {
    requireList(objects, "addAll()", "add()");
    for (const object of objects) this.core.add(object);
  }
  /** Marks an object: its row is deleted at the next flush. */
  delete(object: object): Answer<M, void> {
    const flow = immediateFlow(() => this.core.delete(object));
    return this.#run("session.delete()", flow);
  }
  /** See `delete`. */
  deleteAll(objects: Iterable<object>): Answer<M, void> {
    requireList(objects, "deleteAll()", "delete()");
    const all = [...objects];
    const flow = immediateFlow(() => all.forEach((object) => this.core.delete(object)));
    return this.#run("session.deleteAll()", flow);
  }
  /** Lets go of an object, as it is; nothing is written. */
  expunge(object: object): void {
    this.core.book.expunge(object);
  }
  expungeAll(): void {
    this.core.book.releaseAll();
  }
  /** Tells whether an object belongs to this session: new or with a row, not deleted by a flush. */
  has(object: object): boolean {
    const state = stateOf(object);
    return state?.owner === this.core && state.status !== "deleted";
  }
  /** Objects that the next flush inserts. */
  get new(): ReadonlySet<object> {
    return objectsOf(this.core.newStates);
  }
  /** Objects that the next flush updates. */
  get dirty(): ReadonlySet<object> {
    return objectsOf(this.core.dirtyStates());
  }
  /** Objects that the next flush deletes. */
  get deleted(): ReadonlySet<object> {
    return objectsOf(this.core.deletedStates);
  }
  /** Tells whether an object's columns or relationships differ from what the database has. */
  isModified(object: object, { includeCollections = true }: ModifiedOptions = {}): boolean {
    return isModified(requireState(object), includeCollections);
  }
  /** The objects of the session that have rows, by `identityKey()`. */
  get identityMap(): IdentityMapView {
    return new IdentityMapView(this.core.identityMap);
  }
  /** Names a row or the row of an object; see the function of the same name. */
  readonly identityKey: typeof identityKey = identityKey;
  /**
   * Lets a new object load its relationships by the keys it was given, as if it had a row. It stays out of the session.
   *
   * @throws InvalidRequestError for an object of another session.
   */
  enableRelationshipLoading(object: object): void {
    enableRelationshipLoading(this.core, requireState(object));
  }
  /** The objects of the session: the new ones, then those that have rows. */
  *[Symbol.iterator](): IterableIterator<object> {
    for (const state of this.core.newStates) yield state.object;
    for (const state of this.core.identityMap.states()) yield state.object;
  }

  // ---- loading ----

  /**
   * The object of a primary key, `null` when there is no row.
   *
   * A loaded object is answered without SQL, unless a transaction ended since it was read.
   * @throws InvalidRequestError when the key has other columns.
   */
  get<C extends EntityClass, K>(
    entity: C & HasKey<K>,
    identity: IdentityIn<K>,
    options: GetOptions = {},
  ): Answer<M, InstanceType<C> | null> {
    return this.#get(entity, identity, options, false) as Answer<M, InstanceType<C> | null>;
  }
  /** @throws NoResultFound when there is no row. */
  getOne<C extends EntityClass, K>(
    entity: C & HasKey<K>,
    identity: IdentityIn<K>,
    options: GetOptions = {},
  ): Answer<M, InstanceType<C>> {
    return this.#get(entity, identity, options, true) as Answer<M, InstanceType<C>>;
  }

  /** Executes a statement and reads all its rows; mapped classes come as objects of this session. */
  execute<R extends Row, L>(
    statement: Executable<R, L>,
    params?: StatementParameters,
    options: ExecuteOptions = {},
  ): Answer<M, ResultBase<"sync", R, RecordOf<R, L>>> {
    return this.#run("session.execute()", this.#executeFlow<R, RecordOf<R, L>>(statement, params, options));
  }
  /** The first column of all rows. */
  scalars<R extends Row>(
    statement: Executable<R>,
    params?: StatementParameters,
    options: ExecuteOptions = {},
  ): Answer<M, ScalarResultBase<"sync", R[0]>> {
    return this.#run("session.scalars()", this.#scalarsFlow(statement, params, options)) as Answer<
      M,
      ScalarResultBase<"sync", R[0]>
    >;
  }
  /** The first column of the first row, `null` when there is none. */
  scalar<R extends Row>(
    statement: Executable<R>,
    params?: StatementParameters,
    options: ExecuteOptions = {},
  ): Answer<M, R[0] | null> {
    return this.#run("session.scalar()", this.#scalarFlow(statement, params, options));
  }

  /**
   * Executes a statement whose rows are fetched bit by bit: from a cursor of the database where it has them.
   *
   * Objects that were not changed leave the session as the stream moves on.
   */
  stream<R extends Row, L>(
    statement: Executable<R, L>,
    params?: Parameters,
    options: ExecuteOptions = {},
  ): Start<M, ResultBase<M, R, RecordOf<R, L>>> {
    const flow = this.#streamFlow<R, RecordOf<R, L>>(statement, params, options);
    return streaming(this.mode, this.#run("session.stream()", flow));
  }
  /** As `stream`, the first column of the rows. */
  streamScalars<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    options: ExecuteOptions = {},
  ): Start<M, ScalarResultBase<M, R[0]>> {
    const answer = this.#run("session.streamScalars()", this.#streamScalarsFlow(statement, params, options));
    return streamingScalars(this.mode, answer as Answer<M, ScalarResultBase<M, R[0]>>);
  }

  /**
   * Reads an object's row again; changes of it that were not flushed are lost. Relationships are read when named.
   *
   * @throws InvalidRequestError when the row is gone.
   */
  refresh<T extends object>(
    object: T,
    attributeNames: readonly (keyof T & string)[] = [],
    options: RefreshOptions = {},
  ): Answer<M, void> {
    return this.#run("session.refresh()", this.#refreshFlow(object, attributeNames, options));
  }

  /** Takes values away: the next access reads them (sync), or asks to be awaited (async). Changes of them are lost. */
  expire(object: object, attributeNames?: readonly string[]): void {
    expireState(this.core, requireState(object), attributeNames ?? null);
  }
  /** See `expire`; all objects of the session. */
  expireAll(): void {
    for (const state of this.core.identityMap.states()) expireState(this.core, state, null);
  }

  /**
   * Copies an object's loaded attributes onto the session's object of the same key, and answers that one.
   *
   * The object given stays outside of the session; it may come from a naked one.
   */
  merge<T extends object>(object: HasTracked<T>, options?: MergeOptions): Answer<M, T>;
  merge<T extends object>(object: T, options?: MergeOptions): Answer<M, T>;
  merge(object: object, options: MergeOptions = {}): Answer<M, object> {
    return this.#run("session.merge()", mergeFlow(this.core, object, options));
  }
  /** See `merge`. */
  mergeAll<T extends object>(objects: Iterable<T>, options: MergeOptions = {}): Answer<M, T[]> {
    return this.#run("session.mergeAll()", mergeAllFlow(this.core, objects, options)) as Answer<M, T[]>;
  }

  /** Loads an attribute of an object, and answers its value; see `awaitableAttrs`. */
  loadAttribute(object: object, key: string): Answer<M, unknown> {
    if (this.#queue?.merges === true) return mergedLoad(this.#queue, this.core, object, key);
    return this.#run("session.loadAttribute()", loadAttributeFlow(this.core, object, key));
  }

  // ---- rows without objects ----

  /** Inserts rows given as records; as `execute(insert(User), rows)`, without a flush before. */
  bulkInsertMappings<C extends EntityClass>(
    entity: C,
    rows: readonly ColumnInput<C>[],
    options: BulkInsertOptions = {},
  ): Answer<M, void> {
    return this.#run(
      "session.bulkInsertMappings()",
      insertMappingsFlow(this.core, entity, rows as readonly Parameters[], options),
    );
  }
  /** Updates rows by their keys; as `execute(update(User), rows)`, without a flush before. */
  bulkUpdateMappings<C extends EntityClass>(entity: C, rows: readonly ColumnInput<C>[]): Answer<M, void> {
    return this.#run(
      "session.bulkUpdateMappings()",
      updateMappingsFlow(this.core, entity, rows as readonly Parameters[]),
    );
  }
  /** Writes objects as rows, without relationships; the objects do not become part of the session. */
  bulkSaveObjects(objects: Iterable<object>, options: BulkSaveOptions = {}): Answer<M, void> {
    const states = Array.from(requireList(objects, "bulkSaveObjects()", "add()"), requireState);
    return this.#run("session.bulkSaveObjects()", saveObjectsFlow(this.core, states, options));
  }

  // ---- transaction ----

  /**
   * Writes what changed, without ending the transaction. Objects: only of these, and of what they hang together with.
   *
   * @throws InvalidRequestError for an object that is not in the session.
   */
  flush(objects: Iterable<object> | null = null): Answer<M, void> {
    return this.#run("session.flush()", this.core.flushFlow(objects));
  }
  /** Writes what changed and commits. Objects stay readable; with `expireOnCommit` the next `get` or query reads them anew. */
  commit(): Answer<M, void> {
    return this.#run("session.commit()", this.core.transactions.commitFlow());
  }
  /** Rolls the transaction back; objects return to what they were when it began. */
  rollback(): Answer<M, void> {
    return this.#run("session.rollback()", this.core.rollbackFlow());
  }
  /** Rolls back what was not committed, gives the connection back and lets go of all objects. The session can be used again. */
  close(): Answer<M, void> {
    return this.#runLast("session.close()", this.core.closeFlow());
  }
  /**
   * As `close`, but nothing can be done with it afterwards: what a block left behind must not take a connection.
   *
   * @internal
   */
  closeForGood(): Answer<M, void> {
    return this.#runLast("session.close()", this.core.closeFlow("for good"));
  }
  /** As `close`; the session can be used again also with `closeResetsOnly: false`. */
  reset(): Answer<M, void> {
    this.core.reopen();
    return this.#runLast("session.reset()", this.core.closeFlow("reset"));
  }
  /** As `close`, but the connection is closed instead of given back: something is wrong with it. */
  invalidate(): Answer<M, void> {
    return this.#runLast("session.invalidate()", this.core.closeFlow("invalidate"));
  }

  /**
   * Begins the transaction. With a function: commits when it returns, rolls back when it throws, and answers what it answered.
   *
   * @throws InvalidRequestError when a transaction is begun already.
   */
  begin(): Start<M, SessionTransactionBase<M>>;
  begin<T>(body: (transaction: SessionTransactionBase<M>) => Body<M, T>): Answer<M, T>;
  begin(body?: (transaction: SessionTransactionBase<M>) => unknown): unknown {
    const begin = (): Answer<M, SessionTransactionBase<M>> => this.#run("session.begin()", this.#beginFlow());
    return body === undefined ? beginning(this.mode, begin()) : this.#outside(this.#scopeFlow(begin, body));
  }
  /** Flushes and sets a savepoint; otherwise as `begin`. */
  beginNested(): Start<M, SessionTransactionBase<M>>;
  beginNested<T>(body: (savepoint: SessionTransactionBase<M>) => Body<M, T>): Answer<M, T>;
  beginNested(body?: (savepoint: SessionTransactionBase<M>) => unknown): unknown {
    const begin = (): Answer<M, SessionTransactionBase<M>> =>
      this.#run("session.beginNested()", this.#beginNestedFlow());
    return body === undefined ? nesting(this.mode, begin()) : this.#outside(this.#scopeFlow(begin, body));
  }

  /** True from the first statement, flush or `add` until commit or rollback. */
  inTransaction(): boolean {
    return this.core.level !== null;
  }
  inNestedTransaction(): boolean {
    return this.core.level?.parent != null;
  }
  /** The transaction, through all savepoints; `null` when none is begun. */
  getTransaction(): SessionTransactionBase<M> | null {
    const { root } = this.core.transactions;
    return root === null ? null : this.#transaction(root);
  }
  /** The innermost savepoint. */
  getNestedTransaction(): SessionTransactionBase<M> | null {
    const { level } = this.core;
    return level === null || level.parent === null ? null : this.#transaction(level);
  }
  /** False after a flush failed, until `rollback()`. */
  get isActive(): boolean {
    return this.core.level?.isFailed !== true;
  }

  /** Whether queries flush first; see `noAutoflush` for a while without. */
  get autoflush(): boolean {
    return this.core.autoflush;
  }
  set autoflush(value: boolean) {
    if (typeof value !== "boolean")
      throw new ArgumentError(`session.autoflush is true or false, not ${describeWithin(value)}.`);
    this.core.autoflush = value;
  }
  /** What everything that the session executes is executed with. */
  get executionOptions(): SessionExecutionOptions {
    return this.core.options.executionOptions ?? {};
  }

  /** Does the first phase of a commit in two; only `commit()` or `rollback()` may follow. Needs `twophase: true`. */
  prepare(): Answer<M, void> {
    return this.#run("session.prepare()", this.core.transactions.prepareFlow());
  }

  /**
   * The connection of the session's transaction; of several, the one that `bindArguments` tell.
   *
   * `executionOptions` (an `isolationLevel`, for example) are for a connection that the transaction does not use yet.
   */
  connection(options: ConnectionRequest = {}): Answer<M, ConnectionBase<M>> {
    return this.#run("session.connection()", this.#connectionFlow(options));
  }

  /**
   * Drives a flow after the operations of this session that were started before it.
   *
   * @internal
   */
  run<T>(operation: string, flow: Flow<T>): Answer<M, T> {
    return this.#run(operation, flow);
  }
  /**
   * The connection of its transaction, as the program sees it.
   *
   * @internal
   */
  connectionOver(core: ConnectionCore): ConnectionBase<M> {
    const given = this.core.binds.connectionOf(core);
    if (given !== null) return given as ConnectionBase<M>;
    let connection = this.#connections.get(core);
    if (connection === undefined) {
      // its statements and the session's wait for each other
      connection = new this.#colour.Connection(core, this.#colour, this.#queue?.flows);
      this.#connections.set(core, connection);
    }
    return connection;
  }

  /** Calls a function during which queries do not flush. */
  noAutoflush<T>(body: () => Body<M, T>): Answer<M, T> {
    return this.#outside(this.core.noAutoflushFlow(() => answeredFlow<T>(body())));
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }
  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  // ---- flows ----

  /** Drives an operation of a subclass, after those started before it. */
  protected inTurn<T>(operation: string, flow: Flow<T>): Answer<M, T> {
    return this.#run(operation, flow);
  }

  /** The same session for code that an operation of it waits for. */
  protected inner(): this {
    return this.#forListeners();
  }

  #run<T>(operation: string, flow: Flow<T>): Answer<M, T> {
    if (this.#queue === null) return this.#outside(flow);
    return this.#queue.run(operation, flow) as Answer<M, T>;
  }

  /** Drives what lets go of connections, which has to come to its turn. */
  #runLast<T>(operation: string, flow: Flow<T>): Answer<M, T> {
    if (this.#queue === null) return this.#outside(flow);
    return this.#queue.runLast(operation, flow) as Answer<M, T>;
  }

  /** Drives a flow that itself calls methods of this session: in the queue it would wait for itself. */
  #outside<T>(flow: Flow<T>): Answer<M, T> {
    const answer: MaybePromise<T> = this.mode === "sync" ? runSync(flow) : asyncRunner.run(flow);
    return answer as Answer<M, T>;
  }

  #get(entity: EntityClass, identity: Identity, options: GetOptions, isRequired: boolean): unknown {
    if (this.#queue?.merges === true && isPlainGet(this.core, options))
      return mergedGet(this.#queue, this.core, entity, identity, isRequired);
    if (!isRequired) return this.#run("session.get()", getFlow(this.core, entity, identity, options));
    return this.#run("session.getOne()", this.#getOneFlow(entity, identity, options));
  }

  *#getOneFlow(entity: EntityClass, identity: Identity, options: GetOptions): Flow<object> {
    return required(mapperOf(entity), yield* getFlow(this.core, entity, identity, options));
  }

  #optionsOf(statement: Executable, given: ExecuteOptions): ExecuteOptions {
    return executeOptions(statement, given, this.core.options.executionOptions);
  }

  *#executeFlow<R extends Row, L>(
    statement: Executable<R>,
    params: StatementParameters | undefined,
    options: ExecuteOptions,
  ): Flow<ResultBase<"sync", R, L>> {
    const given = { statement, params, options: this.#optionsOf(statement, options) };
    return (yield* executeToldFlow(this.core, given)) as unknown as ResultBase<"sync", R, L>;
  }

  *#scalarsFlow(
    statement: Executable,
    params: StatementParameters | undefined,
    options: ExecuteOptions,
  ): Flow<unknown> {
    return (yield* this.#executeFlow(statement, params, options)).scalars();
  }

  *#scalarFlow(statement: Executable, params: StatementParameters | undefined, options: ExecuteOptions): Flow<unknown> {
    return (yield* this.#executeFlow(statement, params, options)).scalar();
  }

  *#streamFlow<R extends Row, L>(
    statement: Executable<R>,
    params: Parameters | undefined,
    options: ExecuteOptions,
  ): Flow<ResultBase<M, R, L>> {
    const given = { statement, params, options: this.#optionsOf(statement, options) };
    const enqueue = <T>(flow: Flow<T>): MaybePromise<T> => this.#run("fetching rows of a stream", flow);
    const result = yield* streamToldFlow(this.core, given, { mode: this.mode, enqueue });
    return result as unknown as ResultBase<M, R, L>;
  }

  *#streamScalarsFlow(statement: Executable, params: Parameters | undefined, options: ExecuteOptions): Flow<unknown> {
    return (yield* this.#streamFlow(statement, params, options)).scalars();
  }

  *#refreshFlow(object: object, names: readonly string[], options: RefreshOptions): Flow<void> {
    const state = persistentState(this.core, object, "refreshed");
    yield* refreshObjectFlow(this.core, state, { names, forUpdate: rowLock(options.withForUpdate) });
  }

  // oxlint-disable-next-line require-yield
  *#beginFlow(): Flow<SessionTransactionBase<M>> {
    return this.#transaction(this.core.transactions.begin());
  }

  *#beginNestedFlow(): Flow<SessionTransactionBase<M>> {
    return this.#transaction(yield* this.core.transactions.beginNestedFlow());
  }

  #transaction(level: SessionLevel): SessionTransactionBase<M> {
    let transaction = this.#transactions.get(level);
    if (transaction === undefined) {
      transaction = this.#newTransaction(level);
      this.#transactions.set(level, transaction);
    }
    return transaction;
  }

  #newTransaction(level: SessionLevel): SessionTransactionBase<M> {
    return new SessionTransactionBase(level, {
      mode: this.mode,
      core: this.core,
      run: (operation, flow) => this.#run(operation, flow),
      handleOf: (other) => this.#transaction(other),
    });
  }

  #scopeFlow<T>(
    begin: () => Answer<M, SessionTransactionBase<M>>,
    body: (transaction: SessionTransactionBase<M>) => unknown,
  ): Flow<T> {
    return transactionBlockFlow<T, M>(this.core, begin, body);
  }

  *#connectionFlow({ bindArguments, executionOptions }: ConnectionRequest): Flow<ConnectionBase<M>> {
    return this.connectionOver(yield* this.core.chosenConnectionFlow(bindArguments, executionOptions ?? null));
  }
}
