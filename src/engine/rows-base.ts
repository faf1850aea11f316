import { ArgumentError, MultipleResultsFound, NoResultFound } from "../errors/index.ts";
import { andThen, type Answer, type Flow, type MaybePromise, type Mode, wait } from "../flow/index.ts";
import { Distinct } from "./distinct.ts";
import { type RowFeed, runBeside, settle } from "./row-feed.ts";

/** What one iterates over: at once in sync mode, with `for await` in async mode. */
export type Iteration<M extends Mode, T> = M extends "sync" ? IterableIterator<T> : AsyncIterableIterator<T>;

/** What results of rows, scalars and mappings have in common; each reads its items from the rows in its own way. */
export abstract class RowsBase<M extends Mode, T> {
  /** @internal */
  readonly feed: RowFeed<readonly unknown[]>;
  #distinct: Distinct | null = null;

  constructor(feed: RowFeed<readonly unknown[]>) {
    this.feed = feed;
  }

  /** @internal */
  protected abstract read(rows: readonly (readonly unknown[])[]): T[];
  /**
   * What makes items equal under `unique()`, part by part.
   *
   * @internal
   */
  protected abstract keysOf(item: T): readonly unknown[];

  /** True after `close()`, after a method that reads at most one row, and for statements that return no rows. */
  get closed(): boolean {
    return this.feed.closed;
  }

  /** Ends the result; later fetches throw. */
  close(): Answer<M, void> {
    return this.answer(() => this.feed.close());
  }

