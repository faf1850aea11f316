import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import type { EngineOptions } from "../../../src/engine/index.ts";
import { ArgumentError, AwaitRequired, InvalidRequestError, NoSuchModuleError } from "../../../src/errors/index.ts";
import { type AsyncConnection, asyncEngineFromConfig, createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { Connection, createEngine, Engine, engineFromConfig, Transaction } from "../../../src/facade/engine.ts";
import type { Result } from "../../../src/facade/results.ts";
import { NullPool, QueuePool, StaticPool } from "../../../src/pool/index.ts";
import { text } from "../../../src/sql/index.ts";

const folder = mkdtempSync(join(tmpdir(), "athanor-engine-"));
afterAll(() => rmSync(folder, { recursive: true }));
const fileUrl = (name: string) => `sqlite:///${join(folder, name)}`;

describe("createEngine", () => {
  test("connects to nothing before it is used", () => {
    const engine = createEngine("sqlite:////nowhere/at/all.db");
    expect(engine.pool.checkedOut()).toBe(0);
    expect(() => engine.connect()).toThrow(/nowhere/);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("tells what it is", () => {
    const engine = createEngine("sqlite+node-sqlite://");
    expect([engine.name, engine.driver, String(engine.url), engine.mode]).toEqual([
      "sqlite",
      "node-sqlite",
      "sqlite+node-sqlite://",
      "sync",
    ]);
    expect(engine).toBeInstanceOf(Engine);
    const conn = engine.connect();
    expect(conn).toBeInstanceOf(Connection);
    expect(conn.begin()).toBeInstanceOf(Transaction);
    conn.close();
  });

  test("chooses the pool by the database", () => {
    expect(createEngine("sqlite://").pool).toBeInstanceOf(StaticPool);
    expect(createEngine("sqlite:///:memory:").pool).toBeInstanceOf(StaticPool);
    expect(createEngine(fileUrl("a.db")).pool).toBeInstanceOf(QueuePool);
    expect(createEngine(fileUrl("a.db"), { poolClass: NullPool }).pool).toBeInstanceOf(NullPool);
    const { pool } = createEngine("sqlite://");
    expect(createEngine("sqlite://", { pool }).pool).toBe(pool);
  });

  test.each([
    [{ pool_size: 5 }, /createEngine has no option "pool_size"\. Did you mean poolSize\?/],
    [{ ecco: true }, /Did you mean echo\?/],
    [{ sparkle: 1 }, /Known options: echo, /],
    [{ poolSize: "5" }, /The option poolSize of createEngine must be a whole number from 0, not "5"/],
    [{ poolTimeout: -1 }, /must be a number of seconds from 0/],
    [{ echo: "loud" }, /must be true or false or "debug"/],
    [{ poolPrePing: 1 }, /must be true or false/],
    [{ connectArgs: [] }, /must be an object, not a list/],
    [{ isolationLevel: "CHAOS" }, /Valid isolation levels for sqlite are: SERIALIZABLE, READ UNCOMMITTED, AUTOCOMMIT/],
    [{ executionOptions: { isolationLevel: "CHAOS" } }, /Valid isolation levels/],
    [{ poolClass: QueuePool, pool: createEngine("sqlite://").pool }, /exclude each other/],
    [{ driver: 7 }, /driver/],
  ])("refuses %j", (options, message) => {
    expect(() => createEngine("sqlite://", options as EngineOptions)).toThrow(ArgumentError);
    expect(() => createEngine("sqlite://", options as EngineOptions)).toThrow(message);
  });

  test("refuses wrong URLs, and drivers that answer with promises where no worker may be used", () => {
    expect(() => createEngine("sqlite://shop.db")).toThrow(/three slashes/);
    expect(() => createEngine("oracle://h")).toThrow(NoSuchModuleError);
    expect(() => createEngine("sqlite+nope://")).toThrow(NoSuchModuleError);
    expect(() => createEngine("postgresql+pg://h/x", { sync: false })).toThrow(AwaitRequired);
    expect(() => createEngine("postgresql+pg://h/x", { sync: false })).toThrow(/createAsyncEngine/);
  });

  test("takes its connections from a creator", async () => {
    const seen: string[] = [];
    const engine = createAsyncEngine("sqlite://", {
      creator: async (target, driver) => {
        seen.push(String(target.database));
        return driver.connect(target);
      },
    });
    expect(Number(await engine.connect((conn) => conn.scalar(text("SELECT 1"))))).toBe(1);
    expect(seen).toEqual([":memory:"]);
  });

  test("can be read from a configuration", async () => {
    const config = { "athanor.url": "sqlite://", "athanor.pool_size": "3", "athanor.echo": "false", other: 1 };
    expect(String(engineFromConfig(config).url)).toBe("sqlite://");
    expect(engineFromConfig({ ...config, "athanor.url": fileUrl("c.db") }).pool.size()).toBe(3);
    expect(asyncEngineFromConfig({ "db.url": "sqlite://" }, "db.").name).toBe("sqlite");
    expect(() => engineFromConfig({})).toThrow(/athanor\.url/);
    expect(() => engineFromConfig({ ...config, "athanor.poolSize": "many" })).toThrow(/must be a whole number/);
  });
});

describe("a sync engine", () => {
  test("in memory has one connection, whose transactions are kept apart", () => {
    const engine = createEngine("sqlite://");
    const [one, other] = [engine.connect(), engine.connect()];
    one.execute(text("CREATE TABLE t (x INTEGER)"));
    expect(() => other.execute(text("SELECT * FROM t"))).toThrow(InvalidRequestError);
    expect(() => other.execute(text("SELECT * FROM t"))).toThrow(/only one physical connection/);
    one.commit();
    expect(other.execute(text("SELECT * FROM t")).all()).toEqual([]);
    other.close();
    one.execute(text("INSERT INTO t VALUES (1)"));
    one.close();
    expect(engine.execute(text("SELECT * FROM t")).all()).toEqual([]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("refuses a callback that answers with a promise, and rolls back", () => {
    const engine = createEngine(fileUrl("d.db"));
    engine.execute(text("CREATE TABLE t (x INTEGER)"));
    expect(() =>
      // @ts-expect-error the types refuse it as well
      engine.begin((conn) => {
        conn.execute(text("INSERT INTO t VALUES (1)"));
        return Promise.resolve();
      }),
    ).toThrow(AwaitRequired);
    expect(engine.execute(text("SELECT * FROM t")).all()).toEqual([]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("closes with its scope and does not commit", () => {
    const engine = createEngine(fileUrl("e.db"));
    engine.execute(text("CREATE TABLE t (x INTEGER)"));
    {
      using conn = engine.connect();
      using transaction = conn.begin();
      conn.execute(text("INSERT INTO t VALUES (1)"));
      expect(transaction.isActive).toBe(true);
    }
    {
      using conn = engine.connect();
      conn.execute(text("INSERT INTO t VALUES (2)"));
    }
    expect(engine.pool.checkedOut()).toBe(0);
    expect(engine.execute(text("SELECT * FROM t")).all()).toEqual([]);
  });
});

describe("an async engine", () => {
  test("closes with its scope and does not commit", async () => {
    const engine = createAsyncEngine(fileUrl("f.db"));
    await engine.execute(text("CREATE TABLE t (x INTEGER)"));
    {
      await using conn = await engine.connect();
      await using transaction = await conn.begin();
      await using savepoint = await conn.beginNested();
      await conn.execute(text("INSERT INTO t VALUES (1)"));
      expect([transaction.isActive, savepoint.isActive]).toEqual([true, true]);
    }
    expect(engine.pool.checkedOut()).toBe(0);
    expect((await engine.execute(text("SELECT * FROM t"))).all()).toEqual([]);
  });

  test("in memory lets its users take turns", async () => {
    const engine = createAsyncEngine("sqlite://");
    await engine.execute(text("CREATE TABLE t (x INTEGER)"));
    await Promise.all(
      Array.from({ length: 10 }, (_, x) =>
        engine.begin(async (conn) => {
          const before = Number(await conn.scalar(text("SELECT count(*) FROM t")));
          await new Promise((resolve) => setTimeout(resolve, 1));
          await conn.execute(text("INSERT INTO t VALUES (:x)"), { x });
          expect(Number(await conn.scalar(text("SELECT count(*) FROM t")))).toBe(before + 1);
        }),
      ),
    );
    expect(Number((await engine.execute(text("SELECT count(*) FROM t"))).scalar())).toBe(10);
  });

  test("has a sync form over drivers that answer at once, sharing pool and database", async () => {
    const engine = createAsyncEngine("sqlite://");
    engine.syncEngine.execute(text("CREATE TABLE t (x INTEGER)"));
    expect(engine.syncEngine).toBe(engine.syncEngine);
    expect((await engine.execute(text("SELECT * FROM t"))).all()).toEqual([]);
    expect(() => createAsyncEngine("postgresql+pg://h/x").syncEngine).toThrow(AwaitRequired);
  });

  test("runSync gives a sync connection with the same state", async () => {
    const engine = createAsyncEngine("sqlite://");
    const conn = await engine.connect();
    const count = await conn.runSync((sync, name: string) => {
      sync.execute(text(`CREATE TABLE ${name} (x INTEGER)`));
      return sync.execute(text(`SELECT * FROM ${name}`)).all().length;
    }, "t");
    expect([count, conn.inTransaction()]).toEqual([0, true]);
    await conn.rollback();
    await expect(conn.execute(text("SELECT * FROM t"))).rejects.toThrow();
    await conn.close();
  });

  test("its errors are rejections, never exceptions", async () => {
    const engine = createAsyncEngine("sqlite://");
    const conn = await engine.connect();
    await conn.close();
    for (const call of [
      () => conn.execute(text("SELECT 1")),
      () => conn.execute("SELECT 1" as never),
      () => conn.begin(),
      () => conn.scalar(text("SELECT :x")),
    ]) {
      const answer: unknown = call();
      expect(answer).toBeInstanceOf(Promise);
      await expect(answer).rejects.toThrow();
    }
  });

  test("types say what is awaited and what is not", async () => {
    const engine = createAsyncEngine("sqlite://");
    const conn = await engine.connect();
    expectTypeOf(conn).toExtend<AsyncConnection>();
    expectTypeOf(conn.execute(text("SELECT 1"))).toEqualTypeOf<Promise<Result>>();
    expectTypeOf(createEngine("sqlite://").connect().execute(text("SELECT 1"))).toEqualTypeOf<Result>();
    expectTypeOf(engine.begin(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(createEngine("sqlite://").begin(() => "x")).toEqualTypeOf<string>();
    // @ts-expect-error an async connection has no synchronous disposal
    expect(() => conn[Symbol.dispose]()).toThrow(TypeError);
    await conn.close();
  });
});
