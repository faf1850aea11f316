import { checkDbSessionOptions, type DbSessionOptions } from "./core/index.ts";
import { answerInScope, type FetchRequest, type FetchResponse } from "./fetch/index.ts";

/**
 * Gives each request of a route handler its sessions: `export const POST = withDbSession(async (request) => …)`. It serves
 * whatever takes a `Request` and gives a `Response`.
 *
 * They are committed for a status below 400, before the response is given back, otherwise rolled back; `redirect()`
 * commits. What the handler throws, or a commit that fails with, rejects: Next answers 500.
 * @throws ArgumentError for an unknown option or a wrong value.
 */
export function withDbSession<Request extends FetchRequest, Rest extends readonly unknown[], R extends FetchResponse>(
  handler: (request: Request, ...rest: Rest) => R | Promise<R>,
  options: DbSessionOptions = {},
): (request: Request, ...rest: Rest) => Promise<R> {
  checkDbSessionOptions(options);
  return (request, ...rest) => answerInScope(request, options, () => handler(request, ...rest), statusOfNextError);
}

/** Next's `redirect()` and `notFound()` throw errors that Next makes responses of: `NEXT_REDIRECT;replace;/path;307;`. */
function statusOfNextError(error: unknown): number | undefined {
  const digest = (error as { readonly digest?: unknown } | null)?.digest;
  if (typeof digest !== "string") return undefined;
  const status = /^NEXT_REDIRECT;.*;(\d{3});?$|^NEXT_HTTP_ERROR_FALLBACK;(\d{3})$/.exec(digest);
  return status === null ? undefined : Number(status[1] ?? status[2]);
}
