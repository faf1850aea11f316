import { describe, expect, test } from "vitest";
import { mysql } from "../../../src/dialect/index.ts";
import { readCreateIndex, readCreateTable } from "../../../src/dialect/sqlite/create-table.ts";
import { declaredType } from "../../../src/dialect/sqlite/declared-type.ts";
import { catalogType } from "../../../src/dialect/postgresql/catalog-type.ts";
import { columnType } from "../../../src/dialect/mysql/column-type.ts";

describe("the text of CREATE TABLE", () => {
  test("constraints of columns and of the table", () => {
    const read = readCreateTable(`CREATE TABLE IF NOT EXISTS "a b" ( -- a comment, (with) 'marks'
      id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT NOT NULL,
      [x y] VARCHAR(20) DEFAULT ('a,)' || "b") CONSTRAINT uq UNIQUE ON CONFLICT IGNORE COLLATE NOCASE,
      n NUMERIC(5, 2) CHECK (n > 0 AND (n < 10)) CHECK (n <> 5),
      \`t\` TEXT AS (upper("x y") || ')') STORED,
      v TEXT GENERATED ALWAYS AS (lower([x y])) VIRTUAL,
      p INTEGER /* , ( */ CONSTRAINT fk REFERENCES other (id) ON DELETE SET NULL ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED,
      q INTEGER REFERENCES "other" MATCH FULL ON DELETE CASCADE NOT DEFERRABLE NOT NULL,
      CONSTRAINT "ck ""odd""" CHECK (p IN ('it''s', ',')),
      UNIQUE (id, n),
      CONSTRAINT both UNIQUE (id, "x y" COLLATE NOCASE DESC, n),
      CONSTRAINT fk2 FOREIGN KEY (id, "x y") REFERENCES o2 (a, b) ON UPDATE RESTRICT
    ) STRICT, WITHOUT ROWID`);
    expect(read.primaryKeyName).toBe("pk");
    expect([...read.computed]).toEqual([
      ["t", `upper("x y") || ')'`],
      ["v", "lower([x y])"],
    ]);
    expect(read.checks).toEqual([
      { name: null, sqltext: "n > 0 AND (n < 10)" },
      { name: null, sqltext: "n <> 5" },
      { name: 'ck "odd"', sqltext: "p IN ('it''s', ',')" },
    ]);
    expect(read.uniques).toEqual([
      { name: "uq", columns: ["x y"] },
      { name: "both", columns: ["id", "x y", "n"] },
    ]);
    expect(read.foreignKeys).toEqual([
      { name: "fk", columns: ["p"], deferrable: true },
      { name: null, columns: ["q"], deferrable: false },
      { name: "fk2", columns: ["id", "x y"], deferrable: false },
    ]);
  });

  test("what is no such statement tells nothing, and what is cut off ends", () => {
    for (const sql of [
      "",
      "null",
      "CREATE VIRTUAL TABLE t USING fts5(a, CHECK)",
      "CREATE TABLE t AS SELECT 1 AS (x)",
    ]) {
      expect(readCreateTable(sql).checks).toEqual([]);
    }
    for (const sql of [
      "CREATE TABLE t (a CHECK (",
      "CREATE TABLE t (a REFERENCES",
      "CREATE TABLE t (UNIQUE (a",
      "CREATE TABLE t (",
    ]) {
      expect(readCreateTable(sql).computed.size).toBe(0);
    }
  });

  test("elements and condition of an index", () => {
    expect(readCreateIndex(`CREATE UNIQUE INDEX "i (" ON t (lower(a || ','), b DESC) WHERE (b > 1)`)).toEqual({
      expressions: ["lower(a || ',')", "b DESC"],
      where: "(b > 1)",
    });
    expect(readCreateIndex("null")).toEqual({ expressions: [], where: null });
  });
});

