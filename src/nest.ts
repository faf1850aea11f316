/**
 * Sessions in the context of requests of Nest.
 *
 * @module
 */
export type { DbSessionOptions } from "./integrations/core/index.ts";
export {
  type DbSessionInterceptor,
  DbSessionModule,
  type NestCallHandler,
  type NestDynamicModule,
  type NestExecutionContext,
  type NestMiddlewareConsumer,
  type NestObservable,
} from "./integrations/nest.ts";
export type { NodeRequest, NodeResponse } from "./integrations/node/index.ts";
export type { ExpressMiddleware } from "./integrations/express.ts";
