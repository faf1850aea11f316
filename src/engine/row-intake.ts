import type { RowTaker } from "../driver/index.ts";

type Row = readonly unknown[];

/** The rows of one result, read as they arrive. */
export class RowIntake implements RowTaker {
  readonly #read: (raw: Row) => Row;
  #rows: Row[] | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(read: (raw: Row) => Row) {
    this.#read = read;
  }

  take(raws: readonly Row[]): void {
    if (this.#failure !== null) return;
    this.#rows ??= [];
    try {
      for (const raw of raws) this.#rows.push(this.#read(raw));
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** All rows, `rest` being those that were not taken. @throws what reading a row throws. */
  finish(rest: readonly Row[]): readonly Row[] {
    if (this.#rows === null) return rest.map(this.#read);
    this.take(rest);
    if (this.#failure !== null) throw this.#failure.error;
    return this.#rows;
  }
}
