import type { ConnectionCore } from "../../engine/index.ts";
import { InvalidRequestError, PendingRollbackError, ResourceClosedError } from "../../errors/index.ts";
import { closing, type Flow, keepSuppressed } from "../../flow/index.ts";
import type { EventSource } from "./event-source.ts";
import { type Attachment, attachFlow, type JoinTransactionMode } from "./joined-transaction.ts";
import type { SessionBind } from "./session-bind.ts";
import { SessionLevel, type SessionTransactionOrigin } from "./session-level.ts";

export interface TreeOptions {
  readonly autobegin: boolean;
  readonly joinTransactionMode: JoinTransactionMode;
}

/** What the transactions of a session ask of it. */
export interface TreeHost {
  readonly events: EventSource;
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
  #level: SessionLevel | null = null;
  #attachments = new Map<SessionBind, Attachment>();
  /** A block whose transaction must not be replaced by another behind its back. */
  #scope: SessionLevel | null = null;

  constructor(host: TreeHost, options: TreeOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The innermost transaction or savepoint. */
  get level(): SessionLevel | null {
    return this.#level;
  }

  /** The connection of a bind, if the transaction uses it. */
  connectionOf(bind: SessionBind): ConnectionCore | null {
    return this.#attachments.get(bind)?.core ?? null;
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
    const level = this.#level;
    if (level === null || !level.isFailed) return;
    const cause = level.failure;
    const text = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new PendingRollbackError(
      `This Session's transaction was rolled back because of an error during flush: ${text}\n` +
        "Call rollback() to begin a new one; the first error is this one's cause.",
      { cause },
    );
  }

  /** The present level; begins the transaction if there is none. */
  levelOrBegin(): SessionLevel {
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
    this.#host.events.fire("afterTransactionCreate", { nested: parent !== null, origin });
    return this.#level;
  }

  #finish(level: SessionLevel): void {
    level.isOver = true;
    this.#level = level.parent;
    this.#host.events.fire("afterTransactionEnd", { nested: level.parent !== null, origin: level.origin });
  }

  /** Flushes and begins a savepoint; the statement itself is sent when the level first uses a connection. */
  *beginNestedFlow(): Flow<SessionLevel> {
    this.refuseFailed();
    yield* this.#host.flushAllFlow();
    const outer = this.#level ?? this.#start("autobegin", null);
    return this.#start("beginNested", outer);
  }

