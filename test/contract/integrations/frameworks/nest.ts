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
import { type Apart, installApart } from "../../../apart/install.ts";
import {
  type Application,
  type Framework,
  listen,
  messageOf,
  type Route,
  statusOf,
  urlOf,
  type Wishes,
} from "./framework.ts";

/** A version of Nest, and what it stands on. */
interface Nest {
  readonly common: typeof common;
  readonly core: typeof core;
  /** `null` for Express, which Nest takes by itself. */
  readonly makeAdapter: (() => core.AbstractHttpAdapter) | null;
}

const eleven = await installApart("nest-11");

export const nests: readonly Framework[] = [
  { name: "Nest 12", start: (route, wishes) => start({ common, core, makeAdapter: null }, route, wishes) },
  apart("Nest 11", eleven, { overFastify: false }),
  apart("Nest 12 over Fastify", await installApart("nest-12-fastify"), { overFastify: true }),
  apart("Nest 11 over Fastify", eleven, { overFastify: true }),
];

/** One with a folder of its own, as it has other peers than the root. */
function apart(name: string, installed: Apart, options: { readonly overFastify: boolean }): Framework {
  if ("folder" in installed) {
    return { name, start: (route, wishes) => start(nestIn(installed.folder, options), route, wishes) };
  }
  const { skipped } = installed;
  return { name, skipped, start: () => Promise.reject(new Error(skipped)) };
}

function nestIn(folder: string, { overFastify }: { readonly overFastify: boolean }): Nest {
  const load = createRequire(join(folder, "package.json"));
  const makeFastify = (): core.AbstractHttpAdapter => {
    const { FastifyAdapter } = load("@nestjs/platform-fastify") as {
      FastifyAdapter: new () => core.AbstractHttpAdapter;
    };
    return new FastifyAdapter();
  };
  return {
    common: load("@nestjs/common") as typeof common,
    core: load("@nestjs/core") as typeof core,
    makeAdapter: overFastify ? makeFastify : null,
  };
}

async function start(nest: Nest, route: Route, wishes: Wishes): Promise<Application> {
  const handled: unknown[] = [];
  const module = moduleOf(nest, route, wishes, handled);
  const { NestFactory } = nest.core;
  const app = await (nest.makeAdapter === null
    ? NestFactory.create(module, { logger: false })
    : NestFactory.create(module, nest.makeAdapter(), { logger: false }));
  await app.init();
  // Fastify's; Express is ready.
  await (app.getHttpAdapter().getInstance() as { ready?(): Promise<unknown> }).ready?.();
  const server = app.getHttpServer() as Server;
  const [listener] = server.listeners("request") as [Parameters<typeof listen>[0]];
  return listen(listener, handled, wishes, () => app.close());
}

/** Decorators are functions; Node runs no syntax for them. */
function moduleOf(nest: Nest, route: Route, { options }: Wishes, handled: unknown[]): new () => object {
  const { Catch, Module } = nest.common;

  class AnswerError {
    catch(error: unknown, host: { switchToHttp(): { getResponse(): Response } }): void {
      handled.push(error);
      host.switchToHttp().getResponse().status(statusOf(error)).send(messageOf(error));
    }
  }
  Catch()(AnswerError);

  class Application {
    readonly name = "application";
  }
  const { PerRequest, Routes } = routesOf(nest, route);
  Module({
    imports: [DbSessionModule.forRoot(options)],
    controllers: [Routes],
    providers: [PerRequest, { provide: nest.core.APP_FILTER, useClass: AnswerError }],
  })(Application);
  return Application;
}

function routesOf({ common, makeAdapter }: Nest, route: Route) {
  const { All, Controller, Injectable, Req, Res, Scope } = common;
  const send = makeAdapter === null ? pipe : (_: Response, body: AsyncIterable<string>) => Readable.from(body);

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
      response.status(status).header("x-route", "yes");
      return typeof body === "string" ? body : await send(response, body);
    }
  }
  Reflect.defineMetadata("design:paramtypes", [PerRequest], Routes);
  Controller()(Routes);
  const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, "answer") as PropertyDescriptor;
  All(makeAdapter === null ? "{*path}" : "*")(Routes.prototype, "answer", descriptor);
  Req()(Routes.prototype, "answer", 0);
  Res({ passthrough: true })(Routes.prototype, "answer", 1);
  return { PerRequest, Routes };
}

/** Express has no streams as answers. */
async function pipe(response: Response, body: AsyncIterable<string>): Promise<unknown> {
  Readable.from(body)
    .on("error", () => response.destroy())
    .pipe(response);
  return await new Promise(() => undefined);
}
