import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { withDbSession } from "../../../../src/http.ts";
import { type Framework, listen, messageOf, type Route, statusOf, urlOf } from "./framework.ts";

export const http: Framework = {
  name: "node:http",
  rollsBackThrown: true,
  async start(route, wishes) {
    const handled: unknown[] = [];
    const listener = withDbSession(
      (request: IncomingMessage, response: ServerResponse) => write(route, request, response),
      {
        ...wishes.options,
        answerError(error, _request, response) {
          handled.push(error);
          response.statusCode = statusOf(error);
          response.end(messageOf(error));
        },
      },
    );
    return listen(listener, handled, wishes);
  },
};

async function write(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body = "" } = await route(urlOf(request));
  response.writeHead(status, { "x-route": "yes" });
  if (typeof body === "string") response.end(body);
  else
    Readable.from(body)
      .on("error", () => response.destroy())
      .pipe(response);
}
