import { TimeoutError } from "../errors/index.ts";
import type { MaybePromise } from "../flow/index.ts";
import { PoolBase } from "./pool-base.ts";
import { PoolEntry } from "./pool-entry.ts";
import type { Poolable, PoolOptions, PoolSource } from "./poolable.ts";
import { WaitLine } from "./wait-line.ts";

/**
 * Keeps one connection, for a database that lives in it (`sqlite:///:memory:`).
 *
 * Users that can wait have it one after the other. Synchronous ones share it: there, only one user's code runs at a
 * time, and what must not be mixed is their transactions, which the connection's `owner` tells apart.
 */
export class StaticPool<C extends Poolable> extends PoolBase<C> {
  readonly #timeout: number;
  readonly #line = new WaitLine<PoolEntry<C>>();
  readonly #entry = new PoolEntry<C>();
  /** Uses that were granted and not yet given back. */
  #granted = 0;

  constructor(source: PoolSource<C>, options: PoolOptions = {}) {
    super(source, options);
    this.#timeout = options.poolTimeout ?? 30;
  }

  size(): number {
    return 1;
  }

  checkedIn(): number {
    return this.#entry.users === 0 && this.#entry.connection !== null ? 1 : 0;
  }

  overflow(): number {
    return 0;
  }

  status(): string {
    return `StaticPool  Current Checked out connections: ${this.checkedOut()}`;
  }

  protected acquire(mayWait: boolean): MaybePromise<PoolEntry<C> | null> {
    if (mayWait && this.#granted > 0) return this.#line.join(this.#timeout * 1000);
    this.#granted++;
    return this.#entry;
  }

  protected keep(entry: PoolEntry<C>): boolean {
    // a use that is passed on stays granted, so that nobody slips in before it is taken up
    if (this.#granted > 1 || !this.#line.serve(entry)) this.#granted--;
    return true;
  }

  protected forfeit(entry: PoolEntry<C>): void {
    this.keep(entry);
  }

  protected drain(): readonly PoolEntry<C>[] {
    return this.#granted === 0 ? [this.#entry] : [];
  }

  protected exhausted(): TimeoutError {
    return new TimeoutError(
      `The one connection of this StaticPool is in use, connection timed out, timeout ${this.#timeout.toFixed(2)}.\n` +
        "A database in memory has only one connection, so whoever holds it must be done before the next one starts: " +
        "close the session or connection that is open around this call, or use a database in a file.\n" +
        this.describeHolders(),
    );
  }
}
