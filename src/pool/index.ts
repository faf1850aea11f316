export { NullPool } from "./null-pool.ts";
export type { Pool, PoolClass } from "./pool.ts";
export type { PoolListener, PoolRecord } from "./pool-listener.ts";
export type { Poolable, PoolOptions, PoolSource } from "./poolable.ts";
export { PooledConnection } from "./pooled-connection.ts";
export { QueuePool } from "./queue-pool.ts";
export { StaticPool } from "./static-pool.ts";
