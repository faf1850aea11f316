/**
 * Sessions in the context of requests of Express.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { dbSessionMiddleware, type ExpressMiddleware } from "./integrations/express.ts";
export type { NodeRequest, NodeResponse } from "./integrations/node/index.ts";
