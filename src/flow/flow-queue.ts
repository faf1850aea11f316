import { IllegalStateChangeError } from "../errors/index.ts";
import { type AsyncScope, asyncScope } from "./async-scope.ts";
import { type Flow, isPromiseLike, type MaybePromise } from "./flow.ts";

/** A function that an operation of a queue waits for. */
interface Awaited {
  readonly queue: FlowQueue;
  readonly around: Awaited | undefined;
  isOver: boolean;
}

/** Made when the first such function is called: an async context costs those who have none nothing. */
let scope: AsyncScope<Awaited> | null | undefined;

/**
 * Runs async flows one after the other, in the order they were submitted.
 *
 * One session or connection may be used from `Promise.all`: its operations share state, so they must not interleave.
 * A flow that never waits runs at once when nothing is ahead of it.
 */
export class FlowQueue {
  #tail: Promise<unknown> | null = null;
  /** How many functions the operation under way waits for: none but while listeners are told. */
  #awaited = 0;

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
    const refusal = this.refusal();
    if (refusal !== null) throw refusal;
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

  /** Calls a function that the operation under way waits for, such as a listener: what it starts in this queue is refused. */
  callAwaited<T>(body: () => MaybePromise<T>): MaybePromise<T> {
    if (scope === undefined) scope = asyncScope();
    if (scope === null) return body();
    const call: Awaited = { queue: this, around: scope.getStore(), isOver: false };
    const end = (): void => {
      call.isOver = true;
      this.#awaited -= 1;
    };
    this.#awaited += 1;
    let answer: MaybePromise<T>;
    try {
      answer = scope.run(call, body);
    } catch (error) {
      end();
      throw error;
    }
    if (isPromiseLike(answer)) return answer.then(ending(end), failing(end));
    end();
    return answer;
  }

  /** The error for who starts an operation inside a function that the one under way waits for: they would wait for each other. */
  refusal(): IllegalStateChangeError | null {
    if (this.#awaited === 0) return null;
    for (let call = scope?.getStore(); call !== undefined; call = call.around) {
      if (call.queue !== this || call.isOver) continue;
      return new IllegalStateChangeError(
        "A listener started an operation on the session whose operation waits for that listener: both would wait for ever. " +
          "Use the session that the event brings (event.session), or start it after the operation has ended.",
      );
    }
    return null;
  }
}

function ending<T>(end: () => void): (value: T) => T {
  return (value) => {
    end();
    return value;
  };
}

function failing(end: () => void): (error: unknown) => never {
  return (error) => {
    end();
    throw error;
  };
}

/** Applies `then` to a value now, or when its promise resolves: the fast path where a flow would cost too much. */
export function andThen<T, R>(value: T | PromiseLike<T>, then: (value: T) => R | PromiseLike<R>): R | PromiseLike<R> {
  return isPromiseLike(value) ? value.then(then) : then(value);
}
