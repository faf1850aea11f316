/**
 * Sessions in the context of requests of `node:http`.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { type HttpDbSessionOptions, withDbSession } from "./integrations/http.ts";
export type { NodeRequest, NodeResponse } from "./integrations/node/index.ts";
