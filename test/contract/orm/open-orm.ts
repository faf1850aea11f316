import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type EngineOptions, listen } from "../../../src/engine/index.ts";
import { type AsyncEngine, createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { createEngine, type Engine } from "../../../src/facade/engine.ts";
import { Session } from "../../../src/facade/session.ts";
import type { DeclarativeBase, SessionOptions } from "../../../src/orm/index.ts";
import { deleteFrom, type Executable } from "../../../src/sql/index.ts";
import type { Target } from "../../targets/index.ts";

/** What the cases of one suite work with; one body serves both colours, as awaiting a value is harmless. */
export interface Orm {
  readonly target: Target;
  readonly engine: AsyncEngine;
  /** The statements sent since the test began or `log` was called last, without BEGIN and the like. */
  readonly log: () => readonly string[];
  /** A session that is closed when the test ends. */
  readonly session: (options?: SessionOptions) => AsyncSession;
  /** All rows of a statement, read in a session of its own. */
  readonly rows: (statement: Executable) => Promise<readonly unknown[]>;
  /** Adds objects in a session of their own, commits and closes it. */
  readonly save: (...objects: readonly object[]) => Promise<void>;
}

/** Opens an engine with the tables of a set of classes for all tests of a suite; each test finds them empty. */
export function useOrm(target: Target, base: DeclarativeBase, options: EngineOptions = {}): Orm {
  let engine: AsyncEngine;
  let sessions: AsyncSession[] = [];
  const statements: string[] = [];
  const session = (given: SessionOptions = {}): AsyncSession => {
    const made =
      target.mode === "sync"
        ? (new Session(engine as unknown as Engine, given) as unknown as AsyncSession)
        : new AsyncSession(engine, given);
    sessions.push(made);
    return made;
  };
  beforeAll(async () => {
    const url = await target.url();
    const given = { poolTimeout: 2, ...options };
    engine =
      target.mode === "sync" ? (createEngine(url, given) as unknown as AsyncEngine) : createAsyncEngine(url, given);
    await base.metadata.createAll(engine);
    listen(engine, "beforeCursorExecute", ({ sql }) => {
      statements.push(sql);
    });
  });
  beforeEach(() => {
    statements.length = 0;
  });
  afterEach(async () => {
    for (const open of sessions) await open.close();
    sessions = [];
    await empty(engine, base, target);
  });
  afterAll(async () => {
    await engine?.dispose();
  });
  return {
    target,
    session,
    get engine() {
      return engine;
    },
    log: () => statements.splice(0),
    rows: async (statement) => {
      const own = session();
      const rows = (await own.execute(statement)).all();
      await own.close();
      return rows.map((row) => (row.length === 1 ? row[0] : row));
    },
    save: async (...objects) => {
      const own = session();
      own.addAll(objects);
      await own.commit();
      await own.close();
      statements.length = 0;
    },
  };
}

/** What a call throws, or else gives. */
export async function attempt(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

/** SQL in one form for all databases. */
export function plain(sql: string): string {
  return sql.replaceAll("`", '"').replaceAll(/\$\d+/gu, "?");
}

/** What statements do, in words that are the same everywhere: `INSERT band`, `DELETE band`. */
export function shapes(statements: readonly string[]): readonly string[] {
  return statements.map((sql) => {
    const bare = sql.replaceAll(/["`]/g, "");
    const table = /(?:INSERT INTO|UPDATE|FROM) (\w+)/u.exec(bare)?.[1];
    return `${bare.slice(0, 6)} ${table}`;
  });
}

async function empty(engine: AsyncEngine, base: DeclarativeBase, target: Target): Promise<void> {
  const tables = base.metadata.tables;
  const names = [...tables.values()].map((table) => table.name);
  const connection = await engine.connect();
  if (target.database === "postgresql") {
    await connection.execDriverSql(`TRUNCATE ${names.map((name) => `"${name}"`).join(", ")} RESTART IDENTITY`);
  } else {
    const [off, on] =
      target.database === "sqlite"
        ? ["PRAGMA defer_foreign_keys = ON", null]
        : ["SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"];
    await connection.execDriverSql(off);
    for (const table of tables.values()) await connection.execute(deleteFrom(table));
    if (on !== null) await connection.execDriverSql(on);
  }
  await connection.commit();
  await connection.close();
}
