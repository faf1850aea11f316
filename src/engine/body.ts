import { ArgumentError } from "../errors/index.ts";
import { closing, type Flow, isFlow, type MaybePromise, type Mode, wait } from "../flow/index.ts";

/** What a callback answers: in async mode also a promise, in both also a generator that is then driven. */
export type Body<M extends Mode, T> = M extends "sync" ? SyncBody<T> : T | PromiseLike<T> | Flow<T>;

// a sync scope would end before what an async callback does; the text is what the compiler then says
type SyncBody<T> = T extends PromiseLike<unknown> ? "an async callback needs an async engine or session" : T | Flow<T>;

/** What a plain function given to `runSync` answers. */
export type PlainBody<T> =
  T extends PromiseLike<unknown>
    ? "runSync() takes a function that answers at once"
    : T extends Flow<unknown>
      ? "a generator function gets an async connection or session: name its type"
      : T;

/** @throws ArgumentError for something else than a function; `call` is what was called with it. */
export function requireBody(body: unknown, call: string): void {
  if (typeof body === "function") return;
  throw new ArgumentError(
    `${call} takes a function or nothing, not ${body === null ? "null" : `a ${typeof body}`}. A savepoint is set by beginNested().`,
  );
}

/** Waits for what a callback answered. */
export function* answeredFlow<T>(answer: unknown): Flow<T> {
  if (isFlow(answer)) return (yield* answer) as T;
  return yield* wait(answer as MaybePromise<T>);
}

/** Calls a callback when its turn has come, so that what it throws comes out of the flow, and waits for what it answers. */
export function* calledFlow<T>(body: () => unknown): Flow<T> {
  return yield* answeredFlow<T>(body());
}

/** What a scope needs of the transaction it is about. */
export interface ScopedTransaction {
  readonly isOver: boolean;
  commit(): MaybePromise<void>;
  rollback(): MaybePromise<void>;
}

/** Runs a callback inside a transaction: commits when it returns, rolls back when it throws. */
export function* transactionScopeFlow<T>(transaction: ScopedTransaction, body: () => unknown): Flow<T> {
  return yield* closing(bodyFlow<T>(transaction, body), () => wait(transaction.rollback()));
}

function* bodyFlow<T>(transaction: ScopedTransaction, body: () => unknown): Flow<T> {
  const answer = yield* answeredFlow<T>(body());
  // the body may have ended it itself
  if (!transaction.isOver) yield* wait(transaction.commit());
  return answer;
}
