// Starts the database servers before the first test file and tells the workers where they are:
// `inject("postgresql")` and `inject("mariadb")` are `{ url }` or `{ skipped }`.
import type { TestProject } from "vitest/node";
import { type SkippedServer, startServers, type TestServer } from "./servers/index.ts";

export type ProvidedServer = { readonly url: string } | { readonly skipped: string };

declare module "vitest" {
  interface ProvidedContext {
    postgresql: ProvidedServer;
    mariadb: ProvidedServer;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers();
  for (const name of ["postgresql", "mariadb"] as const) project.provide(name, provided(name, servers[name]));
  return servers.stop;
}

function provided(name: string, server: TestServer | SkippedServer): ProvidedServer {
  if ("url" in server) return { url: server.url };
  console.warn(`Tests on ${name} are skipped: ${server.skipped}`);
  return { skipped: server.skipped };
}
