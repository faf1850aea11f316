import { type DbSessionOptions, openRequestScope, type RequestScope } from "../core/index.ts";
import { holdResponse, type NodeResponse, type ResponseGate } from "./response-gate.ts";

/** What is read of an `IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** What Express and Nest keep, whose `url` lacks what a router is mounted at. */
  readonly originalUrl?: string | undefined;
}

/** A request's scope and what holds its response. */
export interface NodeScope {
  readonly scope: RequestScope;
  readonly gate: ResponseGate;
}

/**
 * The scope of a request of `node:http`, which ends with the response, however that is written, or when the client goes.
 *
 * @returns `null` when the context has its sessions already.
 */
export function openNodeScope(
  request: NodeRequest,
  response: NodeResponse,
  options: DbSessionOptions,
  answerError: (error: unknown) => void,
): NodeScope | null {
  const scope = openRequestScope(options, () => nameOf(request));
  if (scope === null) return null;
  const gate = holdResponse(response, {
    streaming: options.streaming ?? "before",
    settle: (status) => scope.settle(status),
    answerError,
    report: (error) => scope.report(error),
  });
  // After a whole response this finds the scope ended; otherwise the client has gone.
  response.once("close", () => void scope.cutOff());
  return { scope, gate };
}

/** Without the query, which may hold what is nobody's business. */
function nameOf({ method = "", url = "", originalUrl = url }: NodeRequest): string {
  return `${method} ${originalUrl.replace(/\?.*$/s, "")}`;
}
