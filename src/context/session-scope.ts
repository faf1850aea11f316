import { AsyncLocalStorage } from "node:async_hooks";
import { ContextNotInitiatedError, ResourceClosedError } from "../errors/index.ts";
import { keepSuppressed, type MaybePromise } from "../flow/index.ts";
import { warn } from "../util/index.ts";
import type { AnySession } from "./any-session.ts";
import type { SessionSlot } from "./session-slot.ts";
import type { LeakListener } from "./leak-listener.ts";
import { openedAt, type ScopeTrace, traceOf } from "./scope-trace.ts";

/** Is called with each session in a transaction before that is committed. */
export type BeforeCommitCallback = (session: AnySession) => MaybePromise<void>;

/** What a scope may be told. */
export interface ScopeOptions {
  /** What messages call it, for example `GET /users`. */
  readonly name?: string | undefined;
}

/** What messages call a scope; made only when there is one. */
export type ScopeName = string | (() => string) | undefined;

const NONE: readonly SessionSlot[] = [];

const storage = new AsyncLocalStorage<SessionScope>();

/**
 * The sessions of one unit of work, such as a request: at most one for each database, made when first asked for.
 *
 * Whoever opens it runs the work in it, commits or rolls back, and ends it; this may happen outside of its own context.
 */
export class SessionScope {
  /** In the order in which they were asked for. There are one or two: a Map would cost more than all else here. */
  #slots: readonly SessionSlot[] = NONE;
  /** The connections taken in it that have not come back, each with whom to tell; `null` before the first. */
  taken: Map<object, LeakListener> | null = null;
  readonly #name: ScopeName;
  readonly #trace: ScopeTrace | null;
  readonly #reportCallback: (error: unknown) => void;
  #afterCommit: (() => unknown)[] | null = null;
  #isOver = false;
  #isCutOff = false;

  /** @param reportCallback hears of what `afterCommit` callbacks throw. */
  constructor({ name }: { readonly name?: ScopeName } = {}, reportCallback: (error: unknown) => void = warnOfCallback) {
    this.#name = name;
    this.#reportCallback = reportCallback;
    this.#trace = traceOf(SessionScope);
  }

  /** True from the moment it begins to end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The slot of a database. */
  slotOf(key: symbol): SessionSlot | undefined {
    for (const slot of this.#slots) if (slot.key === key) return slot;
    return undefined;
  }

  /** Adds a slot; one of the same database gives way. */
  putSlot(slot: SessionSlot): void {
    const others = this.#slots.length === 0 ? NONE : this.#slots.filter(({ key }) => key !== slot.key);
    this.#slots = [...others, slot];
  }

  /** Forgets a slot; another one of the same database stays. */
  dropSlot(slot: SessionSlot): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
  }

  /** Calls a function, and all it starts, in this scope. */
  run<T, A extends readonly unknown[]>(body: (...args: A) => T, ...args: A): T {
    return storage.run(this, body, ...args);
  }

