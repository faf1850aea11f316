import { ContextAlreadyInitiatedError } from "../errors/index.ts";
import { enterScope, openScope, runScope, scopeHere, type ScopeOptions, SessionScope } from "./session-scope.ts";

/** Where `resetDbSessionCtx` returns to. */
export interface DbSessionCtxToken {
  /** @internal */
  readonly scope: SessionScope;
  /** @internal */
  readonly previous: SessionScope | undefined;
}

/**
 * Opens a context for the code that follows, up to `resetDbSessionCtx(token)`; nothing is committed for you.
 *
 * Prefer the forms that take a function. This one sets the context of the calling function from here on; called after an
 * `await`, its caller does not see it.
 * @throws ContextAlreadyInitiatedError inside a context, unless `force` opens another one in it.
 */
export function initDbSessionCtx({
  force = false,
  name,
}: ScopeOptions & { readonly force?: boolean } = {}): DbSessionCtxToken {
  const previous = scopeHere();
  if (!force && previous !== undefined && !previous.isOver) {
    throw new ContextAlreadyInitiatedError(
      `There is a context for database sessions already. It was opened${previous.describe()}\n` +
        "Use it, or open one inside it: initDbSessionCtx({ force: true }).",
    );
  }
  const scope = new SessionScope({ name });
  enterScope(scope);
  return { scope, previous };
}

/** Ends a context: closes its sessions (`withClose: false` leaves them to you) and returns to the one before. */
export async function resetDbSessionCtx(
  token: DbSessionCtxToken,
  { withClose = true }: { readonly withClose?: boolean } = {},
): Promise<void> {
  const { scope, previous } = token;
  // before anything is awaited: later the caller would not see it
  enterScope(previous);
  if (withClose) await scope.end();
  else scope.abandon();
}

/**
 * Runs a function in a context of its own, whatever the one around it: commits its sessions when it returns, rolls them
 * back when it throws, closes them, and answers what it answered.
 */
export function runInNewCtx<T, A extends readonly unknown[]>(body: (...args: A) => T, ...args: A): Promise<Awaited<T>> {
  return runScope(new SessionScope({ name: body.name === "" ? undefined : body.name }), body, args);
}

/**
 * Runs a function in a context for database sessions: as `runInNewCtx`, unless there is one already, which it then joins.
 *
 * For work outside of web requests: jobs, scripts, queues. Inside a context nothing is committed or closed.
 */
export function dbSessionScope<T>(body: () => T): Promise<Awaited<T>> {
  return openScope() === null ? runInNewCtx(body) : joined(body);
}

async function joined<T>(body: () => T): Promise<Awaited<T>> {
  return await body();
}

/** Tells whether the code that asks runs in a context that has not ended. */
export function isContextInitiated(): boolean {
  return openScope() !== null;
}
