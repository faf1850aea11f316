import { IllegalStateChangeError } from "../../errors/index.ts";
import { type Flow, FlowQueue } from "../../flow/index.ts";

/** What an async session does when an operation is started before another has ended. */
export type Concurrency = "queue" | "raise";

export const concurrencies: readonly Concurrency[] = ["queue", "raise"];

/** Runs the operations of an async session one at a time, in the order in which they were started. */
export class OperationQueue {
  /** Shared with the connections that the session hands out. */
  readonly flows: FlowQueue = new FlowQueue();
  readonly #refuses: boolean;
  #last = "";

  constructor(concurrency: Concurrency) {
    this.#refuses = concurrency === "raise";
  }

  run<T>(operation: string, flow: Flow<T>): Promise<T> {
    if (!this.#refuses) return this.flows.run(flow);
    return this.#runAlone(operation, () => this.flows.run(flow));
  }

  /** As `run`, but waits for its turn in any case: for what lets go of connections. */
  runLast<T>(operation: string, flow: Flow<T>): Promise<T> {
    this.#last = operation;
    return this.flows.run(flow);
  }

  // async, so that the refusal comes as a promise
  async #runAlone<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (this.flows.busy) {
      throw new IllegalStateChangeError(
        `${operation} called while ${this.#last} is in progress on the same session. Await one before the next; ` +
          'with concurrency: "queue", the default, they would run in the order in which they were started.',
      );
    }
    this.#last = operation;
    return await run();
  }
}