  /**
   * Commits the sessions that are in a transaction, one after the other; then come the `afterCommit` callbacks.
   *
   * This is done in the scope, from wherever it is asked for. Without anything to do there is no promise to wait for.
   */
  commit(beforeCommit?: BeforeCommitCallback): MaybePromise<void> {
    let hasWork = this.#afterCommit !== null;
    for (const { session } of this.#slots) hasWork ||= session?.inTransaction() === true;
    if (hasWork) return this.run(() => this.#commitAll(beforeCommit));
  }

  async #commitAll(beforeCommit: BeforeCommitCallback | undefined): Promise<void> {
    const told = new Set<SessionSlot>();
    const isDue = (slot: SessionSlot): boolean => slot.session?.inTransaction() === true;
    for (;;) {
      // looked for anew: a callback may write in the session of another database
      const slot = this.#slots.find((other) => isDue(other) && !told.has(other));
      if (slot === undefined) break;
      told.add(slot);
      if (beforeCommit !== undefined) await beforeCommit(slot.session as AnySession);
      await slot.session?.commit();
    }
    for (const slot of this.#slots) if (isDue(slot)) await slot.session?.commit();
    if (this.#afterCommit !== null) await this.#tellCommitted(this.#afterCommit);
  }

  /** Rolls back the sessions that are in a transaction. All are tried; the first error is thrown. */
  async rollback(): Promise<void> {
    this.#afterCommit = null;
    await this.#each(({ session }) => (session?.inTransaction() === true ? session.rollback() : undefined));
  }

  /** Closes all sessions; the scope goes on. All are tried; the first error is thrown. */
  closeSessions(): MaybePromise<void> {
    const slots = this.#slots;
    this.#slots = NONE;
    if (slots.length > 1) return this.#each((slot) => this.#closeSlot(slot), slots);
    const [only] = slots;
    return only === undefined ? undefined : this.#closeSlot(only);
  }

  /** Remembers a connection that is taken in it. */
  noteTaken(record: object, tell: LeakListener): void {
    (this.taken ??= new Map()).set(record, tell);
  }

  /** Closes all sessions; from now on the scope gives none. */
  end(): MaybePromise<void> {
    this.#isOver = true;
    // most have taken no connection, and another async function is .1 µs
    return this.taken === null ? this.closeSessions() : this.#endAndTell(this.taken);
  }

  async #endAndTell(taken: Map<object, LeakListener>): Promise<void> {
    try {
      await this.closeSessions();
    } finally {
      if (taken.size > 0 && !this.#isCutOff) this.#tellTaken(taken);
    }
  }

  /**
   * As `end`, before its work is done, since nobody waits for that any more. Who is at work still has no fault in it: what
   * they hold, or use from now on, is not told as a leak.
   */
  async cutOff(): Promise<void> {
    this.#isCutOff = true;
    await this.end();
  }

  #tellTaken(taken: Map<object, LeakListener>): void {
    for (const tell of new Set(taken.values())) {
      const count = [...taken.values()].filter((listener) => listener === tell).length;
      tell({
        kind: "connection",
        message:
          `${count} connection${count === 1 ? "" : "s"} taken in a context for database sessions did not come back ` +
          `before its end. Close what was opened in it, and await the work. The context was opened${this.describe()}`,
      });
    }
    taken.clear();
  }

  /** Leaves the sessions to their owner; from now on the scope gives none. */
  abandon(): void {
    this.#isOver = true;
    this.#slots = NONE;
  }

  /** Rolls back and ends after an error, which is the one to throw: what fails here is kept as its `suppressed`. */
  async giveUp(error: unknown): Promise<void> {
    try {
      await this.rollback();
    } catch (second) {
      keepSuppressed(error, second);
    }
    try {
      await this.end();
    } catch (second) {
      keepSuppressed(error, second);
    }
  }

  /** Closes a session of this scope. */
  async closeSession(key: symbol): Promise<void> {
    const slot = this.slotOf(key);
    if (slot === undefined) return;
    this.dropSlot(slot);
    await this.#closeSlot(slot);
  }

  /** Notes a function to call when the scope's work is committed. */
  onCommit(callback: () => unknown): void {
    (this.#afterCommit ??= []).push(callback);
  }

  /** Where it was opened, for messages. */
  describe(): string {
    const known = typeof this.#name === "function" ? this.#name() : this.#name;
    const name = known === undefined ? "" : ` (${known})`;
    return `${name}${openedAt(this.#trace)}`;
  }

  #closeSlot(slot: SessionSlot): MaybePromise<void> {
    return slot.session === null ? this.#closeOnceMade(slot) : this.#close(slot, slot.session);
  }

  async #closeOnceMade(slot: SessionSlot): Promise<void> {
    const session = await madeSession(slot);
    if (session !== null) await this.#close(slot, session);
  }

  #close(slot: SessionSlot, session: AnySession): MaybePromise<void> {
    // also for what is queued behind close(): it would begin another transaction that nobody ends
    if (slot.isOwn) session.core.retire(() => this.#refuseLate(slot));
    return session.close();
  }

  #refuseLate({ tell }: SessionSlot): ResourceClosedError {
    const why = this.#isOver ? this.#whyOver() : "closeDbSession() has closed it";
    const message =
      `This session cannot be used any more: ${why}. The context was opened${this.describe()}\nAsk dbSession() for a ` +
      "session where you need one; work that outlives its context runs in runInNewCtx().";
    // whoever works behind a context's back often lets nobody hear of its errors
    if (this.#isOver && !this.#isCutOff) tell?.({ kind: "session", message });
    return new ResourceClosedError(message, { code: "ctxs" });
  }

  #whyOver(): string {
    return this.#isCutOff ? "the client of its request has gone" : "its context has ended";
  }

