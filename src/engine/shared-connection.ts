import { InvalidRequestError } from "../errors/index.ts";

/** What to say to who wants to begin a transaction on a connection in which somebody else's is open. */
export function sharedConnectionBusy(): InvalidRequestError {
  return new InvalidRequestError(
    "Another connection or session of this engine is in a transaction, and a database in memory has only one physical " +
      "connection, which the two would share. End the other transaction first, or use a database in a file.",
  );
}
