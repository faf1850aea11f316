/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Naked sessions: statements in, plain objects of mapped classes out; nothing is tracked.
 *
 * @module
 */
export { InvalidSessionState, UnknownEntity } from "./errors/index.ts";
export {
  AsyncNakedSession,
  AsyncSessionFactory,
  type FlatOptions,
  type NakedOptions,
  NakedSession,
  NakedSessionBase,
  SessionFactory,
  SessionFactoryBase,
  type SessionFactoryOptions,
  toInsert,
} from "./naked/index.ts";
export {
  createView,
  type CreateViewOptions,
  dropView,
  type DropViewOptions,
  type ViewFields,
  viewTable,
  type ViewTableOptions,
} from "./schema/index.ts";
export type { HasTracked, Insertable, Naked, NakedRecord, NakedRow } from "./orm/index.ts";
