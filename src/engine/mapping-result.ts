import { InvalidRequestError } from "../errors/index.ts";
import type { Mode } from "../flow/index.ts";
import { equalityKey, type KeyOf } from "./distinct.ts";
import type { RowFeed } from "./row-feed.ts";
import { RowsBase } from "./rows-base.ts";

/** A result's rows as records by column name. */
export class MappingResultBase<M extends Mode, T> extends RowsBase<M, T> {
  readonly #keys: readonly string[];
  readonly #keyOf: readonly KeyOf[];
  readonly #toRecord: (row: readonly unknown[]) => T;

  constructor(feed: RowFeed<readonly unknown[]>, keys: readonly string[], keyOf: readonly KeyOf[], distinct: boolean) {
    super(feed);
    this.#keys = keys;
    this.#keyOf = keyOf;
    this.#toRecord = recordReader<T>(keys);
    if (distinct) this.setDistinct();
  }

  /** The names of the columns. */
  keys(): readonly string[] {
    return this.#keys;
  }

  /** @internal */
  protected read(rows: readonly (readonly unknown[])[]): T[] {
    return rows.map(this.#toRecord);
  }

  /** @internal */
  protected keysOf(item: T): readonly unknown[] {
    return this.#keys.map((key, index) => (this.#keyOf[index] ?? equalityKey)(Reflect.get(item as object, key)));
  }
}

function recordReader<T>(keys: readonly string[]): (row: readonly unknown[]) => T {
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    throw new InvalidRequestError(
      `Two columns of this result are called ${JSON.stringify(twice)}, so its rows cannot become records. ` +
        "Give one another name with .as(), or read the rows as tuples.",
    );
  }
  // assigning to __proto__ would change the record's prototype instead of making a property
  const own = keys.includes("__proto__");
  return (row) => (own ? Object.fromEntries(keys.map((key, index) => [key, row[index]])) : toRecord(keys, row)) as T;
}

function toRecord(keys: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let index = 0; index < keys.length; index++) record[keys[index] as string] = row[index];
  return record;
}
