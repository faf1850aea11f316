import { expect, test } from "vitest";
import {
  InvalidRequestError,
  MultipleResultsFound,
  NoResultFound,
  NoSuchColumnError,
  ResourceClosedError,
} from "../../src/errors/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import type { AsyncResult } from "../../src/facade/results.ts";
import { integer, MetaData, string, Table } from "../../src/schema/index.ts";
import { select, text, update } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { answerOf } from "./answer-of.ts";
import { openEngine } from "./open-engine.ts";

const all = text("SELECT id, name FROM item ORDER BY id");
const none = text("SELECT id, name FROM item WHERE id < 0");
const repeated = text("SELECT name FROM item ORDER BY id");

async function fill(engine: AsyncEngine, count = 4): Promise<void> {
  await engine.begin((conn) => conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(40))")));
  const rows = Array.from({ length: count }, (_, n) => ({ id: n + 1, name: n % 2 === 0 ? "even" : "odd" }));
  await engine.execute(text("INSERT INTO item (id, name) VALUES (:id, :name)"), rows);
}

// SQLite's integers of unknown type come exact, as bigint where they must; here they are small
const plain = (rows: readonly (readonly unknown[])[]) =>
  rows.map((row) => row.map((value) => (typeof value === "bigint" ? Number(value) : value)));

/** The same reads on a buffered result and on a stream. */
const ways = ["execute", "stream"] as const;
type Way = (typeof ways)[number];
const open = (conn: AsyncConnection, way: Way, statement = all) =>
  (way === "execute" ? conn.execute(statement) : conn.stream(statement)) as Promise<AsyncResult>;

