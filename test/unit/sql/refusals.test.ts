import { expect, test } from "vitest";
import { ArgumentError } from "../../../src/errors/index.ts";
import { integer, MetaData, string, Table } from "../../../src/schema/index.ts";
import { alias, and, caseWhen, deleteFrom, func, insert, not, select, update } from "../../../src/sql/index.ts";

const users = new Table("users", new MetaData(), { id: integer().primaryKey(), name: string() });
const { c } = users;

const wrong: readonly [string, () => unknown, RegExp][] = [
  ["an unknown column", () => (users.c as never as { nme: unknown }).nme, /no column "nme"\. It has: id, name/],
  ["an unknown column of a subquery", () => (select(users).subquery().c as never as { x: unknown }).x, /no column "x"/],
  ["undefined as a value", () => c.name.eq(undefined as never), /undefined was given/],
  ["undefined in a list", () => c.name.in(["a", undefined as never]), /list of an IN holds undefined/],
  ["a string as a condition", () => select(c.id).where("id = 1" as never), /where\(\) takes expressions/],
  ["a string as a column", () => select("id" as never), /cannot be selected/],
  ["an object as a join", () => select(c.id).join({} as never), /cannot be joined/],
  ["a negative limit", () => select(c.id).limit(-1), /limit\(\) takes a whole number/],
  ["a fraction as offset", () => select(c.id).offset(1.5), /offset\(\) takes a whole number/],
  ["an unknown label", () => select(c.id).orderBy("nope" as never), /no column or label/],
  ["a query as a value", () => c.id.eq(select(c.id) as never), /\.scalarSubquery\(\).*\.exists\(\).*\.subquery\(\)/],
  ["a query as a condition", () => select(c.id).where(select(c.id) as never), /A query stands where/],
  ["a query in ORDER BY", () => select(c.id).orderBy(select(c.id) as never), /A query stands where/],
  ["a query as a limit", () => select(c.id).limit(select(c.id) as never), /A query stands where/],
  ["a query in a function", () => func.max(select(c.id) as never), /A query stands where/],
  ["a query selected", () => select(select(c.id) as never), /A query stands where/],
  [
    "a UNION in values",
    () => update(users).values({ id: select(c.id).union(select(c.id)) as never }),
    /A query stands/,
  ],
  ["an INSERT selected", () => select(insert(users) as never), /A statement that changes something stands where/],
  ["no options", () => select(c.id).options({} as never), /loader options/],
  ["a table that is none", () => insert({} as never), /takes a table or a mapped class/],
  [
    "an unknown name in values",
    () => insert(users).values({ nme: "x" } as never),
    /no column "nme"\. It has: id, name/,
  ],
  ["no rows", () => insert(users).values([]), /was given no row/],
  ["rows of different names", () => insert(users).values([{ id: 1 }, { name: "x" }]), /must have the same names/],
  ["rows of nothing", () => insert(users).values([{}, {}]), /several rows without values/],
  ["an unknown name in an update", () => update(users).values({ nope: 1 } as never), /no column "nope"/],
  ["a string as a criterion", () => deleteFrom(users).where("x" as never), /where\(\) takes expressions/],
  ["a string in an AND", () => and(c.id.eq(1), "x" as never), /and\(\) takes expressions/],
  ["a string in GROUP BY", () => select(c.id).groupBy("id" as never), /groupBy\(\) takes expressions/],
  ["a string in NOT", () => not("x" as never), /not\(\) takes expressions/],
  ["a string in CASE", () => caseWhen("x" as never, 1), /when\(\) takes expressions/],
  ["a string in a window", () => func.sum(c.id).over({ partitionBy: "id" as never }), /over\(\) takes expressions/],
  ["a function's name with SQL in it", () => func["x(); DROP TABLE users; --"]?.(), /no name of a SQL function/],
  ["an operator with SQL in it", () => c.id.op("= 1; DROP TABLE users; --", 1), /is no operator/],
  ["an operator that begins a comment", () => c.id.op("--", 1), /no comments/],
  ["an operator that begins a block comment", () => c.id.op("/*", 1), /no comments/],
  ["an escape of two characters", () => c.name.like("x", "ab"), /one character/],
  [
    "a window's end that is no number",
    () => func.sum(c.id).over({ rows: ["1; x" as never, 0] }),
    /whole number of rows/,
  ],
  ["an alias of a query", () => alias(select(users).subquery() as never), /takes a table/],
];

test.each(wrong)("refuses %s", (_what, run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(expect.objectContaining({ code: expect.any(String) }));
});

test("they are the library's own errors", () => {
  expect(() => select("x" as never)).toThrow(ArgumentError);
});
