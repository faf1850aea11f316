import { TimeoutError } from "../errors/index.ts";
import type { MaybePromise } from "../flow/index.ts";
import { PoolBase } from "./pool-base.ts";
import { PoolEntry } from "./pool-entry.ts";
import type { Poolable, PoolOptions, PoolSource } from "./poolable.ts";
import { WaitLine } from "./wait-line.ts";

/**
 * Keeps up to `poolSize` connections, opens up to `maxOverflow` more when all are in use, and lets further users wait.
 *
 * Connections are opened when they are needed. Who waits longest is served first.
 */
export class QueuePool<C extends Poolable> extends PoolBase<C> {
  readonly #size: number;
  readonly #maxOverflow: number;
  readonly #limit: number;
  readonly #timeout: number;
  readonly #lifo: boolean;
  readonly #line = new WaitLine<PoolEntry<C>>();
  #idle: PoolEntry<C>[] = [];
  #slots = 0;

  constructor(source: PoolSource<C>, options: PoolOptions = {}) {
    super(source, options);
    this.#size = options.poolSize ?? 5;
    this.#maxOverflow = options.maxOverflow ?? 10;
    this.#timeout = options.poolTimeout ?? 30;
    this.#lifo = options.poolUseLifo ?? false;
    const unlimited = this.#size === 0 || this.#maxOverflow < 0;
    this.#limit = unlimited ? Number.POSITIVE_INFINITY : this.#size + this.#maxOverflow;
  }

  size(): number {
    return this.#size;
  }

  checkedIn(): number {
    return this.#idle.length;
  }

  overflow(): number {
    return this.#slots - this.#size;
  }

  status(): string {
    return (
      `Pool size: ${this.#size}  Connections in pool: ${this.checkedIn()} ` +
      `Current Overflow: ${this.overflow()} Current Checked out connections: ${this.checkedOut()}`
    );
  }

  protected acquire(mayWait: boolean): MaybePromise<PoolEntry<C> | null> {
    const kept = this.#lifo ? this.#idle.pop() : this.#idle.shift();
    if (kept !== undefined) return kept;
    if (this.#slots < this.#limit) return this.#newSlot();
    return mayWait && this.#timeout > 0 ? this.#line.join(this.#timeout * 1000) : null;
  }

  protected keep(entry: PoolEntry<C>): boolean {
    if (this.#line.serve(entry)) return true;
    if (entry.connection === null) return false;
    if (this.#size > 0 && this.#idle.length >= this.#size) return false;
    this.#idle.push(entry);
    return true;
  }

  protected forfeit(_entry: PoolEntry<C>): void {
    this.#slots--;
    if (this.#line.length > 0) this.#line.serve(this.#newSlot());
  }

  protected drain(): readonly PoolEntry<C>[] {
    const idle = this.#idle;
    this.#idle = [];
    this.#slots -= idle.length;
    return idle;
  }

  #newSlot(): PoolEntry<C> {
    this.#slots++;
    return new PoolEntry<C>();
  }

  protected exhausted(mayWait: boolean): TimeoutError {
    const why = mayWait
      ? `connection timed out, timeout ${this.#timeout.toFixed(2)}`
      : "and a synchronous call cannot wait for one to come back";
    return new TimeoutError(
      `QueuePool limit of size ${this.#size} overflow ${this.#maxOverflow} reached, ${why}.\n` +
        "Close connections and sessions as soon as they are done (`await using`, or the callback forms, do it), " +
        `or raise poolSize or maxOverflow.\n${this.describeHolders()}`,
    );
  }
}
