import type { Server } from "node:http";
import { Readable } from "node:stream";
import { serve as serveFetch } from "@hono/node-server";
import { Hono } from "hono";
import { dbSessionMiddleware } from "../../../../src/hono.ts";
import { withDbSession } from "../../../../src/next.ts";
import { type Answer, type Application, type Framework, messageOf, serve, statusOf, type Wishes } from "./framework.ts";

export const hono: Framework = {
  name: "Hono",
  async start(route, wishes) {
    const handled: unknown[] = [];
    const app = new Hono();
    app.onError((error, context) => {
      handled.push(error);
      return context.text(messageOf(error), statusOf(error) as 500);
    });
    app.use(dbSessionMiddleware(wishes.options));
    app.all("*", async ({ req }) => responseOf(await route(new URL(req.url))));
    return listenFetch((request) => app.fetch(request), handled, wishes);
  },
};

/** Route handlers of Next are this form; what they throw becomes a 500 outside of them. */
export const next: Framework = {
  name: "Next",
  rollsBackThrown: true,
  async start(route, wishes) {
    const handled: unknown[] = [];
    const handle = withDbSession(
      async (request: Request) => responseOf(await route(new URL(request.url))),
      wishes.options,
    );
    const answer = async (request: Request): Promise<Response> => {
      try {
        return await handle(request);
      } catch (error) {
        handled.push(error);
        return new Response(messageOf(error), { status: statusOf(error) });
      }
    };
    return listenFetch(answer, handled, wishes);
  },
};

function responseOf({ status, body = "" }: Answer): Response {
  const content =
    typeof body === "string" ? body : (Readable.toWeb(Readable.from(body, { objectMode: false })) as ReadableStream);
  return new Response(status === 304 ? null : content, { status, headers: { "x-route": "yes" } });
}

async function listenFetch(
  answer: (request: Request) => Response | Promise<Response>,
  handled: unknown[],
  { around }: Wishes,
): Promise<Application> {
  const fetch =
    around === undefined ? answer : (request: Request) => around(async () => answer(request)) as Promise<Response>;
  const server = await new Promise<Server>((resolve) => {
    const made = serveFetch({ fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(made as Server));
  });
  return serve(server, handled, async () => undefined);
}
