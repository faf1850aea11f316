import { ArgumentError } from "../errors/index.ts";
import { type Flow, isFlow, isPromiseLike } from "../flow/index.ts";

/**
 * What a function given to `runSync` answered.
 *
 * @throws ArgumentError for a promise: what the function awaits would come after its time.
 */
export function plainAnswer<T>(answer: unknown): T {
  if (!isPromiseLike(answer) && !isFlow(answer)) return answer as T;
  if (isPromiseLike(answer)) answer.then(undefined, () => undefined); // the refusal is the error that counts
  throw new ArgumentError(
    "runSync() was given a function that answers with a promise. Give one that answers at once, or a generator function; " +
      "what is to be awaited needs no runSync.",
  );
}

/** Tells whether a function is written as `function*`. */
export function isGeneratorFunction(body: unknown): body is (...args: readonly unknown[]) => Flow<unknown> {
  return typeof body === "function" && Object.prototype.toString.call(body) === "[object GeneratorFunction]";
}
