import fc from "fast-check";
import { expect, test } from "vitest";
import { ArgumentError } from "../../../src/errors/index.ts";
import { integer, string } from "../../../src/schema/index.ts";
import { text } from "../../../src/sql/index.ts";

const names = (sql: string) =>
  text(sql)
    .toNode()
    .binds.map((bind) => bind.name);

test("finds parameters, and nothing else", () => {
  expect(names("SELECT :a, :b2, :_c, :a")).toEqual(["a", "b2", "_c", "a"]);
  expect(names("':a' \":b\" `:c` 'it''s :d' -- :e\n:f /* :g */ :h")).toEqual(["f", "h"]);
  expect(names("a::int, b::text[], '{}'::jsonb -> 'x', arr[1:2], arr[a:b]")).toEqual([]);
  expect(names("$$ :a $$ $tag$ :b $$ :c $tag$ $t1$:d$t1$ :e")).toEqual(["e"]);
  expect(names("E'\\':a' :b e'\\\\' :c type'x' :d")).toEqual(["b", "c", "d"]);
  expect(names("'\\' :a")).toEqual(["a"]); // a backslash is nothing special in a standard string
  expect(names("\\:a 12:30 x :1")).toEqual([]);
  expect(text("a \\:b").toNode().pieces).toEqual(["a :b"]);
});

test("any SQL without a colon comes out as it went in", () => {
  fc.assert(
    fc.property(
      fc.string().filter((sql) => !sql.includes(":")),
      (sql) => {
        expect(text(sql).toNode().pieces).toEqual([sql]);
      },
    ),
  );
});

test("quoted parts are never touched", () => {
  const quoted = fc.string().map((inner) => `'${inner.replaceAll("'", "''")}'`);
  fc.assert(
    fc.property(quoted, quoted, (left, right) => {
      const { pieces, binds } = text(`SELECT ${left}, :value, ${right}`).toNode();
      expect(pieces).toEqual([`SELECT ${left}, `, `, ${right}`]);
      expect(binds).toHaveLength(1);
    }),
  );
});

test("refuses what it does not know", () => {
  expect(() => text("SELECT :a").bindparams({ b: 1 })).toThrow(/no parameter :b\. It has: a/);
  expect(() => text(5 as never)).toThrow(ArgumentError);
});

test("its columns say their types", () => {
  const { columns } = text("SELECT 1, 'x'").columns({ id: integer(), name: string() }).toNode();
  expect(columns.map((column) => column.type.kind)).toEqual(["integer", "string"]);
});
