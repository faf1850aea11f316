import { ArgumentError, InvalidRequestError, NoSuchColumnError } from "../errors/index.ts";
import { andThen, type Answer, type MaybePromise, type Mode } from "../flow/index.ts";
import type { Labels } from "../sql/index.ts";
import { equalityKey, type KeyOf } from "./distinct.ts";
import { MappingResultBase } from "./mapping-result.ts";
import { nearestName } from "./nearest-name.ts";
import { NO_ROWS, RowFeed, type RowSource } from "./row-feed.ts";
import { RowsBase } from "./rows-base.ts";
import { ScalarResultBase } from "./scalar-result.ts";

type Row = readonly unknown[];

/** What a result is made from. */
export interface ResultContent {
  /** Column names; `null` when the statement returns no rows. */
  readonly keys: readonly string[] | null;
  /** Rows that are there, or where they come from. */
  readonly rows: readonly Row[] | RowSource<Row>;
  readonly rowcount?: number | undefined;
  readonly lastInsertId?: number | bigint | undefined;
  /** What makes a column's values equal under `unique()`, column by column; default by content, objects by identity. */
  readonly keyOf?: readonly KeyOf[] | undefined;
  /** The most rows fetched at a time. Default 1000. */
  readonly largestChunk?: number | undefined;
  /** Starts out as if `unique()` had been called. */
  readonly unique?: boolean | undefined;
}

/** One column of a row of type `R`. */
type At<R extends Row, I> = I extends number ? (number extends R["length"] ? R[number] : R[I]) : unknown;
type Columns<R extends Row, I extends readonly (number | string)[]> = { readonly [K in keyof I]: At<R, I[K]> };

/** The rows of a statement, each a tuple, and what else it answered. */
export class ResultBase<M extends Mode, R extends Row = Row, L = Labels> extends RowsBase<M, R> {
  readonly #keys: readonly string[] | null;
  readonly #keyOf: readonly KeyOf[];
  /** Rows inserted, matched by UPDATE or deleted; of a buffered SELECT its rows; -1 when not known. */
  readonly rowcount: number;
  /** The first key the statement generated, where the driver reports it (SQLite, MariaDB, MySQL). */
  readonly lastInsertId: number | bigint | undefined;

  constructor(mode: M, content: ResultContent) {
    super(feedOf(mode, content));
    this.#keys = content.keys;
    this.#keyOf = content.keyOf ?? noKeys;
    this.rowcount = content.rowcount ?? -1;
    this.lastInsertId = content.lastInsertId;
    if (content.unique === true) this.setDistinct();
  }

  /** False for a statement that has no rows to give. */
  get returnsRows(): boolean {
    return this.#keys !== null;
  }

  /** The generated key as a tuple, where the driver reports it; `null` elsewhere (use RETURNING there). */
  get insertedPrimaryKey(): readonly unknown[] | null {
    return this.lastInsertId === undefined ? null : [this.lastInsertId];
  }

  /** The names of the columns; none when the statement returns no rows. */
  keys(): readonly string[] {
    return this.#keys ?? [];
  }

  /** The first column of the first row, `null` when there is none; closes the result. */
  scalar(): Answer<M, R[0] | null> {
    return this.#scalars(0).first();
  }

  /** @throws NoResultFound, MultipleResultsFound */
  scalarOne(): Answer<M, R[0]> {
    return this.answer<R[0]>(() => andThen(this.onlyItem() as MaybePromise<Row>, (row): R[0] => row[0]));
  }

  /** @throws MultipleResultsFound */
  scalarOneOrNone(): Answer<M, R[0] | null> {
    return this.answer<R[0] | null>(() =>
      andThen(this.onlyItemOrNone() as MaybePromise<Row | null>, (row) => row?.[0] ?? null),
    );
  }

  /** The values of one column, by position or name; the first unless given. */
  scalars(): ScalarResultBase<M, R[0]>;
  scalars<const I extends number | string>(index: I): ScalarResultBase<M, At<R, I>>;
  scalars(index: number | string = 0): ScalarResultBase<M, unknown> {
    return this.#scalars(index);
  }

