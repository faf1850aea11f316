import { answeredFlow } from "../engine/index.ts";
import { asyncRunner, type Flow, wait } from "../flow/index.ts";

/**
 * Calls a function and answers with a promise of what it gives; a generator function is driven, awaiting what it yields.
 *
 * One generator function serves both colours: it waits with `yield* awaitOnly(…)`, and a sync session runs it as the
 * body of `begin(fn)`, without a promise anywhere.
 * @example
 * await greenletSpawn(function* (session) {
 *   return (yield* awaitOnly(session.scalars(select(User)))).all();
 * }, session);
 */
export async function greenletSpawn<T, A extends readonly unknown[]>(
  body: (...args: A) => Flow<T> | PromiseLike<T> | T,
  ...args: A
): Promise<T> {
  return asyncRunner.run(answeredFlow<T>(body(...args)));
}

/** Inside a generator function: waits for a promise, takes a plain value as it is. */
export function awaitOnly<T>(value: T | PromiseLike<T>): Flow<T> {
  return wait(value);
}
