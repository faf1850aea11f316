import type { Blockable } from "../../flow/index.ts";

type Settled<T> = { readonly value: T } | { readonly error: unknown };

/** Waits in one of two ways for an answer of the worker thread. */
export interface AnswerWaiter {
  /** Blocks the thread until the answer is there. */
  block(id: number): void;
  /** Keeps the process alive until the answer is there. */
  await(): void;
}

/**
 * An answer that is on its way from the worker thread.
 *
 * A sync caller blocks until it is there, an async one awaits it as a promise.
 */
export class RemoteAnswer<T> implements Blockable<T> {
  readonly #id: number;
  readonly #waiter: AnswerWaiter;
  #settled: Settled<T> | null = null;
  #promise: PromiseWithResolvers<T> | null = null;

  constructor(id: number, waiter: AnswerWaiter) {
    this.#id = id;
    this.#waiter = waiter;
  }

  get awaited(): boolean {
    return this.#promise !== null;
  }

  settle(settled: Settled<T>): void {
    this.#settled = settled;
    if (this.#promise !== null) pass(settled, this.#promise);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise, of a kind that can also be waited for by blocking
  then<R = T, E = never>(
    fulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): PromiseLike<R | E> {
    if (this.#promise === null) {
      this.#promise = Promise.withResolvers<T>();
      if (this.#settled === null) this.#waiter.await();
      else pass(this.#settled, this.#promise);
    }
    return this.#promise.promise.then(fulfilled, rejected);
  }

  /** An answer made of this one's. */
  map<R>(make: (value: T) => R): Blockable<R> {
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- as above
      then: (fulfilled, rejected) => this.then(make).then(fulfilled, rejected),
      "~block": () => make(this["~block"]()),
    };
  }

  /** See `Blockable`. */
  "~block"(): T {
    if (this.#settled === null) this.#waiter.block(this.#id);
    const settled: Settled<T> | null = this.#settled;
    if (settled !== null && "value" in settled) return settled.value;
    throw settled?.error;
  }
}

function pass<T>(settled: Settled<T>, { resolve, reject }: PromiseWithResolvers<T>): void {
  if ("value" in settled) resolve(settled.value);
  else reject(settled.error);
}
