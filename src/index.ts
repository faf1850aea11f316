/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Athanor: engines, SQL expressions, schema, mapped classes and sessions, sync and async.
 *
 * @module
 */
export * from "./errors/index.ts";
export type { Answer, Mode } from "./flow/index.ts";
export type { HasType, SqlType } from "./types/index.ts";
export {
  alias,
  and,
  bindparam,
  caseWhen,
  cast,
  column,
  CompoundSelect,
  Cte,
  Delete,
  deleteFrom,
  except,
  type Executable,
  exists,
  Expression,
  func,
  FunctionExpression,
  Insert,
  insert,
  intersect,
  Label,
  literal,
  literalColumn,
  not,
  nullValue,
  type Operand,
  or,
  Ordering,
  Select,
  select,
  SqlExpression,
  Subquery,
  table,
  TableAlias,
  Text,
  text,
  tuple,
  typeCoerce,
  union,
  unionAll,
  Update,
  update,
} from "./sql/index.ts";
export {
  array,
  bigint,
  boolean,
  bytes,
  CheckConstraint,
  Column,
  ColumnBuilder,
  date,
  double,
  enumeration,
  ForeignKey,
  ForeignKeyConstraint,
  Index,
  integer,
  interval,
  json,
  jsonb,
  MetaData,
  numeric,
  PrimaryKeyConstraint,
  real,
  smallint,
  string,
  Table,
  time,
  timestamp,
  typeDecorator,
  unicode,
  UniqueConstraint,
  uuid,
} from "./schema/index.ts";
export { NullPool, QueuePool, StaticPool } from "./pool/index.ts";
export { type EngineOptions, type Logger, makeUrl, Url } from "./engine/index.ts";
export {
  aliased,
  awaitableAttrs,
  type BindArguments,
  type BindKey,
  type BindRequest,
  closeAllSessions,
  type DeclarativeBase,
  declarativeBase,
  type ExecuteOptions,
  flagDirty,
  flagModified,
  getHistory,
  type History,
  identityKey,
  type IdentityKey,
  joinedload,
  lazyload,
  listen,
  type JoinTransactionMode,
  makeTransient,
  makeTransientToDetached,
  many,
  type Mapped,
  type MappedClass,
  maybe,
  type ObjectInspection,
  type OrmExecute,
  one,
  RelationshipAttribute,
  selectinload,
  type SessionBindOptions,
  type SessionOptions,
  type SynchronizeSession,
  setAttribute,
  setCommittedValue,
  unlisten,
  validates,
  wasDeleted,
} from "./orm/index.ts";
export {
  Connection,
  createEngine,
  Engine,
  engineFromConfig,
  Transaction,
  TwoPhaseTransaction,
} from "./facade/engine.ts";
export {
  AsyncConnection,
  AsyncEngine,
  asyncEngineFromConfig,
  AsyncTransaction,
  AsyncTwoPhaseTransaction,
  createAsyncEngine,
} from "./facade/async-engine.ts";
export type {
  AsyncMappingResult,
  AsyncResult,
  AsyncScalarResult,
  MappingResult,
  Result,
  ScalarResult,
} from "./facade/results.ts";
export { awaitOnly, greenletSpawn } from "./facade/greenlet.ts";
export { inspect } from "./facade/inspect.ts";
export { Query, type QueryItem } from "./facade/query.ts";
export { type ScopedSession, scopedSession } from "./facade/scoped-session.ts";
export { objectSession, Session, sessionmaker, type Sessionmaker, type SessionTransaction } from "./facade/session.ts";
export {
  asyncObjectSession,
  AsyncSession,
  asyncSessionmaker,
  type AsyncSessionmaker,
  type AsyncSessionTransaction,
} from "./facade/async-session.ts";
// declarations of a program that exports what it infers need a name for each of these
export type {
  ConnectionBase,
  EngineBase,
  Iteration,
  MappingResultBase,
  RawConnectionBase,
  ResultBase,
  RowsBase,
  ScalarResultBase,
  TransactionBase,
  TwoPhaseTransactionBase,
} from "./engine/index.ts";
export type {
  AliasedEntity,
  AwaitableAttrs,
  Fields,
  Init,
  LoadOption,
  RelationshipDefinition,
  RelationshipOptions,
  SessionBase,
  SessionFactoryOf,
  SessionTransactionBase,
} from "./orm/index.ts";
export type { TableColumns } from "./schema/index.ts";
export type { AdHocTable, CaseBuilder, ColumnInput, ColumnName, QueryColumn, QueryColumns } from "./sql/index.ts";
