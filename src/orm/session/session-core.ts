import type { ConnectionCore, Environment } from "../../engine/index.ts";
import { FlushError, InvalidRequestError, PendingRollbackError, ResourceClosedError } from "../../errors/index.ts";
import { closing, type Flow, keepSuppressed, type Mode, runSync } from "../../flow/index.ts";
import type { Executable, StatementNode } from "../../sql/index.ts";
import { dirtyStates } from "../flush/dirty.ts";
import type { FlushHost } from "../flush/flush-host.ts";
import { Journal } from "../flush/journal.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { flushWorkFlow } from "../flush/unit-of-work.ts";
import type { QueryOptions } from "../load/load-host.ts";
import { objectsFlow } from "../load/query-flow.ts";
import type { StreamHost } from "../load/stream-query.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { IdentityMap } from "../state/identity-map.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { loadRelationFlow, presentReference, refreshFlow, refuseUnloaded } from "./attribute-loading.ts";
import { ObjectBook } from "./object-book.ts";
import type { SessionBind } from "./session-bind.ts";
import { SessionLevel, type SessionTransactionOrigin } from "./session-transaction.ts";

export interface SessionCoreOptions {
  readonly autoflush: boolean;
  readonly expireOnCommit: boolean;
}

const STALE = -1; // no session's epoch
const FLUSH_ROUNDS = 100; // as SQLAlchemy: more means that flushing makes new work each time

/** All that sessions of both colours do, as flows: objects, transaction and connection. */
export class SessionCore implements FlushHost, StreamHost {
  readonly mode: Mode;
  readonly options: SessionCoreOptions;
  readonly book: ObjectBook = new ObjectBook(this);
  epoch = 0;
  #autoflush: boolean;
  #isFlushing = false;
  #isClosed = false;
  #connection: ConnectionCore | null = null;
  /** A transaction of the connection's owner is open: it is not ours to end. */
  #isJoined = false;
  #level: SessionLevel | null = null;
  readonly #bind: SessionBind;

  constructor(bind: SessionBind, mode: Mode, options: SessionCoreOptions) {
    this.#bind = bind;
    this.mode = mode;
    this.options = options;
    this.#autoflush = options.autoflush;
  }

  get environment(): Environment {
    return this.#bind.environment;
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
    return this.levelOrBegin().journal;
  }
  /** The innermost transaction or savepoint. */
  get level(): SessionLevel | null {
    return this.#level;
  }
  get connection(): ConnectionCore | null {
    return this.#connection;
  }

  // ---- StateOwner ----

  loadAttribute(state: InstanceState, key: string): unknown {
    const present = presentReference(this, state, key);
    if (present !== undefined) return present;
    if (this.mode === "async") return refuseUnloaded(state, key);
    runSync(loadRelationFlow(this, state, key));
    return (state.object as Record<string, unknown>)[key];
  }

  relationChanged(state: InstanceState, _property: RelationshipProperty): void {
    this.touched.add(state);
  }

  cascadeAdd(object: object): void {
    const state = stateOf(object);
    if (state !== undefined && (state.status === "transient" || state.status === "detached")) this.book.add(object);
  }

  forgetNew(state: InstanceState): void {
    this.book.forgetNew(state);
  }

  objectsFlow(statement: Executable, options: QueryOptions): Flow<readonly (readonly unknown[])[]> {
    return objectsFlow(this, statement, options);
  }

  release(state: InstanceState): void {
    this.book.release(state);
  }

  *refreshFlow(state: InstanceState): Flow<void> {
    yield* refreshFlow(this, state);
  }

  /** A statement changed rows of a table: loaded objects of it are read anew when asked for. */
  noteChanged(node: StatementNode): void {
    if (node.kind !== "update" && node.kind !== "delete" && node.kind !== "insert") return;
    if (node.kind === "insert" && node.onConflict === null) return;
    for (const [mapper, states] of this.identityMap.classes()) {
      if (mapper.table.node !== node.table || node.returning.length > 0) continue;
      for (const state of states.values()) state.epoch = STALE;
    }
  }

  // ---- objects ----

  add(object: unknown): void {
    this.#refuseFailed();
    this.book.add(object);
    this.levelOrBegin();
  }

  delete(object: unknown): void {
    this.#refuseFailed();
    this.book.delete(object);
    this.levelOrBegin();
  }

  /** Objects with changes not flushed. */
  *dirtyStates(): Iterable<InstanceState> {
    for (const [mapper, states] of this.identityMap.classes()) yield* this.#dirtyOf(mapper, states.values());
  }

