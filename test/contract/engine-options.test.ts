// Options of engines that change what is sent, each in both colours on every driver.
import { expect, test } from "vitest";
import { listen, makeUrl } from "../../src/engine/index.ts";
import { ArgumentError } from "../../src/errors/index.ts";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { createAsyncEngine } from "../../src/facade/async-engine.ts";
import { createAsyncPoolFromUrl, createPoolFromUrl } from "../../src/facade/driver-pool.ts";
import { createEngine } from "../../src/facade/engine.ts";
import { declarativeBase } from "../../src/orm/index.ts";
import { array, integer, json, MetaData, string, Table } from "../../src/schema/index.ts";
import { alias, insert, select, text } from "../../src/sql/index.ts";
import { recordSent } from "../colours/sent-statements.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";
import { describeTargets, testOn } from "../targets/index.ts";
import { openEngine, openEngineAt } from "./open-engine.ts";
import { plain } from "./orm/open-orm.ts";
import { openSession } from "./session/open-session.ts";

const metadata = new MetaData();
const items = new Table("item", metadata, { id: integer().primaryKey(), name: string(40), data: json().nullable() });
const Base = declarativeBase({ metadata: new MetaData() });
class Note extends Base.mapped("note", { id: integer().primaryKey(), body: string(40), data: json().nullable() }) {}

function statements(engine: AsyncEngine): () => string[] {
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql, many }) => void log.push(many === null ? sql : `${sql} × ${many}`));
  return () => log.splice(0).map(plain);
}

/** What the connection's driver is asked to execute while a body runs. */
async function sentDuring(body: () => unknown): Promise<readonly string[]> {
  coloursDiffer("the case looks at what is sent by itself, for each colour");
  const sent: string[] = [];
  recordSent((statement) => void sent.push(statement));
  try {
    await body();
  } finally {
    recordSent(null);
  }
  return sent;
}

const rows = (count: number) => Array.from({ length: count }, (_value, index) => ({ name: `row ${index}` }));

