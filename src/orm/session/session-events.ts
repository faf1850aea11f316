import { EventHub } from "../../engine/index.ts";
import type { ListenerConnection } from "../mapping/listener-connection.ts";
import type { Executable } from "../../sql/index.ts";
import type { OrmExecute } from "./orm-execute.ts";
import type { SessionTransactionOrigin } from "./session-level.ts";

/** Something that happened to a session as a whole. */
export interface SessionEvent {
  /** The session, as the program made it. */
  readonly session: object;
}

/** Something that happened to one object of a session. */
export interface ObjectEvent extends SessionEvent {
  readonly object: object;
}

export interface TransactionEventOfSession extends SessionEvent {
  readonly nested: boolean;
  readonly origin: SessionTransactionOrigin;
}

export interface AfterBeginEvent extends SessionEvent {
  /** For statements in the transaction that has begun. */
  readonly connection: ListenerConnection;
}

export interface FlushEvent extends SessionEvent {
  /** Objects inserted, updated and deleted by the flush; before it: those known so far. */
  readonly new: readonly object[];
  readonly dirty: readonly object[];
  readonly deleted: readonly object[];
}

export interface AfterBulkEvent extends SessionEvent {
  readonly statement: Executable;
  /** How many rows were changed or deleted. */
  readonly rowcount: number;
}

/**
 * What sessions tell their listeners.
 *
 * Listeners of the first group may answer with a promise in async sessions, and are waited for; the others are called in the
 * middle of plain calls such as `add()` and must answer at once.
 */
export interface SessionEvents {
  doOrmExecute: OrmExecute;
  /** After an UPDATE or DELETE with a WHERE. */
  afterBulkUpdate: AfterBulkEvent;
  afterBulkDelete: AfterBulkEvent;
  beforeFlush: FlushEvent;
  afterFlush: FlushEvent;
  afterFlushPostexec: FlushEvent;
  beforeCommit: SessionEvent;
  afterCommit: SessionEvent;
  afterRollback: SessionEvent;
  afterSoftRollback: TransactionEventOfSession;
  afterBegin: AfterBeginEvent;

  afterTransactionCreate: TransactionEventOfSession;
  afterTransactionEnd: TransactionEventOfSession;
  beforeAttach: ObjectEvent;
  afterAttach: ObjectEvent;
  transientToPending: ObjectEvent;
  pendingToTransient: ObjectEvent;
  pendingToPersistent: ObjectEvent;
  loadedAsPersistent: ObjectEvent;
  persistentToTransient: ObjectEvent;
  persistentToDeleted: ObjectEvent;
  persistentToDetached: ObjectEvent;
  deletedToPersistent: ObjectEvent;
  deletedToDetached: ObjectEvent;
  detachedToPersistent: ObjectEvent;
}

export type SessionEventName = keyof SessionEvents;

const names: readonly SessionEventName[] = [
  "doOrmExecute",
  "afterBulkUpdate",
  "afterBulkDelete",
  "beforeFlush",
  "afterFlush",
  "afterFlushPostexec",
  "beforeCommit",
  "afterCommit",
  "afterRollback",
  "afterSoftRollback",
  "afterBegin",
  "afterTransactionCreate",
  "afterTransactionEnd",
  "beforeAttach",
  "afterAttach",
  "transientToPending",
  "pendingToTransient",
  "pendingToPersistent",
  "loadedAsPersistent",
  "persistentToTransient",
  "persistentToDeleted",
  "persistentToDetached",
  "deletedToPersistent",
  "deletedToDetached",
  "detachedToPersistent",
];

export type SessionEventHub = EventHub<SessionEvents>;

export function createSessionEvents(): SessionEventHub {
  return new EventHub<SessionEvents>(names);
}
