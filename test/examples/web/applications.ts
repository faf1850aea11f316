// The web applications of examples/, each asked in the way of its framework: over HTTP, or as a function of Request.
// oxlint-disable-next-line import/no-unassigned-import -- what Nest's decorators write to
import "reflect-metadata";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { serve } from "@hono/node-server";
import type { INestApplication } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { app as express } from "../../../examples/express/app.ts";
import { makeApp as makeFastify } from "../../../examples/fastify/app.ts";
import { app as hono } from "../../../examples/hono/app.ts";
import { app as http } from "../../../examples/http/app.ts";
import { app as koa } from "../../../examples/koa/app.ts";
import { fetch as next } from "../../../examples/next/fetch.ts";

export const examples = resolve(import.meta.dirname, "../../../examples");

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An application that takes requests, in the async context of whoever started it. */
export interface Started extends AsyncDisposable {
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
}

export interface Application {
  readonly name: string;
  start(): Promise<Started>;
}

type Ask = (request: Request) => Response | Promise<Response>;

export const applications: readonly Application[] = [
  { name: "node:http", start: () => listening(createServer(http)) },
  { name: "Express", start: () => listening(createServer(express)) },
  { name: "Fastify", start: startFastify },
  { name: "Koa", start: () => listening(createServer((request, response) => void koa.callback()(request, response))) },
  { name: "Hono", start: () => listening(serve({ fetch: hono.fetch, port: 0, hostname: "127.0.0.1" }) as Server) },
  { name: "Hono, by its fetch", start: async () => asked((request) => hono.fetch(request)) },
  { name: "Nest", start: startNest },
  { name: "Next", start: async () => asked(next) },
];

async function startFastify(): Promise<Started> {
  const app = await makeFastify();
  await app.listen({ port: 0, host: "127.0.0.1" });
  return listening(app.server, () => app.close());
}

async function startNest(): Promise<Started> {
  // By a name that the compiler does not follow: its decorators have a tsconfig.json of their own.
  const { AppModule } = (await import(join(examples, "nest/app.ts"))) as { AppModule: new () => object };
  const app: INestApplication = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, "127.0.0.1");
  return listening(app.getHttpServer() as Server, () => app.close());
}

async function listening(server: Server, close: () => Promise<unknown> = async () => undefined): Promise<Started> {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return asked(
    (request) => fetch(request),
    async () => {
      server.closeAllConnections();
      if (server.listening) server.close();
      await close();
    },
    `http://127.0.0.1:${port}`,
  );
}

function asked(ask: Ask, close = async (): Promise<void> => undefined, url = "http://localhost"): Started {
  const answer = async (request: Request): Promise<Answer> => {
    const response = await ask(request);
    return { status: response.status, body: await response.json() };
  };
  const headers = { "content-type": "application/json" };
  return {
    get: (path) => answer(new Request(url + path)),
    post: (path, body) => answer(new Request(url + path, { method: "POST", headers, body: JSON.stringify(body) })),
    [Symbol.asyncDispose]: close,
  };
}
