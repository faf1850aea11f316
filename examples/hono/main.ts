// npm start -w examples/hono
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { run } from "../bank/index.ts";
import { app } from "./app.ts";

await run((port) => serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }) as Server);
