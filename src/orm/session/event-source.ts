import type { ConnectionCore, Listener, ListenerCall } from "../../engine/index.ts";
import { type Flow, nothing } from "../../flow/index.ts";
import { tellAtOnce } from "../mapping/entity-events.ts";
import type { ListenerConnection } from "../mapping/listener-connection.ts";
import type { Told } from "../flush/flush-host.ts";
import type { SessionEventHub, SessionEventName, SessionEvents } from "./session-events.ts";

type Payload<K extends SessionEventName> = Omit<SessionEvents[K], "session">;

/** A session and its connections in the form in which listeners get them. */
export interface ListenerView {
  readonly session: () => object;
  readonly connection: (core: ConnectionCore) => ListenerConnection;
  /** Calls a listener that the operation under way waits for. */
  readonly call: ListenerCall;
}

/** Tells a session's listeners, those of its factory and those of all sessions. */
export class EventSource implements Told {
  readonly #hubs: readonly SessionEventHub[];
  /** What listeners get as the session; in an async session one that does not wait for the operation under way. */
  readonly #session: () => object;
  readonly #connection: (core: ConnectionCore) => ListenerConnection;
  readonly call: ListenerCall;

  constructor(hubs: readonly SessionEventHub[], { session, connection, call }: ListenerView) {
    this.#hubs = hubs;
    this.#session = session;
    this.#connection = connection;
    this.call = call;
  }

  get session(): object {
    return this.#session();
  }
  connection(core: ConnectionCore): ListenerConnection {
    return this.#connection(core);
  }

  /** Tells whether what listens there is told. */
  tells(hub: SessionEventHub): boolean {
    return this.#hubs.includes(hub);
  }

  /** Tells whether anybody listens to an event: if not, it need not be made. */
  hears(name: SessionEventName): boolean {
    return this.#hubs.some((hub) => hub.active && hub.of(name).length > 0);
  }

  /** All that listen to an event. */
  listeners<K extends SessionEventName>(name: K): readonly Listener<SessionEvents[K]>[] {
    return this.#hubs.flatMap((hub) => (hub.active ? hub.of(name) : []));
  }

  get active(): boolean {
    for (const hub of this.#hubs) if (hub.active) return true;
    return false;
  }

  /** Tells of something in the middle of a plain call. @throws ArgumentError for a listener that answers with a promise. */
  fire<K extends SessionEventName>(name: K, payload: Payload<K>): void {
    for (const hub of this.#hubs) {
      if (!hub.active) continue;
      for (const listener of hub.of(name)) tellAtOnce(name, listener, this.#event(payload));
    }
  }

  /** Tells of something that happens inside an operation: listeners that answer with a promise are waited for. */
  fireFlow<K extends SessionEventName>(name: K, payload: Payload<K>): Flow<void> {
    return this.active ? this.#tellFlow(name, payload) : nothing;
  }

  *#tellFlow<K extends SessionEventName>(name: K, payload: Payload<K>): Flow<void> {
    for (const hub of this.#hubs) if (hub.active) yield* hub.fireFlow(name, this.#event(payload), this.call);
  }

  #event<K extends SessionEventName>(payload: Payload<K>): SessionEvents[K] {
    return { ...payload, session: this.#session() } as unknown as SessionEvents[K];
  }
}
