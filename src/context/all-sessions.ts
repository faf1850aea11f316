import { type BeforeCommitCallback, requireScope } from "./session-scope.ts";

const FIRST_ERROR_STATUS = 400;

/**
 * Commits the context's sessions that are in a transaction, one after the other: several databases are not one
 * transaction. `beforeCommit` is awaited with each first; when it throws, that session and those after it stay as they are.
 *
 * @throws ContextNotInitiatedError
 */
export async function commitAllSessions(beforeCommit?: BeforeCommitCallback): Promise<void> {
  await requireScope().commit(beforeCommit);
}

/** Rolls back the context's sessions that are in a transaction. @throws ContextNotInitiatedError */
export async function rollbackAllSessions(): Promise<void> {
  await requireScope().rollback();
}

/** Closes the context's sessions; what is not committed is lost. @throws ContextNotInitiatedError */
export async function closeAllContextSessions(): Promise<void> {
  await requireScope().closeSessions();
}

/** Commits all sessions for a status of HTTP below 400, else rolls them back. */
export async function autoCommitByStatusCode(status: number, beforeCommit?: BeforeCommitCallback): Promise<void> {
  const scope = requireScope();
  await (status < FIRST_ERROR_STATUS ? scope.commit(beforeCommit) : scope.rollback());
}

/**
 * Has a function called once the context's sessions are committed at its end, and not at all when they are rolled back.
 *
 * It is awaited, in a context of its own. What it throws is reported as a warning: the data is committed, so the request
 * has not failed. An early `commitDbSession` does not call it. @throws ContextNotInitiatedError
 */
export function afterCommit(callback: () => unknown): void {
  requireScope().onCommit(callback);
}
