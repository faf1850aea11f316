import { isPromiseLike } from "../flow/index.ts";
import { checkDbSessionOptions, type DbSessionOptions, report } from "./core/index.ts";
import { type NodeRequest, type NodeResponse, type NodeScope, openNodeScope } from "./node/index.ts";

/** Options of `withDbSession` for `node:http`. */
export interface HttpDbSessionOptions<Request, Response> extends DbSessionOptions {
  /**
   * Writes the response to an error of the handler or of the commit; nothing of one has left. Default: the error goes to
   * `onError`, and the response is "Internal Server Error".
   */
  readonly answerError?: (error: unknown, request: Request, response: Response) => void;
}

/**
 * Gives each request its sessions: `createServer(withDbSession(handler))`. The handler may be async, or a whole application.
 *
 * They are committed before the first byte of a response with a status below 400; a commit that fails is a 500. What the
 * handler throws, or rejects with, rolls back and is a 500.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function withDbSession<Request extends NodeRequest, Response extends NodeResponse>(
  handler: (request: Request, response: Response) => unknown,
  options: HttpDbSessionOptions<Request, Response> = {},
): (request: Request, response: Response) => void {
  const { answerError, ...common } = options;
  checkDbSessionOptions(common);
  return (request, response) => {
    const answer = (error: unknown): void => {
      if (answerError !== undefined) return answerError(error, request, response);
      report(common, error);
      answerPlainly(response);
    };
    const opened = openNodeScope(request, response, common, answer);
    if (opened === null) handler(request, response);
    else handle(opened, response, () => handler(request, response), answer);
  };
}

function handle(
  { scope, gate }: NodeScope,
  response: NodeResponse,
  work: () => unknown,
  answer: (error: unknown) => void,
): void {
  const fail = async (error: unknown): Promise<void> => {
    await scope.rollback();
    if (gate.withdraw()) answer(error);
    else if (response.writableEnded) scope.report(error);
    else gate.cut(error);
  };
  try {
    const result = scope.run(work);
    if (isPromiseLike(result)) result.then(undefined, fail);
  } catch (error) {
    void fail(error);
  }
}

function answerPlainly(response: NodeResponse): void {
  response.statusCode = 500;
  (response as { end(text: string): void }).end("Internal Server Error");
}
