export {
  Connection,
  createEngine,
  Engine,
  engineFromConfig,
  Transaction,
  TwoPhaseTransaction,
} from "./engine.ts";
export {
  AsyncConnection,
  AsyncEngine,
  asyncEngineFromConfig,
  AsyncTransaction,
  AsyncTwoPhaseTransaction,
  createAsyncEngine,
} from "./async-engine.ts";
export type {
  AsyncMappingResult,
  AsyncResult,
  AsyncScalarResult,
  MappingResult,
  Result,
  ScalarResult,
} from "./results.ts";
export { type AsyncContextSession, type AsyncScopedSession, asyncScopedSession } from "./async-scoped-session.ts";
export { AsyncDriverPool, createAsyncPoolFromUrl, createPoolFromUrl, DriverPool } from "./driver-pool.ts";
export { awaitOnly, greenletSpawn } from "./greenlet.ts";
export { inspect } from "./inspect.ts";
export { Query, type QueryItem } from "./query.ts";
export { type ScopedSession, scopedSession } from "./scoped-session.ts";
export { objectSession, Session, sessionmaker, type Sessionmaker, type SessionTransaction } from "./session.ts";
export {
  asyncObjectSession,
  asyncSession,
  AsyncSession,
  asyncSessionmaker,
  type AsyncSessionmaker,
  type AsyncSessionTransaction,
} from "./async-session.ts";
