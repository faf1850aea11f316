import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compileDelete,
  compileDeleteMany,
  compileInsertMany,
  compileUpdate,
  compileUpdateMany,
  type RowPages,
} from "../../src/compile/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import {
  array,
  bigint,
  boolean,
  bytes,
  double,
  integer,
  json,
  MetaData,
  numeric,
  string,
  Table,
  timestamp,
  typeDecorator,
} from "../../src/schema/index.ts";
import { select } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";

const tags = typeDecorator(string(), {
  bind: (list: readonly string[]) => JSON.stringify(list),
  result: (joined: string): readonly string[] => JSON.parse(joined) as string[],
});

function manyTable(metadata: MetaData) {
  return new Table("many", metadata, {
    id: integer().primaryKey(),
    text: string().nullable(),
    number: integer().nullable(),
    big: bigint().nullable(),
    price: numeric(12, 2).nullable(),
    ratio: double().nullable(),
    on: boolean().nullable(),
    at: timestamp().nullable(),
    data: json().nullable(),
    raw: bytes().nullable(),
    list: array(string()).nullable(),
    grid: array(array(integer())).nullable(),
    tags: tags().nullable(),
  });
}

// PostgreSQL stores no NUL in text
const anyText = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", "").toWellFormed());
const anyRow = fc.tuple(
  fc.option(anyText),
  fc.option(fc.integer()),
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(
    fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2).replace(/^-(0\.00)$/, "$1")),
  ),
  fc.option(
    fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
      .map((value) => (value === 0 ? 0 : value)),
  ),
  fc.option(fc.boolean()),
  fc.option(fc.date({ min: new Date("1900-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })),
  fc
    .option(
      fc.oneof(
        anyText,
        fc.array(anyText),
        fc.dictionary(anyText, fc.oneof(fc.integer(), anyText), { noNullPrototype: true }),
      ),
    )
    .filter((value) => !JSON.stringify(value).includes("\\u0000")),
  fc.option(fc.uint8Array({ maxLength: 20 })),
  fc.option(fc.array(fc.option(anyText), { maxLength: 3 })),
  fc.option(
    fc.constantFrom(
      [
        [1, 2],
        [3, 4],
      ],
      [[0]],
      [],
    ),
  ),
  fc.option(fc.array(anyText, { maxLength: 3 })),
);

/** Carries out a statement over rows, page by page, and answers what it returned. */
async function run(
  conn: AsyncConnection,
  pages: RowPages,
  rows: readonly (readonly unknown[])[],
  pageSize = pages.pageSize,
) {
  const returned: (readonly unknown[])[] = [];
  for (let start = 0; start < rows.length; start += pageSize) {
    const { sql, params } = pages.statement(rows.slice(start, start + pageSize));
    const result = await conn.execDriverSql(sql, params);
    if (result.returnsRows) returned.push(...result.all());
  }
  return returned;
}

async function prepared(engine: AsyncEngine) {
  const metadata = new MetaData();
  const table = manyTable(metadata);
  await metadata.createAll(engine);
  const values = table.columns.filter((column) => column.key !== "id");
  return { table, values, conn: await engine.connect() };
}

describeTargets("many rows at once", (target) => {
  test("any values come back as they were, in the order given", async () => {
    coloursDiffer("the rows are random");
    const engine = await openEngine(target);
    const { table, values, conn } = await prepared(engine);
    const insert = compileInsertMany(table.node, values, [table.c.id], engine.dialect);
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 8 }), async (rows) => {
        const ids = (await run(conn, insert, rows, 3)).map(([id]) => Number(id));
        expect(ids).toHaveLength(rows.length);
        expect(ids).toEqual([...ids].sort((left, right) => left - right));
        const stored = await conn.execute(
          select(...values)
            .where(table.c.id.in(ids))
            .orderBy(table.c.id),
        );
        expect(stored.all()).toEqual(rows);
      }),
      { numRuns: 60 },
    );
    await conn.close();
  });

  test("more rows than one page", async () => {
    const engine = await openEngine(target);
    const { table, conn } = await prepared(engine);
    const insert = compileInsertMany(table.node, [table.c.text, table.c.number], [table.c.id], engine.dialect);
    const rows = Array.from({ length: insert.pageSize * 2 + 7 }, (_, index) => [`n${index}`, index]);
    const ids = await run(conn, insert, rows);
    expect(ids).toHaveLength(rows.length);
    const stored = await conn.execute(select(table.c.text, table.c.number).orderBy(table.c.id));
    expect(stored.all()).toEqual(rows);
    await conn.close();
  });

  test("rows of nothing but defaults", async () => {
    const engine = await openEngine(target);
    const { table, conn } = await prepared(engine);
    const insert = compileInsertMany(table.node, [], [table.c.id], engine.dialect);
    expect((await run(conn, insert, [[], [], []])).map(([id]) => Number(id))).toEqual([1, 2, 3]);
    await conn.close();
  });

  test("changes by key", async () => {
    const engine = await openEngine(target);
    const { table, conn } = await prepared(engine);
    const { id, text, list, number } = table.c;
    await run(conn, compileInsertMany(table.node, [id, text, number], [], engine.dialect), [
      [1, "a", 1],
      [2, "b", 2],
      [3, "c", 3],
      [4, "d", 4],
    ]);
    const update = compileUpdate(table.node, [text, list], [id], engine.dialect);
    expect((await conn.execDriverSql(update.sql, update.encode(["a'\"\\", ["x"], 1]))).rowcount).toBe(1);
    const remove = compileDelete(table.node, [id, number], engine.dialect);
    expect((await conn.execDriverSql(remove.sql, remove.encode([4, 4]))).rowcount).toBe(1);
    const many = compileUpdateMany(table.node, [text, list], [id], engine.dialect);
    const changes = [
      ["b2", [], 2],
      [null, ["y", "z"], 3],
    ] as const;
    if (many === null) for (const change of changes) await conn.execDriverSql(update.sql, update.encode(change));
    else await run(conn, many, changes);
    const rows = await conn.execute(select(id, text, list).orderBy(id));
    expect(rows.all()).toEqual([
      [1, "a'\"\\", ["x"]],
      [2, "b2", []],
      [3, null, ["y", "z"]],
    ]);
    const gone = compileDeleteMany(table.node, [id], engine.dialect);
    if (gone !== null) {
      await run(conn, gone, [[1], [3]]);
      expect((await conn.execute(select(id))).all()).toEqual([[2]]);
    }
    await conn.close();
  });
});
