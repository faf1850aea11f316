/**
 * Sessions in the context of requests of Koa.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { dbSessionMiddleware, type KoaContext, type KoaMiddleware } from "./integrations/koa.ts";
export type { NodeRequest, NodeResponse } from "./integrations/node/index.ts";
