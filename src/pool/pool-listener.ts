import type { Poolable } from "./poolable.ts";

/** What a connection's slot in a pool remembers between users. */
export interface PoolRecord {
  /** Free for any use; forgotten when the physical connection is closed. */
  readonly info: Record<string, unknown>;
}

/** Is told what happens in a pool. Listeners answer at once and do not throw. */
export interface PoolListener<C extends Poolable> {
  connect?(connection: C, record: PoolRecord): void;
  checkout?(connection: C, record: PoolRecord): void;
  reset?(connection: C, record: PoolRecord): void;
  checkin?(connection: C | null, record: PoolRecord): void;
  invalidate?(connection: C, record: PoolRecord, error: unknown): void;
  close?(connection: C, record: PoolRecord): void;
  /** Something went wrong that no caller can be told: a failing reset or close, a double return. */
  problem?(message: string, error: unknown): void;
}
