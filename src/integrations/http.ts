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
    const fail = opened === null ? failIn(response, common, answer) : failOf(opened, response, answer);
    const work = (): unknown => handler(request, response);
    handle(opened === null ? work : () => opened.scope.run(work), fail);
  };
}

type Fail = (error: unknown) => unknown;

/** For what is thrown, and for what a promise is rejected with. */
function handle(work: () => unknown, fail: Fail): void {
  try {
    const result = work();
    if (isPromiseLike(result)) result.then(undefined, fail);
  } catch (error) {
    fail(error);
  }
}

function failOf({ scope, gate }: NodeScope, response: NodeResponse, answer: Fail): Fail {
  return async (error) => {
    await scope.rollback();
    if (gate.withdraw()) answer(error);
    else if (response.writableEnded) scope.report(error);
    else gate.cut(error);
  };
}

/** The context has its sessions already, and whoever opened it ends them; the error still wants its response. */
function failIn(response: NodeResponse, options: DbSessionOptions, answer: Fail): Fail {
  return (error) => {
    if (!response.headersSent) answer(error);
    else {
      report(options, error);
      if (!response.writableEnded) (response as { destroy?(): void }).destroy?.();
    }
  };
}

function answerPlainly(response: NodeResponse): void {
  response.statusCode = 500;
  (response as { end(text: string): void }).end("Internal Server Error");
}
