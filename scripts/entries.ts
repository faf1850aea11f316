/** The public entry points: import path to source file. `package.json` is checked against this map. */
export const entries: Readonly<Record<string, string>> = {
  ".": "src/index.ts",
  "./naked": "src/naked.ts",
  "./proxy": "src/proxy.ts",
  "./context": "src/context.ts",
  "./testing": "src/testing.ts",
  "./express": "src/express.ts",
  "./fastify": "src/fastify.ts",
  "./hono": "src/hono.ts",
  "./http": "src/http.ts",
  "./koa": "src/koa.ts",
  "./nest": "src/nest.ts",
  "./next": "src/next.ts",
  "./sqlite": "src/sqlite.ts",
  "./postgresql": "src/postgresql.ts",
  "./mysql": "src/mysql.ts",
  "./drivers/better-sqlite3": "src/drivers/better-sqlite3.ts",
  "./drivers/node-sqlite": "src/drivers/node-sqlite.ts",
  "./drivers/pg": "src/drivers/pg.ts",
  "./drivers/mariadb": "src/drivers/mariadb.ts",
  "./drivers/mysql2": "src/drivers/mysql2.ts",
};

/** Files of the package that the library itself loads, by name; not importable. */
export const innerEntries: Readonly<Record<string, string>> = { "driver-worker": "src/driver/worker/main.ts" };

/** `src/drivers/pg.ts` → `drivers/pg`, the name of its files under `dist/`. */
export function outputName(source: string): string {
  return source.replace(/^src\//, "").replace(/\.ts$/, "");
}
