import type { TransactionState } from "../../engine/index.ts";
import { IllegalStateChangeError, InvalidRequestError, PendingRollbackError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { Journal } from "../flush/journal.ts";
import type { Attachment } from "./joined-transaction.ts";

export type SessionTransactionOrigin = "autobegin" | "begin" | "beginNested";

/**
 * How far a transaction or savepoint is.
 *
 * - `"failed"`: a flush failed, the database has been rolled back, the program has to say so too
 * - `"prepared"`: its first phase is done, only commit or rollback may follow
 * - `"committed"`, `"rolledBack"`: in the database; the session is still putting its objects in order
 */
export type LevelState = "active" | "failed" | "prepared" | "committed" | "rolledBack" | "closed";

/** One transaction or savepoint of a session: what it wrote, and the savepoints that stand for it. */
export class SessionLevel {
  readonly journal: Journal = new Journal();
  readonly parent: SessionLevel | null;
  /** By connection; set when the level first uses one. */
  readonly savepoints: Map<Attachment, TransactionState> = new Map();
  readonly origin: SessionTransactionOrigin;
  state: LevelState = "active";
  /** The error of the flush that failed. */
  failure: unknown = undefined;
  /** The method that is ending it. */
  #running: string | null = null;

  constructor(origin: SessionTransactionOrigin, parent: SessionLevel | null) {
    this.origin = origin;
    this.parent = parent;
  }

  get isFailed(): boolean {
    return this.state === "failed";
  }
  get isOver(): boolean {
    return this.state === "closed";
  }

  /** Runs what ends it. @throws IllegalStateChangeError while something else does (spec B32). */
  *exclusiveFlow<T>(method: string, body: () => Flow<T>): Flow<T> {
    if (this.#running !== null) throw inProgress(method, this.#running);
    this.#running = method;
    try {
      return yield* body();
    } finally {
      this.#running = null;
    }
  }

  /** Is over: from here on others may begin and end. */
  close(): void {
    this.state = "closed";
    this.#running = null;
  }

  /** @throws PendingRollbackError after a failed flush, until `rollback()`. */
  refuseFailed(): void {
    if (!this.isFailed) return;
    const cause = this.failure;
    const text = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new PendingRollbackError(
      `This Session's transaction was rolled back because of an error during flush: ${text}\n` +
        "Call rollback() to begin a new one; the first error is this one's cause.",
      { cause },
    );
  }

  /** @throws InvalidRequestError once it is prepared, committed or rolled back, PendingRollbackError as `refuseFailed`. */
  refuseSql(): void {
    if (this.state === "active") return;
    this.refuseFailed();
    if (this.state === "rolledBack") {
      throw new InvalidRequestError(
        "This session is in 'inactive' state: its transaction is being rolled back, and no further SQL can be emitted " +
          "within it. An afterSoftRollback listener of the outermost transaction may send SQL.",
      );
    }
    throw new InvalidRequestError(
      `This session is in '${this.state}' state; no further SQL can be emitted within this transaction.`,
    );
  }
}

/** What a method gets that changes what another one is still changing. */
export function inProgress(method: string, running: string): IllegalStateChangeError {
  return new IllegalStateChangeError(
    `Method '${method}()' can't be called here; method '${running}()' is already in progress. ` +
      "A listener that wants the operation to fail throws; work that has to follow it goes after it.",
  );
}
