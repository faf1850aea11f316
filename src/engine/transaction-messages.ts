import { InvalidRequestError } from "../errors/index.ts";
import type { TransactionState } from "./transaction-state.ts";

/** Why a transaction that was prepared needs more than a rollback. */
export function lostPrepared({ xid }: TransactionState): string {
  return (
    `The connection was lost, but the two-phase transaction ${String(xid)} was prepared and waits in the database. ` +
    "Call rollback() to let go of it here, then commitPrepared() or rollbackPrepared() with that xid on another connection."
  );
}

/** Why `begin()` cannot begin. */
export function alreadyBegun(
  root: TransactionState,
  beganWith: string,
  firstWrite: string | null,
): InvalidRequestError {
  if (root.origin !== "autobegin") {
    return new InvalidRequestError(
      "This connection is in a transaction already, begun by begin(). Use beginNested() for a savepoint in it, or end it first.",
    );
  }
  return new InvalidRequestError(
    "This connection is in a transaction already: it began by itself with the statement\n" +
      `  ${shorten(beganWith)}\nand has changed data since, by\n  ${shorten(firstWrite ?? beganWith)}\n` +
      "so begin() here cannot tell whether those changes belong to it. Call begin() before the first statement, or " +
      "commit() or rollback() before begin().",
  );
}

function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** An error in the words of another one's message. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
