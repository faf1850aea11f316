import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { DbSessionOptions } from "../../../../src/express.ts";

/** What a route of the tests answers, in a form that every framework can write. */
export interface Answer {
  readonly status: number;
  readonly body?: string | AsyncIterable<string>;
}

/** The one route of an application of the tests. */
export type Route = (url: URL) => Promise<Answer>;

export interface Application {
  readonly url: string;
  /** Errors that came to the framework's own handling, which answers with their `status`, or 500, and `handled: message`. */
  readonly handled: unknown[];
  close(): Promise<void>;
}

export interface Wishes {
  readonly options?: DbSessionOptions;
  /** Is given the handling of each request, to run it in a context of its own; it ends with the response. */
  readonly around?: (handle: () => Promise<unknown>) => Promise<unknown>;
}

export interface Framework {
  readonly name: string;
  /** Why it cannot be had in this run. */
  readonly skipped?: string;
  /** What is thrown is rolled back where it is thrown: before the framework has made a response of it. */
  readonly rollsBackThrown?: true;
  start(route: Route, wishes: Wishes): Promise<Application>;
}

export function urlOf(request: { readonly url?: string | undefined }): URL {
  return new URL(request.url ?? "/", "http://127.0.0.1");
}

export function statusOf(error: unknown): number {
  return (error as { readonly status?: number }).status ?? 500;
}

export function messageOf(error: unknown): string {
  return `handled: ${(error as Error).message}`;
}

/** Serves a listener on a free port of this machine. */
export async function listen(
  listener: RequestListener,
  handled: unknown[],
  { around }: Wishes,
  close: () => Promise<unknown> = async () => undefined,
): Promise<Application> {
  const server = createServer(
    around === undefined
      ? listener
      : (request: IncomingMessage, response: ServerResponse) =>
          around(async () => {
            const isOver = once(response, "close");
            listener(request, response);
            await isOver;
          }),
  );
  return serve(server, handled, close);
}

export async function serve(server: Server, handled: unknown[], close: () => Promise<unknown>): Promise<Application> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    handled,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}
