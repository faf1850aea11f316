import type { TimeoutError } from "../errors/index.ts";
import { type Flow, isPromiseLike, type MaybePromise, wait } from "../flow/index.ts";
import { withDeepStack } from "../util/index.ts";
import type { Pool } from "./pool.ts";
import type { PoolEntry } from "./pool-entry.ts";
import type { PoolListener } from "./pool-listener.ts";
import type { Poolable, PoolOptions, PoolSource } from "./poolable.ts";
import { type EntryKeeper, PooledConnection } from "./pooled-connection.ts";

/** What every pool does alike: opening, testing, resetting, replacing and closing; subclasses decide who gets what. */
export abstract class PoolBase<C extends Poolable> implements Pool<C>, EntryKeeper<C> {
  readonly #source: PoolSource<C>;
  readonly #recycle: number;
  readonly #prePing: boolean;
  readonly #captureStacks: boolean;
  readonly #out = new Set<PoolEntry<C>>();
  #listeners: readonly PoolListener<C>[] = [];
  #generation = 0;

  constructor(source: PoolSource<C>, options: PoolOptions = {}) {
    this.#source = source;
    this.#recycle = options.poolRecycle ?? -1;
    this.#prePing = options.poolPrePing ?? false;
    this.#captureStacks = options.captureStacks ?? false;
  }

  /** Finds a slot for a new user, with or without a connection in it; `null` when none came free in time. */
  protected abstract acquire(mayWait: boolean): MaybePromise<PoolEntry<C> | null>;
  /** What to say when there is no slot. */
  protected abstract exhausted(mayWait: boolean): TimeoutError;
  /** Takes back a slot after one use; false when its connection has no place and must be closed. */
  protected abstract keep(entry: PoolEntry<C>): boolean;
  /** Gives up a slot: its connection is gone. */
  protected abstract forfeit(entry: PoolEntry<C>): void;
  /** Takes all free slots out of the pool, for good. */
  protected abstract drain(): readonly PoolEntry<C>[];

  abstract size(): number;
  abstract checkedIn(): number;
  abstract overflow(): number;
  abstract status(): string;

  checkedOut(): number {
    return this.#out.size;
  }

