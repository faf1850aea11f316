import { ResourceClosedError } from "../errors/index.ts";
import { type Flow, FlowQueue, type MaybePromise, type Mode, runAsync, runSync, wait } from "../flow/index.ts";

/**
 * Where a result's rows come from, piece by piece.
 *
 * Whoever makes one sees to it that calls do not collide with other work on the same connection or session.
 */
export interface RowSource<R> {
  /**
   * The next rows, at most `size`; an empty list at the end.
   *
   * @param taken how many rows the program had when it asked for more: it is done with these.
   */
  fetch(size: number, taken: number): MaybePromise<readonly R[]>;
  close(): MaybePromise<void>;
}

const LARGEST_CHUNK = 1000; // rows; as SQLAlchemy's max_row_buffer

/** What a result says after its end. */
export const CLOSED = "This result object is closed.";
/** What a result says that never had rows. */
export const NO_ROWS = "This result object does not return rows. It has been closed automatically.";

/** The rows of one result that were not taken yet; all views of the result take from the same feed. */
export class RowFeed<R> {
  readonly mode: Mode;
  readonly #run: <T>(flow: Flow<T>) => MaybePromise<T>;
  #buffer: readonly R[];
  #at = 0;
  /** Rows handed out so far. */
  #taken = 0;
  #source: RowSource<R> | null;
  #closed: string | null;
  #nextChunk = 1;
  #chunk: number | null = null;
  readonly #largest: number;

  /** @param closed what to answer to whoever wants rows, when there never are any. */
  constructor(
    mode: Mode,
    rows: readonly R[] | RowSource<R>,
    closed: string | null = null,
    largestChunk: number = LARGEST_CHUNK,
  ) {
    this.mode = mode;
    const buffered = Array.isArray(rows);
    this.#buffer = buffered ? rows : [];
    this.#source = buffered ? null : (rows as RowSource<R>);
    this.#closed = closed;
    this.#largest = largestChunk;
    this.#run = buffered || mode === "sync" ? runSync : queued(new FlowQueue());
  }

  get closed(): boolean {
    return this.#closed !== null;
  }

  /** True when the rows are all in memory and nothing has to be closed. */
  get buffered(): boolean {
    return this.#source === null;
  }

  /** Rows fetched at a time from now on. */
  set chunk(size: number) {
    this.#chunk = size;
  }

  get chunk(): number | null {
    return this.#chunk;
  }

  /**
   * The next `count` rows; fewer only at the end.
   *
   * @param taken how many rows the program itself has, where this feed stands behind another.
   */
  take(count: number, taken: number = this.#taken): MaybePromise<readonly R[]> {
    this.#refuseClosed();
    if (this.#source === null || this.#buffer.length - this.#at >= count) return this.#cut(count);
    return this.#run(this.#takeFlow(count, taken));
  }

  /** As many rows as come at once: for iteration. */
  takeChunk(): MaybePromise<readonly R[]> {
    return this.take(this.#chunk ?? Math.max(this.#buffer.length - this.#at, this.#nextChunk));
  }

  /** The rows in memory, one by one; what is not asked for stays. */
  *drain(): Generator<R> {
    this.#refuseClosed();
    while (this.#at < this.#buffer.length) {
      this.#taken += 1;
      yield this.#buffer[this.#at++] as R;
    }
  }

  /** Ends the result for good. */
  close(): MaybePromise<void> {
    this.#closed ??= CLOSED;
    this.#buffer = [];
    this.#at = 0;
    if (this.#source !== null) return this.#run(this.#releaseFlow());
  }

  #refuseClosed(): void {
    if (this.#closed !== null) throw new ResourceClosedError(this.#closed);
  }

  #cut(count: number): readonly R[] {
    const from = this.#at;
    const end = Math.min(from + count, this.#buffer.length);
    this.#at = end;
    this.#taken += end - from;
    return from === 0 && end === this.#buffer.length ? this.#release() : this.#buffer.slice(from, end);
  }

  #release(): readonly R[] {
    const rows = this.#buffer;
    this.#buffer = [];
    this.#at = 0;
    return rows;
  }

  *#takeFlow(count: number, before: number): Flow<readonly R[]> {
    const taken: R[] = [];
    for (;;) {
      const next = this.#cut(count - taken.length);
      // mostly what was fetched is what was asked for
      if (taken.length === 0 && (next.length === count || this.#source === null)) return next;
      for (const row of next) taken.push(row);
      if (taken.length >= count || this.#source === null) return taken;
      try {
        this.#buffer = yield* wait(this.#source.fetch(this.#chunkFor(count - taken.length), before));
      } catch (error) {
        this.#closed ??= CLOSED;
        yield* this.#releaseFlow();
        throw error;
      }
      this.#at = 0;
      if (this.#buffer.length === 0) yield* this.#releaseFlow();
    }
  }

  /** Small at first, for who wants only a few rows; then larger and larger. */
  #chunkFor(wanted: number): number {
    if (this.#chunk !== null) return this.#chunk;
    const size = Math.min(Math.max(wanted, this.#nextChunk), this.#largest);
    this.#nextChunk = Math.min(this.#nextChunk * 5, this.#largest);
    return size;
  }

  *#releaseFlow(): Flow<void> {
    const source = this.#source;
    this.#source = null;
    if (source !== null) yield* wait(source.close());
  }
}

// two fetches asked for at once must not mix their rows
function queued(queue: FlowQueue): <T>(flow: Flow<T>) => Promise<T> {
  return (flow) => queue.run(flow);
}

/** Runs what may wait: at once in sync mode; in async mode its failures, too, come as a promise. */
export function settle<T>(mode: Mode, body: () => MaybePromise<T>): MaybePromise<T> {
  return mode === "sync" ? body() : settleAsync(body);
}

async function settleAsync<T>(body: () => MaybePromise<T>): Promise<T> {
  return await body();
}

/** Drives a flow that itself takes from a feed. */
export function runBeside<T>(mode: Mode, flow: Flow<T>): MaybePromise<T> {
  return mode === "sync" ? runSync(flow) : runAsync(flow);
}
