import type { ConnectionCore, ConnectionOptions } from "../../engine/index.ts";
import { InvalidRequestError, ResourceClosedError } from "../../errors/index.ts";
import { closing, type Flow, keepSuppressed } from "../../flow/index.ts";
import { commitAllFlow, commitPreparedFlow, endAllFlow, nothingFlow } from "./attachments.ts";
import type { EventSource } from "./event-source.ts";
import type { SessionBind } from "./session-bind.ts";
import { type ConnectionSettings, SessionConnections } from "./session-connections.ts";
import { inProgress, SessionLevel, type SessionTransactionOrigin } from "./session-level.ts";

export interface TreeOptions extends ConnectionSettings {
  readonly autobegin: boolean;
}

/** What the transactions of a session ask of it. */
export interface TreeHost {
  readonly events: EventSource;
  /** The level a flush is at work in. */
  flushingIn(): SessionLevel | null;
  /** @throws ResourceClosedError after the session was closed for good. */
  refuseClosed(): void;
  /** A transaction begins. */
  opened(): void;
  /** Writes until nothing is left to write. */
  flushAllFlow(): Flow<void>;
  /** Objects return to what they were when the level began. */
  restore(level: SessionLevel): void;
  /** The outermost transaction was committed. */
  committed(): void;
}

/** A session's transaction with the savepoints in it, and the connections they use (spec B4). */
export class TransactionTree {
  readonly #host: TreeHost;
  readonly #options: TreeOptions;
  readonly connections: SessionConnections;
  #level: SessionLevel | null = null;
  /** A block whose transaction must not be replaced by another behind its back. */
  #scope: SessionLevel | null = null;

  constructor(host: TreeHost, options: TreeOptions) {
    this.#host = host;
    this.#options = options;
    this.connections = new SessionConnections(options, host.events);
  }

  /** The innermost transaction or savepoint. */
  get level(): SessionLevel | null {
    return this.#level;
  }

  /** The transaction around all savepoints. */
  get root(): SessionLevel | null {
    let level = this.#level;
    while (level !== null && level.parent !== null) level = level.parent;
    return level;
  }

  /** Guards a block: when its transaction was ended inside it, no other begins before the block ends. */
  enterScope(level: SessionLevel): () => void {
    const outer = this.#scope;
    this.#scope = level;
    return () => {
      this.#scope = outer;
    };
  }

  /** @throws PendingRollbackError after a failed flush, until `rollback()`. */
  refuseFailed(): void {
    this.#level?.refuseFailed();
  }

  /** @throws InvalidRequestError once the transaction is prepared or ending, PendingRollbackError as `refuseFailed`. */
  refuseSql(): void {
    this.#level?.refuseSql();
  }

  /** @throws ResourceClosedError for a transaction that has ended. */
  refuseOver(level: SessionLevel): void {
    if (level.isOver) throw over();
  }

  /** The present level; begins the transaction if there is none. */
  levelOrBegin(): SessionLevel {
    this.#host.refuseClosed();
    if (this.#scope?.isOver === true) {
      throw new InvalidRequestError(
        "Can't operate on closed transaction inside a block. It was committed or rolled back in the block that begin() runs; leave the block before going on.",
      );
    }
    if (this.#level !== null) return this.#level;
    if (!this.#options.autobegin) {
      throw new InvalidRequestError(
        "Autobegin is disabled on this Session; call session.begin() to start a transaction.",
      );
    }
    return this.#start("autobegin", null);
  }

  /** @throws InvalidRequestError when a transaction is begun already. */
  begin(): SessionLevel {
    this.#host.refuseClosed();
    this.refuseFailed();
    if (this.#level !== null) {
      throw new InvalidRequestError(
        "A transaction is already begun on this Session. It begins by itself with the first add() or statement: commit() or rollback() first, or use beginNested().",
      );
    }
    return this.#start("begin", null);
  }

  #start(origin: SessionTransactionOrigin, parent: SessionLevel | null): SessionLevel {
    this.#level = new SessionLevel(origin, parent);
    if (parent === null) this.#host.opened();
    this.#host.events.fire("afterTransactionCreate", { nested: parent !== null, origin });
    return this.#level;
  }

