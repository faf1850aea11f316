import type { DriverColumn, DriverCursor } from "./driver.ts";
import type { PgAnswer, PgWire } from "./pg-exchange.ts";

type Row = readonly unknown[];

interface Exchanger {
  readonly alive: boolean;
  exchange(write: (wire: PgWire) => void): Promise<PgAnswer>;
}

const ALL = 0; // the protocol's word for no limit

/**
 * Rows read from a portal, which lives as long as its transaction.
 *
 * Every fetch is an exchange of its own, so other statements may run between two of them. A cursor that was opened
 * outside of any transaction has one of its own, which no other statement may become a part of: before one runs, the
 * remaining rows are read into memory.
 */
export class PgCursor implements DriverCursor {
  readonly columns: readonly DriverColumn[];
  readonly #connection: Exchanger;
  readonly #portal: string;
  /** Ends the transaction of its own. */
  readonly #commits: boolean;
  #drained: Row[] | null = null;
  #exhausted = false;
  #closed = false;

  constructor(connection: Exchanger, portal: string, columns: readonly DriverColumn[], commits: boolean) {
    this.#connection = connection;
    this.#portal = portal;
    this.#commits = commits;
    this.columns = columns;
  }

  async fetch(size: number): Promise<readonly Row[]> {
    if (this.#drained !== null) return this.#drained.splice(0, size);
    if (this.#exhausted || this.#closed) return [];
    const answer = await this.#connection.exchange((wire) => {
      wire.execute({ portal: this.#portal, rows: size });
      wire.sync();
    });
    this.#exhausted = !answer.suspended;
    return answer.rows;
  }

  /** Reads the remaining rows into memory and ends the transaction of its own. */
  async drain(): Promise<void> {
    if (this.#closed) return;
    const rest = this.#exhausted ? [] : await this.fetch(ALL);
    await this.#end();
    this.#drained = [...rest];
  }

  async close(): Promise<void> {
    this.#drained = [];
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#connection.alive) return;
    // closing a portal that is gone with its transaction is no error in the protocol
    await this.#connection.exchange((wire) => {
      wire.close({ type: "P", name: this.#portal });
      if (this.#commits) writeStatement(wire, "COMMIT");
      wire.sync();
    });
  }
}

/** Writes a statement without parameters or rows. */
function writeStatement(wire: PgWire, text: string): void {
  wire.parse({ text, name: "", types: [] });
  wire.bind({ portal: "", statement: "", values: [] });
  wire.execute({ portal: "", rows: ALL });
}
