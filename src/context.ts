/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Sessions that live in the async context: of a web request, of a job, of a test.
 *
 * @module
 */
export { ContextAlreadyInitiatedError, ContextNotInitiatedError } from "./errors/index.ts";
export {
  afterCommit,
  type AnyEngine,
  type AnySession,
  atomicDbSession,
  type AtomicOptions,
  autoCommitByStatusCode,
  type BeforeCommitCallback,
  closeAllContextSessions,
  closeDbSession,
  commitAllSessions,
  commitDbSession,
  type ContextLeak,
  type CurrentTransaction,
  DBConnect,
  type DBConnectOptions,
  dbSession,
  type DbSessionCtxToken,
  dbSessionScope,
  type EngineRecipe,
  getDbSessionFromContext,
  initDbSessionCtx,
  isContextInitiated,
  type LeakListener,
  newNonCtxAtomicSession,
  newNonCtxSession,
  popDbSessionFromContext,
  putDbSessionToContext,
  resetDbSessionCtx,
  rollbackAllSessions,
  rollbackDbSession,
  runInNewCtx,
  type ScopeOptions,
  type SessionSource,
  traceContexts,
} from "./context/index.ts";
