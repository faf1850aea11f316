import type { Adapter } from "../contestant.ts";
import { athanorNaked } from "./athanor-naked.ts";
import { athanorSync } from "./athanor-sync.ts";
import { athanorOneSession, athanorTracked, athanorUncached } from "./athanor-tracked.ts";
import { drizzle } from "./drizzle.ts";
import { drizzlePrepared } from "./drizzle-prepared.ts";
import { kysely } from "./kysely.ts";
import { mikroOrm } from "./mikro-orm.ts";
import { postgresJs } from "./postgres.ts";
import { rawBetterSqlite3 } from "./raw-better-sqlite3.ts";
import { rawNodeSqlite } from "./raw-node-sqlite.ts";
import { rawPg } from "./raw-pg.ts";
import { typeorm } from "./typeorm.ts";

/** The first of a database is the raw driver that the others are compared with. */
export const adapters: readonly Adapter[] = [
  rawPg,
  rawBetterSqlite3,
  rawNodeSqlite,
  postgresJs,
  drizzle,
  drizzlePrepared,
  kysely,
  mikroOrm,
  typeorm,
  athanorTracked,
  athanorNaked,
  athanorSync,
  athanorOneSession,
  athanorUncached,
];
