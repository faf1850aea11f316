const LONGEST_TIMER = 2_147_483_647; // milliseconds: a longer one would fire at once

interface Waiter<T> {
  readonly resolve: (value: T | null) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Who waits for something, served in the order of arrival. */
export class WaitLine<T> {
  // a Set keeps the order and lets one who gave up leave from the middle
  readonly #waiters = new Set<Waiter<T>>();

  get length(): number {
    return this.#waiters.size;
  }

  /** Waits for a value, at most `milliseconds`; then there is none. */
  join(milliseconds: number): Promise<T | null> {
    return new Promise((resolve) => {
      const waiter: Waiter<T> = { resolve, timer: undefined };
      this.#waiters.add(waiter);
      if (milliseconds > LONGEST_TIMER) return;
      waiter.timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        resolve(null);
      }, milliseconds);
    });
  }

  /** Hands a value to who waits longest; false when nobody does. */
  serve(value: T): boolean {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(value);
      return true;
    }
    return false;
  }
}
