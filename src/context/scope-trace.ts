import { env } from "node:process";

/** The call that opened a scope; its text is made when somebody reads it. */
export interface ScopeTrace {
  readonly stack?: string;
}

let isTracing = env["NODE_ENV"] === "development" || env["NODE_ENV"] === "test";

/**
 * Tells whether contexts remember the call that opened them, for error messages and reports of leaks.
 *
 * By default they do when `NODE_ENV` is `development` or `test`; it costs some microseconds for each context.
 */
export function traceContexts(enabled: boolean): void {
  isTracing = enabled;
}

/** Notes the call under way, without the frames down to `opener`. */
export function traceOf(opener: new (...args: never) => unknown): ScopeTrace | null {
  if (!isTracing) return null;
  const trace: ScopeTrace = {};
  Error.captureStackTrace(trace, opener);
  return trace;
}

/** A trace as the end of a sentence. */
export function openedAt(trace: ScopeTrace | null): string {
  if (trace?.stack === undefined) return " at a place that is not known: traceContexts(true) has it remembered.";
  // the first line is no frame
  return trace.stack.replace(/^.*\n/, ":\n");
}
