/**
 * For tests of programs that use `athanor/context`: transactions that are undone, empty tables, counted statements.
 *
 * @module
 */
export {
  assertQueryCount,
  inRolledBackContext,
  putSavepointSessionInCtx,
  rollbackSession,
  rolledBack,
  rolledBackAround,
  type SavepointSource,
  setTestContext,
  type TestContextOptions,
  truncateAll,
} from "./testing/index.ts";
