import type { DriverColumn, DriverCursor } from "./driver.ts";
import type { MysqlStream } from "./mysql-client.ts";

type Row = readonly unknown[];

const GRACE = 50; // milliseconds: most of what was left unread arrives in that time

/** Rows read from a statement as they arrive; the server waits while nobody fetches. */
export class MysqlCursor implements DriverCursor {
  columns: readonly DriverColumn[] = [];
  readonly #stream: MysqlStream;
  readonly #cancel: () => Promise<void>;
  readonly #forget: () => void;
  #drained: Row[] | null = null;
  #failure: { readonly error: unknown } | null = null;
  #ended = false;
  #wake: (() => void) | null = null;

  private constructor(stream: MysqlStream, cancel: () => Promise<void>, forget: () => void) {
    this.#stream = stream;
    this.#cancel = cancel;
    this.#forget = forget;
  }

  /** Waits until the server says which columns there are, or that the statement fails. */
  static async open(stream: MysqlStream, cancel: () => Promise<void>, forget: () => void): Promise<MysqlCursor> {
    const cursor = new MysqlCursor(stream, cancel, forget);
    await cursor.#listen();
    cursor.#throwFailure();
    return cursor;
  }

  /** All rows have arrived, so that the connection is free for something else. */
  get ended(): boolean {
    return this.#ended;
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

  #listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.listen({
        columns: (columns) => {
          this.columns = columns;
          resolve();
        },
        readable: () => this.#wake?.(),
        end: (error) => {
          if (error !== undefined && error !== null) this.#failure ??= { error };
          this.#ended = true;
          this.#forget();
          this.#wake?.();
          resolve();
        },
      });
    });
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
