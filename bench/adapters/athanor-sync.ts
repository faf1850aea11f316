// Tracked sync sessions: on SQLite in the caller's thread, on PostgreSQL over a worker thread.
import { type AsyncSession, createEngine, Session } from "athanor";
import { type Adapter, keyOf } from "../contestant.ts";
import { Post } from "./athanor-models.ts";
import { sessionTasks } from "./athanor-session.ts";
import { athanorUrl, sqliteDriver } from "./athanor-tracked.ts";

export const athanorSync: Adapter = {
  name: "Athanor, sync",
  package: null,
  databases: ["postgresql", "sqlite"],
  open(database, url) {
    const engine = createEngine(athanorUrl(database, url), database === "sqlite" ? sqliteDriver : {});
    const open = (): Session => new Session(engine, { expireOnCommit: false });
    return {
      tasks: {
        ...sessionTasks(database, open as unknown as () => AsyncSession),
        get: (size) => {
          const session = open();
          return { run: () => getOneByOne(session, size), end: () => session.close() };
        },
      },
      close: () => engine.dispose(),
    };
  },
};

function getOneByOne(session: Session, size: number): Post | null {
  let last: Post | null = null;
  for (let index = 0; index < size; index += 1) {
    session.expungeAll();
    last = session.get(Post, keyOf(index));
  }
  return last;
}
