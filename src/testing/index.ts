export { assertQueryCount } from "./assert-query-count.ts";
export {
  inRolledBackContext,
  putSavepointSessionInCtx,
  rollbackSession,
  rolledBack,
  rolledBackAround,
  type SavepointSource,
} from "./rollback-session.ts";
export { setTestContext, type TestContextOptions } from "./test-context.ts";
export { truncateAll } from "./truncate-all.ts";
