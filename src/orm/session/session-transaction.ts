import type { TransactionState } from "../../engine/index.ts";
import { Journal } from "../flush/journal.ts";

export type SessionTransactionOrigin = "autobegin" | "begin" | "beginNested";

/** One transaction or savepoint of a session: what it wrote, and the connection's savepoint. */
export class SessionLevel {
  readonly journal = new Journal();
  readonly parent: SessionLevel | null;
  readonly savepoint: TransactionState | null;
  origin: SessionTransactionOrigin;
  /** The error of a flush that failed: the database has been rolled back, the program has to say so too. */
  failure: unknown = undefined;
  isFailed = false;
  isOver = false;

  constructor(origin: SessionTransactionOrigin, parent: SessionLevel | null, savepoint: TransactionState | null) {
    this.origin = origin;
    this.parent = parent;
    this.savepoint = savepoint;
  }
}
