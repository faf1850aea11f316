import { ResourceClosedError } from "../errors/index.ts";
import { type Flow, runAsync } from "../flow/index.ts";
import type { PoolEntry } from "./pool-entry.ts";
import type { Poolable } from "./poolable.ts";

/** What a handle asks of the pool it came from. */
export interface EntryKeeper<C extends Poolable> {
  prepareFlow(entry: PoolEntry<C>): Flow<void>;
  invalidateFlow(entry: PoolEntry<C>, error: unknown): Flow<void>;
  checkinFlow(entry: PoolEntry<C>, clean: boolean): Flow<void>;
  report(message: string, error?: unknown): void;
}

const forgotten = new FinalizationRegistry<() => void>((reclaim) => reclaim());

/** Takes a connection back whose user was garbage-collected. */
function reclaimer<C extends Poolable>(pool: EntryKeeper<C>, entry: PoolEntry<C>): () => void {
  return () => {
    pool.report(
      "A connection was garbage-collected that nobody had closed; it goes back to the pool now. Close connections and " +
        `sessions when they are done (\`await using\` does it).${entry.takenBy === undefined ? "" : ` It was taken${entry.takenBy}`}`,
    );
    runAsync(pool.checkinFlow(entry, false)).catch((error: unknown) =>
      pool.report("A forgotten connection could not be taken back.", error),
    );
  };
}

/** A connection taken from a pool, until it is given back. */
export class PooledConnection<C extends Poolable> {
  readonly #pool: EntryKeeper<C>;
  readonly #entry: PoolEntry<C>;
  readonly #watched: boolean;
  #returned = false;

  /** @param watched whether it is taken back by itself when nobody holds it any more (costs half a microsecond). */
  constructor(pool: EntryKeeper<C>, entry: PoolEntry<C>, watched = false) {
    this.#pool = pool;
    this.#entry = entry;
    this.#watched = watched;
    if (watched) forgotten.register(this, reclaimer(pool, entry), this);
  }

  /** The connection; `null` after `invalidateFlow`, until `reconnectFlow`. */
  get connection(): C | null {
    return this.#returned ? null : this.#entry.connection;
  }

  /** Free for any use; forgotten when the physical connection is closed. */
  get info(): Record<string, unknown> {
    return this.#entry.info;
  }

  get returned(): boolean {
    return this.#returned;
  }

  /** Whose transaction is open on the connection; of interest only where a pool shares it. */
  get owner(): object | null {
    return this.#entry.owner;
  }

  set owner(owner: object | null) {
    this.#entry.owner = owner;
  }

  /** Opens a new connection in the place of one that was invalidated. */
  *reconnectFlow(): Flow<C> {
    if (this.#returned) throw new ResourceClosedError("This pooled connection was given back already.");
    yield* this.#pool.prepareFlow(this.#entry);
    return this.#entry.connection as C;
  }

  /** Closes the physical connection now; the slot stays taken. */
  *invalidateFlow(error?: unknown): Flow<void> {
    if (!this.#returned) yield* this.#pool.invalidateFlow(this.#entry, error);
  }

  /** Gives the connection back; `clean` tells that no transaction is open on it. Done twice it is only reported. */
  *checkinFlow(clean = false): Flow<void> {
    if (this.#returned) {
      this.#pool.report("A connection was given back to the pool twice; the second time was ignored.");
      return;
    }
    this.#returned = true;
    if (this.#watched) forgotten.unregister(this);
    yield* this.#pool.checkinFlow(this.#entry, clean);
  }
}
