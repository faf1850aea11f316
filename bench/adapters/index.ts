import type { Adapter } from "../contestant.ts";

/**
 * All contestants by name, each loaded only when asked for, so that its process holds nobody else's code.
 *
 * The first of a database is the raw driver that the others are compared with.
 */
const files: Readonly<Record<string, () => Promise<Adapter>>> = {
  pg: async () => (await import("./raw-pg.ts")).rawPg,
  "better-sqlite3": async () => (await import("./raw-better-sqlite3.ts")).rawBetterSqlite3,
  "node:sqlite": async () => (await import("./raw-node-sqlite.ts")).rawNodeSqlite,
  postgres: async () => (await import("./postgres.ts")).postgresJs,
  Drizzle: async () => (await import("./drizzle.ts")).drizzle,
  "Drizzle, prepared": async () => (await import("./drizzle-prepared.ts")).drizzlePrepared,
  Kysely: async () => (await import("./kysely.ts")).kysely,
  MikroORM: async () => (await import("./mikro-orm.ts")).mikroOrm,
  TypeORM: async () => (await import("./typeorm.ts")).typeorm,
  "Athanor, tracked": async () => (await import("./athanor-tracked.ts")).athanorTracked,
  "Athanor, naked": async () => (await import("./athanor-naked.ts")).athanorNaked,
  "Athanor, sync": async () => (await import("./athanor-sync.ts")).athanorSync,
  "Athanor, tracked, one session": async () => (await import("./athanor-tracked.ts")).athanorOneSession,
  "Athanor, nothing cached": async () => (await import("./athanor-tracked.ts")).athanorUncached,
};

export async function loadAdapter(name: string): Promise<Adapter> {
  const load = files[name];
  if (load === undefined) throw new Error(`nobody is named ${name}`);
  return await load();
}

export async function loadAdapters(): Promise<readonly Adapter[]> {
  return await Promise.all(Object.keys(files).map(loadAdapter));
}
