import type { DriverResult } from "../driver/index.ts";
import type { Flow } from "../flow/index.ts";
import { createEngineEvents, type EngineEventHub, type EventConnection, fireFlow } from "./engine-events.ts";

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

  get own(): EngineEventHub {
    this.#own ??= createEngineEvents();
    return this.#own;
  }

  get hubs(): readonly EngineEventHub[] {
    const hubs = this.#own === null ? [this.#engine] : [this.#engine, this.#own];
    return everyEngine.active ? [everyEngine, ...hubs] : hubs;
  }

  *beforeFlow(sql: string, params: readonly unknown[], many: number | null): Flow<void> {
    yield* fireFlow(this.hubs, "beforeCursorExecute", { connection: this.#connection, sql, params, many });
  }

  *afterFlow(sql: string, params: readonly unknown[], many: number | null, result: DriverResult | null): Flow<void> {
    yield* fireFlow(this.hubs, "afterCursorExecute", { connection: this.#connection, sql, params, many, result });
  }
}
