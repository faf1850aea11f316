// What every driver must do.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DriverConnection } from "../../../src/driver/index.ts";
import { ArgumentError } from "../../../src/errors/index.ts";
import { type DriverUnderTest, everyDriver, failure, isMysql, once, placeholders, prepared } from "./open-driver.ts";

describe.each(everyDriver.map((on) => [on.name, on] as const))("driver %s", (_name, on) => {
  describe.skipIf(on.skipped)("connected", () => {
    let connection: DriverConnection;

    beforeEach(async () => {
      connection = await on.open();
      await connection.execute(
        `CREATE TEMPORARY TABLE items (id INTEGER PRIMARY KEY${autoIncrement(on)}, name VARCHAR(50) UNIQUE)`,
        [],
        once,
      );
    });
    afterEach(() => connection.close());

    const names = async (): Promise<unknown[]> =>
      (await connection.execute("SELECT name FROM items ORDER BY id", [], prepared)).rows.map(([name]) => name);
    const insert = `INSERT INTO items VALUES (${placeholders(on, 2)})`;
    const numbers = (count: number): unknown[][] => Array.from({ length: count }, (_, i) => [i + 1, `n${i + 1}`]);

    test("rows are arrays, columns have names", async () => {
      await connection.execute(insert, [1, "a"], prepared);
      const result = await connection.execute(
        "SELECT name AS x, name AS x, 'y' AS \"__proto__\" FROM items".replaceAll('"', quote(on)),
        [],
        prepared,
      );
      expect(result.rows).toEqual([["a", "a", "y"]]);
      expect(result.columns?.map(({ name }) => name)).toEqual(["x", "x", "__proto__"]);
    });

    test("columns are known also when there are no rows", async () => {
      for (let i = 0; i < 2; i++) {
        const result = await connection.execute("SELECT id, name FROM items", [], prepared);
        expect(result.rows).toEqual([]);
        expect(result.columns?.map(({ name }) => name)).toEqual(["id", "name"]);
      }
    });

    test("affected counts what was inserted, matched or deleted", async () => {
      const run = async (sql: string) => {
        const { affected, columns } = await connection.execute(sql, [], prepared);
        expect(columns).toBeNull();
        return affected;
      };
      expect(await run("INSERT INTO items VALUES (1, 'a'), (2, 'b'), (3, 'c')")).toBe(3);
      expect(await run("UPDATE items SET name = name")).toBe(3);
      expect(await run("UPDATE items SET name = 'z' WHERE id > 1 AND id < 3")).toBe(1);
      expect(await run("DELETE FROM items WHERE id > 1")).toBe(2);
      expect(await run("DELETE FROM items WHERE id > 1")).toBe(0);
      expect(await run("CREATE TEMPORARY TABLE other (id INTEGER)")).toBe(0);
      expect((await connection.execute("SELECT * FROM items", [], prepared)).affected).toBe(0);
    });

    test("executeMany sums up, in order", async () => {
      const result = await connection.executeMany(insert, numbers(1500), prepared);
      expect(result.affected).toBe(1500);
      expect((await names()).length).toBe(1500);
      expect((await connection.executeMany(insert, [], prepared)).affected).toBe(0);
    });

    test("executeMany with values of changing types", async () => {
      await connection.executeMany(
        insert,
        [
          [1, "a"],
          [2, null],
          [3, "c"],
          [4, ""],
        ],
        prepared,
      );
      expect(await names()).toEqual(["a", null, "c", ""]);
    });

    test("executeMany returns the rows of RETURNING", async () => {
      const result = await connection.executeMany(`${insert} RETURNING id, name`, numbers(3), prepared);
      expect(result.rows.map((row) => row.map(String))).toEqual([
        ["1", "n1"],
        ["2", "n2"],
        ["3", "n3"],
      ]);
      expect(result.columns?.map(({ name }) => name)).toEqual(["id", "name"]);
    });

    test("a failing executeMany leaves the connection usable", async () => {
      await connection.execute("BEGIN", [], once);
      expect(
        await failure(() =>
          connection.executeMany(
            insert,
            [
              [1, "a"],
              [1, "b"],
              [2, "c"],
            ],
            prepared,
          ),
        ),
      ).toBeDefined();
      await connection.execute("ROLLBACK", [], once);
      expect(await names()).toEqual([]);
    });

    test("RETURNING", async () => {
      const { rows } = await connection.execute(`${insert} RETURNING name`, [1, "a"], prepared);
      expect(rows).toEqual([["a"]]);
    });

    test("a script", async () => {
      await connection.executeScript([
        "INSERT INTO items VALUES (1, 'a')",
        "INSERT INTO items VALUES (2, 'b') -- last",
      ]);
      expect(await names()).toEqual(["a", "b"]);
    });

    test("several statements in one are refused", async () => {
      expect(await failure(() => connection.execute("SELECT 1; DELETE FROM items", [], once))).toBeDefined();
      expect((await connection.execute("SELECT 1 ; /* the end */ -- really", [], once)).rows.length).toBe(1);
    });

    test("before runs first, and the statement not at all when it fails", async () => {
      await connection.execute(insert, [1, "a"], { ...prepared, before: "BEGIN" });
      await connection.execute("ROLLBACK", [], once);
      expect(await names()).toEqual([]);
      expect(
        await failure(() => connection.execute(insert, [2, "b"], { ...prepared, before: "NONSENSE" })),
      ).toBeDefined();
      expect(await names()).toEqual([]);
    });

    test("one row", async () => {
      await connection.executeMany(insert, numbers(3), prepared);
      const one = { ...prepared, single: true };
      const byKey = `SELECT name FROM items WHERE id = ${placeholders(on, 1)}`;
      expect((await connection.execute(byKey, [2], one)).rows).toEqual([["n2"]]);
      expect((await connection.execute(byKey, [9], one)).rows).toEqual([]);
    });

    const refused: [string, unknown][] = [
      ["undefined", undefined],
      ["a Date", new Date()],
      ["a symbol", Symbol("x")],
    ];
    // PostgreSQL's numeric has no limit: there the server says so
    if (on.name !== "pg") refused.push(["a bigint", 2n ** 64n]);
    test.each(refused)("refuses %s as a parameter", async (what, value) => {
      const error = await failure(() => connection.execute(insert, [1, value], prepared));
      expect(error).toBeInstanceOf(ArgumentError);
      expect((error as Error).message).toContain(what);
      expect(await names()).toEqual([]);
    });

    test("too few and too many parameters are errors", async () => {
      expect(await failure(() => connection.execute(insert, [1], prepared))).toBeDefined();
      expect(await failure(() => connection.execute(insert, [1, "a", "b"], prepared))).toBeDefined();
      expect(await names()).toEqual([]);
      expect(
        (
          await connection.execute(
            `SELECT ${placeholders(on, 1)} AS "it's ? fine" -- why?`.replaceAll('"', quote(on)),
            ["x"],
            prepared,
          )
        ).rows,
      ).toEqual([["x"]]);
    });

    describe("cursors", () => {
      const fill = () => connection.executeMany(insert, numbers(1000), prepared);
      const ids = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => Number(id));
      const stream = `SELECT id, name FROM items WHERE id > ${placeholders(on, 1)} ORDER BY id`;

      beforeEach(async () => {
        await fill();
        await connection.execute("BEGIN", [], once);
      });

      test("fetch pieces until the end", async () => {
        const cursor = await connection.openCursor(stream, [0], prepared);
        expect(cursor.columns.map(({ name }) => name)).toEqual(["id", "name"]);
        const seen: number[] = [];
        for (;;) {
          const rows = await cursor.fetch(300);
          if (rows.length === 0) break;
          expect(rows.length).toBeLessThanOrEqual(300);
          seen.push(...ids(rows));
        }
        expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
        expect(await cursor.fetch(10)).toEqual([]);
        await cursor.close();
        await connection.execute("COMMIT", [], once);
      });

      test("closed early, twice, the connection goes on", async () => {
        const cursor = await connection.openCursor(stream, [0], prepared);
        expect(ids(await cursor.fetch(2))).toEqual([1, 2]);
        await cursor.close();
        await cursor.close();
        expect(await cursor.fetch(1)).toEqual([]);
        await connection.execute("COMMIT", [], once);
        expect((await names()).length).toBe(1000);
      });

      test("other statements may run while one is open", async () => {
        const cursor = await connection.openCursor(stream, [0], prepared);
        expect(ids(await cursor.fetch(2))).toEqual([1, 2]);
        await connection.execute(insert, [5000, "late"], prepared);
        expect(ids(await cursor.fetch(3))).toEqual([3, 4, 5]);
        expect((await names()).length).toBe(1001);
        const rest = await cursor.fetch(2000);
        expect(rest.length).toBe(995);
        await cursor.close();
      });

      test("two at once", async () => {
        const first = await connection.openCursor(stream, [0], prepared);
        await first.fetch(1);
        const second = await connection.openCursor(stream, [500], prepared);
        expect(ids(await second.fetch(1))).toEqual([501]);
        expect(ids(await first.fetch(1))).toEqual([2]);
        await first.close();
        expect(ids(await second.fetch(1))).toEqual([502]);
        await second.close();
        await connection.ping();
      });

      test("a statement that fails", async () => {
        expect(await failure(() => connection.openCursor("SELECT nothing FROM nowhere", [], prepared))).toBeDefined();
        await connection.execute("ROLLBACK", [], once);
        expect((await names()).length).toBe(1000);
      });

      test("without a transaction, and none is left behind", async () => {
        await connection.execute("COMMIT", [], once);
        const cursor = await connection.openCursor(stream, [0], prepared);
        expect(ids(await cursor.fetch(2))).toEqual([1, 2]);
        await connection.execute(insert, [5000, "late"], prepared);
        await connection.execute("BEGIN", [], once);
        await connection.execute("ROLLBACK", [], once);
        expect(ids(await cursor.fetch(2000)).length).toBe(998);
        await cursor.close();
        const second = await connection.openCursor(stream, [990], prepared);
        expect(ids(await second.fetch(1))).toEqual([991]);
        await second.close();
        expect(await failure(() => connection.openCursor("SELECT nothing FROM nowhere", [], prepared))).toBeDefined();
        await connection.execute("BEGIN", [], once);
        await connection.execute("ROLLBACK", [], once);
        expect((await names()).length).toBe(1001);
      });

      test("close with one open", async () => {
        const cursor = await connection.openCursor(stream, [0], prepared);
        await cursor.fetch(1);
        await connection.close();
        expect(connection.alive).toBe(false);
      });
    });

    test.runIf(isMysql(on))("a long rest is cancelled, and the next statement is not", async () => {
      const started = Date.now();
      for (let i = 0; i < 3; i++) {
        const cursor = await connection.openCursor("SELECT REPEAT('x', 1000) FROM seq_1_to_100000000", [], prepared);
        await cursor.fetch(5);
        await cursor.close();
        expect((await connection.execute("SELECT SLEEP(0.01)", [], prepared)).rows).toEqual([[0]]);
      }
      expect(Date.now() - started).toBeLessThan(10_000);
    });

    test.runIf(isMysql(on))("the server waits while nobody fetches", async () => {
      const rows = "SELECT seq, REPEAT('x', 10000) FROM seq_1_to_50000"; // half a gigabyte
      const cursor = await connection.openCursor(rows, [], prepared);
      await cursor.fetch(1);
      const before = process.memoryUsage().rss;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
      expect((await cursor.fetch(2000)).map(([n]) => Number(n))).toEqual(Array.from({ length: 2000 }, (_, i) => i + 2));
      await cursor.close();
    });

    test("executeMany of rows that do not fit into one message", async () => {
      await connection.execute(
        `CREATE TEMPORARY TABLE large (id INTEGER, data ${isMysql(on) ? "LONGTEXT" : "TEXT"})`,
        [],
        once,
      );
      const large = Array.from({ length: 30 }, (_, i) => [i, "é".repeat(500_000)]);
      const into = `INSERT INTO large (id, data) VALUES (${placeholders(on, 2)})`;
      expect((await connection.executeMany(into, [...large, [30, null]], prepared)).affected).toBe(31);
      const { rows } = await connection.execute(
        "SELECT COUNT(*), COUNT(DISTINCT id), MIN(LENGTH(data)) FROM large",
        [],
        once,
      );
      const bytes = isMysql(on) ? 1_000_000 : 500_000;
      expect(rows[0]?.map(Number)).toEqual([31, 31, bytes]);
    });

    test("ping and alive", async () => {
      expect(connection.alive).toBe(true);
      await connection.ping();
      await connection.close();
      expect(connection.alive).toBe(false);
      expect(await failure(() => connection.ping())).toBeDefined();
    });

    // PostgreSQL has RETURNING instead
    test.skipIf(on.name === "pg")("lastInsertId", async () => {
      const { lastInsertId } = await connection.execute("INSERT INTO items (name) VALUES ('a')", [], prepared);
      expect(Number(lastInsertId)).toBe(1);
      expect((await connection.execute("UPDATE items SET name = 'b'", [], prepared)).lastInsertId).toBeUndefined();
    });
  });

  test.skipIf(on.skipped)("an unknown URL option is refused by name", async () => {
    const error = await failure(() => on.driver.connect(on.target({ query: { frobnicate: "1" } })));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toContain('"frobnicate"');
  });
});

function autoIncrement(on: DriverUnderTest): string {
  return isMysql(on) ? " AUTO_INCREMENT" : "";
}

function quote(on: DriverUnderTest): string {
  return on.dialect.features.quote;
}
