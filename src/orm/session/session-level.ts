import type { TransactionState } from "../../engine/index.ts";
import { Journal } from "../flush/journal.ts";
import type { Attachment } from "./joined-transaction.ts";

export type SessionTransactionOrigin = "autobegin" | "begin" | "beginNested";

/** One transaction or savepoint of a session: what it wrote, and the savepoints that stand for it. */
export class SessionLevel {
  readonly journal: Journal = new Journal();
  readonly parent: SessionLevel | null;
  /** By connection; set when the level first uses one. */
  readonly savepoints: Map<Attachment, TransactionState> = new Map();
  readonly origin: SessionTransactionOrigin;
  /** The error of a flush that failed: the database has been rolled back, the program has to say so too. */
  failure: unknown = undefined;
  isFailed = false;
  isOver = false;

  constructor(origin: SessionTransactionOrigin, parent: SessionLevel | null) {
    this.origin = origin;
    this.parent = parent;
  }
}