describeTargets("options of an engine", (target) => {
  test("useInsertmanyvalues: false gives each new object and row an INSERT of its own", async () => {
    const engine = await openEngine(target, { useInsertmanyvalues: false });
    const log = statements(engine);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const notes = rows(3).map(({ name }) => new Note({ body: name }));
    session.addAll(notes);
    log();
    await session.flush();
    const returning = 'INSERT INTO "note" ("body", "data") VALUES (?, ?) RETURNING "id"';
    expect(log()).toEqual([returning, returning, returning]);
    expect(notes.map(({ id }) => id)).toEqual([1, 2, 3]);
    const all = await session.scalars(insert(Note).returning(Note.c.id), [{ body: "a" }, { body: "b" }]);
    expect(all.all()).toEqual([4, 5]);
    expect(log()).toEqual([
      'INSERT INTO "note" ("body") VALUES (?) RETURNING "id"',
      'INSERT INTO "note" ("body") VALUES (?) RETURNING "id"',
    ]);
    await session.rollback();
    await session.close();
    // many sets of parameters, which share statements otherwise
    await metadata.createAll(engine);
    const connection = await engine.connect();
    const sent = await sentDuring(() => connection.execute(insert(items), rows(30)));
    expect(sent.filter((sql) => sql.startsWith("INSERT"))).toHaveLength(30);
    expect(await connection.scalar(text("SELECT count(*) FROM item"))).toSatisfy((count) => Number(count) === 30);
    await connection.close();
  });

  test("insertmanyvaluesPageSize is how many rows share an INSERT", async () => {
    const engine = await openEngine(target, { insertmanyvaluesPageSize: 2 });
    const log = statements(engine);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const notes = rows(5).map(({ name }) => new Note({ body: name }));
    session.addAll(notes);
    log();
    await session.flush();
    expect(log().filter((sql) => sql.startsWith("INSERT"))).toHaveLength(3);
    expect(notes.map(({ id, body }) => [id, body])).toEqual(rows(5).map(({ name }, index) => [index + 1, name]));
    await session.close();
    await metadata.createAll(engine);
    const connection = await engine.connect();
    log();
    await connection.execute(insert(items), rows(25));
    // MariaDB's bulk protocol and its drivers take all sets at once
    expect(log()).toHaveLength(target.database === "mariadb" ? 1 : 13);
    expect((await connection.execute(select(items.c.name).orderBy(items.c.id))).scalars().all()).toEqual(
      rows(25).map(({ name }) => name),
    );
    await connection.close();
  });

  test("by default 1,000 rows share one at most", async () => {
    const engine = await openEngine(target);
    const log = statements(engine);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    session.addAll(rows(1001).map(({ name }) => new Note({ body: name })));
    log();
    await session.flush();
    const page = { sqlite: 100, postgresql: 1000, mariadb: 500 }[target.database];
    expect(log().filter((sql) => sql.startsWith("INSERT"))).toHaveLength(Math.ceil(1001 / page));
    await session.close();
  });

  test("jsonSerializer and jsonDeserializer write and read JSON, of columns, parameters and what SQL answers", async () => {
    const calls: string[] = [];
    const engine = await openEngine(target, {
      jsonSerializer: (value) => {
        calls.push("write");
        return JSON.stringify(value, (_key, held: unknown) => (held instanceof Map ? { map: [...held] } : held));
      },
      jsonDeserializer: (read) => {
        calls.push("read");
        return JSON.parse(read, (_key, held: { map?: [string, number][] } | null) =>
          Array.isArray(held?.map) ? new Map(held.map) : held,
        );
      },
    });
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const note = new Note({ body: "a", data: new Map([["x", 1]]) });
    session.add(note);
    await session.commit();
    session.expunge(note);
    const found = await session.getOne(Note, 1);
    expect(found.data).toEqual(new Map([["x", 1]]));
    expect(calls).toEqual(["write", "read"]);
    (found.data as Map<string, number>).set("x", 2); // a change in place is found
    expect(session.isModified(found)).toBe(true);
    await session.commit();
    expect(await session.scalar(select(Note.c.data))).toEqual(new Map([["x", 2]]));
    await session.close();
    const untyped = await engine.execute(text("SELECT data FROM note"));
    const value: unknown = untyped.scalar();
    expect(target.database === "sqlite" ? JSON.parse(String(value)) : value).toEqual(
      target.database === "sqlite" ? { map: [["x", 2]] } : new Map([["x", 2]]),
    );
    const wrong = await openEngine(target, { jsonSerializer: (() => 7) as never });
    await metadata.createAll(wrong);
    const refused = async () => wrong.execute(insert(items), { name: "x", data: {} });
    await expect(refused()).rejects.toThrow(/jsonSerializer answered a number/);
  });

  if (target.database === "postgresql")
    test("they serve JSON in arrays", async () => {
      const engine = await openEngine(target, {
        jsonSerializer: (value) => JSON.stringify({ wrapped: value }),
        jsonDeserializer: (read) => (JSON.parse(read) as { wrapped: unknown }).wrapped,
      });
      const own = new MetaData();
      const lists = new Table("lists", own, { id: integer().primaryKey(), list: array(json()) });
      await own.createAll(engine);
      await engine.execute(insert(lists), { list: [1, { a: [2] }] });
      expect((await engine.execute(select(lists.c.list))).scalar()).toEqual([1, { a: [2] }]);
      expect((await engine.execute(text("SELECT list FROM lists"))).scalar()).toEqual([1, { a: [2] }]);
    });

  test("labelLength is the most that a made-up name has", async () => {
    const engine = await openEngine(target, { labelLength: 8 });
    const log = statements(engine);
    const own = new MetaData();
    const long = new Table("a_table_with_a_long_name", own, { id: integer().primaryKey() });
    await own.createAll(engine);
    const [left, right] = [alias(long), alias(long)];
    log();
    await engine.execute(select(left.c.id, right.c.id).where(left.c.id.eq(right.c.id)));
    expect(log()).toEqual([
      'SELECT "a_tabl_1"."id", "a_tabl_2"."id" FROM "a_table_with_a_long_name" AS "a_tabl_1", "a_table_with_a_long_name" AS "a_tabl_2" WHERE "a_tabl_1"."id" = "a_tabl_2"."id"',
    ]);
  });

  test("names made up for tables whose own names are as long as they may be still differ", async () => {
    const engine = await openEngine(target);
    const own = new MetaData();
    const long = new Table("t".repeat(63), own, { id: integer().primaryKey() });
    await own.createAll(engine);
    const [left, right] = [alias(long), alias(long)];
    const result = await engine.execute(select(left.c.id).where(left.c.id.eq(right.c.id)));
    expect(result.all()).toEqual([]);
  });

  test("skipAutocommitRollback spares connections under AUTOCOMMIT the ROLLBACK, and no others", async () => {
    for (const [skipAutocommitRollback, expected] of [
      [false, true],
      [true, false],
    ] as const) {
      const engine = await openEngine(target, { skipAutocommitRollback });
      const autocommit = engine.executionOptions({ isolationLevel: "AUTOCOMMIT" });
      const sends = async (from: AsyncEngine): Promise<boolean> => {
        const sent = await sentDuring(async () => {
          const connection = await from.connect();
          await connection.execute(text("SELECT 1"));
          await connection.close();
        });
        return sent.includes("ROLLBACK");
      };
      expect([await sends(autocommit), await sends(engine)]).toEqual([expected, true]);
    }
  });

  test("a connection knows the level that connections have before anybody sets one", async () => {
    const own = { sqlite: "SERIALIZABLE", postgresql: "READ COMMITTED", mariadb: "REPEATABLE READ" }[target.database];
    const level = target.database === "sqlite" ? "READ UNCOMMITTED" : "SERIALIZABLE";
    const engine = await openEngine(target, { isolationLevel: level });
    const connection = await engine.connect();
    expect([connection.defaultIsolationLevel, await connection.getIsolationLevel()]).toEqual([own, level]);
    await connection.close();
    const other = await engine.executionOptions({ isolationLevel: "AUTOCOMMIT" }).connect();
    expect(other.defaultIsolationLevel).toBe(own);
    await other.close();
    expect(other.defaultIsolationLevel).toBe(own);
  });

  test("an engine over a pool made elsewhere knows the default level, too", async () => {
    const url = await target.url();
    const pool = target.mode === "sync" ? createPoolFromUrl(url) : createAsyncPoolFromUrl(url);
    const engine = openEngineAt(url, target, { pool });
    const connection = await engine.connect();
    expect(connection.defaultIsolationLevel).toMatch(/SERIALIZABLE|READ COMMITTED|REPEATABLE READ/);
    await connection.close();
    await pool.dispose();
  });

  test("plugins change the URL and the options in turn, and hear of the engine", async () => {
    const told: unknown[] = [];
    const url = await target.url();
    const engine = openEngineAt("sqlite:////nowhere/at/all.db", target, {
      plugins: [
        {
          updateUrl: () => makeUrl(url),
          handleOptions: (options) => ({ ...options, executionOptions: { plugin: "first" } }),
        },
        { handleOptions: ({ executionOptions }) => void told.push(executionOptions) },
        (made) => {
          told.push(made);
          listen(made, "beforeCursorExecute", ({ sql }) => void told.push(sql));
        },
      ],
    });
    expect(told).toEqual([{ plugin: "first" }, engine]);
    expect([engine.getExecutionOptions()["plugin"], engine.url.dialect]).toEqual(["first", target.database]);
    await engine.execute(text("SELECT 1"));
    expect(told.at(-1)).toBe("SELECT 1");
    const only = openEngineAt(url, target, { plugins: (made) => void told.push(made) });
    expect(told.at(-1)).toBe(only);
  });

  testOn(target, ["promises"], "asyncCreator opens each connection, by the driver it is given", async () => {
    const opened: string[] = [];
    const url = await target.url();
    const engine = openEngineAt(url, target, {
      asyncCreator: async (where, driver) => {
        opened.push(driver.name);
        await new Promise((resolve) => setImmediate(resolve));
        return driver.connect(where);
      },
    });
    expect(opened).toEqual([]);
    expect((await engine.execute(text("SELECT 1"))).scalar()).toSatisfy((value) => Number(value) === 1);
    expect(opened).toEqual([target.driver]);
    const failing = openEngineAt(url, target, { asyncCreator: () => Promise.reject(new RangeError("no token")) });
    await expect(failing.connect()).rejects.toThrow("no token");
    expect(failing.pool.checkedOut()).toBe(0);
    const pool = createAsyncPoolFromUrl(url, { asyncCreator: async (where, driver) => driver.connect(where) });
    await (await pool.connect()).close();
    await pool.aclose();
  });

  testOn(target, ["promises"], "aclose() closes connections, engines and pools", async () => {
    const engine = await openEngine(target);
    const connection = await engine.connect();
    await connection.execute(text("SELECT 1"));
    await connection.aclose();
    expect([connection.closed, engine.pool.checkedOut()]).toEqual([true, 0]);
    await engine.aclose();
    expect(engine.pool.checkedIn()).toBe(0);
  });
});

