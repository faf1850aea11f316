import type { RowTaker } from "./driver.ts";

/** The part of pg's wire connection that queries are written to: what pg-cursor and pg-query-stream use too. */
export interface PgWire {
  readonly stream: { cork?(): void; uncork?(): void };
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { portal: string; statement: string; values: readonly unknown[] }): void;
  describe(message: { type: "P"; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  close(message: { type: "S" | "P"; name: string }): void;
  query(text: string): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

/** What the server tells of a column. */
export interface PgField {
  readonly name: string;
  readonly dataTypeID: number;
}

/** What the server answered to one exchange. */
export interface PgAnswer {
  readonly fields: readonly PgField[] | null;
  /** Those that nobody took before the end. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly affected: number;
  /** The portal has more rows. */
  readonly suspended: boolean;
}

/** Rows taken at once: few enough that the first do not wait for long. */
const PORTION = 100;

/**
 * One exchange with the server, from the first message written to ReadyForQuery.
 *
 * It is handed to `client.query()` in place of pg's own Query: rows stay the arrays of text that the protocol parser
 * made, a statement described once is not described again, and BEGIN or Close travel with the next statement.
 */
export class PgExchange implements PgAnswer {
  fields: readonly PgField[] | null = null;
  rows: (readonly (string | null)[])[] = [];
  affected = 0;
  suspended = false;
  readonly #write: (wire: PgWire) => void;
  readonly #resolve: (answer: PgAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #taker: RowTaker | undefined;

  constructor(
    write: (wire: PgWire) => void,
    resolve: (answer: PgAnswer) => void,
    reject: (error: unknown) => void,
    taker?: RowTaker,
  ) {
    this.#write = write;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#taker = taker;
  }

  submit(wire: PgWire): null {
    const { stream } = wire;
    stream.cork?.();
    try {
      this.#write(wire);
    } finally {
      stream.uncork?.();
    }
    return null;
  }

  handleRowDescription(message: { readonly fields: readonly PgField[] }): void {
    this.fields = message.fields;
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    if (this.rows.push(message.fields) < PORTION || this.#taker === undefined) return;
    const { rows } = this;
    this.rows = [];
    this.#taker.take(rows);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.affected += affectedRows(message.text);
  }

  handlePortalSuspended(): void {
    this.suspended = true;
  }

  handleEmptyQuery(): void {
    // an empty statement answers nothing, and that is no error
  }

  handleCopyInResponse(wire: PgWire): void {
    wire.sendCopyFail("COPY FROM STDIN needs the raw connection");
    wire.sync(); // the one sent before was swallowed by the copy
  }

  handleCopyData(): void {
    // COPY TO STDOUT: its data is not rows
  }

  handleReadyForQuery(): void {
    this.#resolve(this);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }
}

/** Reads `UPDATE 3`, `INSERT 0 3`; what only reads (`SELECT 3`) affects nothing. */
function affectedRows(tag: string): number {
  const first = tag.charCodeAt(0);
  if (first === 83 || first === 70) return 0; // SELECT, FETCH: the hot path
  const match = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)$/.exec(tag);
  return match === null ? 0 : Number(match[1]);
}
