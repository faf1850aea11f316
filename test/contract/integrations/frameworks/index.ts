import { express, expressFour } from "./express.ts";
import { fastify } from "./fastify.ts";
import { hono, next } from "./fetch.ts";
import type { Framework } from "./framework.ts";
import { http } from "./http.ts";
import { koa } from "./koa.ts";
import { nests } from "./nest.ts";

export type { Answer, Application, Framework, Route, Wishes } from "./framework.ts";

export const frameworks: readonly Framework[] = [http, express, expressFour, koa, fastify, hono, ...nests, next];
