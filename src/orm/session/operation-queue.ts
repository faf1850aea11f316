import type { ListenerCall } from "../../engine/index.ts";
import { IllegalStateChangeError } from "../../errors/index.ts";
import { type Flow, FlowQueue } from "../../flow/index.ts";
import { type Read, ReadBatch } from "./read-batch.ts";

/** What an async session does when an operation is started before another has ended. */
export type Concurrency = "queue" | "raise";

export const concurrencies: readonly Concurrency[] = ["queue", "raise"];

/** Runs the operations of an async session one at a time, in the order in which they were started. */
export class OperationQueue {
  /** Shared with the connections that the session hands out. */
  readonly flows: FlowQueue = new FlowQueue();
  /** How listeners are called that an operation waits for. */
  readonly callAwaited: ListenerCall = (listener) => this.flows.callAwaited(listener);
  readonly #refuses: boolean;
  /** What was started and whose caller has no answer yet, the latest last; only kept where it is refused. */
  readonly #open: string[] = [];

  /** The reads that were started last. */
  #batch: ReadBatch | null = null;

  constructor(concurrency: Concurrency) {
    this.#refuses = concurrency === "raise";
  }

  /** Reads that are started together become one operation; otherwise only one may be under way. */
  get merges(): boolean {
    return !this.#refuses;
  }

  /** Reads together with what was asked to be read just before, if nothing else was started since and its turn has not come. */
  read<About extends object, Item>(read: Read<About, Item>): Promise<unknown> {
    const refusal = this.flows.refusal();
    if (refusal !== null) return Promise.reject(refusal);
    const batch = this.#batch;
    if (batch !== null && batch.isOpen && batch.place === this.flows.last) return batch.join(read);
    const fresh = new ReadBatch(read);
    this.#batch = fresh;
    const answer = this.flows.run(() => fresh.start());
    fresh.place = this.flows.last;
    return answer;
  }

  run<T>(operation: string, flow: Flow<T>): Promise<T> {
    return this.#refuses ? this.#runAlone(operation, flow) : this.flows.run(flow);
  }

  /** As `run`, but waits for its turn in any case: for what lets go of connections. */
  runLast<T>(operation: string, flow: Flow<T>): Promise<T> {
    return this.#refuses ? this.#runNoted(operation, flow) : this.flows.run(flow);
  }

  // async, so that the refusal comes as a promise
  async #runAlone<T>(operation: string, flow: Flow<T>): Promise<T> {
    const holder = this.#open.at(-1);
    if (holder !== undefined) {
      throw new IllegalStateChangeError(
        `${operation} called while ${holder} is in progress on the same session. Await one before the next; ` +
          'with concurrency: "queue", the default, they would run in the order in which they were started.',
      );
    }
    return await this.#runNoted(operation, flow);
  }

  // noted until the caller has its answer, also with a driver that answers at once: what is wrong with one is so with all
  async #runNoted<T>(operation: string, flow: Flow<T>): Promise<T> {
    this.#open.push(operation);
    try {
      return await this.flows.run(flow);
    } finally {
      this.#open.splice(this.#open.indexOf(operation), 1);
    }
  }
}
