import type { Blockable } from "../../flow/index.ts";
import type { DriverColumn, DriverConnection, DriverCursor, DriverResult, ExecuteOptions } from "../driver.ts";
import type { WorkerBridge } from "./bridge.ts";
import type { RemoteCursorHandle } from "./protocol.ts";
import type { RemoteAnswer } from "./remote-answer.ts";

/** A connection that lives in the worker thread: all it is asked goes there, for sync and for async callers. */
export class WorkerConnection implements DriverConnection {
  readonly #bridge: WorkerBridge;
  readonly #number: number;
  #lost = false;

  constructor(bridge: WorkerBridge, number: number) {
    this.#bridge = bridge;
    this.#number = number;
    bridge.watch(number, () => {
      this.#lost = true;
    });
  }

  /** The driver's own connection is in another thread, where it cannot be reached. */
  get raw(): unknown {
    return null;
  }

  get alive(): boolean {
    this.#bridge.drain();
    return !this.#lost && !this.#bridge.ended;
  }

  execute(sql: string, params: readonly unknown[], options: ExecuteOptions): Blockable<DriverResult> {
    return this.#ask("execute", [sql, params, sendable(options)]);
  }

  executeMany(
    sql: string,
    paramSets: readonly (readonly unknown[])[],
    options: ExecuteOptions,
  ): Blockable<DriverResult> {
    return this.#ask("executeMany", [sql, paramSets, sendable(options)]);
  }

  executeScript(script: string | readonly string[]): Blockable<void> {
    return this.#ask("executeScript", [script]);
  }

  openCursor(sql: string, params: readonly unknown[], options: ExecuteOptions): Blockable<DriverCursor> {
    const handle = this.#ask<RemoteCursorHandle>("openCursor", [sql, params, sendable(options)]);
    return handle.map((found) => new WorkerCursor(this.#bridge, found));
  }

  ping(): Blockable<void> {
    return this.#ask("ping", []);
  }

  close(): Blockable<void> {
    this.#lost = true;
    this.#bridge.unwatch(this.#number);
    return this.#ask("close", []);
  }

  #ask<T>(method: string, args: readonly unknown[]): RemoteAnswer<T> {
    return this.#bridge.ask<T>({ to: "connection", connection: this.#number, method, args });
  }
}

class WorkerCursor implements DriverCursor {
  readonly columns: readonly DriverColumn[];
  readonly #bridge: WorkerBridge;
  readonly #number: number;

  constructor(bridge: WorkerBridge, handle: RemoteCursorHandle) {
    this.#bridge = bridge;
    this.#number = handle.cursor;
    this.columns = handle.columns;
  }

  fetch(size: number): Blockable<readonly (readonly unknown[])[]> {
    return this.#bridge.ask({ to: "cursor", cursor: this.#number, method: "fetch", args: [size] });
  }

  close(): Blockable<void> {
    return this.#bridge.ask({ to: "cursor", cursor: this.#number, method: "close", args: [] });
  }
}

/** Callers may have more on the object than the driver needs, such as functions. */
function sendable({ prepare, exactIntegers, before, single, rowsPerInsert }: ExecuteOptions): ExecuteOptions {
  return { prepare, exactIntegers, before, single, rowsPerInsert };
}
