import { type DbSessionOptions, openRequestScope } from "../core/index.ts";
import { settleAtEnd } from "./settle-at-end.ts";

/** What is read of a `Request`. */
export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly signal: {
    readonly aborted: boolean;
    addEventListener(type: "abort", listener: () => void, options: { once: true }): void;
  };
}

/** What is read of a `Response`. */
export interface FetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: object;
  readonly body: object | null;
}

/** What is thrown to redirect, as Next does, has the status of a response. */
export type StatusOfError = (error: unknown) => number | undefined;

/** Answers a request of the fetch form in a scope of its own, which ends with the response or when the client goes. */
export async function answerInScope<R extends FetchResponse>(
  request: FetchRequest,
  options: DbSessionOptions,
  work: () => R | Promise<R>,
  statusOfError?: StatusOfError,
): Promise<R> {
  const scope = openRequestScope(options, () => `${request.method} ${pathOf(request.url)}`);
  if (scope === null) return await work();
  request.signal.addEventListener("abort", () => void scope.cutOff(), { once: true });
  let response: R;
  try {
    response = await scope.run(work);
  } catch (error) {
    const status = statusOfError?.(error);
    await (status === undefined ? scope.rollback() : scope.settle(status));
    throw error;
  }
  // A server reads no body to answer HEAD.
  if (options.streaming === "end" && response.body !== null && request.method !== "HEAD") {
    return settleAtEnd(response, scope);
  }
  await scope.settle(response.status);
  return response;
}

/** Without the query, which may hold what is nobody's business. */
function pathOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/?#]*/, "").replace(/[?#].*$/s, "");
}
