// npm start -w examples/next
// Next itself finds the folders of `app/` and serves them; so that the example stays small, this file does it instead.
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { run } from "../bank/index.ts";
import { fetch } from "./fetch.ts";

await run((port) => serve({ fetch, port, hostname: "127.0.0.1" }) as Server);
