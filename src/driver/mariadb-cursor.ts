import type { DriverColumn, DriverCursor } from "./driver.ts";
import { mariadbColumn, type MariadbColumnDefinition } from "./mariadb-column.ts";

type Row = readonly unknown[];

/** The readable stream the connector gives; it pauses the socket while nobody reads. */
export interface MariadbStream {
  read(): Row | null;
  /** Throws away what is still to come. */
  close(): void;
  on(event: "fields", listener: (columns: readonly MariadbColumnDefinition[]) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "readable" | "end", listener: () => void): unknown;
}

const GRACE = 50; // milliseconds: most of what was left unread arrives in that time

/** Rows read from a statement as they arrive; the server waits while nobody fetches. */
export class MariadbCursor implements DriverCursor {
  columns: readonly DriverColumn[] = [];
  readonly #stream: MariadbStream;
  readonly #cancel: () => Promise<void>;
  readonly #forget: () => void;
  #drained: Row[] | null = null;
  #failure: { readonly error: unknown } | null = null;
  #ended = false;
  #wake: (() => void) | null = null;

  private constructor(stream: MariadbStream, cancel: () => Promise<void>, forget: () => void) {
    this.#stream = stream;
    this.#cancel = cancel;
    this.#forget = forget;
    stream.on("error", (error) => {
      // when the connection closes the connector emits "error" without one
      if (error !== undefined && error !== null) this.#failure ??= { error };
      this.#finish();
    });
    stream.on("end", () => this.#finish());
    stream.on("readable", () => this.#wake?.());
  }

  /** Waits until the server says which columns there are, or that the statement fails. */
  static async open(stream: MariadbStream, cancel: () => Promise<void>, forget: () => void): Promise<MariadbCursor> {
    const cursor = new MariadbCursor(stream, cancel, forget);
    await new Promise<void>((resolve) => {
      stream.on("fields", (columns) => {
        cursor.columns = columns.map(mariadbColumn);
        resolve();
      });
      stream.on("error", () => resolve());
      stream.on("end", () => resolve());
    });
    cursor.#throwFailure();
    return cursor;
  }

  async fetch(size: number): Promise<readonly Row[]> {
    if (this.#drained !== null) return this.#drained.splice(0, size);
    const rows: Row[] = [];
    while (rows.length < size) {
      const row = this.#stream.read();
      if (row !== null) rows.push(row);
      else if (this.#ended) break;
      else await this.#more();
    }
    this.#throwFailure();
    return rows;
  }

  /** Reads the remaining rows into memory, so that the connection is free for something else. */
  async drain(): Promise<void> {
    if (this.#ended || this.#drained !== null) return;
    this.#drained = [...(await this.fetch(Number.POSITIVE_INFINITY))];
  }

  /** The server has to finish sending before it answers anything else; a long rest is cancelled. */
  async close(): Promise<void> {
    this.#drained = [];
    if (this.#ended) return;
    this.#stream.close();
    const discarded = this.#discard();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), GRACE);
    });
    const outcome = await Promise.race([discarded, patience]);
    clearTimeout(timer);
    // without the right or the room for a second connection everything is read, which ends as well
    if (outcome === "late") await this.#cancel().catch(() => undefined);
    await discarded;
  }

  async #discard(): Promise<void> {
    while (!this.#ended) {
      if (this.#stream.read() === null && !this.#ended) await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #finish(): void {
    this.#ended = true;
    this.#forget();
    this.#wake?.();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
