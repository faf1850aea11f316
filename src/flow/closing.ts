import { type Flow } from "./flow.ts";

/**
 * Runs `body`, then `cleanup` whatever happened.
 *
 * A failing cleanup never hides the first error: the body's error is thrown, the cleanup's is kept as its `suppressed`.
 */
export function* closing<T>(body: Flow<T>, cleanup: (error: unknown) => Flow<unknown>): Flow<T> {
  let answer: T;
  try {
    answer = yield* body;
  } catch (error) {
    yield* cleanupAfter(error, cleanup);
    throw error;
  }
  yield* cleanup(undefined);
  return answer;
}

function* cleanupAfter(error: unknown, cleanup: (error: unknown) => Flow<unknown>): Flow<void> {
  try {
    yield* cleanup(error);
  } catch (second) {
    keepSuppressed(error, second);
  }
}

/** Notes a second error on the first, where a reader of the first can find it. */
export function keepSuppressed(first: unknown, second: unknown): void {
  if (typeof first !== "object" || first === null || !Object.isExtensible(first)) return;
  Object.defineProperty(first, "suppressed", { value: second, configurable: true, writable: true, enumerable: false });
}
