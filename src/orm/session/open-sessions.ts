import { keepSuppressed } from "../../flow/index.ts";

/** A session of either colour. */
export interface Closable {
  close(): unknown;
}

// weak, so that a session nobody closed can be collected
const open = new Set<WeakRef<Closable>>();
let sweepAt = 128;

/** Notes a session that has begun a transaction. */
export function noteOpen(session: WeakRef<Closable>): void {
  open.add(session);
  if (open.size < sweepAt) return;
  for (const known of open) if (known.deref() === undefined) open.delete(known);
  sweepAt = Math.max(128, open.size * 2);
}

/** Notes that a session was closed. */
export function noteClosed(session: WeakRef<Closable>): void {
  open.delete(session);
}

/**
 * Closes all sessions of the process that are in use: for tests, and before a program ends.
 *
 * Sync sessions are closed when it returns, async ones when its promise is settled. The first error is thrown when all
 * are closed.
 */
export async function closeAllSessions(): Promise<void> {
  const closing = [...open].map((session) => closed(session.deref()));
  let first: { readonly error: unknown } | null = null;
  for (const result of await Promise.allSettled(closing)) {
    if (result.status === "fulfilled") continue;
    if (first === null) first = { error: result.reason };
    else keepSuppressed(first.error, result.reason);
  }
  if (first !== null) throw first.error;
}

// async, so that what a sync session throws is an answer, too
async function closed(session: Closable | undefined): Promise<void> {
  await session?.close();
}
