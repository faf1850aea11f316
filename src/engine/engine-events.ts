import type { DriverResult } from "../driver/index.ts";
import type { Flow } from "../flow/index.ts";
import type { ExecutionOptions } from "../sql/index.ts";
import { EventHub } from "./events.ts";

/** The connection something happened on. */
export interface EventConnection {
  /** Of the physical connection; free for any use. */
  readonly info: Record<string, unknown>;
  readonly closed: boolean;
  readonly invalidated: boolean;
}

/** A statement is about to be sent. */
export interface StatementEvent {
  readonly connection: EventConnection;
  readonly sql: string;
  /** The values sent; a list of lists when `many` is a number. */
  readonly params: readonly unknown[];
  /** How many sets of values the statement is run for; `null` for one execution. */
  readonly many: number | null;
  /** Those of the connection, with the statement's over them. */
  readonly executionOptions: ExecutionOptions;
}

/** A statement was answered. */
export interface StatementDoneEvent extends StatementEvent {
  /** `null` for a stream: its rows come later. */
  readonly result: DriverResult | null;
}

/** Something happened to a connection or its transaction. */
export interface TransactionEvent {
  readonly connection: EventConnection;
}

/** A transaction began. */
export interface BeginEvent extends TransactionEvent {
  /** Begun by the first statement rather than by `begin()`. */
  readonly implicit: boolean;
}

/** A savepoint was set, released or rolled back to. */
export interface SavepointEvent extends TransactionEvent {
  readonly name: string;
}

/** A two-phase transaction is about to be prepared. */
export interface PrepareEvent extends TransactionEvent {
  readonly xid: string;
}

/** A statement failed. */
export interface ErrorEvent {
  readonly connection: EventConnection;
  readonly sql: string | undefined;
  readonly error: unknown;
  readonly isDisconnect: boolean;
}

/** What engines and connections tell their listeners. */
export interface EngineEvents {
  /** A connection was taken from the pool. */
  engineConnect: TransactionEvent;
  beforeCursorExecute: StatementEvent;
  afterCursorExecute: StatementDoneEvent;
  begin: BeginEvent;
  /** The first phase of a two-phase commit. */
  prepareTwophase: PrepareEvent;
  commit: TransactionEvent;
  rollback: TransactionEvent;
  savepoint: SavepointEvent;
  releaseSavepoint: SavepointEvent;
  rollbackSavepoint: SavepointEvent;
  handleError: ErrorEvent;
}

/** What `listen()` takes for an engine or connection. */
export type EngineEventName = keyof EngineEvents;

const names: readonly EngineEventName[] = [
  "engineConnect",
  "beforeCursorExecute",
  "afterCursorExecute",
  "begin",
  "prepareTwophase",
  "commit",
  "rollback",
  "savepoint",
  "releaseSavepoint",
  "rollbackSavepoint",
  "handleError",
];

/** The listeners of one engine or connection. */
export type EngineEventHub = EventHub<EngineEvents>;

/** Makes a hub that nobody listens to yet. */
export function createEngineEvents(): EngineEventHub {
  return new EventHub<EngineEvents>(names);
}

/** Tells the listeners of a connection's engine, then its own. */
export function* fireFlow<K extends EngineEventName>(
  hubs: readonly EngineEventHub[],
  name: K,
  event: EngineEvents[K],
): Flow<void> {
  for (const hub of hubs) if (hub.active) yield* hub.fireFlow(name, event);
}
