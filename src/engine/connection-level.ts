import type { DriverResult } from "../driver/index.ts";
import type { Flow } from "../flow/index.ts";
import type { ConnectionOptions, Environment } from "./environment.ts";
import type { IsolationLevel } from "./transaction-rules.ts";

/** What setting a level takes of the connection. */
export interface LevelHost {
  readonly environment: Environment;
  readonly options: ConnectionOptions;
  controlFlow(sql: string): Flow<void>;
  asideFlow(sql: string): Flow<DriverResult>;
}

/** Gives a connection's transactions the isolation level asked for, and the connection its old one back. */
export class ConnectionLevel {
  readonly #host: LevelHost;
  #toRestore: IsolationLevel | null = null;

  constructor(host: LevelHost) {
    this.#host = host;
  }

  /** The level asked for; `null` when nobody asked for any. */
  get chosen(): IsolationLevel | null {
    return this.#host.options.isolationLevel ?? this.#host.environment.isolationLevel;
  }

  *currentFlow(): Flow<IsolationLevel> {
    return this.chosen ?? (yield* this.readFlow());
  }

  /** Asks the database. */
  *readFlow(): Flow<IsolationLevel> {
    const { rules } = this.#host.environment;
    const { rows } = yield* this.#host.asideFlow(rules.readLevel);
    return rules.levelOf(rows[0]?.at(-1));
  }

  /** What begins a transaction at that level, given what usually does; nothing under AUTOCOMMIT. */
  *beginStatementsFlow(begin: string): Flow<readonly string[]> {
    const { rules, isolationLevel } = this.#host.environment;
    const level = this.chosen;
    if (level === "AUTOCOMMIT") return [];
    if (level === null || level === isolationLevel) return [begin];
    if (rules.beginAt !== null) return rules.beginAt(level, begin);
    this.#toRestore ??= yield* this.readFlow();
    yield* this.#host.controlFlow(rules.session(level));
    return [begin];
  }

  *restoreFlow(): Flow<void> {
    if (this.#toRestore === null) return;
    yield* this.#host.controlFlow(this.#host.environment.rules.session(this.#toRestore));
    this.#toRestore = null;
  }

  /** The physical connection is another one now. */
  forget(): void {
    this.#toRestore = null;
  }
}