test("options that contradict each other, and answers of plugins that are none, are refused", () => {
  const creator = () => {
    throw new RangeError("not called");
  };
  const asyncCreator = () => Promise.reject(new RangeError("not called"));
  const both = { creator, asyncCreator };
  for (const make of [createAsyncEngine, createAsyncPoolFromUrl])
    expect(() => make("sqlite://", both)).toThrow(/creator and asyncCreator exclude each other/);
  for (const make of [createEngine, createPoolFromUrl])
    expect(() => make("sqlite://", { asyncCreator })).toThrow(/which a sync engine cannot wait for/);
  for (const options of [
    { useInsertmanyvalues: false, insertmanyvaluesPageSize: 10 },
    { insertmanyvaluesPageSize: 0 },
    { useInsertmanyvalues: "no" as never },
    { plugins: [{}] as never },
    { plugins: "tracing" as never },
    { plugins: { updateUrl: () => "sqlite://" as never } },
    { plugins: { handleOptions: () => 7 as never } },
    { plugins: { handleOptions: () => ({ poolsize: 1 }) as never } },
    { labelLength: 5 },
    { jsonSerializer: "JSON" as never },
    { jsonDeserializer: 1 as never },
    { skipAutocommitRollback: 1 as never },
  ])
    expect(() => createAsyncEngine("sqlite://", options)).toThrow(ArgumentError);
  expect(() => createAsyncEngine("postgresql://h/x", { labelLength: 64 })).toThrow(/at most 63/);
  const failure = new RangeError("not today");
  const plugins = (): never => {
    throw failure;
  };
  expect(() => createEngine("sqlite://", { plugins })).toThrow(failure);
});
