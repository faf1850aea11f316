import { afterEach, beforeEach, expect, test } from "vitest";
import { UniqueViolation } from "../../src/errors/index.ts";
import { integer, MetaData, string, Table } from "../../src/schema/index.ts";
import type { AsyncConnection } from "../../src/facade/async-engine.ts";
import { bindparam, insert, select, update } from "../../src/sql/index.ts";
import { listen } from "../../src/engine/index.ts";
import { describeTargets } from "../targets/index.ts";
import { disposeOpened, openEngine } from "./open-engine.ts";

// A statement with many sets of parameters: few statements over many rows where the database is quicker so.

const COUNT = 1100;

function tablesOf() {
  const metadata = new MetaData();
  let made = 0;
  const many = new Table("many_sets", metadata, {
    id: integer().primaryKey(),
    name: string(40).unique(),
    amount: integer().nullable(),
    made: integer().default(() => (made += 1)),
    kind: string(10).serverDefault("plain"),
  });
  return { metadata, many };
}

describeTargets("statements with many sets of parameters", (target) => {
  let connection: AsyncConnection;
  let sent: string[] = [];
  let { metadata, many } = tablesOf();

  beforeEach(async () => {
    ({ metadata, many } = tablesOf());
    const engine = await openEngine(target);
    connection = await engine.connect();
    await metadata.createAll(connection);
    sent = [];
    listen(connection, "beforeCursorExecute", ({ sql }) => void sent.push(sql));
  });
  afterEach(async () => {
    await connection.rollback();
    await metadata.dropAll(connection);
    await connection.commit();
    await connection.close();
    await disposeOpened();
  });

  const sets = Array.from({ length: COUNT }, (_, index) => ({
    name: `name ${(index * 7919) % COUNT}`,
    amount: index % 3 === 0 ? null : index,
  }));
  const rowsNow = async (): Promise<readonly unknown[]> =>
    (await connection.execute(select(many.c.name, many.c.amount, many.c.made, many.c.kind).orderBy(many.c.id))).all();
  const expected = sets.map(({ name, amount }, index) => [name, amount, index + 1, "plain"]);

  test("each set is a row, in their order, with what the program's defaults make", async () => {
    const result = await connection.execute(insert(many), sets);
    expect(result.rowcount).toBe(COUNT);
    if (target.database !== "mariadb") expect(sent.length).toBeLessThan(20);
    expect(await rowsNow()).toEqual(expected);
  });

  test("what is returned comes in the order of the sets", async () => {
    const statement = insert(many).returning(many.c.name, many.c.id, many.c.kind);
    const returned = (await connection.execute(statement, sets)).all();
    expect(returned.map(([name, , kind]) => [name, kind])).toEqual(sets.map(({ name }) => [name, "plain"]));
    expect(new Set(returned.map(([, id]) => id)).size).toBe(COUNT);
    expect(await rowsNow()).toEqual(expected);
    const renamed = sets.slice(0, 50).map(({ name }) => ({ name: `${name}'` }));
    const names = (await connection.execute(insert(many).returning(many.c.name), renamed)).scalars().all();
    expect(names).toEqual(renamed.map(({ name }) => name));
  });

  test("a set that has no value for a parameter is refused as it is alone", async () => {
    const lacking = sets.map((set, index) => (index === 70 ? { ...set, name: undefined } : set));
    await expect((async () => connection.execute(insert(many), lacking))()).rejects.toThrow(/undefined/);
    const foreign = sets.map((set, index) => (index === 70 ? { ...set, amount: {} } : set));
    await expect((async () => connection.execute(insert(many), foreign))()).rejects.toThrow(/integer/);
  });

  test("a row that the database refuses is told as what it is", async () => {
    const twice = [...sets, { name: "name 7", amount: 1 }];
    await expect((async () => connection.execute(insert(many), twice))()).rejects.toThrow(UniqueViolation);
  });

  const change = () =>
    update(many)
      .where(many.c.id.eq(bindparam("key", integer())))
      .values({ amount: bindparam("changed", integer()) });

  test("each row is changed to its own values; how many were there is told", async () => {
    await connection.execute(insert(many), sets);
    sent = [];
    const keys = (await connection.scalars(select(many.c.id).orderBy(many.c.id))).all();
    const changes = keys.map((key, index) => ({ key, changed: index % 5 === 0 ? null : index * 2 }));
    const result = await connection.execute(change(), [...changes.toReversed(), { key: -1, changed: 0 }]);
    expect(result.rowcount).toBe(COUNT);
    if (target.database === "postgresql") expect(sent.length).toBeLessThan(10);
    const amounts = (await connection.scalars(select(many.c.amount).orderBy(many.c.id))).all();
    expect(amounts).toEqual(changes.map(({ changed }) => changed));
  });

  test("of sets for one row the last counts", async () => {
    await connection.execute(insert(many), sets.slice(0, 30));
    const [key = 0] = (await connection.scalars(select(many.c.id).orderBy(many.c.id))).all();
    const changes = Array.from({ length: 40 }, (_, index) => ({ key, changed: index }));
    expect((await connection.execute(change(), changes)).rowcount).toBe(40);
    expect(await connection.scalar(select(many.c.amount).where(many.c.id.eq(key)))).toBe(39);
  });

  test("a value that is computed, a condition that is no key and one key that is another's new one go set by set", async () => {
    await connection.execute(insert(many), sets.slice(0, 30));
    const keys = (await connection.scalars(select(many.c.id).orderBy(many.c.id))).all();
    const added = update(many)
      .where(many.c.id.eq(bindparam("key", integer())))
      .values({ made: many.c.made.add(bindparam("more", integer())) });
    await connection.execute(
      added,
      keys.map((key, index) => ({ key, more: index })),
    );
    const named = update(many)
      .where(many.c.name.eq(bindparam("old", string())))
      .values({ amount: bindparam("changed", integer()) });
    await connection.execute(
      named,
      sets.slice(0, 30).map(({ name }, index) => ({ old: name, changed: -index })),
    );
    const moved = update(many)
      .where(many.c.id.eq(bindparam("key", integer())))
      .values({ id: bindparam("next", integer()) });
    const last = keys.at(-1) ?? 0;
    await connection.execute(
      moved,
      keys.toReversed().map((key) => ({ key, next: key + last })),
    );
    expect(await rowsNow()).toEqual(
      sets.slice(0, 30).map(({ name }, index) => [name, index === 0 ? 0 : -index, 2 * index + 1, "plain"]),
    );
  });

  test("a column may be mapped as text, whatever it is, as in a statement with one set", async () => {
    const loose = new Table("loose_sets", new MetaData(), { id: integer().primaryKey(), code: string(36) });
    const type = target.database === "postgresql" ? "UUID" : "VARCHAR(36)";
    await connection.execDriverSql(`CREATE TABLE loose_sets (id INTEGER NOT NULL PRIMARY KEY, code ${type})`);
    const codeOf = (id: number): string => `a0eebc99-9c0b-4ef8-bb6d-6bb9bd38${String(1000 + id)}`;
    const rows = Array.from({ length: 30 }, (_row, index) => ({ id: index + 1, code: codeOf(index) }));
    await connection.execute(insert(loose), rows);
    const changed = update(loose)
      .where(loose.c.id.eq(bindparam("key", integer())))
      .values({ code: bindparam("changed", string()) });
    await connection.execute(
      changed,
      rows.map(({ id }) => ({ key: id, changed: codeOf(id * 2) })),
    );
    const codes = (await connection.execute(select(loose.c.code).orderBy(loose.c.id))).scalars().all();
    await connection.execDriverSql("DROP TABLE loose_sets");
    await connection.commit();
    expect(codes).toEqual(rows.map(({ id }) => codeOf(id * 2)));
  });
});
