import type { Poolable } from "./poolable.ts";
import type { PoolRecord } from "./pool-listener.ts";

/** One slot of a pool: the right to have a connection, and the connection once there is one. */
export class PoolEntry<C extends Poolable> implements PoolRecord {
  connection: C | null = null;
  info: Record<string, unknown> = {};
  /** The pool's generation when the connection was opened. */
  generation = 0;
  /** Milliseconds since the epoch. */
  connectedAt = 0;
  /** Asked to be replaced at its next checkout. */
  stale = false;
  /** How many hold it now; more than one only where a pool shares its connection. */
  users = 0;
  /** Milliseconds since the epoch. */
  takenAt = 0;
  takenBy: string | undefined;
  /** Whose transaction is open on the connection: users that share it must not mix theirs. */
  owner: object | null = null;
}
