// Websockets pass by (A3-44): an upgraded connection has no response to commit before, so it gets no context.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fastifyWebsocket from "@fastify/websocket";
import { serve, upgradeWebSocket } from "@hono/node-server";
import makeExpress from "express";
import makeFastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { afterEach, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { dbSession, isContextInitiated, runInNewCtx } from "../../../src/context.ts";
import { dbSessionMiddleware as forExpress } from "../../../src/express.ts";
import { dbSessionPlugin } from "../../../src/fastify.ts";
import { dbSessionMiddleware as forHono } from "../../../src/hono.ts";
import { withDbSession } from "../../../src/http.ts";
import { dbSessionMiddleware as forKoa } from "../../../src/koa.ts";
import { describeTargets } from "../../targets/index.ts";
import { useOrm } from "../orm/open-orm.ts";
import { ask } from "./ask.ts";
import { Base, connectTo, Note, texts } from "./notes.ts";

/** What a message is answered with. */
type OnMessage = (text: string) => Promise<string>;
type Start = (onMessage: OnMessage, onRequest: () => Promise<string>) => Promise<Server>;

describeTargets(
  "websockets beside requests",
  (target) => {
    const orm = useOrm(target, Base);
    let server: Server | null = null;
    afterEach(async () => {
      server?.closeAllConnections();
      server?.close();
      server = null;
      await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
    });

    it.each(servers)("have no context, and do their work in contexts of their own: %s", async (_, start) => {
      const connect = connectTo(orm);
      const add = async (text: string): Promise<void> => {
        (await dbSession(connect)).add(new Note({ text }));
      };
      server = await start(
        async (text) => {
          const before = isContextInitiated();
          await runInNewCtx(add, text);
          return `${text} ${before} ${isContextInitiated()}`;
        },
        async () => {
          await add("by request");
          return String(isContextInitiated());
        },
      );
      const { port } = server.address() as AddressInfo;
      const socket = new globalThis.WebSocket(`ws://127.0.0.1:${port}/ws`);
      await once(socket, "open");
      for (const text of ["one", "two"]) {
        const answer = once(socket, "message") as Promise<[MessageEvent<string>]>;
        socket.send(text);
        expect((await answer)[0].data).toBe(`${text} false false`);
      }
      // the open connection holds nothing of the database, and requests go on beside it
      await sleep(1);
      expect(orm.engine.pool.checkedOut()).toBe(0);
      expect((await ask(`http://127.0.0.1:${port}/note`)).body).toBe("true");
      const closed = once(socket, "close");
      socket.close();
      await closed;
      expect(await texts(orm)).toEqual(["by request", "one", "two"]);
    });
  },
  ["promises"],
);

const servers: readonly (readonly [string, Start])[] = [
  [
    "node:http",
    (onMessage, onRequest) =>
      withUpgrade(
        withDbSession(async (_request, response) => void response.end(await onRequest())),
        onMessage,
      ),
  ],
  [
    "Express",
    async (onMessage, onRequest) => {
      const app = makeExpress();
      app.use(forExpress());
      app.get("/note", async (_request, response) => void response.send(await onRequest()));
      return await withUpgrade(app, onMessage);
    },
  ],
  [
    "Koa",
    async (onMessage, onRequest) => {
      const app = new Koa();
      app.use(forKoa());
      app.use(async (context) => {
        context.body = await onRequest();
      });
      const handle = app.callback();
      return await withUpgrade((request, response) => void handle(request, response), onMessage);
    },
  ],
  [
    "Fastify, @fastify/websocket",
    async (onMessage, onRequest) => {
      const app = makeFastify();
      await app.register(fastifyWebsocket);
      await app.register(dbSessionPlugin);
      app.get("/ws", { websocket: true }, (socket) => answerMessages(socket, onMessage));
      app.get("/note", async () => await onRequest());
      await app.listen({ port: 0, host: "127.0.0.1" });
      return app.server;
    },
  ],
  [
    "Hono",
    async (onMessage, onRequest) => {
      const app = new Hono();
      app.use(forHono());
      const handlers = {
        onMessage: async (event: { data: unknown }, socket: { send(text: string): void }) =>
          socket.send(await onMessage(String(event.data))),
      };
      app.get(
        "/ws",
        upgradeWebSocket(() => handlers as never),
      );
      app.get("/note", async (context) => context.text(await onRequest()));
      const websocket = { server: new WebSocketServer({ noServer: true }) as never };
      return await new Promise<Server>((resolve) => {
        const made = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1", websocket }, () =>
          resolve(made as Server),
        );
      });
    },
  ],
];

/** A server that upgrades by itself, beside what it serves. */
async function withUpgrade(listener: RequestListener, onMessage: OnMessage): Promise<Server> {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer(listener);
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (open) => answerMessages(open, onMessage));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function answerMessages(socket: WebSocket, onMessage: OnMessage): void {
  socket.on("message", (data) => {
    void (async () => socket.send(await onMessage((data as Buffer).toString())))();
  });
}