  /** The rows as records by column name. */
  mappings(): MappingResultBase<M, L> {
    return new MappingResultBase(this.feed, this.keys(), this.#keyOf, this.isDistinct);
  }

  /** The same result; tells readers that rows are tuples. */
  tuples(): this {
    return this;
  }

  /** Rows of only some columns, by position or name. */
  columns<const I extends readonly (number | string)[]>(...columns: I): ResultBase<M, Columns<R, I>> {
    const indexes = columns.map((column) => this.#indexOf(column));
    const pick = (rows: readonly Row[]) => rows.map((row) => indexes.map((index) => row[index]));
    const source: RowSource<Row> = {
      fetch: (size, taken) => andThen(this.feed.take(size, taken), pick),
      close: () => this.feed.close(),
    };
    return this.#derived({
      keys: indexes.map((index) => this.keys()[index] ?? String(index)),
      rows: this.feed.buffered ? pick(this.feed.take(Number.POSITIVE_INFINITY) as readonly Row[]) : source,
      keyOf: indexes.map((index) => this.#keyOf[index] ?? equalityKey),
    }) as ResultBase<M, Columns<R, I>>;
  }

  /** Reads all rows and answers a function that gives them again, as a new result, each time. */
  freeze(): Answer<M, () => ResultBase<"sync", R, L>> {
    const again = (rows: readonly Row[]) => () =>
      new ResultBase<"sync", R, L>("sync", { ...this.#content(), rows: [...rows], unique: this.isDistinct });
    return this.answer(() => andThen(this.feed.take(Number.POSITIVE_INFINITY), again));
  }

  /** This result's rows, then those of others with as many columns. */
  merge(...others: readonly ResultBase<M, R, L>[]): ResultBase<M, R, L> {
    const all = [this, ...others];
    const wrong = others.find((other) => other.keys().length !== this.keys().length);
    if (wrong !== undefined) {
      throw new ArgumentError(`Results of ${this.keys().length} and ${wrong.keys().length} columns cannot be merged.`);
    }
    const rowcount = all.reduce((sum, result) => sum + Math.max(result.rowcount, 0), 0);
    return this.#derived({ ...this.#content(), rows: mergedSource(all.map((result) => result.feed)), rowcount });
  }

  /**
   * The same columns with other rows, for the layers above.
   *
   * @internal
   */
  "~withRows"(rows: readonly R[]): ResultBase<M, R, L> {
    return this.#derived({ ...this.#content(), rows: [...rows] });
  }

  /** @internal */
  protected read(rows: readonly Row[]): R[] {
    return rows as R[];
  }

  /** @internal */
  protected keysOf(row: R): readonly unknown[] {
    return row.map((value, index) => (this.#keyOf[index] ?? equalityKey)(value));
  }

  #content(): Omit<ResultContent, "rows"> {
    return { keys: this.#keys, rowcount: this.rowcount, lastInsertId: this.lastInsertId, keyOf: this.#keyOf };
  }

  #derived(content: ResultContent): ResultBase<M, R, L> {
    return new ResultBase<M, R, L>(this.feed.mode as M, { ...content, unique: this.isDistinct });
  }

  #scalars(index: number | string): ScalarResultBase<M, unknown> {
    const at = this.#indexOf(index);
    return new ScalarResultBase<M, unknown>(this.feed, at, this.#keyOf[at] ?? equalityKey, this.isDistinct);
  }

  #indexOf(column: number | string): number {
    // a closed result says so when it is fetched from
    if (this.#keys === null) return 0;
    return typeof column === "number" ? checkIndex(column, this.#keys) : indexOfName(column, this.#keys);
  }
}

const noKeys: readonly KeyOf[] = [];

function feedOf(mode: Mode, { keys, rows, largestChunk }: ResultContent): RowFeed<Row> {
  return new RowFeed(mode, rows, keys === null ? NO_ROWS : null, largestChunk);
}

function checkIndex(index: number, keys: readonly string[]): number {
  if (Number.isInteger(index) && index >= 0 && index < keys.length) return index;
  throw new NoSuchColumnError(`There is no column ${index}: the rows have ${keys.length}, counted from 0.`);
}

function indexOfName(name: string, keys: readonly string[]): number {
  const index = keys.indexOf(name);
  if (index < 0) {
    const meant = nearestName(name, keys);
    throw new NoSuchColumnError(
      `Could not locate column ${JSON.stringify(name)} in this result; its columns are ${keys.join(", ")}.` +
        (meant === undefined ? "" : ` Did you mean ${meant}?`),
    );
  }
  if (keys.includes(name, index + 1)) {
    throw new InvalidRequestError(
      `Ambiguous column name ${JSON.stringify(name)}: several columns are called so. Name one by its position, or give it another name with .as().`,
    );
  }
  return index;
}

function mergedSource(feeds: readonly RowFeed<Row>[]): RowSource<Row> {
  const next = (at: number, size: number): MaybePromise<readonly Row[]> => {
    const feed = feeds[at];
    if (feed === undefined) return [];
    return andThen(feed.take(size, 0), (rows) => (rows.length > 0 ? rows : next(at + 1, size)));
  };
  const closeFrom = (at: number): MaybePromise<void> => {
    const feed = feeds[at];
    return feed === undefined ? undefined : andThen(feed.close(), () => closeFrom(at + 1));
  };
  return { fetch: (size) => next(0, size), close: () => closeFrom(0) };
}
