import { closing, type Flow, keepSuppressed } from "../../flow/index.ts";
import type { Attachment } from "./joined-transaction.ts";
import type { SessionBind } from "./session-bind.ts";

/** The connections a session's transaction uses, by what they come from. */
export type Attachments = ReadonlyMap<SessionBind, Attachment>;

/** Ends the transaction on every connection and gives back those the session opened; the first error counts. */
export function* endAllFlow(attachments: Attachments, end: (attachment: Attachment) => Flow<void>): Flow<void> {
  let first: { readonly error: unknown } | null = null;
  for (const [bind, attachment] of attachments) {
    try {
      yield* closing(attachment.core.closed ? nothingFlow() : end(attachment), () =>
        bind.ownsConnection ? attachment.core.closeFlow() : nothingFlow(),
      );
    } catch (error) {
      if (first === null) first = { error };
      else keepSuppressed(first.error, error);
    }
  }
  if (first !== null) throw first.error;
}

/** Commits one connection after the other; what comes after one that failed is rolled back. */
export function* commitAllFlow(attachments: Attachments): Flow<void> {
  let isLost = false;
  yield* endAllFlow(attachments, (attachment) =>
    isLost
      ? attachment.rollbackFlow()
      : onErrorFlow(attachment.commitFlow(), () => {
          isLost = true;
          return nothingFlow();
        }),
  );
}

/**
 * Commits connections that are prepared, all of them whatever one answers.
 *
 * The connection of one that failed is closed, not rolled back: what was prepared waits in its database.
 */
export function* commitPreparedFlow(attachments: Attachments): Flow<void> {
  yield* endAllFlow(attachments, (attachment) => {
    const xid = attachment.core.transactions.root?.xid;
    return onErrorFlow(attachment.commitFlow(), function* (error) {
      if (error instanceof Error) {
        error.message = `(the two-phase transaction ${String(xid)} was prepared and waits in the database; end it with commitPrepared() on another connection) ${error.message}`;
      }
      yield* attachment.core.invalidateFlow(error);
    });
  });
}

function* onErrorFlow(flow: Flow<void>, failed: (error: unknown) => Flow<void>): Flow<void> {
  try {
    yield* flow;
  } catch (error) {
    yield* failed(error);
    throw error;
  }
}

// oxlint-disable-next-line require-yield
export function* nothingFlow(): Flow<void> {}