  #dirtyOf(mapper: EntityMapper, states: Iterable<InstanceState>): Iterable<InstanceState> {
    const all = [...states];
    const changed = new Set(dirtyStates(mapper, all, this.environment.jit));
    for (const state of all) if (state.slots !== null && relationChanges(state).length > 0) changed.add(state);
    return [...changed].filter((state) => !this.deletedStates.has(state));
  }

  hasWork(): boolean {
    if (this.newStates.size > 0 || this.deletedStates.size > 0) return true;
    for (const [mapper, states] of this.identityMap.classes()) {
      if (dirtyStates(mapper, states.values(), this.environment.jit).length > 0) return true;
      for (const state of states.values()) if (state.slots !== null && relationChanges(state).length > 0) return true;
    }
    return false;
  }

  // ---- transaction ----

  /** The present level; begins the transaction if there is none. */
  levelOrBegin(origin: SessionTransactionOrigin = "autobegin"): SessionLevel {
    this.#level ??= new SessionLevel(origin, null, null);
    return this.#level;
  }

  begin(): SessionLevel {
    this.#refuseFailed();
    if (this.#level !== null) {
      throw new InvalidRequestError(
        "A transaction is already begun on this Session. It begins by itself with the first add() or statement: commit() or rollback() first, or use beginNested().",
      );
    }
    return this.levelOrBegin("begin");
  }

  *beginNestedFlow(): Flow<SessionLevel> {
    yield* this.flushFlow();
    const outer = this.levelOrBegin();
    const core = yield* this.connectionFlow();
    this.#level = new SessionLevel("beginNested", outer, yield* core.beginNestedFlow());
    return this.#level;
  }

  *connectionFlow(): Flow<ConnectionCore> {
    this.#refuseFailed();
    this.levelOrBegin();
    if (this.#connection !== null) return this.#connection;
    const connection = yield* this.#bind.openFlow();
    this.#isJoined = !this.#bind.ownsConnection && connection.transactions.root !== null;
    this.#connection = connection;
    return connection;
  }

  #refuseFailed(): void {
    if (this.#isClosed) throw new ResourceClosedError("This Session is closed for good.");
    const level = this.#level;
    if (level === null || !level.isFailed) return;
    const cause = level.failure;
    const text = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new PendingRollbackError(
      `This Session's transaction was rolled back because of an error during flush: ${text}\nCall rollback() to begin a new one; the first error is this one's cause.`,
      { cause },
    );
  }

  *autoflushFlow(): Flow<void> {
    if (!this.#autoflush || this.#isFlushing || !this.hasWork()) return;
    try {
      yield* this.flushFlow();
    } catch (error) {
      if (error instanceof Error) {
        error.message = `(raised by an autoflush; wrap the query in session.noAutoflush(…) if the flush comes too early) ${error.message}`;
      }
      throw error;
    }
  }

  *flushFlow(): Flow<void> {
    if (this.#isFlushing) throw new InvalidRequestError("Session is already flushing.");
    if (!this.hasWork()) return;
    this.#refuseFailed();
    this.#isFlushing = true;
    const doomed = new Set(this.deletedStates);
    try {
      yield* flushWorkFlow(this);
      for (const [state, entry] of this.journal.entries) if (entry.kind === "deleted") doomed.add(state);
      this.book.noteDeleted(doomed);
    } catch (error) {
      yield* this.#failFlow(error);
      throw error;
    } finally {
      this.#isFlushing = false;
    }
  }

  /** A flush failed: the database is rolled back at once, the session waits for the program to notice. */
  *#failFlow(error: unknown): Flow<void> {
    const level = this.levelOrBegin();
    level.isFailed = true;
    level.failure = error;
    try {
      if (level.savepoint === null) yield* this.#endConnectionFlow("rollback");
      else if (this.#connection !== null) yield* this.#connection.transactions.rollbackFlow(level.savepoint);
    } catch (second) {
      keepSuppressed(error, second);
    }
    this.#restore(level);
  }

  #restore(level: SessionLevel): void {
    this.book.rolledBack(level.journal);
    if (level.parent === null) this.epoch += 1;
    level.journal.entries.clear();
  }

  /** Commits the whole transaction, through all savepoints. */
  *commitFlow(): Flow<void> {
    this.#refuseFailed();
    yield* this.#flushAllFlow();
    while (this.#level !== null && this.#level.parent !== null) yield* this.releaseFlow(this.#level);
    const root = this.#level;
    try {
      yield* this.#endConnectionFlow("commit");
    } catch (error) {
      if (root !== null) this.#restore(root);
      this.#end(root);
      throw error;
    }
    this.#end(root);
    this.book.committed();
    if (this.options.expireOnCommit) this.epoch += 1;
  }

  *#flushAllFlow(): Flow<void> {
    for (let round = 0; round < FLUSH_ROUNDS; round += 1) {
      if (!this.hasWork()) return;
      yield* this.flushFlow();
    }
    throw new FlushError(
      `Over ${FLUSH_ROUNDS} flushes have not left the session clean. Is a hook or default adding changes each time?`,
    );
  }

  #end(level: SessionLevel | null): void {
    if (level !== null) level.isOver = true;
    this.#level = null;
  }

  /** Rolls the whole transaction back, through all savepoints; without one, objects still forget what was not flushed. */
  *rollbackFlow(): Flow<void> {
    const levels: SessionLevel[] = [];
    for (let level = this.#level; level !== null; level = level.parent) levels.push(level);
    yield* closing(this.#endConnectionFlow("rollback"), () => this.#restoreAllFlow(levels));
  }

  // oxlint-disable-next-line require-yield
  *#restoreAllFlow(levels: readonly SessionLevel[]): Flow<void> {
    for (const level of levels) {
      if (!level.isFailed || level.journal.entries.size > 0) this.#restore(level);
      level.isOver = true;
    }
    if (levels.length === 0) this.book.rolledBack(new Journal());
    this.#level = null;
  }

  /** Releases a savepoint, and those inside it. */
  *releaseFlow(level: SessionLevel): Flow<void> {
    this.#refuseFailed();
    yield* this.#flushAllFlow();
    while (this.#level !== null && this.#level !== level && this.#isInside(level)) yield* this.releaseFlow(this.#level);
    if (this.#level !== level || level.parent === null) throw over();
    const core = yield* this.connectionFlow();
    if (level.savepoint !== null) yield* core.transactions.commitFlow(level.savepoint);
    level.journal.mergeInto(level.parent.journal);
    level.isOver = true;
    this.#level = level.parent;
  }

  /** Rolls back to a savepoint, and those inside it. */
  *rollbackToFlow(level: SessionLevel): Flow<void> {
    if (level.isOver) throw over();
    while (this.#level !== null && this.#level !== level && this.#isInside(level))
      yield* this.rollbackToFlow(this.#level);
    if (this.#level !== level) throw over();
    if (level.savepoint !== null && !level.isFailed && this.#connection !== null) {
      yield* this.#connection.transactions.rollbackFlow(level.savepoint);
    }
    this.#restore(level);
    level.isOver = true;
    this.#level = level.parent;
  }

  #isInside(level: SessionLevel): boolean {
    for (let inner = this.#level; inner !== null; inner = inner.parent) if (inner === level) return true;
    return false;
  }

  *#endConnectionFlow(how: "commit" | "rollback"): Flow<void> {
    const connection = this.#connection;
    if (connection === null) return;
    this.#connection = null;
    const isJoined = this.#isJoined;
    this.#isJoined = false;
    const end = this.#finishFlow(connection, how, isJoined);
    yield* closing(end, () => (this.#bind.ownsConnection ? connection.closeFlow() : nothing()));
  }

  // a joined transaction is committed by its owner; a rollback rolls it back, since part of it failed
  *#finishFlow(connection: ConnectionCore, how: "commit" | "rollback", isJoined: boolean): Flow<void> {
    if (connection.closed) return;
    if (how === "rollback") yield* connection.rollbackFlow();
    else if (!isJoined) yield* connection.commitFlow();
  }

  /** Rolls back what is open, gives the connection back and lets go of all objects. */
  *closeFlow(): Flow<void> {
    yield* closing(this.#endConnectionFlow("rollback"), () => this.#letGoFlow());
  }

  // oxlint-disable-next-line require-yield
  *#letGoFlow(): Flow<void> {
    for (let level = this.#level; level !== null; level = level.parent) level.isOver = true;
    this.#level = null;
    this.book.releaseAll();
  }

  /** Calls a function during which queries do not flush. */
  *noAutoflushFlow<T>(body: () => Flow<T>): Flow<T> {
    const before = this.#autoflush;
    this.#autoflush = false;
    try {
      return yield* body();
    } finally {
      this.#autoflush = before;
    }
  }
}

// oxlint-disable-next-line require-yield
function* nothing(): Flow<void> {}

function over(): ResourceClosedError {
  return new ResourceClosedError("This transaction is closed: it was committed or rolled back before.");
}
