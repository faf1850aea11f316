// Statements are prepared once per connection and used again, and no connection keeps them without bound.
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { betterSqlite3Driver, type DriverConnection, pgDriver } from "../../../src/driver/index.ts";
import { BetterSqlite3, failure, onBetterSqlite3, onMariadb, onMysql2, onPg, once, prepared } from "./open-driver.ts";

describe.skipIf(onPg.skipped)("pg", () => {
  let connection: DriverConnection;
  beforeEach(async () => {
    connection = await onPg.open();
  });
  afterEach(() => connection.close());

  const kept = async (): Promise<number> =>
    Number((await connection.execute("SELECT COUNT(*) FROM pg_prepared_statements", [], once)).rows[0]?.[0]);

  test("one name for one text", async () => {
    for (let i = 0; i < 5; i++) await connection.execute("SELECT $1::int + 1", [i], prepared);
    const { rows } = await connection.execute(
      "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements",
      [],
      once,
    );
    expect(rows).toEqual([["SELECT $1::int + 1", "5"]]);
  });

  test("nothing is kept without prepare", async () => {
    await connection.execute("SELECT 1", [], once);
    await connection.executeMany("SELECT $1::int", [[1], [2]], once);
    expect(await kept()).toBe(0);
  });

  test("what is evicted is deallocated", async () => {
    for (let i = 0; i < 300; i++) await connection.execute(`SELECT ${i}`, [], prepared);
    await connection.execute("SELECT 299", [], prepared);
    expect(await kept()).toBe(256);
    expect((await connection.execute("SELECT 1", [], prepared)).rows).toEqual([["1"]]);
  });

  test("a statement that fails to parse or run is prepared again", async () => {
    await failure(() => connection.execute("SELECT * FROM not_yet", [], prepared));
    await connection.execute("CREATE TEMPORARY TABLE not_yet (id INT UNIQUE)", [], once);
    expect((await connection.execute("SELECT * FROM not_yet", [], prepared)).rows).toEqual([]);
    await failure(() => connection.execute("SELECT 1 / $1::int", [0], prepared));
    expect((await connection.execute("SELECT 1 / $1::int", [1], prepared)).rows).toEqual([["1"]]);
    const insert = "INSERT INTO not_yet VALUES ($1)";
    await connection.execute(insert, [1], prepared);
    await failure(() => connection.execute(insert, [1], prepared));
    expect((await connection.execute(insert, [2], prepared)).affected).toBe(1);
  });

  test("a table altered by another connection: prepared again at once, or after the transaction", async () => {
    const other = await onPg.open();
    const all = "SELECT * FROM altered";
    try {
      await other.execute("CREATE TABLE altered (id INT)", [], once);
      await connection.execute(all, [], prepared);
      await other.execute("ALTER TABLE altered ADD COLUMN a INT", [], once);
      const { columns } = await connection.execute(all, [], prepared);
      expect(columns?.map(({ name }) => name)).toEqual(["id", "a"]);
      await connection.execute(all, [], prepared);

      await other.execute("ALTER TABLE altered ADD COLUMN b INT", [], once);
      const error = await failure(() => connection.execute(all, [], { ...prepared, before: "BEGIN" }));
      expect(onPg.driver.describeError(error)?.retryable).toBe(true);
      await connection.execute("ROLLBACK", [], once);
      expect((await connection.execute(all, [], prepared)).columns?.length).toBe(3);
    } finally {
      await other.execute("DROP TABLE altered", [], once);
      await other.close();
    }
  });

  test("a table created anew with other types", async () => {
    const insert = "INSERT INTO changing VALUES ($1)";
    await connection.execute("CREATE TEMPORARY TABLE changing (v INT)", [], once);
    await connection.execute(insert, [1], prepared);
    await connection.execute("DROP TABLE changing", [], once);
    await connection.execute("CREATE TEMPORARY TABLE changing (v TEXT)", [], once);
    expect((await connection.execute(insert, ["text"], prepared)).affected).toBe(1);
  });

  test("DISCARD ALL under our feet", async () => {
    await connection.execute("SELECT 41 + 1", [], prepared);
    await connection.execute("DISCARD ALL", [], once);
    expect((await connection.execute("SELECT 41 + 1", [], prepared)).rows).toEqual([["42"]]);
  });

  test("BEGIN travels with the first statement", async () => {
    const sent: string[] = [];
    class Spy extends pg.Client {
      override query(...args: unknown[]): never {
        sent.push("exchange");
        return (super.query as (...given: unknown[]) => never)(...args);
      }
    }
    const spied = await pgDriver({ Client: Spy }).connect(onPg.target());
    await spied.execute("SELECT $1::int", [1], { ...prepared, before: "BEGIN" });
    expect(sent).toEqual(["exchange"]);
    expect((spied.raw as pg.Client).getTransactionStatus()).toBe("T");
    await spied.close();
  });
});

