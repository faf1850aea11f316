// oxlint-disable-next-line import/no-unassigned-import -- what it is for
import "reflect-metadata";
import type { IncomingMessage, Server } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as common from "@nestjs/common";
import * as core from "@nestjs/core";
import type { Response } from "express";
import { isContextInitiated } from "../../../../src/context.ts";
import { DbSessionModule } from "../../../../src/nest.ts";
import { installApart } from "../../../apart/install.ts";
import { type Application, type Framework, listen, messageOf, type Route, urlOf, type Wishes } from "./framework.ts";

/** What a version of Nest has. */
interface Nest {
  readonly common: typeof common;
  readonly core: typeof core;
}

export const nest: Framework = {
  name: "Nest 12",
  start: (route, wishes) => start({ common, core }, route, wishes),
};

const eleven = await installApart("nest-11");

/** Its peers are not those of Nest 12, so it has a folder of its own. */
export const nestEleven: Framework = {
  name: "Nest 11",
  ...("skipped" in eleven && { skipped: eleven.skipped }),
  async start(route, wishes) {
    if ("skipped" in eleven) throw new Error(eleven.skipped);
    return start(nestIn(eleven.folder), route, wishes);
  },
};

function nestIn(folder: string): Nest {
  const load = createRequire(join(folder, "package.json"));
  return { common: load("@nestjs/common") as typeof common, core: load("@nestjs/core") as typeof core };
}

async function start(nest: Nest, route: Route, wishes: Wishes): Promise<Application> {
  const handled: unknown[] = [];
  const module = moduleOf(nest, route, wishes, handled);
  const app = await nest.core.NestFactory.create(module, { logger: false });
  await app.init();
  const server = app.getHttpServer() as Server;
  const [listener] = server.listeners("request") as [Parameters<typeof listen>[0]];
  return listen(listener, handled, wishes, () => app.close());
}

/** Decorators are functions; Node runs no syntax for them. */
function moduleOf({ common, core }: Nest, route: Route, { options }: Wishes, handled: unknown[]): new () => object {
  const { All, Catch, Controller, Injectable, Module, Req, Res, Scope } = common;
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
    providers: [PerRequest, { provide: core.APP_FILTER, useClass: AnswerError }],
  })(Application);
  return Application;
}
