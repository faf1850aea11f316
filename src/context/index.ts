export {
  afterCommit,
  autoCommitByStatusCode,
  closeAllContextSessions,
  commitAllSessions,
  rollbackAllSessions,
} from "./all-sessions.ts";
export type { AnyEngine, AnySession } from "./any-session.ts";
export { DBConnect, type DBConnectOptions, type SessionSource } from "./db-connect.ts";
export {
  atomicDbSession,
  type AtomicOptions,
  closeDbSession,
  commitDbSession,
  type CurrentTransaction,
  dbSession,
  getDbSessionFromContext,
  newNonCtxAtomicSession,
  newNonCtxSession,
  popDbSessionFromContext,
  putDbSessionToContext,
  rollbackDbSession,
} from "./db-session.ts";
export type { ContextLeak, LeakListener } from "./leak-listener.ts";
export type { EngineRecipe } from "./host-engine.ts";
export {
  dbSessionScope,
  type DbSessionCtxToken,
  initDbSessionCtx,
  isContextInitiated,
  resetDbSessionCtx,
  runInNewCtx,
} from "./run-in-context.ts";
export { traceContexts } from "./scope-trace.ts";
export { type BeforeCommitCallback, openScope, type ScopeOptions, SessionScope } from "./session-scope.ts";
