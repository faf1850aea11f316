// What Next does with `app/`: the path names the folder, the method the function.
import * as accounts from "./app/accounts/route.ts";
import * as transfers from "./app/transfers/route.ts";
import type { RouteHandler } from "./route.ts";

const routes: Readonly<Record<string, Readonly<Record<string, RouteHandler>>>> = {
  "/accounts": accounts,
  "/transfers": transfers,
};

export async function fetch(request: Request): Promise<Response> {
  const handle = routes[new URL(request.url).pathname]?.[request.method];
  return (await handle?.(request)) ?? new Response("There is nothing here.", { status: 404 });
}
