import type { DriverCursor } from "../driver/index.ts";
import { type Flow, wait } from "../flow/index.ts";

/** The cursors that are open in a connection's transaction. */
export class OpenCursors {
  #cursors: Set<DriverCursor> | null = null;

  add(cursor: DriverCursor): void {
    this.#cursors ??= new Set();
    this.#cursors.add(cursor);
  }

  has(cursor: DriverCursor): boolean {
    return this.#cursors?.has(cursor) === true;
  }

  *closeFlow(cursor: DriverCursor): Flow<void> {
    if (this.#cursors?.delete(cursor) === true) yield* wait(cursor.close());
  }

  *closeAllFlow(): Flow<void> {
    if (this.#cursors === null) return;
    for (const cursor of this.#cursors) {
      try {
        yield* this.closeFlow(cursor);
      } catch {
        // the transaction ends now, and its cursors with it
      }
    }
  }

  /** Their connection is gone: there is nothing to close. */
  forget(): void {
    this.#cursors = null;
  }
}
