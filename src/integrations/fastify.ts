import { checkDbSessionOptions, type DbSessionOptions, type RequestScope } from "./core/index.ts";
import { isStream, type NodeRequest, type NodeResponse, openNodeScope } from "./node/index.ts";

/** What the plugin needs of a request of Fastify's. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest;
}

/** What the plugin needs of a reply of Fastify's. */
export interface FastifyReplyLike {
  readonly raw: NodeResponse;
  readonly statusCode: number;
  send(payload: unknown): unknown;
}

type Next = (error?: Error | null, payload?: unknown) => void;

/** What the plugin needs of Fastify. */
export interface FastifyLike {
  addHook(name: string, hook: (request: never, reply: never, ...rest: never[]) => void): unknown;
}

/** A plugin of Fastify 5, of callback form. */
export type FastifyDbSessionPlugin = (
  instance: FastifyLike,
  options: DbSessionOptions,
  done: (error?: Error) => void,
) => void;

/**
 * Gives each request its sessions: `app.register(dbSessionPlugin)`, before the routes; for all routes of the instance it
 * is registered on, and of its children.
 *
 * They are committed in `onSend`, before the first byte, for a status below 400, otherwise rolled back. A commit that
 * fails goes to the error handler. Throws ArgumentError for an unknown option or a wrong value.
 */
export const dbSessionPlugin: FastifyDbSessionPlugin = Object.assign(plugin, {
  // As the package fastify-plugin marks them: the hooks are those of the instance that registers it.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "athanor-db-session",
  [Symbol.for("plugin-meta")]: { name: "athanor-db-session", fastify: "5.x" },
});

function plugin(instance: FastifyLike, options: DbSessionOptions, done: (error?: Error) => void): void {
  try {
    addHooks(instance, new RequestHooks(readOptions({ ...options })));
  } catch (error) {
    return done(error as Error);
  }
  done();
}

/** Fastify has options of its own for a plugin. */
function readOptions({ prefix, logLevel, logSerializers, ...options }: Record<string, unknown>): DbSessionOptions {
  return checkDbSessionOptions(options);
}

function addHooks(instance: FastifyLike, hooks: RequestHooks): void {
  instance.addHook("onRequest", (request, reply, next) => hooks.open(request, reply, next));
  // A body arrives as events of the connection, which know nothing of the request's context.
  instance.addHook("preValidation", (request, _reply, next) => hooks.enter(request, next));
  instance.addHook("onSend", (request, reply, payload, next) => hooks.settle(request, reply, payload, next));
}

class RequestHooks {
  readonly #scopes = new WeakMap<object, RequestScope>();
  readonly #options: DbSessionOptions;

  constructor(options: DbSessionOptions) {
    this.#options = options;
  }

  open(request: FastifyRequestLike & { readonly ws?: boolean }, reply: FastifyReplyLike, next: Next): void {
    // The route of a websocket (@fastify/websocket) has no response to wait for.
    const opened =
      request.ws === true ? null : openNodeScope(request.raw, reply.raw, this.#options, (error) => reply.send(error));
    if (opened === null) return next();
    this.#scopes.set(request, opened.scope);
    opened.scope.run(() => next());
  }

  enter(request: FastifyRequestLike, next: Next): void {
    const scope = this.#scopes.get(request);
    if (scope === undefined) next();
    else scope.run(() => next());
  }

  settle(request: FastifyRequestLike, reply: FastifyReplyLike, payload: unknown, next: Next): void {
    const scope = this.#scopes.get(request);
    const isOpen = this.#options.streaming === "end" && isStream(payload);
    if (scope === undefined || isOpen) return next(null, payload);
    // oxlint-disable promise/no-callback-in-promise -- what a hook of Fastify's ends by
    scope.settle(reply.statusCode).then(
      () => next(null, payload),
      (error: unknown) => next(error as Error),
    );
    // oxlint-enable promise/no-callback-in-promise
  }
}
