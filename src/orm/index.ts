export { type AliasedEntity, aliased } from "./mapping/aliased.ts";
export {
  type BaseOptions,
  type DeclarativeBase,
  declarativeBase,
  type MappedOptions,
} from "./mapping/declarative-base.ts";
export { type Naming, snakeCase } from "./mapping/naming.ts";
export {
  type LazyStrategy,
  many,
  maybe,
  one,
  type RelationField,
  type RelationshipDefinition,
  type RelationshipOptions,
} from "./mapping/relationship.ts";
export { RelationshipAttribute } from "./mapping/relationship-attribute.ts";
export {
  type AnyRelationship,
  containsEager,
  defaultload,
  defer,
  immediateload,
  joinedload,
  lazyload,
  type LoadableColumn,
  loadOnly,
  type LoadOption,
  noload,
  raiseload,
  selectinload,
  subqueryload,
  undefer,
  undeferGroup,
} from "./load/options/load-option.ts";
export type { DeferOptions, JoinedOptions, RaiseOptions, SelectinOptions } from "./load/options/load-step.ts";
export { type LoaderCriteria, type LoaderCriteriaOptions, withLoaderCriteria } from "./load/options/loader-criteria.ts";
export { type AwaitableAttrs, awaitableAttrs, sessionOf } from "./session/awaitable-attrs.ts";
export type { BulkInsertOptions, BulkSaveOptions } from "./statement/bulk-mappings.ts";
export type { OrmExecute } from "./session/orm-execute.ts";
export type { ExecuteOptions, SynchronizeSession } from "./statement/execute-options.ts";
export { refuseNoStatement } from "./statement/refuse-statement.ts";
export { type ConnectionRequest, SessionBase, type SessionSource } from "./session/session-base.ts";
export { flagDirty, flagModified, setAttribute, setCommittedValue, wasDeleted } from "./session/attribute-functions.ts";
export { getHistory, type History } from "./session/history.ts";
export { identityKey, type IdentityKey, IdentityMapView } from "./session/identity-key.ts";
export type { IdentityToken } from "./state/identity-token.ts";
export { type AttributeInspection, nakedInspection, ObjectInspection } from "./session/inspection.ts";
export type { JoinTransactionMode } from "./session/joined-transaction.ts";
export { closeAllSessions } from "./session/open-sessions.ts";
export { makeTransient, makeTransientToDetached } from "./session/make-transient.ts";
export type { GetOptions, RefreshOptions } from "./session/look-up.ts";
export type { MergeOptions } from "./session/merge.ts";
export { type FrozenResult, mergeFrozenResult } from "./session/merge-frozen-result.ts";
export { nakedMapperOf } from "./session/naked-state.ts";
export { SessionRegistry } from "./session/scoped-session.ts";
export { type EventsOf, listen, type ListenerSession, type ListenTarget, unlisten } from "./session/listen.ts";
export { createSessionEvents, type SessionEventHub, type SessionEvents } from "./session/session-events.ts";
export type { SessionExecutionOptions, SessionOptions, SyncSessionClass } from "./session/session-options.ts";
export type { BindArguments, BindKey, BindRequest, SessionBindOptions } from "./session/bind-request.ts";
export { SessionTransactionBase } from "./session/session-transaction.ts";
export { transactionBlockFlow } from "./session/transaction-block.ts";
export { type MakerOptions, type SessionClass, sessionFactory, type SessionFactoryOf } from "./session/sessionmaker.ts";
export type { Discrimination, EntityMapper } from "./mapping/entity-mapper.ts";
export type { HasTracked, Insertable, Naked, NakedRecord, NakedRow, NakedValue } from "./typing/naked.ts";
export type { Fields, HasKey, IdentityIn, Init, Mapped, MappedClass } from "./typing/entity.ts";
export { type ObjectStatus, stateOf } from "./state/instance-state.ts";
export { validates } from "./mapping/validates.ts";
