import { Readable } from "node:stream";
import makeFastify from "fastify";
import { dbSessionPlugin } from "../../../../src/fastify.ts";
import { type Framework, listen, messageOf, statusOf, urlOf } from "./framework.ts";

export const fastify: Framework = {
  name: "Fastify",
  async start(route, wishes) {
    const handled: unknown[] = [];
    const app = makeFastify();
    app.setErrorHandler((error, _request, reply) => {
      handled.push(error);
      return reply.code(statusOf(error)).send(messageOf(error));
    });
    await app.register(dbSessionPlugin, wishes.options ?? {});
    app.all("/*", async (request, reply) => {
      const { status, body = "" } = await route(urlOf(request.raw));
      reply.code(status).header("x-route", "yes");
      return reply.send(typeof body === "string" ? body : Readable.from(body));
    });
    await app.ready();
    return listen(
      (request, response) => app.routing(request, response),
      handled,
      wishes,
      () => app.close(),
    );
  },
};
