export {
  type Body,
  answeredFlow,
  requireBody,
  type ScopedTransaction,
  type PlainBody,
  transactionScopeFlow,
} from "./body.ts";
export { ConnectionBase, type ConnectionColour } from "./connection-base.ts";
export { everyEngine } from "./connection-events.ts";
export { ConnectionCore } from "./connection-core.ts";
export { DriverPoolBase, type DriverPoolOptions } from "./driver-pool.ts";
export { Distinct, equalityKey, type KeyOf } from "./distinct.ts";
export { EngineBase, type EngineColour, openFlow } from "./engine-base.ts";
export type {
  BeginEvent,
  EngineEventHub,
  EngineEventName,
  EngineEvents,
  ErrorEvent,
  EventConnection,
  PrepareEvent,
  SavepointEvent,
  StatementDoneEvent,
  StatementEvent,
  TransactionEvent,
} from "./engine-events.ts";
export { type EngineOptions, engineOptionRules, type EnginePlugin, type EnginePluginLike } from "./engine-options.ts";
export { type ConnectionOptions, type EngineParts, Environment } from "./environment.ts";
export {
  EventHub,
  EVENTS,
  listen,
  type Listenable,
  type Listener,
  type ListenerCall,
  plainCall,
  unlisten,
} from "./events.ts";
export {
  bufferedResult,
  executeFlow,
  type RowShaper,
  type StatementParameters,
  streamFlow,
  told,
} from "./execute.ts";
export { makeEngine } from "./make-engine.ts";
export { MappingResultBase } from "./mapping-result.ts";
export { nearestName } from "./nearest-name.ts";
export { Inspector, type InspectorSource, type ReflectedEnum } from "./inspector.ts";
export { noSyncPath } from "./no-sync-path.ts";
export { isGeneratorFunction, plainAnswer } from "./sync-body.ts";
export {
  aBoolean,
  aFunction,
  anInteger,
  anObject,
  anything,
  checkOptionValues,
  oneOf,
  type OptionRule,
  type OptionRules,
  seconds,
} from "./option-rules.ts";
export { RawConnectionBase } from "./raw-connection.ts";
export { readEngineConfig } from "./read-config.ts";
export { ResultBase, type ResultContent } from "./result.ts";
export type { RowSource } from "./row-feed.ts";
export type { RowPlan, RowShape } from "./row-plan.ts";
export { type Iteration, RowsBase } from "./rows-base.ts";
export { ScalarResultBase } from "./scalar-result.ts";
export { consoleLogger, type Logger } from "./statement-log.ts";
export { type StatementOptions, withOptions } from "./statement-options.ts";
export { TransactionBase, type TransactionOwner, TwoPhaseTransactionBase } from "./transaction-base.ts";
export { type IsolationLevel, isolationLevelOf } from "./transaction-rules.ts";
export type { TransactionStack } from "./transaction-stack.ts";
export type { TransactionOrigin, TransactionState, TransactionStatus } from "./transaction-state.ts";
export type { UrlParts, UrlQuery } from "./parse-url.ts";
export { makeUrl, Url } from "./url.ts";
