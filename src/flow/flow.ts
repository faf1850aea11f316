/**
 * A body of code that may touch a database, written once for both colours.
 *
 * It yields only promises it must wait for; `runSync` drives it where every driver answers at once, `runAsync` awaits.
 */
export type Flow<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** A value, or the promise of one: what a driver may answer. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** What a promise that a sync caller may wait for, by blocking its thread, is asked for its value with. */
export const BLOCK = "~block";

/** A promise whose value a sync caller gets by blocking its thread: what answers is another thread. */
export interface Blockable<T> extends PromiseLike<T> {
  /** Blocks until the value is there, and answers it; throws what the promise would be rejected with. */
  [BLOCK](): T;
}

/** Tells whether a sync caller can wait for a promise. */
export function isBlockable(promise: PromiseLike<unknown>): promise is Blockable<unknown> {
  return BLOCK in promise;
}

/** Tells whether a value must be waited for. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Waits, inside a flow, for a value that may be a promise; a plain value costs no turn of the event loop. */
export function* wait<T>(value: MaybePromise<T>): Flow<T> {
  return isPromiseLike(value) ? ((yield value) as T) : value;
}

/** A flow that does nothing but answer. */
// oxlint-disable-next-line require-yield
export function* done<T>(value: T): Flow<T> {
  return value;
}

/** A flow that has come to its end: for who answers that there is nothing to do, without making a generator. */
export const nothing: Flow<void> = done(undefined);
nothing.next();

/** Tells whether a value is a flow (or any generator) that still has to be driven. */
export function isFlow(value: unknown): value is Flow<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { next?: unknown }).next === "function" &&
    typeof (value as { throw?: unknown }).throw === "function"
  );
}
