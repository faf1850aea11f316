import { checkDbSessionOptions, type DbSessionOptions } from "./core/index.ts";
import { type NodeRequest, type NodeResponse, openNodeScope } from "./node/index.ts";

/** A middleware for Express 5 and 4, and for all that has middleware of this form. */
export type ExpressMiddleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void;

/**
 * Gives each request its sessions: `app.use(dbSessionMiddleware())`, before the routes and after body parsers.
 *
 * They are committed before the first byte of a response with a status below 400, otherwise rolled back. A commit that
 * fails goes to the application's error handlers, as `next(error)`.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function dbSessionMiddleware(options: DbSessionOptions = {}): ExpressMiddleware {
  checkDbSessionOptions(options);
  return (request, response, next) => {
    const opened = openNodeScope(request, response, options, next);
    if (opened === null) next();
    else opened.scope.run(() => next());
  };
}
