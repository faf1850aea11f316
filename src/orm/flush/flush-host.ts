import type { ConnectionCore, ListenerCall } from "../../engine/index.ts";
import type { ListenerConnection } from "../mapping/listener-connection.ts";
import type { LoadHost } from "../load/load-host.ts";
import type { Flow } from "../../flow/index.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { Journal } from "./journal.ts";

/** What listeners get to work with. */
export interface Told {
  readonly session: object;
  readonly call: ListenerCall;
  connection(core: ConnectionCore): ListenerConnection;
}

/** What writing needs of a session. */
export interface FlushHost extends LoadHost {
  /** Objects to be inserted, in the order they were added. */
  readonly newStates: Set<InstanceState>;
  /** Objects to be deleted. */
  readonly deletedStates: Set<InstanceState>;
  /** Objects whose relationships changed since the last flush. */
  readonly touched: Set<InstanceState>;
  /** What the present transaction or savepoint wrote. */
  readonly journal: Journal;
  /** Notes a write that relationships in memory may not know of. */
  noteUnseenWrite(): void;
  readonly told: Told;
  /** Listeners of rows being written are at work: what they add to the session comes too late for this flush. */
  isTelling: boolean;
  /** The program took this object out of the session. */
  wasExpunged(state: InstanceState): boolean;
  /** Drives what is written where rows of a token are: the program's `getBind` is told of it. */
  withTokenFlow(token: IdentityToken | null, flow: Flow<void>): Flow<void>;
  /** Lets go of an object. */
  release(state: InstanceState): void;
}
