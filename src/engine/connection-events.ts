import type { DriverResult } from "../driver/index.ts";
import type { Flow } from "../flow/index.ts";
import {
  createEngineEvents,
  type EngineEventHub,
  type EventConnection,
  fireFlow,
  type StatementEvent,
} from "./engine-events.ts";

type SentStatement = Omit<StatementEvent, "connection">;

/** Listeners of every engine of the process: for tools that do not know which engines there are. */
export const everyEngine: EngineEventHub = createEngineEvents();

/** Who listens to one connection: the listeners of its engine, and its own. */
export class ConnectionEvents {
  readonly #connection: EventConnection;
  readonly #engine: EngineEventHub;
  #own: EngineEventHub | null = null;

  constructor(connection: EventConnection, engine: EngineEventHub) {
    this.#connection = connection;
    this.#engine = engine;
  }

  /** False while nobody does: then nothing is told, and that costs nothing. */
  get observed(): boolean {
    return this.#own !== null || this.#engine.active || everyEngine.active;
  }

  /** Somebody is shown the results of statements, whole. */
  get hearsResults(): boolean {
    return this.observed && this.hubs.some((hub) => hub.of("afterCursorExecute").length > 0);
  }

  get own(): EngineEventHub {
    this.#own ??= createEngineEvents();
    return this.#own;
  }

  get hubs(): readonly EngineEventHub[] {
    const hubs = this.#own === null ? [this.#engine] : [this.#engine, this.#own];
    return everyEngine.active ? [everyEngine, ...hubs] : hubs;
  }

  beforeFlow(statement: SentStatement): Flow<void> {
    return fireFlow(this.hubs, "beforeCursorExecute", { connection: this.#connection, ...statement });
  }

  afterFlow(statement: SentStatement, result: DriverResult | null): Flow<void> {
    return fireFlow(this.hubs, "afterCursorExecute", { connection: this.#connection, ...statement, result });
  }
}