describeTargets("a result", (target) => {
  for (const way of ways) {
    test(`of ${way} can be read in every way`, async () => {
      const engine = await openEngine(target);
      await fill(engine);
      const conn = await engine.connect();
      const result = () => open(conn, way);
      expect(plain(await (await result()).all())).toEqual([
        [1, "even"],
        [2, "odd"],
        [3, "even"],
        [4, "odd"],
      ]);
      expect((await result()).keys()).toEqual(["id", "name"]);
      expect(await (await result()).scalars("name").all()).toEqual(["even", "odd", "even", "odd"]);
      expect(await (await result()).scalars(1).fetchMany(2)).toEqual(["even", "odd"]);
      expect(await (await result()).scalars(1).unique().all()).toEqual(["even", "odd"]);
      expect(
        await (await result())
          .unique((row) => row[1])
          .scalars(1)
          .all(),
      ).toEqual(["even", "odd"]);
      expect((await (await result()).mappings().first())?.["name"]).toBe("even");
      expect(await (await result()).columns("name").fetchOne()).toEqual(["even"]);
      expect(Number(await (await result()).scalar())).toBe(1);
      const parts = [];
      for await (const part of (await result()).scalars(1).partitions(3)) parts.push(part.length);
      expect(parts).toEqual([3, 1]);
      const read = await result();
      expect((await read.yieldPer(2).fetchMany()).length).toBe(2);
      expect((await read.fetchMany(5)).length).toBe(2);
      expect([await read.fetchMany(5), await read.fetchOne(), await read.all(), read.closed]).toEqual([
        [],
        null,
        [],
        false,
      ]);
      const [one, other] = [await result(), await result()];
      expect((await one.merge(other).all()).length).toBe(8);
      const frozen = await (await result()).freeze();
      expect([frozen().all().length, frozen().all().length]).toEqual([4, 4]);
      await conn.close();
    });

    test(`of ${way} insists on how many rows there are`, async () => {
      const engine = await openEngine(target);
      await fill(engine);
      const conn = await engine.connect();
      const many = () => open(conn, way);
      const empty = () => open(conn, way, none);
      await expect((async () => (await empty()).one())()).rejects.toThrow("No row was found when one was required");
      await expect((async () => (await empty()).scalarOne())()).rejects.toThrow(NoResultFound);
      await expect((async () => (await many()).one())()).rejects.toThrow(
        "Multiple rows were found when exactly one was required",
      );
      await expect((async () => (await many()).oneOrNone())()).rejects.toThrow(
        "Multiple rows were found when one or none was required",
      );
      await expect((async () => (await many()).scalarOneOrNone())()).rejects.toThrow(MultipleResultsFound);
      expect(await (await empty()).first()).toBeNull();
      expect(await (await empty()).oneOrNone()).toBeNull();
      expect(await (await empty()).scalar()).toBeNull();
      const same = text("SELECT name FROM item WHERE name = 'odd'");
      expect(await (await open(conn, way, same)).unique().one()).toEqual(["odd"]);
      expect(await (await open(conn, way, text("SELECT NULL"))).scalarOne()).toBeNull();
      await conn.close();
    });

    test(`of ${way} tells an end from a close`, async () => {
      const engine = await openEngine(target);
      await fill(engine);
      const conn = await engine.connect();
      for (const close of ["close", "first", "oneOrNone", "scalar"] as const) {
        const result = await open(conn, way, close === "oneOrNone" ? none : all);
        await result[close]();
        expect(result.closed).toBe(true);
        for (const use of ["all", "fetchOne", "one"] as const) {
          await expect((async () => result[use]())()).rejects.toThrow("This result object is closed.");
        }
        await result.close();
      }
      const result = await open(conn, way);
      expect(() => result.scalars("nam")).toThrow(/columns are id, name\. Did you mean name\?/);
      expect(() => result.scalars(7)).toThrow(NoSuchColumnError);
      await conn.close();
    });
  }

  test("fetchAll() is all(), tuples() the result itself, and one() and their like insist, of rows, scalars and mappings", async () => {
    const engine = await openEngine(target);
    await using connection = await engine.connect();
    const three = text("SELECT 1 AS n, 'a' AS word UNION ALL SELECT 2, 'b' UNION ALL SELECT 3, 'c' ORDER BY n");
    const none = text("SELECT n, word FROM (SELECT 1 AS n, 'a' AS word) AS t WHERE n = 0");
    const single = text("SELECT 7 AS n, 'x' AS word");
    for (const way of ways) {
      const read = (statement: typeof all): Promise<AsyncResult> => open(connection, way, statement);
      const numbers = (rows: readonly (readonly unknown[])[]): readonly number[] => rows.map(([n]) => Number(n));
      expect(numbers(await (await read(three)).fetchAll())).toEqual([1, 2, 3]);
      const whole = await read(three);
      expect(whole.tuples()).toBe(whole);
      expect([numbers(await whole.all()), whole.keys()]).toEqual([
        [1, 2, 3],
        ["n", "word"],
      ]);
      await whole.close();
      const words = async (statement: typeof all) => (await read(statement)).scalars("word");
      const records = async (statement: typeof all) => (await read(statement)).mappings();
      expect(await (await words(single)).oneOrNone()).toBe("x");
      expect(await (await words(none)).oneOrNone()).toBeNull();
      expect(await (await words(single)).one()).toBe("x");
      expect(await (await words(three)).first()).toBe("a");
      expect(await (await words(none)).first()).toBeNull();
      expect(await (await words(three)).fetchMany(2)).toEqual(["a", "b"]);
      expect(await (await words(three)).unique().all()).toEqual(["a", "b", "c"]);
      expect(await (await records(single)).oneOrNone()).toMatchObject({ word: "x" });
      expect(await (await records(none)).oneOrNone()).toBeNull();
      expect(await (await records(single)).one()).toMatchObject({ word: "x" });
      expect(await (await records(three)).first()).toMatchObject({ word: "a" });
      expect((await records(three)).keys()).toEqual(["n", "word"]);
      expect((await (await records(three)).fetchMany(2)).length).toBe(2);
      expect((await (await records(three)).unique().all()).length).toBe(3);
      for (const of of [words, records]) {
        const sizes: number[] = [];
        for await (const part of (await of(three)).partitions(2)) sizes.push(part.length);
        expect(sizes).toEqual([2, 1]);
        const open = await of(three);
        expect(open.closed).toBe(false);
        await open.close();
        expect(open.closed).toBe(true);
        await expect(answerOf(() => open.all())).rejects.toThrow(ResourceClosedError);
        for (const insist of ["one", "oneOrNone"] as const)
          await expect(answerOf(async () => (await of(three))[insist]())).rejects.toThrow(MultipleResultsFound);
        await expect(answerOf(async () => (await of(none)).one())).rejects.toThrow(NoResultFound);
      }
      expect(Number(await (await read(three)).scalar())).toBe(1);
      expect(Number(await (await read(single)).scalarOne())).toBe(7);
      expect(await (await read(none)).scalarOneOrNone()).toBeNull();
      await expect(answerOf(async () => (await read(three)).scalarOneOrNone())).rejects.toThrow(MultipleResultsFound);
      const ended = await read(three);
      await ended.all();
      expect([await ended.fetchOne(), ended.closed]).toEqual([null, false]);
      await ended.close();
      await expect(answerOf(() => ended.fetchOne())).rejects.toThrow(ResourceClosedError);
    }
  });

  test("that is left inside a loop is closed if it is a stream", async () => {
    const engine = await openEngine(target);
    await fill(engine, 50);
    const conn = await engine.connect();
    const stream = await conn.stream(all);
    for await (const _row of stream) break;
    expect(stream.closed).toBe(true);
    const failing = await conn.stream(all);
    const loop = async () => {
      for await (const row of failing.scalars()) throw new TypeError(`at ${String(row)}`);
    };
    await expect(loop()).rejects.toThrow("at 1");
    expect(failing.closed).toBe(true);
    expect(Number(await conn.scalar(text("SELECT count(*) FROM item")))).toBe(50);
    const buffered = await conn.execute(repeated);
    for (const _row of buffered) break;
    expect(buffered.all().length).toBe(49);
    await conn.close();
  });

  test("that is a stream goes on while other statements run, and ends with its transaction", async () => {
    const engine = await openEngine(target);
    await fill(engine, 300);
    const conn = await engine.connect();
    const stream = (await conn.stream(all)).yieldPer(10);
    let count = 0;
    for await (const row of stream) {
      if (++count % 100 === 0)
        await conn.execute(text("UPDATE item SET name = 'seen' WHERE id = :id"), { id: Number(row[0]) });
    }
    expect(count).toBe(300);
    const open = await conn.streamScalars(repeated);
    await open.fetchOne();
    await conn.commit();
    await expect((async () => open.fetchMany(100))()).rejects.toThrow(ResourceClosedError);
    expect(Number(await conn.scalar(text("SELECT count(*) FROM item WHERE name = 'seen'")))).toBe(3);
    await conn.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("concurrent fetches from a stream share its rows", async () => {
    const engine = await openEngine(target);
    await fill(engine, 100);
    const conn = await engine.connect();
    const stream = (await conn.stream(all)).scalars();
    const parts = await Promise.all(Array.from({ length: 10 }, () => stream.fetchMany(10)));
    expect(parts.flat().map(Number)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    await conn.close();
  });

  test("outlives its connection when it is buffered", async () => {
    const engine = await openEngine(target);
    await fill(engine);
    const result = await engine.execute(all);
    expect(result.rowcount).toBeGreaterThanOrEqual(0);
    expect(engine.pool.checkedOut()).toBe(0);
    expect(result.all().length).toBe(4);
  });

  test("of a statement without rows says that it has none", async () => {
    const engine = await openEngine(target);
    await fill(engine);
    const result = await engine.execute(text("UPDATE item SET name = 'x' WHERE id > 2"));
    expect([result.rowcount, result.returnsRows, result.closed, result.keys()]).toEqual([2, false, true, []]);
    for (const use of ["all", "first", "scalar", "one"] as const) {
      expect(() => result[use]()).toThrow("This result object does not return rows. It has been closed automatically.");
    }
    expect(() => result.scalars().all()).toThrow(ResourceClosedError);
  });

  test("of a statement without rows, streamed, is the same; of one that is text it ends at once, or is refused", async () => {
    const engine = await openEngine(target);
    await fill(engine);
    const item = new Table("item", new MetaData(), { id: integer(), name: string() });
    const conn = await engine.connect();
    const result = await conn.stream(update(item).where(item.c.id.gt(2)).values({ name: "x" }));
    expect([result.rowcount, result.returnsRows, result.closed, result.keys()]).toEqual([2, false, true, []]);
    await expect((async () => await result.all())()).rejects.toThrow(ResourceClosedError);
    const words = text("UPDATE item SET name = 'y' WHERE id > 3");
    if (target.database === "sqlite") {
      await expect((async () => await conn.stream(words))()).rejects.toThrow(/returns no rows cannot be streamed/);
    } else {
      expect(await (await conn.stream(words)).all()).toEqual([]);
    }
    const names = (await conn.scalars(select(item.c.name).orderBy(item.c.id))).all();
    expect(names).toEqual(["even", "odd", "x", target.database === "sqlite" ? "x" : "y"]);
    await conn.close();
  });

  test("takes any column name for what it is", async () => {
    const engine = await openEngine(target);
    const quote = target.database === "mariadb" ? "`" : '"';
    const strange = await engine.execute(
      text(`SELECT 'a' AS ${quote}__proto__${quote}, 'b' AS ${quote}constructor${quote}`),
    );
    const record = strange.mappings().one();
    expect(Object.keys(record)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    const twice = await engine.execute(text("SELECT 'a' AS x, 'b' AS x"));
    expect(() => twice.mappings()).toThrow(InvalidRequestError);
    expect(() => twice.scalars("x")).toThrow(/Ambiguous column name "x"/);
    expect(twice.all()).toEqual([["a", "b"]]);
  });
});