  *checkoutFlow(mayWait: boolean): Flow<PooledConnection<C>> {
    const acquired = this.acquire(mayWait);
    const entry = isPromiseLike(acquired) ? ((yield acquired) as PoolEntry<C> | null) : acquired;
    // made here rather than where the time ran out: only here is the caller on the stack
    if (entry === null) throw withDeepStack(() => this.exhausted(mayWait));
    this.#take(entry);
    try {
      if (entry.connection === null || this.#prePing || this.#outdated(entry)) yield* this.prepareFlow(entry);
    } catch (error) {
      this.#release(entry);
      this.forfeit(entry);
      throw error;
    }
    // a synchronous user's code runs to its end and closes; an asynchronous one can be left hanging
    const handle = new PooledConnection(this, entry, mayWait);
    for (const listener of this.#listeners) listener.checkout?.(entry.connection as C, entry);
    return handle;
  }

  /** Sees to it that the slot has a connection that works. */
  *prepareFlow(entry: PoolEntry<C>): Flow<void> {
    if (entry.connection !== null && this.#outdated(entry)) yield* this.#closeFlow(entry);
    if (entry.connection !== null && this.#prePing && !(yield* this.#answersFlow(entry))) {
      // whatever cut this one off has most likely cut off its siblings
      this.invalidateAll();
      yield* this.#closeFlow(entry);
    }
    if (entry.connection === null) yield* this.#connectFlow(entry);
  }

  *invalidateFlow(entry: PoolEntry<C>, error: unknown): Flow<void> {
    if (entry.connection === null) return;
    for (const listener of this.#listeners) listener.invalidate?.(entry.connection, entry, error);
    yield* this.#closeFlow(entry);
  }

  *checkinFlow(entry: PoolEntry<C>, clean: boolean): Flow<void> {
    if (entry.users === 1) {
      if (!clean) yield* this.#resetFlow(entry);
      // closed before the slot is passed on, so that never more connections are open than allowed
      if (entry.connection !== null && !this.#keepable(entry)) yield* this.#closeFlow(entry);
    }
    this.#release(entry);
    for (const listener of this.#listeners) listener.checkin?.(entry.connection, entry);
    if (this.keep(entry)) return;
    yield* this.#closeFlow(entry);
    this.forfeit(entry);
  }

  invalidateAll(): void {
    this.#generation++;
  }

  *disposeFlow(close = true): Flow<void> {
    this.invalidateAll();
    const kept = this.drain();
    if (!close) return;
    for (const entry of kept) yield* this.#closeFlow(entry);
  }

  listen(listener: PoolListener<C>): void {
    this.#listeners = [...this.#listeners, listener];
  }

  unlisten(listener: PoolListener<C>): void {
    this.#listeners = this.#listeners.filter((known) => known !== listener);
  }

  report(message: string, error?: unknown): void {
    for (const listener of this.#listeners) listener.problem?.(message, error);
  }

  /** Who holds the pool's connections and for how long, as lines of an error message. */
  protected describeHolders(): string {
    const now = Date.now();
    const holders = [...this.#out].sort((a, b) => a.takenAt - b.takenAt);
    const ages = holders.map((entry) => `${((now - entry.takenAt) / 1000).toFixed(1)} s`);
    if (!this.#captureStacks)
      return `In use since: ${ages.join(", ")}. echoPool: true also shows where they were taken.`;
    return holders.map((entry, index) => `In use since ${ages[index]}, taken${entry.takenBy}`).join("\n");
  }

  #take(entry: PoolEntry<C>): void {
    entry.users++;
    this.#out.add(entry);
    entry.takenAt = Date.now();
    // the first line only repeats the message
    if (this.#captureStacks) entry.takenBy = withDeepStack(() => new Error().stack)?.replace(/^.*\n/, "\n");
  }

  #release(entry: PoolEntry<C>): void {
    if (--entry.users === 0) this.#out.delete(entry);
  }

  /** True for a connection that must not be used for another round. */
  #outdated(entry: PoolEntry<C>): boolean {
    if (!this.#keepable(entry)) return true;
    return this.#recycle >= 0 && Date.now() - entry.connectedAt > this.#recycle * 1000;
  }

  #keepable(entry: PoolEntry<C>): boolean {
    return entry.connection?.alive === true && entry.generation === this.#generation && !entry.stale;
  }

  *#connectFlow(entry: PoolEntry<C>): Flow<void> {
    entry.generation = this.#generation;
    entry.stale = false;
    entry.info = {};
    entry.connection = yield* this.#source.connectFlow();
    entry.connectedAt = Date.now();
    for (const listener of this.#listeners) listener.connect?.(entry.connection, entry);
  }

  *#answersFlow(entry: PoolEntry<C>): Flow<boolean> {
    try {
      yield* wait((entry.connection as C).ping());
      return true;
    } catch {
      return false;
    }
  }

  *#resetFlow(entry: PoolEntry<C>): Flow<void> {
    const { connection } = entry;
    if (connection === null || !connection.alive) return;
    try {
      yield* this.#source.resetFlow(connection);
      for (const listener of this.#listeners) listener.reset?.(connection, entry);
    } catch (error) {
      this.report("A connection could not be reset when it came back; it is closed instead.", error);
      yield* this.invalidateFlow(entry, error);
    }
  }

  *#closeFlow(entry: PoolEntry<C>): Flow<void> {
    const { connection } = entry;
    if (connection === null) return;
    entry.connection = null;
    entry.owner = null;
    try {
      yield* wait(connection.close());
    } catch (error) {
      // of a connection that is lost nothing else is to be expected
      if (connection.alive) this.report("A connection could not be closed properly.", error);
    }
    for (const listener of this.#listeners) listener.close?.(connection, entry);
  }
}
