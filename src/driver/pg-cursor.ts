import type { DriverColumn, DriverCursor } from "./driver.ts";
import type { PgAnswer, PgWire } from "./pg-exchange.ts";

interface Exchanger {
  readonly alive: boolean;
  exchange(write: (wire: PgWire) => void): Promise<PgAnswer>;
}

/**
 * Rows read from a portal, which lives as long as its transaction.
 *
 * Every fetch is an exchange of its own, so other statements may run between two of them.
 */
export class PgCursor implements DriverCursor {
  readonly columns: readonly DriverColumn[];
  readonly #connection: Exchanger;
  readonly #portal: string;
  #exhausted = false;
  #closed = false;

  constructor(connection: Exchanger, portal: string, columns: readonly DriverColumn[]) {
    this.#connection = connection;
    this.#portal = portal;
    this.columns = columns;
  }

  async fetch(size: number): Promise<readonly (readonly unknown[])[]> {
    if (this.#exhausted || this.#closed) return [];
    const answer = await this.#connection.exchange((wire) => {
      wire.execute({ portal: this.#portal, rows: size });
      wire.sync();
    });
    this.#exhausted = !answer.suspended;
    return answer.rows;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#connection.alive) return;
    // closing a portal that is gone with its transaction is no error in the protocol
    await this.#connection.exchange((wire) => {
      wire.close({ type: "P", name: this.#portal });
      wire.sync();
    });
  }
}
