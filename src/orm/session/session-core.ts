import { requireList } from "./require-list.ts";
import { requireState } from "./require-state.ts";
import {
  type ConnectionCore,
  type ConnectionOptions,
  type Environment,
  noSyncPath,
  ResultBase,
} from "../../engine/index.ts";
import { FlushError, InvalidRequestError, ResourceClosedError } from "../../errors/index.ts";
import { type Flow, type Mode, runSync } from "../../flow/index.ts";
import { type Executable, Select, type StatementNode } from "../../sql/index.ts";
import { anyRekeyed, dirtyStates, type Findings, findChanges } from "../flush/dirty.ts";
import type { Told } from "../flush/flush-host.ts";
import { type Journal, unwrite } from "../flush/journal.ts";
import { type FlushScope, flushScope } from "../flush/flush-scope.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { validateChanges } from "../flush/validate-changes.ts";
import { flushWorkFlow } from "../flush/unit-of-work.ts";
import type { FlushOptions, WorkPlan } from "../flush/work-plan.ts";
import type { BindSubject, QueryOptions } from "../load/load-host.ts";
import { objectsFlow } from "../load/query-flow.ts";
import type { StreamHost } from "../load/stream-query.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { takeDeleted } from "../statement/loaded-objects.ts";
import { noteChanged } from "../statement/note-changed.ts";
import type { StatementHost } from "../statement/statement-host.ts";
import { isRelationship } from "../state/attributes.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { IdentityMap } from "../state/identity-map.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { loadRelationFlow, presentReference, readUnreadFlow, refuseLazy, refuseUnloaded } from "./attribute-loading.ts";
import { tellLoadedFlow, tellRefreshedFlow } from "./load-events.ts";
import { EventSource, type ListenerView } from "./event-source.ts";
import type { BindArguments } from "./bind-request.ts";
import { type AnyResult, ormExecuteFlow, type StatementCall } from "./orm-execute.ts";
import { type Closable, noteClosed, noteOpen } from "./open-sessions.ts";
import { ObjectBook } from "./object-book.ts";
import { RepeatedLoads } from "./repeated-loads.ts";
import { reachedBy } from "./reach.ts";
import type { SessionBinds } from "./session-binds.ts";
import type { SessionEventHub } from "./session-events.ts";
import type { SessionLevel } from "./session-level.ts";
import type { ResolvedSessionOptions } from "./session-options.ts";
import { TransactionTree } from "./transaction-tree.ts";

const FLUSH_ROUNDS = 100; // as SQLAlchemy: more means that flushing makes new work each time

/** What a session is made of. */
export interface SessionParts {
  readonly binds: SessionBinds;
  readonly mode: Mode;
  readonly options: ResolvedSessionOptions;
  readonly hubs: readonly SessionEventHub[];
  readonly view: ListenerView;
  /** The session as the program has it. */
  readonly session: Closable;
  readonly info: Record<string, unknown>;
}

/** All that sessions of both colours do, as flows: objects, transaction and connection. */
export class SessionCore implements StatementHost, StreamHost {
  readonly mode: Mode;
  readonly options: ResolvedSessionOptions;
  readonly events: EventSource;
  readonly book: ObjectBook;
  readonly transactions: TransactionTree;
  epoch = 0;
  unseenWrites = 0;
  isTelling = false;
  /** A plain function is using the session without waiting; see `runSync`. */
  #isBlocking = false;
  /** Whether queries flush first. */
  autoflush: boolean;
  #isFlushing = false;
  /** The transaction or savepoint that a flush is writing in. */
  #flushingIn: SessionLevel | null = null;
  #isClosed = false;
  #refusal: (() => Error) | null = null;
  readonly binds: SessionBinds;
  readonly #repeated: RepeatedLoads | null;
  /** As the program has it. */
  readonly session: Closable;
  /** The session's own, and that of its other forms. */
  readonly info: Record<string, unknown>;
  #reference: WeakRef<Closable> | null = null;

