import type { Flow } from "./flow.ts";

/**
 * Drives a flow to its end, awaiting what it yields; a rejection is thrown back into the flow, so its
 * `try`/`finally` serve both colours.
 *
 * It is an `async` function, not a `new Promise`, so that V8 keeps the caller's frames in error stacks.
 */
export async function runAsync<T>(flow: Flow<T>): Promise<T> {
  let step = flow.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value;
    } catch (error) {
      step = flow.throw(error);
      continue;
    }
    step = flow.next(value);
  }
  return step.value;
}
