// The smallest real thing a pool can hold: a database of node:sqlite, opened and closed asynchronously when asked to.
import { DatabaseSync } from "node:sqlite";
import type { Flow } from "../../../src/flow/index.ts";
import type { Poolable, PoolSource } from "../../../src/pool/index.ts";

export class SqlitePoolable implements Poolable {
  readonly id: number;
  readonly database = new DatabaseSync(":memory:");
  resets = 0;
  /** Closed by somebody else, without the pool's knowing. */
  lost = false;

  constructor(id: number) {
    this.id = id;
  }

  get alive(): boolean {
    return this.database.isOpen && !this.lost;
  }

  ping(): void {
    this.database.exec("SELECT 1");
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}

export class SqliteSource implements PoolSource<SqlitePoolable> {
  opened: SqlitePoolable[] = [];
  failures = 0;
  /** Connecting takes a turn of the event loop. */
  slow = false;
  onReset: (connection: SqlitePoolable) => void = () => {};

  get open(): number {
    return this.opened.filter((connection) => connection.database.isOpen).length;
  }

  *connectFlow(): Flow<SqlitePoolable> {
    if (this.slow) yield new Promise((resolve) => setTimeout(resolve, 5));
    if (this.failures > 0) {
      this.failures--;
      throw new TypeError("no route to database");
    }
    const connection = new SqlitePoolable(this.opened.length + 1);
    this.opened.push(connection);
    return connection;
  }

  *resetFlow(connection: SqlitePoolable): Flow<void> {
    if (this.slow) yield Promise.resolve();
    connection.resets++;
    this.onReset(connection);
  }
}
