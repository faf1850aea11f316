import type { Flow, MaybePromise } from "../flow/index.ts";

/** What a pool asks of the connections it keeps. */
export interface Poolable {
  /** False once the connection is known to be lost or closed. */
  readonly alive: boolean;
  ping(): MaybePromise<void>;
  close(): MaybePromise<void>;
}

/** Where a pool's connections come from, and how one is made ready for its next user. */
export interface PoolSource<C extends Poolable> {
  connectFlow(): Flow<C>;
  /** Ends what the last user left open; not asked for when the user has ended it. */
  resetFlow(connection: C): Flow<void>;
}

/** How a pool behaves. Times are seconds. */
export interface PoolOptions {
  /** Connections kept open; 0 keeps any number. Default 5. */
  readonly poolSize?: number;
  /** Connections opened beyond `poolSize` when all are in use; -1 for any number. Default 10. */
  readonly maxOverflow?: number;
  /** Seconds to wait for a connection when all are in use. Default 30. */
  readonly poolTimeout?: number;
  /** Seconds after which a connection is replaced when it is next asked for; -1 for never. Default -1. */
  readonly poolRecycle?: number;
  /** Tests a kept connection before handing it out. Default false. */
  readonly poolPrePing?: boolean;
  /** Hands out the connection that came back last. Default false: the one that came back first. */
  readonly poolUseLifo?: boolean;
  /** Remembers where each connection was taken, for the error of an exhausted pool. Default false. */
  readonly captureStacks?: boolean;
}
