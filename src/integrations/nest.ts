import { checkDbSessionOptions, type DbSessionOptions, type RequestScope } from "./core/index.ts";
import type { ExpressMiddleware } from "./express.ts";
import { type NodeRequest, openNodeScope } from "./node/index.ts";

/** What the module needs of Nest's `MiddlewareConsumer`. */
export interface NestMiddlewareConsumer {
  apply(...middleware: ExpressMiddleware[]): { forRoutes(...routes: string[]): unknown };
}

/** What the interceptor needs of an `Observable`. */
export interface NestObservable {
  subscribe(observer: NestObserver): unknown;
}

interface NestObserver {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** What the interceptor needs of Nest's `ExecutionContext`. */
export interface NestExecutionContext {
  getType(): string;
  switchToHttp(): { getRequest(): object; getResponse(): { readonly statusCode: number } };
}

/** What the interceptor needs of Nest's `CallHandler`. */
export interface NestCallHandler {
  handle(): NestObservable;
}

/** Commits when the handler is done, so that exception filters see a commit that fails. */
export interface DbSessionInterceptor {
  intercept(context: NestExecutionContext, next: NestCallHandler): NestObservable;
}

/** A module as Nest's `imports` take it. */
export interface NestDynamicModule {
  module: new () => object;
  providers: { provide: string; useValue: DbSessionInterceptor }[];
}

/**
 * Gives each request its sessions: `imports: [DbSessionModule.forRoot()]` in the module of the application. Guards, pipes,
 * interceptors and request-scoped providers have them, too.
 *
 * They are committed when the handler is done with a status below 400, before the first byte, otherwise rolled back. A
 * commit that fails goes to the exception filters.
 */
export class DbSessionModule {
  readonly #scopes: NestScopes;

  /** @internal */
  constructor(scopes: NestScopes) {
    this.#scopes = scopes;
  }

  /** @throws ArgumentError for an unknown option or a wrong value. */
  static forRoot(options: DbSessionOptions = {}): NestDynamicModule {
    const scopes = new NestScopes(checkDbSessionOptions(options));
    const module = class extends DbSessionModule {
      constructor() {
        super(scopes);
      }
    };
    // What Nest calls it in its messages.
    Object.defineProperty(module, "name", { value: DbSessionModule.name });
    return { module, providers: [{ provide: "APP_INTERCEPTOR", useValue: scopes }] };
  }

  /** Called by Nest. */
  configure(consumer: NestMiddlewareConsumer): void {
    consumer.apply((request, response, next) => this.#scopes.open(request, response, next)).forRoutes("*");
  }
}

class NestScopes implements DbSessionInterceptor {
  readonly #scopes = new WeakMap<object, RequestScope>();
  readonly #options: DbSessionOptions;

  constructor(options: DbSessionOptions) {
    this.#options = options;
  }

  open(request: NodeRequest, response: Parameters<ExpressMiddleware>[1], next: (error?: unknown) => void): void {
    const opened = openNodeScope(request, response, this.#options, next);
    if (opened === null) return next();
    this.#scopes.set(request, opened.scope);
    opened.scope.run(() => next());
  }

  intercept(context: NestExecutionContext, next: NestCallHandler): NestObservable {
    const scope = context.getType() === "http" ? this.#scopeOf(context.switchToHttp().getRequest()) : undefined;
    if (scope === undefined) return next.handle();
    // Again, as a body that was parsed may have lost the context.
    const source = scope.run(() => next.handle());
    if (this.#options.streaming === "end") return source;
    const response = context.switchToHttp().getResponse();
    return beforeCompletion(source, () => scope.settle(response.statusCode));
  }

  /** Fastify's request has Node's inside. */
  #scopeOf(request: object & { readonly raw?: object }): RequestScope | undefined {
    return this.#scopes.get(request.raw ?? request);
  }
}

/** The observable, of the same class, whose completion waits. */
function beforeCompletion(source: NestObservable, act: () => Promise<void>): NestObservable {
  const Observable = source.constructor as new (subscribe: (observer: NestObserver) => unknown) => NestObservable;
  return new Observable((observer) =>
    source.subscribe({
      next: (value) => observer.next(value),
      error: (error) => observer.error(error),
      complete: () => {
        act().then(
          () => observer.complete(),
          (error: unknown) => observer.error(error),
        );
      },
    }),
  );
}
