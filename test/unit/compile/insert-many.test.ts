import { expect, test } from "vitest";
import {
  compileDelete,
  compileDeleteMany,
  compileInsertMany,
  compileUpdate,
  compileUpdateMany,
  nextPage,
  type RowColumn,
  type RowPages,
} from "../../../src/compile/index.ts";
import { mariadb, mysql, postgresql, sqlite } from "../../../src/dialect/index.ts";
import { UnsupportedCompilationError } from "../../../src/errors/index.ts";
import { array, integer, MetaData, string, Table } from "../../../src/schema/index.ts";
import { sqlType } from "../../../src/types/index.ts";

const table = new Table('odd "`name', new MetaData({ schema: "shop" }), {
  id: integer().primaryKey(),
  name: string(20),
  list: array(integer()),
});
const { id, name, list } = table.c;

test("PostgreSQL: one text for any number of rows", () => {
  const insert = compileInsertMany(table.node, [name, list], [id], postgresql);
  const one = insert.statement([["a", [1]]]);
  const more = insert.statement([
    ['b"\\', null],
    [null, [2, 3]],
  ]);
  expect(more.sql).toBe(one.sql);
  expect(one.sql).toBe(
    'INSERT INTO "shop"."odd ""`name" ("name", "list") SELECT v.c1, v.c2::INTEGER[] ' +
      'FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS v(c1, c2, n) ORDER BY v.n RETURNING "id"',
  );
  expect(more.params).toEqual(['{"b\\"\\\\",NULL}', '{NULL,"{2,3}"}']);
  expect(insert.pageSize).toBe(1000);
});

test("elsewhere: lists of values", () => {
  const insert = compileInsertMany(table.node, [id, name], [id], sqlite);
  expect(
    insert.statement([
      [1, "a"],
      [2, null],
    ]),
  ).toEqual({
    sql: 'INSERT INTO "shop"."odd ""`name" ("id", "name") VALUES (?, ?), (?, ?) RETURNING "id"',
    params: [1n, "a", 2n, null],
  });
  expect(insert.statement([[1, "a"]]).sql).toBe(
    'INSERT INTO "shop"."odd ""`name" ("id", "name") VALUES (?, ?) RETURNING "id"',
  );
  const maria = compileInsertMany(table.node, [name], [], mariadb).statement([["x"], ["y"]]);
  expect(maria.sql).toBe('INSERT INTO `shop`.`odd "``name` (`name`) VALUES (?), (?)');
});

test("pages keep to the most parameters a statement may have", () => {
  const wide = Array.from({ length: 400 }, (_, index) => ({ name: `c${index}`, type: id.type }));
  expect(compileInsertMany(table.node, wide, [], sqlite).pageSize).toBe(81);
  expect(compileInsertMany(table.node, wide, [], mariadb).pageSize).toBe(163);
  const huge = Array.from({ length: 70_000 }, (_, index) => ({ name: `c${index}`, type: id.type }));
  expect(compileInsertMany(table.node, huge, [], sqlite).pageSize).toBe(1);
});

test("rows of nothing but defaults", () => {
  const none = compileInsertMany(table.node, [], [id], postgresql).statement([[], []]);
  expect(none).toEqual({
    sql: 'INSERT INTO "shop"."odd ""`name" SELECT FROM generate_series(1, $1::INTEGER) RETURNING "id"',
    params: [2],
  });
  const single = compileInsertMany(table.node, [], [id], sqlite);
  expect([single.pageSize, single.statement([[]]).sql]).toEqual([
    1,
    'INSERT INTO "shop"."odd ""`name" DEFAULT VALUES RETURNING "id"',
  ]);
});

test("refuses RETURNING where there is none", () => {
  expect(() => compileInsertMany(table.node, [name], [id], mysql)).toThrow(UnsupportedCompilationError);
});

