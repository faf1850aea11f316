/**
 * Sessions in the context of route handlers of Next, and of all that answers a `Request` with a `Response`.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export { withDbSession } from "./integrations/next.ts";
export type { FetchRequest, FetchResponse } from "./integrations/fetch/index.ts";
