import { expect, test } from "vitest";
import {
  array,
  bigint,
  boolean,
  bytes,
  type Column,
  date,
  double,
  enumeration,
  integer,
  json,
  MetaData,
  numeric,
  smallint,
  string,
  Table,
  time,
  timestamp,
  typeDecorator,
  uuid,
} from "../../src/schema/index.ts";
import { compileUpdate, compileUpdateMany, nextPage } from "../../src/compile/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import { insert, select } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

const COUNT = 130; // a page of 100 rows, one of 20, and some that go one by one, where sizes are fixed

const tags = typeDecorator(string(), {
  bind: (list: readonly string[]) => list.join(","),
  result: (joined: string): readonly string[] => joined.split(","),
});

/** Columns of each type, with values for the n-th row: among them the longest, the largest and the strangest. */
const kinds = {
  text: [
    () => string(),
    (n: number) => (n === 9 ? "x".repeat(70_000) : pick(n, ["", "plain", 'it\'s \\ "q" ? $1 :x', "😀 日本 "])),
  ],
  short: [() => string(60), (n: number) => pick(n, ["a", "A", "á", "a ", "😀".repeat(20), "0x41", "NULL", "1e3"])],
  small: [() => smallint(), (n: number) => pick(n, [0, -32_768, 32_767])],
  whole: [() => integer(), (n: number) => pick(n, [0, -(2 ** 31), 2 ** 31 - 1, n])],
  big: [() => bigint(), (n: number) => pick(n, [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 0n, 7n])],
  price: [() => numeric(30, 6), (n: number) => pick(n, ["123456789012345678901234.567891", "-0.000001", "5.000000"])],
  cheap: [() => numeric(10, 2), (n: number) => pick(n, ["0.10", "-99999999.99", "3.00"])],
  ratio: [() => double(), (n: number) => pick(n, [1, 0.1, -1e300, 2 ** 60, 1 / 3, 5e-324])],
  on: [() => boolean(), (n: number) => n % 2 === 0],
  at: [() => timestamp(), (n: number) => new Date(Date.UTC(1960 + n, n % 12, 1, 2, 3, 4, n * 7))],
  day: [() => date(), (n: number) => pick(n, ["1969-07-20", "2026-02-28", "9999-12-31"])],
  clock: [() => time(), (n: number) => pick(n, ["00:00:00", "23:59:59.999999", "10:30:00"])],
  data: [() => json(), (n: number) => pick(n, [{ a: [1, null, { b: "😀" }] }, [], "text", 1.5, false, { "": "\\u" }])],
  raw: [
    () => bytes(),
    (n: number) => (n === 9 ? bytesOf(70_000) : pick(n, [new Uint8Array(), bytesOf(256), bytesOf(1)])),
  ],
  code: [() => uuid(), (n: number) => `a0eebc99-9c0b-4ef8-bb6d-6bb9bd38${String(1000 + n)}`],
  mood: [() => enumeration("happy", "it's"), (n: number) => pick(n, ["happy", "it's"] as const)],
  list: [() => array(string()), (n: number) => pick(n, [[], ["a", "b,{}"], [""]])],
  grid: [() => array(array(integer())), (n: number) => pick(n, [[[1, 2]], []])],
  tags: [() => tags(), (n: number) => pick(n, [["a"], ["b", "😀"]])],
} as const;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

function pick<T>(n: number, values: readonly T[]): T {
  return values[n % values.length] as T;
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_byte, index) => index % 251);
}

/** The value of the n-th row; some are null, the first row's always. */
function valueOf(name: Kind, n: number): unknown {
  return n === 0 || (n + names.indexOf(name)) % 7 === 0 ? null : kinds[name][1](n);
}

async function updateRows(
  conn: AsyncConnection,
  engine: AsyncEngine,
  [table, set, key]: readonly [Table, readonly Column[], readonly Column[]],
  rows: readonly (readonly unknown[])[],
): Promise<number> {
  const one = compileUpdate(table.node, set, key, engine.dialect);
  const many = compileUpdateMany(table.node, set, key, engine.dialect);
  let affected = 0;
  let start = 0;
  while (start < rows.length) {
    const size = many === null ? 0 : nextPage(many, rows.length - start);
    const page = rows.slice(start, start + Math.max(size, 1));
    const { sql, params } =
      many === null || size === 0 ? { sql: one.sql, params: one.encode(page[0] ?? []) } : many.statement(page);
    affected += (await conn.execDriverSql(sql, params)).rowcount;
    start += page.length;
  }
  return affected;
}

