// Tracked async sessions.
import { AsyncSession, type AsyncEngine, createAsyncEngine } from "athanor";
import Database from "better-sqlite3";
import { type Adapter, type Contestant, IN_FLIGHT, inFlight, keyOf } from "../contestant.ts";
import type { DatabaseName } from "../schema.ts";
import { Counter, Post } from "./athanor-models.ts";
import { build, sessionTasks } from "./athanor-session.ts";

/** Of better-sqlite3 the copy that the others have, and not the one of the repository's root. */
export const sqliteDriver = { driver: Database };

export function athanorUrl(database: DatabaseName, url: string): string {
  return database === "sqlite" ? `sqlite+better-sqlite3:///${url}` : url;
}

function engineFor(database: DatabaseName, url: string): AsyncEngine {
  if (database === "sqlite") return createAsyncEngine(athanorUrl(database, url), sqliteDriver);
  return createAsyncEngine(athanorUrl(database, url), { poolSize: IN_FLIGHT, maxOverflow: IN_FLIGHT });
}

export const athanorTracked: Adapter = {
  name: "Athanor, tracked",
  package: null,
  databases: ["postgresql", "sqlite"],
  open(database, url) {
    const engine = engineFor(database, url);
    const open = (): AsyncSession => new AsyncSession(engine, { expireOnCommit: false });
    const inParallel: Contestant["tasks"] = {
      "get-16": (size) => getOverSessions(open, size),
      request: (size) => ({ run: () => inFlight(size, (index) => request(open(), (index % IN_FLIGHT) + 1)) }),
    };
    return {
      tasks: {
        ...sessionTasks(database, open),
        get: (size) => getOneByOne(open(), size),
        ...(database === "postgresql" ? inParallel : {}),
      },
      close: () => engine.dispose(),
    };
  },
};

/** All gets in one session, which makes one statement of those of a tick. */
export const athanorOneSession: Adapter = {
  name: "Athanor, tracked, one session",
  package: null,
  databases: ["postgresql"],
  open(database, url) {
    const engine = engineFor(database, url);
    return {
      tasks: { "get-16": (size) => getInOneSession(new AsyncSession(engine), size) },
      close: () => engine.dispose(),
    };
  },
};

/** Statements that are written anew each time. */
export const athanorUncached: Adapter = {
  name: "Athanor, nothing cached",
  package: null,
  databases: ["postgresql"],
  open: (database) => ({
    tasks: { build: (size) => ({ run: () => build(database, size, null) }) },
    close: () => undefined,
  }),
};

function getOneByOne(session: AsyncSession, size: number) {
  return {
    async run() {
      let last: Post | null = null;
      for (let index = 0; index < size; index += 1) {
        session.expungeAll();
        last = await session.get(Post, keyOf(index));
      }
      return last;
    },
    end: () => session.close(),
  };
}

/** A session for each of the gets that are in flight, empty before each. */
function getOverSessions(open: () => AsyncSession, size: number) {
  const sessions = Array.from({ length: IN_FLIGHT }, open);
  return {
    run: () =>
      inFlight(size, (index) => {
        const session = sessions[index % IN_FLIGHT] ?? open();
        session.expungeAll();
        return session.get(Post, keyOf(index));
      }),
    end: async () => void (await Promise.all(sessions.map((session) => session.close()))),
  };
}

function getInOneSession(session: AsyncSession, size: number) {
  return {
    async run() {
      session.expungeAll();
      return inFlight(size, (index) => session.get(Post, keyOf(index)));
    },
    end: () => session.close(),
  };
}

async function request(session: AsyncSession, id: number): Promise<void> {
  try {
    const counter = await session.getOne(Counter, id);
    counter.hits += 1;
    await session.commit();
  } finally {
    await session.close();
  }
}
