/**
 * Sessions in the context of requests of Hono.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { dbSessionMiddleware, type HonoContext, type HonoMiddleware } from "./integrations/hono.ts";
export type { FetchRequest, FetchResponse } from "./integrations/fetch/index.ts";