describe("types by name", () => {
  test("SQLite", () => {
    expect(declaredType("varchar ( 20 )")).toMatchObject({ kind: "string", length: 20 });
    expect(declaredType("DECIMAL(10,2)")).toMatchObject({ kind: "numeric", precision: 10, scale: 2 });
    expect(declaredType("unsigned  big int")).toMatchObject({ kind: "bigint" });
    expect([declaredType(""), declaredType("GEOMETRY"), declaredType('"we)ird"'), declaredType("constructor")]).toEqual(
      [null, null, null, null],
    );
  });

  test("PostgreSQL", () => {
    expect(catalogType("character varying(7)", 0, [])).toMatchObject({ kind: "string", length: 7 });
    expect(catalogType("timestamp with time zone", 0, [])).toMatchObject({ kind: "timestamp", precision: 6 });
    expect(catalogType("timestamp(3) without time zone", 0, [])).toEqual(expect.objectContaining({ timezone: false }));
    expect(catalogType("numeric(5,2)[]", 2, [])).toMatchObject({
      kind: "array",
      item: { kind: "array", item: { kind: "numeric", scale: 2 } },
    });
    expect(catalogType('"My mood"', 0, ["a", "b"])).toMatchObject({
      kind: "enumeration",
      values: ["a", "b"],
      native: { name: '"My mood"' },
    });
    expect([catalogType("inet", 0, []), catalogType("inet[]", 1, []), catalogType("constructor", 0, [])]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test("MariaDB and MySQL", () => {
    expect(columnType("int(10) unsigned", "mysql")).toMatchObject({
      kind: "bigint",
      native: { name: "int(10) unsigned" },
    });
    expect(columnType("tinyint(1)", "mysql")).toMatchObject({ kind: "boolean" });
    expect(columnType("datetime", "mysql")).toMatchObject({ kind: "timestamp", precision: 0 });
    expect(columnType("enum('a','it''s, (b)')", "mariadb")).toMatchObject({
      kind: "enumeration",
      values: ["a", "it's, (b)"],
    });
    expect(columnType("geometry", "mysql")).toBeNull();
  });
});

// no MySQL server takes part in the tests: its answers are written out here, as its manual describes them
test("MySQL tells defaults without quotes, and expressions by a flag", () => {
  const row = (name: string, type: string, value: string | null, extra: string) => [
    "t",
    name,
    type,
    "NO",
    value,
    extra,
    "",
    "",
  ];
  const [table] = mysql.reflection.assemble(
    [
      [
        row("id", "int", null, "auto_increment"),
        row("text", "varchar(9)", "it's 5", ""),
        row("digits", "varchar(9)", "5", ""),
        row("number", "int", "5", ""),
        row("made", "datetime(3)", "CURRENT_TIMESTAMP(3)", "DEFAULT_GENERATED on update CURRENT_TIMESTAMP(3)"),
        row("expression", "int", "(1 + 2)", "DEFAULT_GENERATED"),
        ["t", "twice", "int", "YES", null, "VIRTUAL GENERATED", "", "(`number` * 2)"],
      ],
      [["t", "fk_id", "id", null, "u", "id", "CASCADE", "NO ACTION"]],
      [
        ["t", "PRIMARY", 0, "id", null],
        ["t", "fk_id", 1, "id", null],
        ["t", "ix_lower", 1, null, "lower(`text`)"],
        ["t", "uq_text", 0, "text", null],
      ],
      [["t", "t_chk_1", "(`number` > 0)"]],
    ],
    { schema: null, names: null, views: false },
  );
  expect(table?.columns.map((column) => [column.default, column.autoincrement, column.serverOnUpdate])).toEqual([
    [null, true, false],
    ["'it''s 5'", false, false],
    ["'5'", false, false],
    ["5", false, false],
    ["CURRENT_TIMESTAMP(3)", false, true],
    ["(1 + 2)", false, false],
    [null, false, false],
  ]);
  expect(table?.columns.at(-1)?.computed).toEqual({ sqltext: "(`number` * 2)", persisted: false });
  expect(table?.primaryKey.constrainedColumns).toEqual(["id"]);
  expect(table?.foreignKeys[0]?.options).toEqual({ onDelete: "cascade" });
  expect(
    table?.indexes.map(({ name, expressions, duplicatesConstraint }) => [name, expressions, duplicatesConstraint]),
  ).toEqual([
    ["fk_id", null, "fk_id"],
    ["ix_lower", ["lower(`text`)"], null],
    ["uq_text", null, "uq_text"],
  ]);
  expect(table?.uniqueConstraints).toEqual([{ name: "uq_text", columnNames: ["text"] }]);
});