test("UPDATE and DELETE by key", () => {
  const update = compileUpdate(table.node, [name, list], [id], postgresql);
  expect(update.sql).toBe('UPDATE "shop"."odd ""`name" SET "name" = $1, "list" = $2 WHERE "id" = $3');
  expect(update.encode([null, [1], 7])).toEqual([null, "{1}", 7]);
  expect(compileUpdate(table.node, [name], [id, name], sqlite).sql).toBe(
    'UPDATE "shop"."odd ""`name" SET "name" = ? WHERE "id" = ? AND "name" = ?',
  );
  expect(compileDelete(table.node, [id], mariadb).sql).toBe('DELETE FROM `shop`.`odd "``name` WHERE `id` = ?');
});

test("UPDATE and DELETE of many rows", () => {
  const update = compileUpdateMany(table.node, [name, list], [id], postgresql);
  expect(
    update?.statement([
      ["a", [1], 1],
      [null, null, 2],
    ]),
  ).toEqual({
    sql:
      'UPDATE "shop"."odd ""`name" SET "name" = v.c1, "list" = v.c2::INTEGER[] ' +
      'FROM unnest($1::TEXT[], $2::TEXT[], $3::INTEGER[]) AS v(c1, c2, c3) WHERE "shop"."odd ""`name"."id" = v.c3',
    params: ['{"a",NULL}', '{"{1}",NULL}', "{1,2}"],
  });
  expect(compileDeleteMany(table.node, [id], postgresql)?.statement([[1], [2]])).toEqual({
    sql: 'DELETE FROM "shop"."odd ""`name" USING unnest($1::INTEGER[]) AS v(c1) WHERE "shop"."odd ""`name"."id" = v.c1',
    params: ["{1,2}"],
  });
  expect(
    compileUpdateMany(table.node, [name], [id], sqlite)?.statement([
      ["a", 1],
      [null, 2],
    ]),
  ).toEqual({
    sql:
      'UPDATE "shop"."odd ""`name" SET "name" = v.column1 FROM (VALUES (?, ?), (?, ?)) AS v ' +
      'WHERE "shop"."odd ""`name"."id" = v.column2',
    params: ["a", 1n, null, 2n],
  });
  const joined = (row: string) =>
    'UPDATE (SELECT `name` AS c1, `id` AS c2 FROM `shop`.`odd "``name` WHERE FALSE UNION ALL ' +
    `VALUES ${row}(?, ?)) AS v STRAIGHT_JOIN \`shop\`.\`odd "\`\`name\` ON \`shop\`.\`odd "\`\`name\`.\`id\` = v.c2 ` +
    'SET `shop`.`odd "``name`.`name` = v.c1';
  expect(compileUpdateMany(table.node, [name], [id], mariadb)?.statement([["a", 1]]).sql).toBe(joined(""));
  expect(compileUpdateMany(table.node, [name], [id], mysql)?.statement([["a", 1]]).sql).toBe(joined("ROW"));
  expect(compileDeleteMany(table.node, [id], mariadb)).toBeNull();
});

test("an UPDATE of many rows carries no more values than a statement may, and no rows that are better sent alone", () => {
  const wide = Array.from({ length: 700 }, (_column, index) => ({ name: `c${index}`, type: name.type }));
  const sizes = (columns: readonly RowColumn[], dialect: typeof sqlite) =>
    compileUpdateMany(table.node, columns, [id], dialect)?.sizes;
  expect(sizes([name], sqlite)).toEqual([100, 20]);
  expect(sizes(wide, sqlite)).toEqual([20]);
  expect(sizes([...wide, ...wide, ...wide], sqlite)).toBeUndefined();
  const pages = compileUpdateMany(table.node, [name], [id], sqlite);
  expect([250, 100, 99, 20, 19, 0].map((left) => nextPage(pages as RowPages, left))).toEqual([100, 100, 20, 20, 0, 0]);
  const arrays = compileUpdateMany(table.node, [name], [id], postgresql);
  expect([9000, 1000, 2, 1].map((left) => nextPage(arrays as RowPages, left))).toEqual([1000, 1000, 2, 0]);
});

test("a row is not found by joining an enumeration, for which no index is used", () => {
  const mood = { name: "mood", type: sqlType("enumeration", { values: ["a", "b"] }) };
  expect(compileUpdateMany(table.node, [name], [mood], mariadb)).toBeNull();
  expect(compileUpdateMany(table.node, [name], [mood], sqlite)).not.toBeNull();
});