  *#tellBegunFlow(core: ConnectionCore): Flow<void> {
    const { events } = this.#host;
    if (events.hears("afterBegin")) yield* events.fireFlow("afterBegin", { connection: events.connection(core) });
  }

  /** The connection of a bind, in the present transaction and savepoint. */
  *connectionFlow(bind: SessionBind): Flow<ConnectionCore> {
    this.refuseFailed();
    const level = this.levelOrBegin();
    let attachment = this.#attachments.get(bind);
    if (attachment === undefined) {
      attachment = yield* attachFlow(yield* bind.openFlow(), this.#options.joinTransactionMode);
      this.#attachments.set(bind, attachment);
      yield* this.#tellBegunFlow(attachment.core);
    }
    if (level.parent !== null) yield* this.#savepointFlow(level, attachment);
    return attachment.core;
  }

  *#savepointFlow(level: SessionLevel, attachment: Attachment): Flow<void> {
    if (level.parent === null || level.savepoints.has(attachment)) return;
    yield* this.#savepointFlow(level.parent, attachment);
    level.savepoints.set(attachment, yield* attachment.core.beginNestedFlow());
  }

  /** Commits the whole transaction, through all savepoints. */
  *commitFlow(): Flow<void> {
    this.refuseFailed();
    if (this.#level === null) this.levelOrBegin();
    yield* this.#host.events.fireFlow("beforeCommit", {});
    yield* this.#host.flushAllFlow();
    while (this.#level !== null && this.#level.parent !== null) yield* this.releaseFlow(this.#level);
    const root = this.#level;
    const attachments = this.#takeAttachments();
    let isLost = false; // what comes after a failed commit must not be committed
    try {
      yield* endAllFlow(attachments, (attachment) =>
        isLost ? attachment.rollbackFlow() : notingFlow(attachment.commitFlow(), () => (isLost = true)),
      );
    } catch (error) {
      if (root !== null) this.#restoreAndFinish(root);
      throw error;
    }
    try {
      yield* this.#host.events.fireFlow("afterCommit", {});
    } finally {
      // the database has it, whatever a listener says
      try {
        this.#host.committed();
      } finally {
        if (root !== null) this.#finish(root);
      }
    }
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
    const levels: SessionLevel[] = [];
    for (let level = this.#level; level !== null; level = level.parent) levels.push(level);
    if (levels.length === 0) return;
    const attachments = this.#takeAttachments();
    yield* closing(
      endAllFlow(attachments, (attachment) => attachment.rollbackFlow()),
      () => this.#rolledBackFlow(levels, attachments.size > 0),
    );
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
    this.refuseFailed();
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
    while (this.#level !== level && this.#isInside(level)) yield* this.rollbackToFlow(this.#level as SessionLevel);
    if (this.#level !== level) throw over();
    yield* closing(level.isFailed ? nothingFlow() : rollbackSavepointsFlow(level), () =>
      this.#rolledBackFlow([level], false),
    );
  }

  /** A flush failed: the database is rolled back at once, the session waits for the program to notice. */
  *failFlow(error: unknown): Flow<void> {
    const level = this.#level;
    if (level === null || level.isFailed) return;
    level.isFailed = true;
    level.failure = error;
    try {
      if (level.parent === null) yield* endAllFlow(this.#takeAttachments(), (attachment) => attachment.rollbackFlow());
      else yield* rollbackSavepointsFlow(level);
    } catch (second) {
      keepSuppressed(error, second);
    }
    this.#host.restore(level);
  }

  /** Ends everything without a word from the program; `discard` closes the connections instead of giving them back. */
  *closeFlow(discard = false): Flow<void> {
    const attachments = this.#takeAttachments();
    const levels: SessionLevel[] = [];
    for (let level = this.#level; level !== null; level = level.parent) levels.push(level);
    try {
      yield* endAllFlow(attachments, (attachment) =>
        discard ? attachment.core.invalidateFlow() : attachment.abandonFlow(),
      );
    } finally {
      for (const level of levels) this.#finish(level);
    }
  }

  #takeAttachments(): ReadonlyMap<SessionBind, Attachment> {
    const taken = this.#attachments;
    this.#attachments = new Map();
    return taken;
  }

  #isInside(level: SessionLevel): boolean {
    for (let inner = this.#level; inner !== null; inner = inner.parent) if (inner === level) return true;
    return false;
  }
}

/** Ends the transaction on every connection and gives back those the session opened; the first error counts. */
function* endAllFlow(
  attachments: ReadonlyMap<SessionBind, Attachment>,
  end: (attachment: Attachment) => Flow<void>,
): Flow<void> {
  let first: { readonly error: unknown } | null = null;
  for (const [bind, attachment] of attachments) {
    try {
      yield* closing(attachment.core.closed ? nothingFlow() : end(attachment), () =>
        bind.ownsConnection ? attachment.core.closeFlow() : nothingFlow(),
      );
    } catch (error) {
      if (first === null) first = { error };
      else keepSuppressed(first.error, error);
    }
  }
  if (first !== null) throw first.error;
}

function* notingFlow(flow: Flow<void>, failed: () => void): Flow<void> {
  try {
    yield* flow;
  } catch (error) {
    failed();
    throw error;
  }
}

function* rollbackSavepointsFlow(level: SessionLevel): Flow<void> {
  for (const [attachment, savepoint] of level.savepoints) {
    if (savepoint.status === "active") yield* attachment.core.transactions.rollbackFlow(savepoint);
  }
}

// oxlint-disable-next-line require-yield
function* nothingFlow(): Flow<void> {}

function over(): ResourceClosedError {
  return new ResourceClosedError("This transaction is closed: it was committed or rolled back before.");
}
