import type { Answer, Flow, Mode } from "../../flow/index.ts";
import type { SessionCore } from "./session-core.ts";
import type { SessionLevel } from "./session-level.ts";

/** A transaction or savepoint of a session. */
export class SessionTransactionBase<M extends Mode> {
  readonly mode: M;
  readonly #core: SessionCore;
  readonly #level: SessionLevel;
  readonly #run: <T>(flow: Flow<T>) => Answer<M, T>;

  constructor(mode: M, core: SessionCore, level: SessionLevel, run: <T>(flow: Flow<T>) => Answer<M, T>) {
    this.mode = mode;
    this.#core = core;
    this.#level = level;
    this.#run = run;
  }

  /** True until it is committed or rolled back, also by the session. */
  get isActive(): boolean {
    return !this.#level.isOver && !this.#level.isFailed;
  }
  /** @internal */
  get level(): SessionLevel {
    return this.#level;
  }
  /** @internal */
  get isOver(): boolean {
    return this.#level.isOver;
  }
  /** True for a savepoint. */
  get nested(): boolean {
    return this.#level.parent !== null;
  }
  get origin(): SessionLevel["origin"] {
    return this.#level.origin;
  }

  /** Writes what changed and commits, or releases the savepoint. */
  commit(): Answer<M, void> {
    return this.#run(
      this.nested ? this.#core.transactions.releaseFlow(this.#level) : this.#core.transactions.commitFlow(),
    );
  }
  /** Rolls back; objects return to what they were when it began. */
  rollback(): Answer<M, void> {
    if (this.#level.isOver) return this.#run(nothing());
    return this.#run(this.nested ? this.#core.transactions.rollbackToFlow(this.#level) : this.#core.rollbackFlow());
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.rollback() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }
  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.rollback() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }
}

// oxlint-disable-next-line require-yield
function* nothing(): Flow<void> {}
