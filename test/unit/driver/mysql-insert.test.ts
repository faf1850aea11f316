import { expect, test } from "vitest";
import { multiRowInsert, pagesOf } from "../../../src/driver/mysql-insert.ts";

test.each([
  ["INSERT INTO t VALUES (?)", "INSERT INTO t VALUES (?), (?), (?)"],
  [
    "insert ignore into `a b`.`c` (`x`, `y`) values (?, ?)",
    "insert ignore into `a b`.`c` (`x`, `y`) values (?, ?), (?, ?), (?, ?)",
  ],
  ["REPLACE INTO t (a) VALUES(?)", "REPLACE INTO t (a) VALUES(?), (?), (?)"],
])("repeats the row of %s", (sql, expected) => {
  expect(multiRowInsert(sql)?.forRows(3)).toBe(expected);
  expect(multiRowInsert(sql)?.forRows(1)).toBe(sql);
});

test.each([
  "INSERT INTO t (a) VALUES (?) RETURNING id",
  "INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a)",
  "INSERT INTO t (a, b) VALUES (?, now())",
  "INSERT INTO t (a) VALUES (?), (?)",
  "INSERT INTO t SELECT 1 UNION VALUES (?)",
  "INSERT INTO t (a) SELECT ? FROM (VALUES (?)",
  "INSERT INTO `who?` (a) VALUES (?)",
  "UPDATE t SET a = ? WHERE b IN (?)",
  "WITH x AS (SELECT 1) INSERT INTO t VALUES (?)",
])("leaves %s alone", (sql) => {
  expect(multiRowInsert(sql)).toBeNull();
});

test("pages hold at most 500 rows, 65,535 parameters and about a megabyte", () => {
  const sizes = (sets: readonly (readonly unknown[])[]) =>
    [...pagesOf(sets)].map(({ length, isFull }) => [length, isFull]);
  const rows = (count: number, row: readonly unknown[]) => Array.from({ length: count }, () => row);
  expect(sizes(rows(1200, [1]))).toEqual([
    [500, true],
    [500, true],
    [200, false],
  ]);
  expect(sizes(rows(150, new Array(1000).fill(null)))).toEqual([
    [65, true],
    [65, true],
    [20, false],
  ]);
  expect(sizes(rows(3, ["x".repeat(400_000)]))).toEqual([
    [1, false],
    [1, false],
    [1, false],
  ]);
  expect(
    [
      ...pagesOf([
        [1, "a"],
        [2, "b"],
      ]),
    ].flatMap(({ values }) => values),
  ).toEqual([1, "a", 2, "b"]);
});
