import { runInNewCtx, SessionScope } from "../context/index.ts";

/** Options of `setTestContext`. */
export interface TestContextOptions {
  /**
   * True: the sessions are committed when the function returns, rolled back when it throws, and closed. False (default):
   * neither; they belong to whoever put them there.
   */
  readonly autoClose?: boolean;
}

/** Calls a function in a context for database sessions, always a new one; middlewares leave it alone. */
export async function setTestContext<T>(
  body: () => T,
  { autoClose = false }: TestContextOptions = {},
): Promise<Awaited<T>> {
  if (autoClose) return await runInNewCtx(body);
  const scope = new SessionScope({ name: "setTestContext" });
  try {
    return await scope.run(body);
  } finally {
    scope.abandon();
  }
}
