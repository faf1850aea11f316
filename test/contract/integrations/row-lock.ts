import { select } from "athanor";
import { expect } from "vitest";
import { openEngineAt } from "../open-engine.ts";
import type { Orm } from "../orm/open-orm.ts";
import { Note } from "./notes.ts";

/** A row that another connection holds: who changes it waits until it is let go of. */
export interface RowLock {
  /** Returns when another connection's update waits for it. */
  untilAwaited(): Promise<void>;
  release(): Promise<void>;
}

const waiting = {
  postgresql: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  // an update of the row that is held cannot get any further; InnoDB's own list of who waits may be a tenth of a second old
  mysql: "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'Updating'",
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
    untilAwaited: async () => await expect.poll(count, { timeout: 10_000 }).toBe(1),
    release: async () => {
      await holder.rollback();
      await holder.close();
    },
  };
}
