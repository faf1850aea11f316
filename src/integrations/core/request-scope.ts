import { warn } from "../../util/index.ts";
import { isContextInitiated, SessionScope } from "../../context/index.ts";
import type { DbSessionOptions } from "./db-session-options.ts";

/** The sessions of one request, from its first line to the response. */
export class RequestScope {
  readonly #scope: SessionScope;
  readonly #options: DbSessionOptions;
  #ending: Promise<void> | null = null;

  constructor(scope: SessionScope, options: DbSessionOptions) {
    this.#scope = scope;
    this.#options = options;
    if (options.afterCommit !== undefined) scope.onCommit(options.afterCommit);
  }

  /** Calls a function, and all it starts, with the sessions of the request. */
  run<T>(work: () => T): T {
    return this.#scope.run(work);
  }

  /**
   * Ends the request: commits for a status below 400, otherwise rolls back; closes all sessions.
   *
   * Only the first call does it, and hears of a commit that failed; the others wait until it is done.
   */
  settle(status: number): Promise<void> {
    if (this.#ending !== null) return this.#ending.catch(() => undefined);
    this.#ending = this.#end(status < 400);
    return this.#ending;
  }

  /** Ends the request without commit. Does not throw. */
  async rollback(): Promise<void> {
    await this.#endWithoutCommit(async () => await this.#scope.end());
  }

  /** As `rollback`, when the client has gone; the handler may still be at work. */
  async cutOff(): Promise<void> {
    await this.#endWithoutCommit(() => this.#scope.cutOff());
  }

  /** For errors that no response can tell any more. */
  report(error: unknown): void {
    report(this.#options, error);
  }

  async #endWithoutCommit(end: () => Promise<void>): Promise<void> {
    const isFirst = this.#ending === null;
    this.#ending ??= end();
    await this.#ending.catch((error: unknown) => isFirst && this.report(error));
  }

  /**
   * What is not committed is closed and not rolled back first: work that goes on after its request could otherwise
   * commit the other half of it in between.
   */
  async #end(isSuccess: boolean): Promise<void> {
    const scope = this.#scope;
    if (!isSuccess) return await scope.end();
    let failure: { readonly error: unknown } | null = null;
    try {
      const committing = scope.commit(this.#options.beforeCommit);
      if (committing !== undefined) await committing;
    } catch (error) {
      failure = { error };
    }
    try {
      await scope.end();
    } catch (other) {
      // Committed is committed: that a connection could not be given back is no reason to tell the client otherwise.
      this.report(other);
    }
    if (failure !== null) throw failure.error;
  }
}

/** The scope of a request; `null` when the context has its sessions already, and the adapter has to do nothing. */
export function openRequestScope(options: DbSessionOptions, name: () => string): RequestScope | null {
  if (isContextInitiated()) return null;
  const { onError } = options;
  // without onError a warning of the scope's own tells more
  return new RequestScope(new SessionScope({ name }, onError), options);
}

/** Tells an error that no response can tell. */
export function report({ onError }: DbSessionOptions, error: unknown): void {
  if (onError !== undefined) return onError(error);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  warn("request", `A request failed in a way that its response could not tell: give onError to act on it. ${text}`);
}
