/**
 * Sessions in the context of requests of Fastify.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { dbSessionPlugin, type FastifyDbSessionPlugin, type FastifyLike } from "./integrations/fastify.ts";
export type { NodeRequest, NodeResponse } from "./integrations/node/index.ts";
