import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { listen } from "../../../src/engine/index.ts";
import { type AsyncEngine, createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { createEngine } from "../../../src/facade/engine.ts";
import { type AsyncNakedSession, AsyncSessionFactory, SessionFactory } from "../../../src/naked/index.ts";
import { declarativeBase, many, maybe } from "../../../src/orm/index.ts";
import { boolean, integer, json, string, timestamp } from "../../../src/schema/index.ts";
import { deleteFrom, type Executable, insert } from "../../../src/sql/index.ts";
import type { Target } from "../../targets/index.ts";

export const Base = declarativeBase();

export class Writer extends Base.mapped("nk_writer", {
  id: integer().primaryKey().autoincrement(false),
  name: string(40),
  active: boolean().default(true),
  joinedAt: timestamp().nullable(),
  notes: json<{ readonly tags: readonly string[] }>().nullable(),
  get works() {
    return many(Work, { backPopulates: "writer", orderBy: Work.c.id });
  },
}) {
  shout() {
    return `${this.name.toUpperCase()}!`;
  }
}

export class Work extends Base.mapped("nk_work", {
  id: integer().primaryKey(),
  title: string(60),
  get writerId() {
    return integer().nullable().references(Writer.c.id);
  },
  get writer() {
    return maybe(Writer, { backPopulates: "works" });
  },
}) {}

/** Counts its versions. */
export class Page extends Base.mapped(
  "nk_page",
  { id: integer().primaryKey(), text: string(40), version: integer() },
  { versionIdCol: "version" },
) {}

/** No primary key: only a naked session can read it as objects. */
export class LogLine extends Base.mapped("nk_log", {
  level: integer(),
  text: string(40).nullable(),
}) {}

/** What the cases work with; one body serves both colours, as awaiting a value is harmless. */
export interface Shelf {
  readonly engine: AsyncEngine;
  /** The statements sent since the test began or `log` was called last, without BEGIN and the like. */
  log(): readonly string[];
  factory(options?: { readonly autoCommit?: boolean }): AsyncSessionFactory;
  /** Executes statements in a transaction of their own. */
  run(...statements: readonly Executable[]): Promise<void>;
  /** All rows of a statement, as plain values, read in a transaction of their own. */
  rows(statement: Executable): Promise<readonly unknown[]>;
}

export const tables: readonly (typeof Writer | typeof Work | typeof Page | typeof LogLine)[] = [
  Work,
  Writer,
  Page,
  LogLine,
];

/** Opens an engine with the tables for all tests of a suite; each test finds them empty. */
export function useShelf(target: Target): Shelf {
  let engine: AsyncEngine;
  const statements: string[] = [];
  beforeAll(async () => {
    const url = await target.url();
    const options = { poolTimeout: 2 };
    engine =
      target.mode === "sync" ? (createEngine(url, options) as unknown as AsyncEngine) : createAsyncEngine(url, options);
    await Base.metadata.createAll(engine);
    listen(engine, "beforeCursorExecute", ({ sql }) => void statements.push(sql));
  });
  beforeEach(() => void statements.splice(0));
  afterEach(async () => {
    for (const table of tables) await engine.execute(deleteFrom(table));
  });
  afterAll(async () => await engine.dispose());
  return {
    get engine() {
      return engine;
    },
    log: () => statements.splice(0),
    factory: (options) =>
      (target.mode === "sync"
        ? new SessionFactory(engine as never, options)
        : new AsyncSessionFactory(engine, options)) as AsyncSessionFactory,
    run: async (...given) => {
      for (const statement of given) await engine.execute(statement);
      statements.splice(0);
    },
    rows: async (statement) => (await engine.execute(statement)).all(),
  };
}

export const alice = insert(Writer).values({
  id: 1,
  name: "Alice",
  joinedAt: new Date("2026-01-02T03:04:05.678Z"),
  notes: { tags: ["a"] },
});
export const bob = insert(Writer).values({ id: 2, name: "Bob", active: false });

/** Answers what a call rejects with or throws. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

export type Session = AsyncNakedSession;