  async #tellCommitted(callbacks: readonly (() => unknown)[]): Promise<void> {
    this.#afterCommit = null;
    for (const callback of callbacks) {
      try {
        // in a context of its own: what it writes is committed, too
        await runScope(new SessionScope({ name: "afterCommit" }), callback, []);
      } catch (error) {
        this.#reportCallback(error);
      }
    }
  }

  async #each(
    act: (slot: SessionSlot) => MaybePromise<void>,
    slots: readonly SessionSlot[] = this.#slots,
  ): Promise<void> {
    const errors: unknown[] = [];
    for (const slot of slots) {
      try {
        await act(slot);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 0) return;
    const [first, ...others] = errors;
    for (const other of others) keepSuppressed(first, other);
    throw first;
  }
}

// of one that could not be made its caller has heard
async function madeSession({ promise }: SessionSlot): Promise<AnySession | null> {
  try {
    return await promise;
  } catch {
    return null;
  }
}

function warnOfCallback(error: unknown): void {
  warn(
    "afterCommit",
    `A callback of afterCommit() failed; what was committed stays. ${describeError(error)}\n` +
      "Catch in the callback what you want to act on.",
  );
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

/** The scope of the code that asks, also one that is over. */
export function scopeHere(): SessionScope | undefined {
  return storage.getStore();
}

/** The scope of the code that asks; `null` when there is none or it is over. */
export function openScope(): SessionScope | null {
  const scope = storage.getStore();
  return scope === undefined || scope.isOver ? null : scope;
}

/** As `openScope`. @throws ContextNotInitiatedError for `null`. */
export function requireScope(): SessionScope {
  const scope = storage.getStore();
  if (scope === undefined || scope.isOver) throw notInitiated(scope);
  return scope;
}

/** What to say to code outside of every scope, or in one that is over. */
export function notInitiated(scope: SessionScope | undefined): ContextNotInitiatedError {
  if (scope === undefined) {
    return new ContextNotInitiatedError(
      "There is no context for database sessions here. Add the middleware of your web framework, or run the work in " +
        "dbSessionScope(fn) or runInNewCtx(fn).",
    );
  }
  return new ContextNotInitiatedError(
    `The context for database sessions that this code runs in has ended. It was opened${scope.describe()}\nAwait the ` +
      "work before it ends, or run it in runInNewCtx(fn).",
    { code: "ctxe" },
  );
}

/** The scope of the code that asks becomes another one, from here to the end of the function that is running. */
export function enterScope(scope: SessionScope | undefined): void {
  storage.enterWith(scope as SessionScope);
}

/** Runs a function in a scope of its own: commits when it returns, rolls back when it throws, ends the scope. */
export async function runScope<T, A extends readonly unknown[]>(
  scope: SessionScope,
  body: (...args: A) => T,
  args: A,
): Promise<Awaited<T>> {
  let answer: Awaited<T>;
  try {
    answer = await scope.run(body, ...args);
    const committing = scope.commit();
    if (committing !== undefined) await committing;
  } catch (error) {
    await scope.giveUp(error);
    throw error;
  }
  await scope.end();
  return answer;
}