  constructor({ binds, mode, options, hubs, view, session, info }: SessionParts) {
    this.session = session;
    this.info = info;
    this.binds = binds;
    this.mode = mode;
    this.options = options;
    this.autoflush = options.autoflush;
    this.#repeated = options.warnRepeatedLoads ? new RepeatedLoads((message) => binds.warn(message)) : null;
    this.events = new EventSource(hubs, view);
    this.book = new ObjectBook(this, this.events, (state) => this.forgetWrites(state));
    this.transactions = new TransactionTree(
      {
        events: this.events,
        flushingIn: () => this.#flushingIn,
        refuseClosed: () => this.refuseClosed(),
        opened: () => noteOpen((this.#reference ??= new WeakRef(this.session))),
        flushAllFlow: () => this.#flushAllFlow(),
        restore: (level) => this.#restore(level),
        committed: () => this.#committed(),
      },
      options,
    );
  }

  get jit(): boolean | undefined {
    return this.binds.jit;
  }
  get identityMap(): IdentityMap {
    return this.book.identityMap;
  }
  get newStates(): Set<InstanceState> {
    return this.book.newStates;
  }
  get deletedStates(): Set<InstanceState> {
    return this.book.deletedStates;
  }
  get touched(): Set<InstanceState> {
    return this.book.touched;
  }
  get journal(): Journal {
    return this.transactions.levelOrBegin().journal;
  }
  get told(): Told {
    return this.events;
  }
  /** The innermost transaction or savepoint. */
  get level(): SessionLevel | null {
    return this.transactions.level;
  }

  // ---- what objects and loading ask ----

  loadAttribute(state: InstanceState, key: string): unknown {
    refuseLazy(state, key, "ever");
    const present = presentReference(this, state, key);
    if (present !== undefined) return present;
    refuseLazy(state, key, "sql");
    if (this.mode === "async" && !this.#isBlocking) return refuseUnloaded(state, key);
    this.noteLazyLoad(state, key);
    runSync(loadRelationFlow(this, state, key));
    return (state.object as Record<string, unknown>)[key];
  }

  /** An attribute of one object is about to be loaded. */
  noteLazyLoad(state: InstanceState, key: string): void {
    if (this.#repeated === null) return;
    const property = state.mapper.find(key);
    if (property !== undefined && isRelationship(property)) this.#repeated.note(property);
  }

  relationChanged(state: InstanceState, property: RelationshipProperty): void {
    if (this.isTelling) this.#warnLate(`a change of ${property.name}`);
    this.touched.add(state);
  }

  cascadeAdd(object: object): void {
    const state = stateOf(object);
    if (state === undefined) return;
    if (state.status === "transient" || state.status === "detached") this.book.add(object);
    else if (state.owner === this) this.deletedStates.delete(state); // what is put to use is not to be deleted
  }

  present(mapper: EntityMapper, key: unknown, token: IdentityToken | null): InstanceState | undefined {
    return this.identityMap.get(mapper, key, token);
  }

  noteUnseenWrite(): void {
    this.unseenWrites += 1;
  }

  forgetNew(state: InstanceState): void {
    for (const member of reachedBy(state, "expunge"))
      if (member.status === "pending" && member.owner === this) this.book.forgetNew(member);
  }

  release(state: InstanceState): void {
    this.book.release(state);
  }

  releaseLoaded(states: readonly InstanceState[]): void {
    this.book.releaseLoaded(states);
  }

  /** A rollback has nothing to put back of an object: the program made it transient. */
  forgetWrites(state: InstanceState): void {
    for (let { level } = this; level !== null; level = level.parent) level.journal.entries.delete(state);
  }

  noteGone(state: InstanceState): void {
    takeDeleted(this, [state]);
  }

  tellLoadedFlow(states: readonly InstanceState[]): Flow<void> {
    return tellLoadedFlow(this.events, states);
  }

  tellRefreshedFlow(states: Iterable<InstanceState>): Flow<void> {
    return tellRefreshedFlow(this.events, states);
  }

  wasExpunged(state: InstanceState): boolean {
    return this.book.wasExpunged(state);
  }

  objectsFlow(statement: Executable, options: QueryOptions): Flow<readonly (readonly unknown[])[]> {
    return this.hearsStatements ? this.#toldObjectsFlow(statement, options) : objectsFlow(this, statement, options);
  }

  get hearsStatements(): boolean {
    return this.events.hears("doOrmExecute");
  }

  *#toldObjectsFlow(statement: Executable, options: QueryOptions): Flow<readonly (readonly unknown[])[]> {
    const { purpose, lazyLoadedFrom: from, executionOptions: given, ...own } = options;
    const toldToken = options.identityToken == null ? null : { identityToken: options.identityToken };
    const node = statement.toNode();
    const result = yield* this.tellStatementFlow({
      // listeners may want to add to it
      statement: node.kind === "select" ? new Select(node) : statement,
      params: undefined,
      options: { ...given, populateExisting: options.populateExisting === true, ...toldToken },
      purpose: purpose === undefined ? undefined : { kind: purpose, from },
      run: (told, _params, { populateExisting = false }) => this.#ownResultFlow(told, { ...own, populateExisting }),
    });
    return result.all() as readonly (readonly unknown[])[];
  }

  *#ownResultFlow(statement: Executable, options: QueryOptions): Flow<AnyResult> {
    const rows = yield* objectsFlow(this, statement, options);
    return new ResultBase("sync", { keys: rows[0]?.map((_value, index) => `column_${index + 1}`) ?? [], rows });
  }

  /** Executes a statement of which listeners hear. */
  tellStatementFlow(call: StatementCall): Flow<AnyResult> {
    return ormExecuteFlow(this.mode, this.events, call);
  }

  *tellBulkFlow(kind: "update" | "delete", statement: Executable, rowcount: number): Flow<void> {
    yield* this.events.fireFlow(kind === "update" ? "afterBulkUpdate" : "afterBulkDelete", { statement, rowcount });
  }

  /** Drives what is written where rows of a token are. */
  *withTokenFlow(token: IdentityToken | null, flow: Flow<void>): Flow<void> {
    const before = this.binds.token;
    this.binds.token = token;
    try {
      yield* flow;
    } finally {
      this.binds.token = before;
    }
  }

  environmentFor(subject: BindSubject, given?: BindArguments): Environment {
    return this.binds.of(subject, given).environment;
  }

  *connectionFlow(subject: BindSubject | null, given?: BindArguments): Flow<ConnectionCore> {
    this.refuseClosed();
    const bind = this.binds.of(subject, given);
    if (this.#isBlocking) refuseWaiting(bind.environment);
    return yield* this.transactions.connectionFlow(bind);
  }

  /** Calls a function that cannot wait, though the session is async. */
  blocking<T>(body: () => T): T {
    const before = this.#isBlocking;
    this.#isBlocking = true;
    try {
      return body();
    } finally {
      this.#isBlocking = before;
    }
  }

  /** The connection that a program asks for; `options` are for one that is opened now. */
  *chosenConnectionFlow(given: BindArguments | undefined, options: ConnectionOptions | null): Flow<ConnectionCore> {
    this.refuseClosed();
    const bind = this.binds.of(null, given);
    if (this.#isBlocking) refuseWaiting(bind.environment);
    if (options !== null && this.transactions.connections.of(bind) !== null) {
      bind.environment.warn(
        "session.connection(): a connection is already established for this transaction; its executionOptions are ignored. " +
          "Ask for them before the first statement.",
      );
    }
    return yield* this.transactions.connectionFlow(bind, options);
  }

  /** A statement changed rows of a table: loaded objects of it are read anew when asked for. */
  noteChanged(node: StatementNode): void {
    noteChanged(this, node);
  }

  noteDeleted(states: Iterable<InstanceState>): void {
    this.book.noteDeleted(states);
  }

  // ---- objects ----

  /** Listeners that are called while rows are written may change columns only: what is written is settled by then. */
  #warnLate(what: string): void {
    this.binds.warn(
      `Usage of ${what} is not supported within the execution stage of a flush, and may have no effect. ` +
        "Do it in a beforeFlush listener instead of one of mapper events.",
    );
  }

  add(object: unknown): void {
    if (this.isTelling) this.#warnLate("session.add()");
    this.refuseClosed();
    requireState(object);
    this.transactions.levelOrBegin();
    this.book.add(object);
  }

  delete(object: unknown): void {
    if (this.isTelling) this.#warnLate("session.delete()");
    this.refuseClosed();
    this.transactions.levelOrBegin();
    this.book.delete(object);
  }

  /** Objects with changes not flushed. */
  *dirtyStates(): Iterable<InstanceState> {
    for (const [mapper, states] of this.identityMap.classes()) yield* this.#dirtyOf(mapper, states.values());
  }

  #dirtyOf(mapper: EntityMapper, states: Iterable<InstanceState>): Iterable<InstanceState> {
    const all = [...states];
    const changed = new Set(dirtyStates(mapper, all, this.jit));
    for (const state of all) if (state.slots !== null && relationChanges(state).length > 0) changed.add(state);
    return [...changed].filter((state) => !this.deletedStates.has(state));
  }

  /** What there is to write; `null` when there is nothing. Objects are not looked at where that is clear without. */
  #work(): Work | null {
    if (this.newStates.size > 0 || this.deletedStates.size > 0) return { found: null };
    const found = findChanges(this.identityMap, this.jit);
    return found.dirty.length === 0 && !found.isRelated ? null : { found };
  }

  // ---- writing ----

  *autoflushFlow(options: FlushOptions = {}): Flow<void> {
    if (!this.autoflush || this.#isFlushing) return;
    const work = this.#work();
    if (work !== null) yield* this.#flushEarlyFlow(options, work);
  }

  /** Flushes before a look-up by key what it may miss; answers whether there was such a thing. */
  *autoflushLookUpFlow(states: Iterable<InstanceState>): Flow<boolean> {
    if (!this.autoflush || this.#isFlushing) return false;
    if (this.newStates.size === 0 && this.deletedStates.size === 0 && !anyRekeyed(states)) return false;
    yield* this.#flushEarlyFlow({});
    return true;
  }

  *#flushEarlyFlow(options: FlushOptions, work?: Work): Flow<void> {
    try {
      yield* this.#writeFlow(options, work);
    } catch (error) {
      if (error instanceof Error) {
        error.message = `(raised by an autoflush; wrap the query in session.noAutoflush(…) if the flush comes too early) ${error.message}`;
      }
      throw error;
    }
  }

  /** Writes what changed; with a list of objects, of these and of what hangs together with them. */
  *flushFlow(objects: Iterable<object> | null = null): Flow<void> {
    if (objects === null) yield* this.#writeFlow({});
    else
      yield* this.#flushOfFlow(flushScope(this, Array.from(requireList(objects, "flush()", "flush()"), requireState)));
  }

  *#flushOfFlow(only: FlushScope): Flow<void> {
    const dirty = new Set([...this.newStates, ...this.deletedStates, ...this.dirtyStates()]);
    if ([...only].some((state) => dirty.has(state))) yield* this.#writeFlow({ only }, { found: null });
  }

  /**
   * Writes what changed; `known` is what was found just now.
   *
   * Answers whether the session is clean: it called nothing of the program's that could have changed an object since they
   * were looked at. What the program changes beside it, while it waits, belongs to the next flush. A second look at
   * 100,000 objects takes as long as the first, 4 ms.
   */
  *#writeFlow(options: FlushOptions, known?: Work): Flow<boolean> {
    if (this.#isFlushing) throw new InvalidRequestError("Session is already flushing.");
    const due = known ?? this.#work();
    if (due === null) return false;
    this.transactions.refuseSql();
    this.#flushingIn = this.transactions.levelOrBegin();
    this.#setFlushing(true);
    // a listener, a validator or waiting for a row may bring changes that were not there when objects were looked at
    const isAlone = !this.events.active && this.book.unread.size === 0;
    const found = isAlone && due.found?.dirty.every(({ mapper }) => mapper.listeners.hooks === null) ? due.found : null;
    yield* this.#beforeFlushFlow(options.only);
    let before = this.events.active ? new Set(this.journal.entries.keys()) : null;
    try {
      const work = this.#flushEvent(options.only);
      const plan = yield* flushWorkFlow(this, { ...options, found });
      yield* this.events.fireFlow("afterFlush", work);
      if (before !== null || plan.deletes.size > 0) this.#announce(before);
      before = null;
      this.#setFlushing(false);
      yield* this.events.fireFlow("afterFlushPostexec", work);
      return isAlone && !this.events.active && !this.transactions.connections.areObserved && isQuiet(plan);
    } catch (error) {
      if (before !== null) this.#unannounced(before);
      yield* this.transactions.failFlow(error);
      throw error;
    } finally {
      this.#setFlushing(false);
    }
  }

  #setFlushing(value: boolean): void {
    this.#isFlushing = value;
    if (!value) this.#flushingIn = null;
    this.binds.flushing = value;
  }

