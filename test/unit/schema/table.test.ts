import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ArgumentError, NoReferenceError } from "../../../src/errors/index.ts";
import {
  bigint,
  ForeignKeyConstraint,
  Index,
  integer,
  MetaData,
  numeric,
  PrimaryKeyConstraint,
  string,
  Table,
  timestamp,
  typeDecorator,
  UniqueConstraint,
} from "../../../src/schema/index.ts";

test("columns by key and by name", () => {
  const table = new Table("t", new MetaData(), { id: integer().primaryKey(), madeAt: timestamp().named("made_at") });
  expect(table.columns.map((column) => [column.key, column.name, column.nullable])).toEqual([
    ["id", "id", false],
    ["madeAt", "made_at", false],
  ]);
  expect(table.find("made_at")).toBe(table.c.madeAt);
  expect(table.c.madeAt.fullName).toBe("t.made_at");
  expect(() => (table.c as never as { made: unknown }).made).toThrow(/no column "made"\. It has: id, madeAt/);
  expect(Object.keys(table.c)).toEqual(["id", "madeAt"]);
  expect(inspect(table.c, { depth: 0 })).toContain("madeAt");
});

test("columns named like members of Object", () => {
  const table = new Table("t", new MetaData(), {
    constructor: integer(),
    toString: string(),
    hasOwnProperty: string(),
  });
  expect(table.columns).toHaveLength(3);
  expect((table.c as never as { toString: { key: string } }).toString.key).toBe("toString");
  expect(() => (table.c as never as { valueOf: unknown }).valueOf).toThrow(/no column "valueOf"/);
});

test("which key fills itself", () => {
  const key = (fields: object) => new Table("t", new MetaData(), fields).autoincrement?.key ?? null;
  expect(key({ id: integer().primaryKey() })).toBe("id");
  expect(key({ id: bigint().primaryKey(), x: string() })).toBe("id");
  expect(key({ id: string().primaryKey() })).toBeNull();
  expect(key({ id: integer().primaryKey().autoincrement(false) })).toBeNull();
  expect(key({ id: integer().primaryKey().default(3) })).toBeNull();
  expect(key({ id: integer().primaryKey().references("u.id") })).toBeNull();
  expect(key({ a: integer().primaryKey(), b: integer().primaryKey() })).toBeNull();
  expect(key({ a: integer().primaryKey().autoincrement(), b: integer().primaryKey() })).toBe("a");
  const code = typeDecorator(integer(), { bind: Number, result: String });
  expect(key({ id: code().primaryKey() })).toBeNull();
});

test("constraints name columns by key", () => {
  const table = new Table(
    "t",
    new MetaData(),
    { aB: integer().named("a_b"), c: string().unique().index("ix_own") },
    {
      items: [
        new PrimaryKeyConstraint(["aB"]),
        new UniqueConstraint(["aB", "c"], { name: "uq" }),
        new Index(null, ["c", "aB"]),
      ],
    },
  );
  expect(table.primaryKey.map((column) => column.name)).toEqual(["a_b"]);
  expect(table.uniques.map((unique) => [unique.name, unique.columns.map((column) => column.name)])).toEqual([
    [null, ["c"]],
    ["uq", ["a_b", "c"]],
  ]);
  expect(table.indexes.map((index) => index.name)).toEqual(["ix_own", "ix_t_c_a_b"]);
  const wrong = new Table("w", new MetaData(), { a: integer() }, { items: [new UniqueConstraint(["b"])] });
  expect(() => wrong.uniques).toThrow(/no column "b"\. It has: a/);
});

test("references are found when they are needed", () => {
  const metadata = new MetaData();
  const posts = new Table("posts", metadata, { id: integer().primaryKey(), author: integer().references("users.id") });
  expect(() => posts.foreignKeys).toThrow(NoReferenceError);
  expect(() => posts.foreignKeys).toThrow(
    /posts\.author references "users\.id", but there is no table "users".*Known tables: posts/,
  );
  const users = new Table("users", metadata, {
    id: integer().primaryKey(),
    boss: integer().nullable().references("users.id"),
  });
  expect(posts.foreignKeys.map((key) => key.target)).toEqual([users]);
  expect(users.foreignKeys[0]?.targetColumns).toEqual([users.c.id]);
  expect(metadata.sortedTables).toEqual([users, posts]);
  const byColumn = new Table("tags", metadata, {
    post: integer().references(posts.c.id),
    later: integer().references(() => users.c.id),
  });
  expect(byColumn.foreignKeys.map((key) => key.target)).toEqual([posts, users]);
});

test("references over several columns", () => {
  const metadata = new MetaData();
  const target = new Table("t", metadata, { a: integer().primaryKey(), b: integer().primaryKey() });
  const table = new Table(
    "u",
    metadata,
    { x: integer(), y: integer() },
    { items: [new ForeignKeyConstraint(["x", "y"], ["t.a", "t.b"])] },
  );
  expect(table.foreignKeys[0]).toMatchObject({
    columns: [table.c.x, table.c.y],
    target,
    targetColumns: [target.c.a, target.c.b],
  });
});

const wrong: readonly [string, () => unknown, RegExp][] = [
  [
    "a table twice",
    () => {
      const metadata = new MetaData();
      return [new Table("t", metadata, {}), new Table("t", metadata, {})];
    },
    /already has a table "t"/,
  ],
  ["no name", () => new Table("", new MetaData(), {}), /needs a name/],
  ["a field that is no column", () => new Table("t", new MetaData(), { a: 5 }), /t\.a is no column/],
  [
    "two columns of one name",
    () => new Table("t", new MetaData(), { a: integer().named("x"), x: integer() }),
    /two columns named "x"/,
  ],
  ["a reference to undefined", () => integer().references(undefined as never), /not defined yet/],
  ["an unequal reference", () => new ForeignKeyConstraint(["a"], ["t.a", "t.b"]), /pairs its columns/],
  ["a constraint of nothing", () => new UniqueConstraint([]), /needs a list of column names/],
  ["a length of zero", () => string(0), /above 0/],
  ["a negative precision", () => numeric(-1), /above 0/],
  ["createAll of nothing", () => new MetaData().createAll({} as never), /takes an engine or a connection/],
];

test.each(wrong)("refuses %s", (_what, run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(ArgumentError);
});
