import { AwaitRequired } from "../errors/index.ts";
import type { Flow } from "./flow.ts";

/**
 * Drives a flow to its end without waiting.
 *
 * @throws AwaitRequired when the flow yields a promise: something under a sync API answered asynchronously.
 */
export function runSync<T>(flow: Flow<T>): T {
  let step = flow.next();
  while (!step.done) {
    const pending = step.value;
    // whoever holds the promise may still fail; the refusal below is the error that counts
    pending.then(undefined, () => undefined);
    step = flow.throw(
      new AwaitRequired(
        "A synchronous call reached something that answers with a promise. " +
          "Use the async API (createAsyncEngine, AsyncSession) with this driver, hook or callback.",
      ),
    );
  }
  return step.value;
}
