import { Readable } from "node:stream";
import Koa from "koa";
import { dbSessionMiddleware } from "../../../../src/koa.ts";
import { type Framework, listen, messageOf, statusOf, urlOf } from "./framework.ts";

export const koa: Framework = {
  name: "Koa",
  rollsBackThrown: true,
  async start(route, wishes) {
    const handled: unknown[] = [];
    const app = new Koa();
    app.on("error", () => undefined);
    app.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        handled.push(error);
        context.status = statusOf(error);
        context.body = messageOf(error);
      }
    });
    app.use(dbSessionMiddleware(wishes.options));
    app.use(async (context) => {
      const { status, body = "" } = await route(urlOf(context.req));
      context.status = status;
      context.set("x-route", "yes");
      context.body = typeof body === "string" ? body : Readable.from(body);
    });
    const answer = app.callback();
    return listen((request, response) => void answer(request, response), handled, wishes);
  },
};
