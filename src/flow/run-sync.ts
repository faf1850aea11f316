import { AwaitRequired } from "../errors/index.ts";
import { BLOCK, type Blockable, type Flow, isBlockable } from "./flow.ts";

/**
 * Drives a flow to its end without waiting, or by blocking the thread where the promise allows it.
 *
 * @throws AwaitRequired when the flow yields another promise: something under a sync API answered asynchronously.
 */
export function runSync<T>(flow: Flow<T>): T {
  let step = flow.next();
  while (!step.done) step = isBlockable(step.value) ? blockOn(flow, step.value) : refuse(flow, step.value);
  return step.value;
}

type Step<T> = IteratorResult<PromiseLike<unknown>, T>;

function blockOn<T>(flow: Flow<T>, pending: Blockable<unknown>): Step<T> {
  let value: unknown;
  try {
    value = pending[BLOCK]();
  } catch (error) {
    return flow.throw(error);
  }
  return flow.next(value);
}

function refuse<T>(flow: Flow<T>, pending: PromiseLike<unknown>): Step<T> {
  // whoever holds the promise may still fail; the refusal below is the error that counts
  pending.then(undefined, () => undefined);
  return flow.throw(
    new AwaitRequired(
      "A synchronous call reached something that answers with a promise. " +
        "Use the async API (createAsyncEngine, AsyncSession) with this driver, hook or callback.",
    ),
  );
}
