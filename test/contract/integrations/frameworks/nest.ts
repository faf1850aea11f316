// oxlint-disable-next-line import/no-unassigned-import -- what it is for
import "reflect-metadata";
import type { IncomingMessage, Server } from "node:http";
import { Readable } from "node:stream";
import { All, Catch, Controller, Injectable, Module, Req, Res, Scope } from "@nestjs/common";
import { APP_FILTER, NestFactory } from "@nestjs/core";
import type { Response } from "express";
import { isContextInitiated } from "../../../../src/context.ts";
import { DbSessionModule } from "../../../../src/nest.ts";
import { type Framework, listen, messageOf, type Route, urlOf, type Wishes } from "./framework.ts";

export const nest: Framework = {
  name: "Nest",
  async start(route, wishes) {
    const handled: unknown[] = [];
    const app = await NestFactory.create(moduleOf(route, wishes, handled), { logger: false });
    await app.init();
    const server = app.getHttpServer() as Server;
    const [listener] = server.listeners("request") as [Parameters<typeof listen>[0]];
    return listen(listener, handled, wishes, () => app.close());
  },
};

/** Decorators are functions; Node runs no syntax for them. */
function moduleOf(route: Route, { options }: Wishes, handled: unknown[]): new () => object {
  class PerRequest {
    readonly hasContext = isContextInitiated();
  }
  Injectable({ scope: Scope.REQUEST })(PerRequest);

  class Routes {
    readonly #perRequest: PerRequest;

    constructor(perRequest: PerRequest) {
      this.#perRequest = perRequest;
    }

    async answer(request: IncomingMessage, response: Response): Promise<unknown> {
      if (!this.#perRequest.hasContext) throw new Error("a provider of the request has no context");
      const { status, body = "" } = await route(urlOf(request));
      response.status(status).set("x-route", "yes");
      if (typeof body === "string") return body;
      Readable.from(body)
        .on("error", () => response.destroy())
        .pipe(response);
      return await new Promise(() => undefined);
    }
  }
  Reflect.defineMetadata("design:paramtypes", [PerRequest], Routes);
  Controller()(Routes);
  const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, "answer") as PropertyDescriptor;
  All("{*path}")(Routes.prototype, "answer", descriptor);
  Req()(Routes.prototype, "answer", 0);
  Res({ passthrough: true })(Routes.prototype, "answer", 1);

  class AnswerError {
    catch(error: unknown, host: { switchToHttp(): { getResponse(): Response } }): void {
      handled.push(error);
      host.switchToHttp().getResponse().status(500).send(messageOf(error));
    }
  }
  Catch()(AnswerError);

  class Application {
    readonly name = "application";
  }
  Module({
    imports: [DbSessionModule.forRoot(options)],
    controllers: [Routes],
    providers: [PerRequest, { provide: APP_FILTER, useClass: AnswerError }],
  })(Application);
  return Application;
}
