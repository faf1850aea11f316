import { fileURLToPath } from "node:url";
import type { MessagePort, Worker } from "node:worker_threads";
import { ArgumentError, NoSuchModuleError } from "../../errors/index.ts";
import { builtin } from "../builtin.ts";
import { SIGNAL, type WorkerCall, type WorkerMessage, type WorkerRequest } from "./protocol.ts";
import { type AnswerWaiter, RemoteAnswer } from "./remote-answer.ts";
import { errorOf, lostWorker } from "./remote-error.ts";

/** What hears that a connection in the worker was lost while nobody used it. */
export type LossListener = () => void;

/**
 * The way to the worker thread in which drivers run that answer with promises.
 *
 * The caller's thread may block on an answer (`Atomics.wait`), which is what makes sync engines of such drivers, or
 * await it. The thread never keeps the process alive unless an answer is awaited.
 */
export class WorkerBridge implements AnswerWaiter {
  readonly #threads = builtin("node:worker_threads");
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signal = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  readonly #open = new Map<number, RemoteAnswer<unknown>>();
  readonly #lossListeners = new Map<number, LossListener>();
  #lastId = 0;
  #awaited = 0;

  constructor() {
    const { port1, port2 } = new this.#threads.MessageChannel();
    this.#port = port1;
    this.#worker = new this.#threads.Worker(workerFile(), {
      name: "athanor",
      workerData: { port: port2, signal: this.#signal, main: process.argv[1] },
      execArgv: [], // what node was told to do with the main module (--eval, --import) is not for this one
      transferList: [port2],
    });
    this.#worker.on("exit", () => this.#end());
    this.#worker.on("error", () => this.#end());
    port1.on("message", (message: WorkerMessage) => this.#take(message));
    port1.unref();
    this.#worker.unref();
  }

  /** The thread has ended; another one is needed. */
  get ended(): boolean {
    return Atomics.load(this.#signal, SIGNAL.ended) === 1;
  }

  /** Asks something of the worker. @throws ArgumentError for a value that cannot be sent to another thread. */
  ask<T>(call: WorkerCall): RemoteAnswer<T> {
    this.#lastId += 1;
    const request: WorkerRequest = { id: this.#lastId, call };
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
      this.#port.postMessage(request);
    } catch (error) {
      throw unsendable(call, error);
    }
    const answer = new RemoteAnswer<T>(request.id, this);
    this.#open.set(request.id, answer as RemoteAnswer<unknown>);
    if (this.ended) this.#end();
    return answer;
  }

  /** Calls back when a connection is lost while nobody uses it. */
  watch(connection: number, listener: LossListener): void {
    this.#lossListeners.set(connection, listener);
  }

  unwatch(connection: number): void {
    this.#lossListeners.delete(connection);
  }

  /** Takes what has arrived since the event loop last turned. */
  drain(): void {
    for (;;) {
      const received = this.#threads.receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#take(received.message as WorkerMessage);
    }
  }

  block(id: number): void {
    while (this.#open.has(id)) {
      const seen = Atomics.load(this.#signal, SIGNAL.answers);
      this.drain();
      if (!this.#open.has(id)) return;
      if (this.ended) this.#end();
      else Atomics.wait(this.#signal, SIGNAL.answers, seen);
    }
  }

  await(): void {
    this.#awaited += 1;
    if (this.#awaited === 1) this.#port.ref();
  }

  #take(message: WorkerMessage): void {
    if ("lost" in message) {
      this.#lossListeners.get(message.lost)?.();
      return;
    }
    const { id } = message;
    const answer = this.#open.get(id);
    if (answer === undefined) return;
    this.#close(id, answer);
    answer.settle("value" in message ? { value: message.value } : { error: errorOf(message.failure) });
  }

  #close(id: number, answer: RemoteAnswer<unknown>): void {
    this.#open.delete(id);
    if (!answer.awaited) return;
    this.#awaited -= 1;
    if (this.#awaited === 0) this.#port.unref();
  }

  /** Nobody will answer any more. */
  #end(): void {
    Atomics.store(this.#signal, SIGNAL.ended, 1);
    for (const listener of this.#lossListeners.values()) listener();
    for (const [id, answer] of this.#open) {
      this.#close(id, answer);
      answer.settle({ error: lostWorker() });
    }
  }
}

function workerFile(): URL {
  const here: string | undefined = import.meta.url; // undefined in a CommonJS bundle
  const file = here === undefined ? null : new URL(here.endsWith(".ts") ? "./main.ts" : builtName(here), here);
  if (file !== null && builtin("node:fs").existsSync(fileURLToPath(file))) return file;
  throw new NoSuchModuleError(
    "The file of the worker thread, driver-worker.js, is not beside the library: a bundler has taken the library apart. " +
      'Let it leave the package out (external: ["athanor"]), or use createAsyncEngine() without the option sync.',
  );
}

function builtName(here: string): string {
  return here.includes("/chunks/") ? "../driver-worker.js" : "./driver-worker.js";
}

function unsendable(call: WorkerCall, cause: unknown): ArgumentError {
  const what = call.to === "driver" ? "connectArgs hold" : "The parameters hold";
  return new ArgumentError(
    `${what} a value that cannot be sent to the worker thread of a sync engine: ` +
      `${cause instanceof Error ? cause.message : String(cause)} Functions and objects with methods cannot.`,
    { cause },
  );
}
