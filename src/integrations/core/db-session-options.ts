import type { BeforeCommitCallback } from "../../context/index.ts";
import { ArgumentError } from "../../errors/index.ts";

/** Options of the request scope, the same for every web framework. */
export interface DbSessionOptions {
  /** Is called, and awaited, with each session in a transaction before that is committed. */
  readonly beforeCommit?: BeforeCommitCallback;
  /** Is called, and awaited, when all sessions are committed, before the response leaves; in a context of its own. */
  readonly afterCommit?: () => unknown;
  /**
   * When the transaction ends: `"before"` the first byte of the response (default), so that a commit that fails is a
   * 500; or at the `"end"` of the body, which then can read from the session, and is cut off when the commit fails.
   */
  readonly streaming?: "before" | "end";
  /** Hears of errors that no response can tell any more. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

const types: Readonly<Record<keyof DbSessionOptions, readonly unknown[]>> = {
  beforeCommit: ["function"],
  afterCommit: ["function"],
  onError: ["function"],
  streaming: ["before", "end"],
};

/** @throws ArgumentError for an unknown option or a wrong value. */
export function checkDbSessionOptions<T extends DbSessionOptions>(options: T): T {
  for (const [name, value] of Object.entries(options)) {
    const allowed = types[name as keyof DbSessionOptions];
    if (allowed === undefined) {
      throw new ArgumentError(`A request scope has no option ${name}. There are ${Object.keys(types).join(", ")}.`);
    }
    if (value === undefined || allowed.includes(value) || allowed.includes(typeof value)) continue;
    throw new ArgumentError(
      `The option ${name} of a request scope is ${allowed.map((one) => `"${String(one)}"`).join(" or ")}.`,
    );
  }
  return options;
}
