import type { Mode } from "../flow/index.ts";
import type { KeyOf } from "./distinct.ts";
import type { RowFeed } from "./row-feed.ts";
import { RowsBase } from "./rows-base.ts";

/** One column of a result's rows: values instead of rows. */
export class ScalarResultBase<M extends Mode, T> extends RowsBase<M, T> {
  readonly #index: number;
  readonly #keyOf: KeyOf;

  constructor(feed: RowFeed<readonly unknown[]>, index: number, keyOf: KeyOf, distinct: boolean) {
    super(feed);
    this.#index = index;
    this.#keyOf = keyOf;
    if (distinct) this.setDistinct();
  }

  /** @internal */
  protected read(rows: readonly (readonly unknown[])[]): T[] {
    const index = this.#index;
    return rows.map((row) => row[index] as T);
  }

  /** @internal */
  protected keysOf(item: T): readonly unknown[] {
    return [this.#keyOf(item)];
  }
}