describe.each([onMariadb, onMysql2].map((on) => [on.name, on] as const))("%s", (_name, on) => {
  if (on.skipped !== false) return test.skip(on.skipped);
  let connection: DriverConnection;
  beforeEach(async () => {
    connection = await on.open();
  });
  afterEach(() => connection.close());

  const status = async (name: string): Promise<number> =>
    Number((await connection.execute(`SHOW SESSION STATUS LIKE '${name}'`, [], once)).rows[0]?.[1]);

  const open = async (): Promise<number> => (await status("Com_stmt_prepare")) - (await status("Com_stmt_close"));

  test("prepared once, executed often", async () => {
    await connection.execute("SELECT ? + 1", [0], prepared);
    const before = await status("Com_stmt_prepare");
    for (let i = 0; i < 5; i++) await connection.execute("SELECT ? + 1", [i], prepared);
    expect(await status("Com_stmt_prepare")).toBe(before);
    expect(await status("Com_stmt_execute")).toBeGreaterThanOrEqual(5);
  });

  test("what is evicted, and what is not to be kept, is closed", async () => {
    for (let i = 0; i < 300; i++) await connection.execute(`SELECT ${i}`, [], prepared);
    for (let i = 0; i < 20; i++) await connection.execute("SET @n = ?", [i], once);
    expect(await open()).toBe(256);
  });

  test("texts with parameters are kept as well, fewer and apart", async () => {
    for (let i = 0; i < 5; i++) await connection.execute("SELECT ? * 2", [i], once);
    expect(await open()).toBe(1);
    for (let i = 0; i < 100; i++) await connection.execute(`SELECT ? + ${i}`, [i], once);
    expect(await open()).toBe(64);
    const before = await status("Com_stmt_prepare");
    await connection.execute("SELECT ? + 99", [1], once);
    await connection.execute("SELECT ? + 99", [1], prepared);
    expect(await status("Com_stmt_prepare")).toBe(before);
  });

  test("a table altered after its statement was prepared", async () => {
    await connection.execute("CREATE TEMPORARY TABLE altered (id INT)", [], once);
    await connection.execute("SELECT * FROM altered", [], prepared);
    await connection.execute("ALTER TABLE altered ADD COLUMN a INT", [], once);
    expect((await connection.execute("SELECT * FROM altered", [], prepared)).columns?.length).toBe(2);
  });
});

describe("better-sqlite3", () => {
  let count = 0;
  let connection: DriverConnection;
  const Database = BetterSqlite3 as new (file: string, options?: object) => { prepare(sql: string): unknown };
  class Counting extends Database {
    override prepare(sql: string): unknown {
      count++;
      return super.prepare(sql);
    }
  }

  beforeEach(async () => {
    connection = await betterSqlite3Driver(Counting).connect(onBetterSqlite3.target());
    count = 0;
  });
  afterEach(() => connection.close());

  test("prepares one statement once", async () => {
    for (let i = 0; i < 5; i++) await connection.execute("SELECT ? + 1", [1n], prepared);
    expect(count).toBe(1);
    await connection.execute("SELECT ? + 1", [1n], { prepare: true, exactIntegers: false });
    expect(count).toBe(1);
  });

  test("keeps the texts used last, apart from the statements", async () => {
    await connection.execute("SELECT 'prepared'", [], prepared);
    for (let i = 0; i < 5; i++) await connection.execute("/* hi */ SELECT 1", [], once);
    expect(count).toBe(2);
    for (let i = 0; i < 300; i++) await connection.execute(`SELECT ${i}`, [], once);
    count = 0;
    await connection.execute("SELECT 'prepared'", [], prepared);
    await connection.execute("SELECT 299", [], once);
    expect(count).toBe(0);
    await connection.execute("/* hi */ SELECT 1", [], once);
    expect(count).toBe(1);
  });

  test("keeps no text that takes effect while it is prepared, or is long", async () => {
    for (const sql of ["PRAGMA foreign_keys = ON", `SELECT '${"x".repeat(5000)}'`]) {
      count = 0;
      for (let i = 0; i < 3; i++) await connection.execute(sql, [], once);
      expect(count).toBe(3);
    }
  });

  test("a text survives a change of its table", async () => {
    const all = () => connection.execute("SELECT * FROM t", [], once);
    await connection.execute("CREATE TABLE t (a)", [], once);
    await connection.execute("INSERT INTO t VALUES (1)", [], once);
    expect((await all()).columns?.length).toBe(1);
    await connection.execute("ALTER TABLE t ADD COLUMN b", [], once);
    const altered = await all();
    expect([altered.columns?.map(({ name }) => name), altered.rows.map((row) => row.map(String))]).toEqual([
      ["a", "b"],
      [["1", "null"]],
    ]);
    await connection.execute("DROP TABLE t", [], once);
    await failure(all);
    await connection.execute("CREATE TABLE t (z)", [], once);
    expect((await all()).columns?.map(({ name }) => name)).toEqual(["z"]);
  });
});