  /** Nothing was written yet: when this fails, the transaction goes on. */
  *#beforeFlushFlow(only: FlushScope | null = null): Flow<void> {
    try {
      if (this.book.unread.size > 0) yield* readUnreadFlow(this, this.book.unread);
      yield* this.events.fireFlow("beforeFlush", this.#flushEvent(only));
      validateChanges(this, only);
    } catch (error) {
      this.#setFlushing(false);
      throw error;
    }
  }

  #flushEvent(only: FlushScope | null = null): {
    readonly new: readonly object[];
    readonly dirty: readonly object[];
    readonly deleted: readonly object[];
  } {
    if (!this.events.active) return noObjects;
    const due = (states: Iterable<InstanceState>): readonly object[] =>
      objects(only === null ? states : [...states].filter((state) => only.has(state)));
    return { new: due(this.newStates), dirty: due(this.dirtyStates()), deleted: due(this.deletedStates) };
  }

  /** Tells of objects whose state the flush changed. */
  #announce(before: ReadonlySet<InstanceState> | null): void {
    const gone: InstanceState[] = [];
    for (const [state, entry] of this.journal.entries) {
      if (state.status === "deleted" && state.owner === this && !this.book.isGone(state)) gone.push(state);
      else if (before !== null && entry.kind === "inserted" && !before.has(state))
        this.events.fire("pendingToPersistent", { object: state.object });
    }
    this.book.noteDeleted(gone);
  }

  /** The flush failed: objects that it had inserted count as pending, as nobody was told anything else. */
  #unannounced(before: ReadonlySet<InstanceState>): void {
    for (const [state, { kind }] of this.journal.entries)
      if (kind === "inserted" && !before.has(state) && state.status === "persistent") state.status = "pending";
  }

  *#flushAllFlow(): Flow<void> {
    for (let round = 0; round < FLUSH_ROUNDS; round += 1) {
      const work = this.#work();
      if (work === null || (yield* this.#writeFlow({}, work))) return;
    }
    throw new FlushError(
      `Over ${FLUSH_ROUNDS} flushes have not left the session clean. Is an afterFlush listener or a default adding changes each time?`,
    );
  }

  // ---- transaction ----

  #restore(level: SessionLevel): void {
    try {
      this.book.rolledBack(level.journal);
    } finally {
      if (level.parent === null) this.epoch += 1;
      level.journal.entries.clear();
    }
  }

  #committed(): void {
    if (this.options.expireOnCommit) this.epoch += 1;
    this.book.committed();
  }

  *rollbackFlow(): Flow<void> {
    const { root } = this.transactions;
    if (root === null) return this.book.forgetUnflushed();
    if (this.level?.isFailed === true && this.#work() !== null) {
      this.binds.warn(
        "session.rollback(): objects were added or changed after a flush had failed; these changes are discarded.",
      );
    }
    yield* this.transactions.rollbackFlow();
  }

  /** Rolls back what is open, gives the connections back and lets go of all objects. */
  *closeFlow(how: "close" | "for good" | "reset" | "invalidate" = "close"): Flow<void> {
    const { isShared } = this.transactions.connections;
    const journals: Journal[] = [];
    for (let { level } = this; level !== null; level = level.parent) journals.push(level.journal);
    yield* this.transactions.closeFlow(how === "invalidate", () => {
      if (this.#reference !== null) noteClosed(this.#reference);
      this.book.releaseAll();
      // a connection of somebody else may yet be committed
      if (!isShared) for (const journal of journals) unwrite(journal);
      if (how === "for good" || (how === "close" && !this.options.closeResetsOnly)) this.#isClosed = true;
    });
  }

  /** @throws ResourceClosedError after `close()` of a session that closes for good. */
  refuseClosed(): void {
    if (!this.#isClosed) return;
    if (this.#refusal !== null) throw this.#refusal();
    throw new ResourceClosedError(
      "This Session is permanently closed: it has closeResetsOnly: false, or the block it was made for has ended. " +
        "Make a new one, or reset() it.",
    );
  }

  /** Makes the session refuse everything but its end; `refusal` makes the error to throw. */
  retire(refusal: () => Error): void {
    this.#isClosed = true;
    this.#refusal = refusal;
  }

  /** Makes a session that was closed for good usable again. */
  reopen(): void {
    this.#refusal = null;
    this.#isClosed = false;
  }

  /** Calls a function during which queries do not flush. */
  *noAutoflushFlow<T>(body: () => Flow<T>): Flow<T> {
    const before = this.autoflush;
    this.autoflush = false;
    try {
      return yield* body();
    } finally {
      this.autoflush = before;
    }
  }
}

/** That there is something to write, and what was found if loaded objects were looked at. */
interface Work {
  readonly found: Findings | null;
}

/** It wrote nothing but columns, and called nothing of the program's that could have changed an object. */
function isQuiet(plan: WorkPlan): boolean {
  if (plan.deletes.size > 0 || plan.related.size > 0) return false;
  return areQuiet(plan.inserts, "onInsert") && areQuiet(plan.updates, "onUpdate");
}

function areQuiet(states: Iterable<InstanceState>, when: "onInsert" | "onUpdate"): boolean {
  let last: EntityMapper | null = null;
  for (const { mapper } of states) {
    if (mapper === last) continue;
    last = mapper;
    if (mapper.listeners.active || mapper.listeners.hooks !== null) return false;
    if (mapper.columns.some(({ column }) => typeof column[when] === "function")) return false;
  }
  return true;
}

const noObjects = { new: [], dirty: [], deleted: [] } as const;

function objects(states: Iterable<InstanceState>): readonly object[] {
  return Array.from(states, (state) => state.object);
}

/** @throws AwaitRequired over a driver that answers with promises. */
function refuseWaiting({ driver }: Environment): void {
  if (!driver.answersAtOnce) throw noSyncPath(driver.name);
}