  /** All items not fetched yet. */
  all(): Answer<M, T[]> {
    return this.answer(() => this.#items(Number.POSITIVE_INFINITY));
  }

  /** As `all`. */
  fetchAll(): Answer<M, T[]> {
    return this.all();
  }

  /** The next item, `null` at the end. */
  fetchOne(): Answer<M, T | null> {
    return this.answer(() => andThen(this.#items(1), firstOrNull));
  }

  /** The next items; `size` is 1 unless given here or by `yieldPer`. */
  fetchMany(size?: number): Answer<M, T[]> {
    return this.answer(() => this.#items(sizeOf(size) ?? this.feed.chunk ?? 1));
  }

  /** The first item, `null` when there is none; closes the result. */
  first(): Answer<M, T | null> {
    return this.answer(() => this.#closingWith(1, firstOrNull));
  }

  /**
   * The only item; closes the result.
   *
   * @throws NoResultFound, MultipleResultsFound
   */
  one(): Answer<M, T> {
    return this.answer(() => this.onlyItem());
  }

  /**
   * The only item, or `null` when there is none; closes the result.
   *
   * @throws MultipleResultsFound
   */
  oneOrNone(): Answer<M, T | null> {
    return this.answer(() => this.onlyItemOrNone());
  }

  /** The items in lists of `size` (default: that of `yieldPer`, else 1000). */
  partitions(size?: number): Iteration<M, T[]> {
    const count = sizeOf(size) ?? this.feed.chunk ?? 1000;
    return this.#iterate(() => andThen(this.#items(count), (items) => (items.length === 0 ? [] : [items])));
  }

  /** Lets each item come once: by `strategy`'s answer, else entities by identity and values by content. */
  unique(strategy?: (item: T) => unknown): this {
    this.setDistinct(strategy);
    return this;
  }

  /** Fetches so many rows at a time, and makes it the default size of `fetchMany` and `partitions`. */
  yieldPer(size: number): this {
    this.feed.chunk = sizeOf(size) ?? 1;
    return this;
  }

  /** Iterates over the items not fetched yet; sync results only. */
  get [Symbol.iterator](): M extends "sync" ? () => IterableIterator<T> : undefined {
    const iterate = this.feed.mode === "sync" ? () => this.#iterateSync() : undefined;
    return iterate as M extends "sync" ? () => IterableIterator<T> : undefined;
  }

  /** Iterates over the items not fetched yet; leaving the loop closes the result. Async results only. */
  get [Symbol.asyncIterator](): M extends "sync" ? undefined : () => AsyncIterableIterator<T> {
    const iterate = this.feed.mode === "async" ? () => this.#iterate(() => this.#chunk()) : undefined;
    return iterate as M extends "sync" ? undefined : () => AsyncIterableIterator<T>;
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.feed.mode === "sync" ? () => void this.feed.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.feed.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  /** @internal */
  protected get isDistinct(): boolean {
    return this.#distinct !== null;
  }

  /** @internal */
  protected setDistinct(strategy?: (item: T) => unknown): void {
    const keysOf = (item: unknown) => (strategy === undefined ? this.keysOf(item as T) : [strategy(item as T)]);
    this.#distinct = new Distinct(keysOf);
  }

  /** @internal */
  protected onlyItem(): MaybePromise<T> {
    return this.#closingWith(2, (items) => {
      if (items.length === 0) throw new NoResultFound("No row was found when one was required");
      if (items.length > 1) throw new MultipleResultsFound("Multiple rows were found when exactly one was required");
      return items[0] as T;
    });
  }

  /** @internal */
  protected onlyItemOrNone(): MaybePromise<T | null> {
    return this.#closingWith(2, (items) => {
      if (items.length > 1) throw new MultipleResultsFound("Multiple rows were found when one or none was required");
      return firstOrNull(items);
    });
  }

  /** @internal */
  protected answer<V>(body: () => MaybePromise<V>): Answer<M, V> {
    return settle(this.feed.mode, body) as Answer<M, V>;
  }

  #closingWith<V>(count: number, then: (items: readonly T[]) => V): MaybePromise<V> {
    return andThen(this.#items(count), (items) => andThen(this.feed.close(), () => then(items)));
  }

  #items(count: number): MaybePromise<T[]> {
    if (this.#distinct !== null) return runBeside(this.feed.mode, this.#distinctFlow(this.#distinct, count));
    return andThen(this.feed.take(count), (rows) => this.read(rows));
  }

  #chunk(): MaybePromise<T[]> {
    if (this.#distinct !== null) return this.#items(this.feed.chunk ?? 100);
    return andThen(this.feed.takeChunk(), (rows) => this.read(rows));
  }

  *#distinctFlow(distinct: Distinct, count: number): Flow<T[]> {
    const items: T[] = [];
    while (items.length < count) {
      const rows = yield* wait(this.feed.take(count - items.length));
      if (rows.length === 0) break;
      for (const item of this.read(rows)) if (distinct.isNew(item)) items.push(item);
    }
    return items;
  }

  *#iterateSync(): IterableIterator<T> {
    if (!this.feed.buffered) return yield* this.#iterate(() => this.#chunk()) as IterableIterator<T>;
    // what is in memory needs no closing, so that a loop may be left and the rest read later
    for (const row of this.feed.drain()) {
      const [item] = this.read([row]) as [T];
      if (this.#distinct === null || this.#distinct.isNew(item)) yield item;
    }
  }

  #iterate<V>(step: () => MaybePromise<readonly V[]>): Iteration<M, V> {
    const close = () => this.feed.close();
    const iteration: unknown =
      this.feed.mode === "sync"
        ? iterateSync(step as () => readonly V[], this.feed.buffered ? () => {} : close)
        : iterateAsync(step, close);
    return iteration as Iteration<M, V>;
  }
}

function* iterateSync<V>(step: () => readonly V[], close: () => unknown): Generator<V> {
  try {
    for (let items = step(); items.length > 0; items = step()) yield* items;
  } finally {
    close();
  }
}

async function* iterateAsync<V>(step: () => MaybePromise<readonly V[]>, close: () => unknown): AsyncGenerator<V> {
  try {
    for (let items = await step(); items.length > 0; items = await step()) for (const item of items) yield item;
  } finally {
    await close();
  }
}

function firstOrNull<T>(items: readonly T[]): T | null {
  return items.length === 0 ? null : (items[0] as T);
}

function sizeOf(size: number | undefined): number | undefined {
  if (size === undefined || (Number.isInteger(size) && size > 0)) return size;
  throw new ArgumentError(`A number of rows is a positive integer, not ${String(size)}.`);
}