  #finish(level: SessionLevel): void {
    level.close();
    this.#level = level.parent;
    this.#host.events.fire("afterTransactionEnd", { nested: level.parent !== null, origin: level.origin });
  }

  /** Flushes and begins a savepoint; the statement itself is sent when the level first uses a connection. */
  *beginNestedFlow(): Flow<SessionLevel> {
    this.#host.refuseClosed();
    this.refuseSql();
    yield* this.#host.flushAllFlow();
    const outer = this.#level ?? this.#start("autobegin", null);
    return this.#start("beginNested", outer);
  }

  /** The connection of a bind, in the present transaction and savepoint; `options` are for one that is opened now. */
  *connectionFlow(bind: SessionBind, options: ConnectionOptions | null = null): Flow<ConnectionCore> {
    const level = this.levelOrBegin();
    level.refuseSql();
    return yield* this.connections.connectionFlow(level, bind, options);
  }

  /** Writes and does the first phase on every connection: from here on the transaction can only be committed or rolled back. */
  *prepareFlow(given: SessionLevel | null = null): Flow<void> {
    if (given !== null) this.refuseOver(given);
    this.refuseSql();
    const level = given ?? this.levelOrBegin();
    if (level.parent !== null || !this.#options.twophase) {
      throw new InvalidRequestError(
        "'twophase' mode not enabled, or not root transaction; can't prepare. Give the session twophase: true, and end its savepoints first.",
      );
    }
    yield* this.#exclusiveFlow(level, "prepare", () => this.#prepareRootFlow(level));
  }

  /** Commits the whole transaction, through all savepoints. */
  *commitFlow(): Flow<void> {
    this.refuseFailed();
    const root = this.root ?? this.levelOrBegin();
    yield* this.#exclusiveFlow(root, "commit", () => this.#commitRootFlow(root));
  }

  *#commitRootFlow(root: SessionLevel): Flow<void> {
    if (this.#options.twophase) {
      if (root.state !== "prepared") yield* this.#prepareRootFlow(root);
    } else yield* this.#completeFlow();
    const isPrepared = root.state === "prepared";
    const attachments = this.connections.take();
    root.state = "committed";
    try {
      yield* isPrepared ? commitPreparedFlow(attachments) : commitAllFlow(attachments);
    } catch (error) {
      // what is prepared will be committed, sooner or later
      if (isPrepared) this.#settleCommitted(root);
      else this.#restoreAndFinish(root);
      throw error;
    }
    try {
      yield* this.#host.events.fireFlow("afterCommit", {});
    } finally {
      // the database has it, whatever a listener says
      this.#settleCommitted(root);
    }
  }

  #settleCommitted(root: SessionLevel): void {
    try {
      this.#host.committed();
    } finally {
      this.#finish(root);
    }
  }

  /** Writes all there is, and ends the savepoints. */
  *#completeFlow(): Flow<void> {
    yield* this.#host.events.fireFlow("beforeCommit", {});
    yield* this.#host.flushAllFlow();
    while (this.#level !== null && this.#level.parent !== null) yield* this.releaseFlow(this.#level);
  }

  *#prepareRootFlow(root: SessionLevel): Flow<void> {
    yield* this.#completeFlow();
    try {
      yield* this.connections.prepareFlow();
    } catch (error) {
      yield* closing(failingFlow(error), () => this.#rollbackAllFlow());
    }
    root.state = "prepared";
  }

  /** Ends a level, unless it is being ended or a flush is at work in it. */
  #exclusiveFlow<T>(level: SessionLevel, method: string, body: () => Flow<T>): Flow<T> {
    for (let inner = this.#host.flushingIn(); inner !== null; inner = inner.parent)
      if (inner === level) throw inProgress(method, "flush");
    return level.exclusiveFlow(method, body);
  }

  #restoreAndFinish(level: SessionLevel): void {
    try {
      this.#host.restore(level);
    } finally {
      this.#finish(level);
    }
  }

  /** Rolls the whole transaction back, through all savepoints. */
  *rollbackFlow(): Flow<void> {
    const { root } = this;
    if (root !== null) yield* this.#exclusiveFlow(root, "rollback", () => this.#rollbackAllFlow());
  }

  *#rollbackAllFlow(): Flow<void> {
    const levels = this.#levels();
    const attachments = this.connections.take();
    for (const level of levels) level.state = "rolledBack";
    yield* closing(
      endAllFlow(attachments, (attachment) => attachment.rollbackFlow()),
      () => this.#rolledBackFlow(levels, attachments.size > 0),
    );
  }

  /** The levels, the innermost first. */
  #levels(): readonly SessionLevel[] {
    const levels: SessionLevel[] = [];
    for (let level = this.#level; level !== null; level = level.parent) levels.push(level);
    return levels;
  }

  *#rolledBackFlow(levels: readonly SessionLevel[], reachedDatabase: boolean): Flow<void> {
    const [level, ...outer] = levels;
    try {
      if (reachedDatabase) yield* this.#host.events.fireFlow("afterRollback", {});
    } finally {
      // the database has forgotten it, whatever a listener says
      if (level !== undefined) yield* this.#levelRolledBackFlow(level, outer);
    }
  }

  *#levelRolledBackFlow(level: SessionLevel, outer: readonly SessionLevel[]): Flow<void> {
    try {
      this.#restoreAndFinish(level);
      yield* this.#host.events.fireFlow("afterSoftRollback", { nested: level.parent !== null, origin: level.origin });
    } finally {
      yield* this.#rolledBackFlow(outer, false);
    }
  }

  /** Releases a savepoint, and those inside it. */
  *releaseFlow(level: SessionLevel): Flow<void> {
    this.refuseSql();
    if (level.isOver) throw over();
    yield* this.#exclusiveFlow(level, "commit", () => this.#releaseFlow(level));
  }

  *#releaseFlow(level: SessionLevel): Flow<void> {
    yield* this.#host.flushAllFlow();
    while (this.#level !== level && this.#isInside(level)) yield* this.releaseFlow(this.#level as SessionLevel);
    if (this.#level !== level || level.parent === null) throw over();
    for (const [attachment, savepoint] of level.savepoints) yield* attachment.core.transactions.commitFlow(savepoint);
    level.journal.mergeInto(level.parent.journal);
    this.#finish(level);
  }

  /** Rolls back to a savepoint, and those inside it. */
  *rollbackToFlow(level: SessionLevel): Flow<void> {
    if (level.isOver) throw over();
    yield* this.#exclusiveFlow(level, "rollback", () => this.#rollbackToFlow(level));
  }

  *#rollbackToFlow(level: SessionLevel): Flow<void> {
    while (this.#level !== level && this.#isInside(level)) yield* this.rollbackToFlow(this.#level as SessionLevel);
    if (this.#level !== level) throw over();
    const isUndone = level.isFailed;
    level.state = "rolledBack";
    yield* closing(isUndone ? nothingFlow() : rollbackSavepointsFlow(level), () =>
      this.#rolledBackFlow([level], false),
    );
  }

  /** A flush failed: the database is rolled back at once, the session waits for the program to notice. */
  *failFlow(error: unknown): Flow<void> {
    const level = this.#level;
    if (level === null || level.isFailed) return;
    level.state = "failed";
    level.failure = error;
    try {
      if (level.parent === null) yield* endAllFlow(this.connections.take(), (attachment) => attachment.rollbackFlow());
      else yield* rollbackSavepointsFlow(level);
    } catch (second) {
      keepSuppressed(error, second);
    }
    this.#host.restore(level);
  }

  /** Ends everything without a word from the program; `discard` closes the connections instead of giving them back, `ended` lets go of objects. */
  *closeFlow(discard: boolean, ended: () => void): Flow<void> {
    const { root } = this;
    if (root === null) ended();
    else yield* this.#exclusiveFlow(root, "close", () => this.#closeFlow(discard, ended));
  }

  *#closeFlow(discard: boolean, ended: () => void): Flow<void> {
    const attachments = this.connections.take();
    const levels = this.#levels();
    for (const level of levels) level.state = "rolledBack";
    try {
      yield* endAllFlow(attachments, (attachment) =>
        discard ? attachment.core.invalidateFlow() : attachment.abandonFlow(),
      );
    } finally {
      try {
        for (const level of levels) this.#finish(level);
      } finally {
        ended();
      }
    }
  }

  #isInside(level: SessionLevel): boolean {
    for (let inner = this.#level; inner !== null; inner = inner.parent) if (inner === level) return true;
    return false;
  }
}

// oxlint-disable-next-line require-yield -- a flow, so that `closing` can run it
function* failingFlow(error: unknown): Flow<never> {
  throw error;
}

function* rollbackSavepointsFlow(level: SessionLevel): Flow<void> {
  for (const [attachment, savepoint] of level.savepoints) {
    if (savepoint.status === "active") yield* attachment.core.transactions.rollbackFlow(savepoint);
  }
}

function over(): ResourceClosedError {
  return new ResourceClosedError("This transaction is closed: it was committed or rolled back before.");
}
