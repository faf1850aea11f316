import { checkDbSessionOptions, type DbSessionOptions } from "./core/index.ts";
import { answerInScope, type FetchRequest, type FetchResponse } from "./fetch/index.ts";

/** What the middleware needs of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: FetchRequest; header(name: string): string | undefined };
  get res(): FetchResponse;
  set res(response: never);
}

/** A middleware for Hono, on Node and wherever AsyncLocalStorage is. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/**
 * Gives each request its sessions: `app.use(dbSessionMiddleware())`, before the routes.
 *
 * They are committed for a response with a status below 400, before its first byte, otherwise rolled back. A commit that
 * fails is thrown, to `app.onError`.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function dbSessionMiddleware(options: DbSessionOptions = {}): HonoMiddleware {
  checkDbSessionOptions(options);
  return async (context, next) => {
    if (context.req.header("upgrade")?.toLowerCase() === "websocket") return await next();
    let before: FetchResponse | undefined;
    const after = await answerInScope(context.req.raw, options, async () => {
      await next();
      before = context.res;
      return before;
    });
    if (after !== before) replaceResponse(context, after);
  };
}

/** Hono adds the headers of the present response to a new one, which has them already. */
function replaceResponse(context: HonoContext, response: FetchResponse): void {
  const target = context as { res: unknown };
  target.res = undefined;
  target.res = response;
}
