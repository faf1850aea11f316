import { checkDbSessionOptions, type DbSessionOptions, type RequestScope } from "./core/index.ts";
import { isStream, type NodeRequest, type NodeResponse, openNodeScope } from "./node/index.ts";

/** What the middleware needs of Koa's context. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  readonly status: number;
  readonly body: unknown;
  readonly respond?: boolean | undefined;
  onerror(error: Error): void;
}

/** A middleware for Koa 3 and 2. */
export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;

/**
 * Gives each request its sessions: `app.use(dbSessionMiddleware())`, before the routes.
 *
 * They are committed when the later middleware is done with a status below 400, before the first byte, otherwise rolled
 * back. A commit that fails is thrown, to earlier middleware and to Koa's error handling.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function dbSessionMiddleware(options: DbSessionOptions = {}): KoaMiddleware {
  checkDbSessionOptions(options);
  return async (context, next) => {
    const opened = openNodeScope(context.req, context.res, options, (error) => context.onerror(error as Error));
    if (opened === null) await next();
    else await inScope(opened.scope, context, next, options);
  };
}

async function inScope(
  scope: RequestScope,
  context: KoaContext,
  next: () => Promise<unknown>,
  { streaming }: DbSessionOptions,
): Promise<void> {
  try {
    await scope.run(next);
  } catch (error) {
    await scope.rollback();
    throw error;
  }
  readInScope(context.body, scope);
  // Such a response is still being written; its end settles.
  if (context.respond === false || (streaming === "end" && isStream(context.body))) return;
  await scope.settle(context.status);
}

/** Koa reads a body after its middleware, outside of the scope. */
function readInScope(body: unknown, scope: RequestScope): void {
  if (!isStream(body)) return;
  const stream = body as { _read?: (size: number) => void };
  const read = stream._read;
  if (read !== undefined) stream._read = (size) => scope.run(() => read.call(stream, size));
}
