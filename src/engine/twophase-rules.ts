import { inlineText } from "../compile/index.ts";

/** How a database family prepares transactions, to be committed or rolled back later, perhaps by another connection. */
export interface TwophaseRules {
  /** In bytes. */
  readonly longestXid: number;
  /** Begins the transaction in place of the usual BEGIN; `null` where that is all it takes. */
  readonly begin: ((xid: string) => string) | null;
  prepare(xid: string): readonly string[];
  /** Ends a transaction that was not prepared. Where a rollback takes several statements, only the last must succeed. */
  commit(xid: string): readonly string[];
  rollback(xid: string): readonly string[];
  commitPrepared(xid: string): string;
  rollbackPrepared(xid: string): string;
  /** Lists prepared transactions. */
  readonly recover: string;
  /** The name in a row of that list; `null` for a transaction of others that no name of ours could mean. */
  xidOf(row: readonly unknown[]): string | null;
}

const gid = (xid: string): string => inlineText(xid, false);

/** PREPARE TRANSACTION: what is prepared leaves its connection at once. */
export const postgresqlTwophase: TwophaseRules = {
  longestXid: 199,
  begin: null,
  prepare: (xid) => [`PREPARE TRANSACTION ${gid(xid)}`],
  commit: () => ["COMMIT"],
  rollback: () => ["ROLLBACK"],
  commitPrepared: (xid) => `COMMIT PREPARED ${gid(xid)}`,
  rollbackPrepared: (xid) => `ROLLBACK PREPARED ${gid(xid)}`,
  // those of other databases can be ended only there
  recover: "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared, gid",
  xidOf: ([name]) => String(name),
};

const xa = (xid: string): string => inlineText(xid, true);
const OUR_FORMAT = 1; // what XA START gives when nobody says otherwise

/** XA: what is prepared stays with its connection until that ends. */
export const mysqlTwophase: TwophaseRules = {
  longestXid: 64,
  begin: (xid) => `XA START ${xa(xid)}`,
  prepare: (xid) => [`XA END ${xa(xid)}`, `XA PREPARE ${xa(xid)}`],
  commit: (xid) => [`XA END ${xa(xid)}`, `XA COMMIT ${xa(xid)} ONE PHASE`],
  // after a deadlock it is ended already
  rollback: (xid) => [`XA END ${xa(xid)}`, `XA ROLLBACK ${xa(xid)}`],
  commitPrepared: (xid) => `XA COMMIT ${xa(xid)}`,
  rollbackPrepared: (xid) => `XA ROLLBACK ${xa(xid)}`,
  recover: "XA RECOVER",
  xidOf: ([format, , branchLength, name]) =>
    Number(format) === OUR_FORMAT && Number(branchLength) === 0 ? textOf(name) : null,
};

function textOf(name: unknown): string {
  return name instanceof Uint8Array ? new TextDecoder().decode(name) : String(name);
}
