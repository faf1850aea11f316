import type { Flow } from "../flow/index.ts";
import type { PoolListener } from "./pool-listener.ts";
import type { Poolable, PoolOptions, PoolSource } from "./poolable.ts";
import type { PooledConnection } from "./pooled-connection.ts";

/** Keeps connections open between their users. */
export interface Pool<C extends Poolable> {
  /**
   * Takes a connection: one that is kept, or a new one.
   *
   * `mayWait` tells that the caller can wait for one to come back; a synchronous caller cannot.
   * @throws TimeoutError when all are in use and none comes back in time.
   */
  checkoutFlow(mayWait: boolean): Flow<PooledConnection<C>>;
  /** Makes every connection opened so far be replaced before it is used again. */
  invalidateAll(): void;
  /** Closes the kept connections; those in use are closed when they come back. The pool stays usable. */
  disposeFlow(close?: boolean): Flow<void>;
  listen(listener: PoolListener<C>): void;
  unlisten(listener: PoolListener<C>): void;
  /** How many connections are kept at most. */
  size(): number;
  /** How many are kept and free. */
  checkedIn(): number;
  /** How many are in use. */
  checkedOut(): number;
  /** How many are open beyond `size()`; negative while fewer are open. */
  overflow(): number;
  status(): string;
}

/** A class of pools. */
export type PoolClass<C extends Poolable> = new (source: PoolSource<C>, options?: PoolOptions) => Pool<C>;
