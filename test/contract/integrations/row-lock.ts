import { select } from "athanor";
import { expect } from "vitest";
import { openEngineAt } from "../open-engine.ts";
import type { Orm } from "../orm/open-orm.ts";
import { Note } from "./notes.ts";

/** A row that another connection holds: who changes it waits until it is let go of. */
export interface RowLock {
  /** Returns when another connection of the database waits for a lock. */
  untilAwaited(): Promise<void>;
  release(): Promise<void>;
}

const waiting = {
  postgresql: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  mysql:
    "SELECT count(*) FROM information_schema.innodb_trx JOIN information_schema.processlist ON id = trx_mysql_thread_id " +
    "WHERE trx_state = 'LOCK WAIT' AND db = DATABASE()",
};

/** Takes the lock over connections that are not those of the application. */
export async function lockNote({ target, engine }: Orm, id: number): Promise<RowLock> {
  const own = openEngineAt(engine.url, target);
  const holder = await own.connect();
  await holder.execute(select(Note.c.id).where(Note.c.id.eq(id)).withForUpdate());
  const count = async (): Promise<number> => {
    const onlooker = await own.connect();
    const found = await onlooker.execDriverSql(waiting[target.database === "postgresql" ? "postgresql" : "mysql"]);
    await onlooker.close();
    return Number(found.scalarOne());
  };
  return {
    // InnoDB makes its list of transactions anew only when nobody has read it for a tenth of a second.
    untilAwaited: async () => await expect.poll(count, { timeout: 10_000, interval: 150 }).toBe(1),
    release: async () => {
      await holder.rollback();
      await holder.close();
    },
  };
}
