import { type Flow, isPromiseLike } from "./flow.ts";

/**
 * Runs async flows one after the other, in the order they were submitted.
 *
 * One session or connection may be used from `Promise.all`: its operations share state, so they must not interleave.
 * A flow that never waits runs at once when nothing is ahead of it.
 */
export class FlowQueue {
  #tail: Promise<unknown> | null = null;

  /** True while an operation is under way or waiting. */
  get busy(): boolean {
    return this.#tail !== null;
  }

  /** What stands for the operation submitted last, `null` when all are done: it tells whether another was submitted since. */
  get last(): unknown {
    return this.#tail;
  }

  /** @param given a flow, or what makes one when it is its turn, but not before the next turn of the microtask queue. */
  async run<T>(given: Flow<T> | (() => Flow<T>)): Promise<T> {
    const ahead = this.#tail;
    let release!: () => void;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tail = mine;
    try {
      if (ahead !== null || typeof given === "function") await ahead;
      const flow = typeof given === "function" ? given() : given;
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
    } finally {
      if (this.#tail === mine) this.#tail = null;
      release();
    }
  }
}

/** Applies `then` to a value now, or when its promise resolves: the fast path where a flow would cost too much. */
export function andThen<T, R>(value: T | PromiseLike<T>, then: (value: T) => R | PromiseLike<R>): R | PromiseLike<R> {
  return isPromiseLike(value) ? value.then(then) : then(value);
}
