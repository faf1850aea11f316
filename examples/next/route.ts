// Route handlers of Next: `withDbSession` around each, inside of what makes responses of errors.
import { withDbSession } from "athanor/next";
import { answerTo } from "../bank/index.ts";

export type RouteHandler = (request: Request) => Promise<Response>;

export function route(handler: RouteHandler): RouteHandler {
  const handle = withDbSession(handler);
  return async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      const { status, body } = answerTo(error);
      return Response.json(body, { status });
    }
  };
}