describeTargets("many rows with values of their own, by their keys", (target) => {
  const all = { id: integer().primaryKey(), ...Object.fromEntries(names.map((name) => [name, nullable(name)])) };

  test("every type comes back as it was given, also after a NULL in the first row", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const table = new Table("each", metadata, all);
    await metadata.createAll(engine);
    const conn = await engine.connect();
    const ids = Array.from({ length: COUNT }, (_row, index) => index + 1);
    await conn.execute(
      insert(table),
      ids.map((id) => ({ id })),
    );
    const [key, ...columns] = table.columns as readonly unknown[] as readonly [Column, ...Column[]];
    const rowOf = (n: number) => names.map((name) => valueOf(name, n));
    for (const shift of [0, 3]) {
      const rows = ids.map((id) => [...rowOf(id - 1 + shift), id]);
      const update = [table, columns, [key]] as const;
      expect(await updateRows(conn, engine, update, rows)).toBe(COUNT);
      const stored = (await conn.execute(select(...columns).orderBy(key))).all();
      expect(stored).toEqual(ids.map((id) => rowOf(id - 1 + shift)));
      // rows that have the values already are matched all the same
      expect(await updateRows(conn, engine, update, rows)).toBe(COUNT);
    }
    await conn.close();
  });

  for (const name of ["short", "big", "price", "cheap", "at", "day", "clock", "code", "mood", "tags", "on"] as const)
    test(`rows are found by a key of ${name}, and by no other`, async () => {
      const engine = await openEngine(target);
      const metadata = new MetaData();
      const table = new Table("keyed", metadata, {
        key: kinds[name][0]().primaryKey() as never,
        part: integer().primaryKey(),
        value: string(20).nullable(),
      });
      await metadata.createAll(engine);
      const conn = await engine.connect();
      const [key, part, value] = table.columns as [Column, Column, Column];
      const keys = Array.from({ length: 60 }, (_row, index) => [kinds[name][1](index), index] as const);
      await conn.execute(
        insert(table),
        keys.map(([own, index]) => ({ key: own, part: index, value: "old" })),
      );
      const changed = keys.filter(([, index]) => index % 5 !== 0 && index > 0);
      const rows = changed.map(([own, index]) => [`n${index}`, own, index]);
      expect(await updateRows(conn, engine, [table, [value], [key, part]], rows)).toBe(changed.length);
      const missing = changed.map(([own, index]) => ["x", own, index + 100]);
      expect(await updateRows(conn, engine, [table, [value], [key, part]], missing)).toBe(0);
      const stored = (await conn.execute(select(part, value).orderBy(part))).all();
      expect(stored).toEqual(keys.map(([, index]) => [index, index % 5 === 0 ? "old" : `n${index}`]));
      await conn.close();
    });

  test("decimals that a double cannot tell apart are different keys", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const table = new Table("precise", metadata, { id: numeric(25, 0).primaryKey(), value: string(9) });
    await metadata.createAll(engine);
    const conn = await engine.connect();
    const id = (index: number): string => `10000000000000000000000${10 + index}`;
    const indexes = Array.from({ length: 40 }, (_row, index) => index);
    await conn.execute(
      insert(table),
      indexes.map((index) => ({ id: id(index), value: "old" })),
    );
    const rows = indexes.filter((index) => index % 2 === 0).map((index) => [`n${index}`, id(index)]);
    expect(await updateRows(conn, engine, [table, [table.c.value], [table.c.id]], rows)).toBe(20);
    const stored = (await conn.execute(select(table.c.value).orderBy(table.c.id))).all();
    expect(stored).toEqual(indexes.map((index) => [index % 2 === 0 ? `n${index}` : "old"]));
    await conn.close();
  });
});

function nullable(name: Kind): never {
  return (kinds[name][0]() as ReturnType<typeof string>).nullable() as never;
}
