/** How a transaction began. */
export type TransactionOrigin = "autobegin" | "begin" | "beginNested";
/** Where it stands; one that is prepared is still active. */
export type TransactionStatus = "active" | "committed" | "rolledBack";

/** One transaction or savepoint of a connection: plain state, changed by the connection's `TransactionStack`. */
export class TransactionState {
  /** The transaction or savepoint it stands in; `null` for the transaction itself. */
  readonly parent: TransactionState | null;
  /** `null` for the transaction itself. */
  readonly savepoint: string | null;
  origin: TransactionOrigin;
  status: TransactionStatus = "active";
  /** The name of a two-phase transaction. */
  xid: string | null = null;
  /** The database has promised that it can be committed; until then it is nobody's but the database's. */
  prepared = false;

  constructor(origin: TransactionOrigin, parent: TransactionState | null = null, savepoint: string | null = null) {
    this.origin = origin;
    this.parent = parent;
    this.savepoint = savepoint;
  }
}
