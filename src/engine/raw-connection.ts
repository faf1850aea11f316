import type { DriverConnection } from "../driver/index.ts";
import { ResourceClosedError } from "../errors/index.ts";
import type { Answer, Mode, Runner } from "../flow/index.ts";
import type { PooledConnection } from "../pool/index.ts";

/** A driver's connection taken from the pool, without statements, transactions or errors of ours around it. */
export class RawConnectionBase<M extends Mode> {
  readonly #handle: PooledConnection<DriverConnection>;
  readonly #runner: Runner<M>;

  constructor(handle: PooledConnection<DriverConnection>, runner: Runner<M>) {
    this.#handle = handle;
    this.#runner = runner;
  }

  /** The driver behind the common contract. */
  get driverConnection(): DriverConnection {
    if (this.#handle.connection !== null) return this.#handle.connection;
    throw new ResourceClosedError("This raw connection is closed.");
  }

  /** The object of the driver's package itself. */
  get raw(): unknown {
    return this.driverConnection.raw;
  }

  /** Free for any use; belongs to the physical connection and stays with it in the pool. */
  get info(): Record<string, unknown> {
    return this.#handle.info;
  }

  /** Resets the connection and gives it back to the pool. */
  close(): Answer<M, void> {
    return this.#runner.run(this.#handle.checkinFlow());
  }

  /** Closes the physical connection, because something is wrong with it. */
  invalidate(error?: unknown): Answer<M, void> {
    return this.#runner.run(this.#handle.invalidateFlow(error));
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.#runner.mode === "sync" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.#runner.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }
}
