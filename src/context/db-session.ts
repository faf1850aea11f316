import { InvalidRequestError } from "../errors/index.ts";
import { closing, type Flow, type MaybePromise, runAsync, wait } from "../flow/index.ts";
import { answeredFlow } from "../engine/index.ts";
import { transactionBlockFlow } from "../orm/index.ts";
import type { AnySession } from "./any-session.ts";
import type { SessionSource } from "./db-connect.ts";
import { notInitiated, openScope, requireScope, scopeHere, type SessionScope } from "./session-scope.ts";
import { SessionSlot } from "./session-slot.ts";

/**
 * The context's session of a database: made when first asked for, then the same for the whole context.
 *
 * It takes a connection with its first statement. Whoever opened the context commits and closes it; earlier ends are
 * `commitDbSession`, `rollbackDbSession` and `closeDbSession`.
 * @throws ContextNotInitiatedError outside of a context, or when it has ended.
 */
export function dbSession<S extends AnySession>(connect: SessionSource<S>): Promise<S> {
  const scope = scopeHere();
  const slot = scope?.slotOf(connect.contextKey);
  return (slot === undefined ? firstSession(connect, scope) : slot.promise) as Promise<S>;
}

function firstSession(connect: SessionSource<AnySession>, scope: SessionScope | undefined): Promise<AnySession> {
  if (scope === undefined || scope.isOver) return Promise.reject(notInitiated(scope));
  let slot: SessionSlot;
  try {
    slot = new SessionSlot(connect.contextKey, connect["~newSession"](), true, connect["~onLeak"]);
  } catch (error) {
    return Promise.reject(error);
  }
  scope.putSlot(slot);
  return slot.session === null ? madeIn(scope, slot) : slot.promise;
}

async function madeIn(scope: SessionScope, slot: SessionSlot): Promise<AnySession> {
  try {
    return await slot.promise;
  } catch (error) {
    // the next caller tries again
    scope.dropSlot(slot);
    throw error;
  }
}

/** What `atomicDbSession` does with a transaction that is open already. */
export type CurrentTransaction = "commit" | "rollback" | "append" | "raise";

/** Options of `atomicDbSession`. */
export interface AtomicOptions {
  /**
   * - `"commit"` (default), `"rollback"`: ends it that way, then begins another
   * - `"append"`: joins it; the end of the block ends it
   * - `"raise"`: throws InvalidRequestError and leaves it open
   */
  readonly currentTransaction?: CurrentTransaction;
}

/**
 * Calls a function with the context's session in a transaction: commits when it returns, rolls back when it throws. The
 * session stays in the context.
 *
 * @throws InvalidRequestError with `currentTransaction: "raise"` when a transaction is open.
 */
export async function atomicDbSession<S extends AnySession, T>(
  connect: SessionSource<S>,
  body: (session: S) => T,
  { currentTransaction = "commit" }: AtomicOptions = {},
): Promise<Awaited<T>> {
  const session = await dbSession(connect);
  if (session.inTransaction()) {
    if (currentTransaction === "append") return await runAsync(appendFlow<Awaited<T>>(session, () => body(session)));
    if (currentTransaction === "raise") {
      throw new InvalidRequestError(
        "The session of this context already has an open transaction. Commit it or roll it back first, or tell " +
          'atomicDbSession() what to do with it: currentTransaction: "commit", "rollback" or "append".',
      );
    }
    await (currentTransaction === "commit" ? session.commit() : session.rollback());
  }
  return await runAsync(blockFlow<Awaited<T>>(session, () => body(session)));
}

function blockFlow<T>(session: AnySession, body: () => unknown): Flow<T> {
  return transactionBlockFlow<T>(session.core, () => session.begin(), body);
}

function* appendFlow<T>(session: AnySession, body: () => unknown): Flow<T> {
  return yield* closing(bodyAndCommitFlow<T>(session, body), (error) =>
    wait(error === undefined ? undefined : (session.rollback() as MaybePromise<void>)),
  );
}

function* bodyAndCommitFlow<T>(session: AnySession, body: () => unknown): Flow<T> {
  const answer = yield* answeredFlow<T>(body());
  // the body may have ended it itself
  if (session.inTransaction()) yield* wait(session.commit() as MaybePromise<void>);
  return answer;
}

/** Commits the context's session of a database; does nothing when there is none, or it is in no transaction. */
export async function commitDbSession(connect: SessionSource<AnySession>): Promise<void> {
  const session = getDbSessionFromContext(connect);
  if (session?.inTransaction() === true) await session.commit();
}

/** Rolls the context's session of a database back; does nothing when there is none, or it is in no transaction. */
export async function rollbackDbSession(connect: SessionSource<AnySession>): Promise<void> {
  const session = getDbSessionFromContext(connect);
  if (session?.inTransaction() === true) await session.rollback();
}

/** Closes the context's session of a database, for good: what is not committed is lost. The next `dbSession` makes another. */
export async function closeDbSession(connect: SessionSource<AnySession>): Promise<void> {
  await requireScope().closeSession(connect.contextKey);
}

/** Calls a function with a session that belongs to no context, and closes it; nothing is committed for you. */
export async function newNonCtxSession<S extends AnySession, T>(
  connect: SessionSource<S>,
  body: (session: S) => T,
): Promise<Awaited<T>> {
  const session = await connect["~newSession"]();
  return await runAsync(
    closing(
      bodyFlow<Awaited<T>>(() => body(session)),
      () => wait(session.close() as MaybePromise<void>),
    ),
  );
}

/** As `newNonCtxSession`, in a transaction: commits when the function returns, rolls back when it throws. */
export async function newNonCtxAtomicSession<S extends AnySession, T>(
  connect: SessionSource<S>,
  body: (session: S) => T,
): Promise<Awaited<T>> {
  return await newNonCtxSession(connect, (session) => runAsync(blockFlow<Awaited<T>>(session, () => body(session))));
}

/** The context's session of a database; `null` when none was made yet. @throws ContextNotInitiatedError */
export function getDbSessionFromContext<S extends AnySession>(connect: SessionSource<S>): S | null {
  return (requireScope().slotOf(connect.contextKey)?.session ?? null) as S | null;
}

/**
 * Makes a session the context's session of a database. One that is there already is left to whoever has it.
 *
 * The end of the context commits and closes it like the others. @throws ContextNotInitiatedError
 */
export function putDbSessionToContext<S extends AnySession>(connect: SessionSource<S>, session: S): void {
  requireScope().putSlot(new SessionSlot(connect.contextKey, session, false));
}

/** Takes the session of a database out of the context and answers it, to be closed by you; `null` when there is none. */
export function popDbSessionFromContext<S extends AnySession>(connect: SessionSource<S>): S | null {
  const scope = openScope();
  const slot = scope?.slotOf(connect.contextKey) ?? null;
  if (slot === null || slot.session === null) return null;
  scope?.dropSlot(slot);
  return slot.session as S;
}

function* bodyFlow<T>(body: () => unknown): Flow<T> {
  return yield* answeredFlow<T>(body());
}
