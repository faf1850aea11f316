import { setImmediate as tick } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { declarativeBase, joinedload, many, maybe } from "../../src/orm/index.ts";
import { listen, unlisten } from "../../src/engine/index.ts";
import { integer, string, typeDecorator } from "../../src/schema/index.ts";
import { func, insert, literalColumn, select, text } from "../../src/sql/index.ts";
import { AsyncNakedSession, NakedSession } from "../../src/naked/index.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";
import { describeTargets, type Target, testOn } from "../targets/index.ts";
import { useOrm } from "./orm/open-orm.ts";

// Rows that are read while others are still on their way, on PostgreSQL; everywhere else the same comes of them.

const COUNT = 2_000;
const PARTS = 3;
/** Long enough for rows to come in many pieces. */
const PAD = "x".repeat(200);

const refused = { at: 0 };
const label = typeDecorator(string(300), {
  bind: (value: string) => value,
  result: (value: string) => {
    if (refused.at > 0 && value === `${refused.at}${PAD}`) throw new TypeError(`label ${refused.at} is refused`);
    return value;
  },
});

const Base = declarativeBase();

class Whole extends Base.mapped("early_whole", {
  id: integer().primaryKey(),
  label: label(),
  get parts() {
    return many(Part, { backPopulates: "whole" });
  },
}) {}

class Part extends Base.mapped("early_part", {
  id: integer().primaryKey(),
  get wholeId() {
    return integer().references(Whole.c.id);
  },
  get whole() {
    return maybe(Whole, { backPopulates: "parts" });
  },
}) {}

/** Fails when the database comes to the last rows. */
const failsLate: Readonly<Record<Target["database"], string>> = {
  postgresql: `1 / (early_whole.id - ${COUNT - 5})`,
  sqlite: `CASE WHEN early_whole.id = ${COUNT - 5} THEN abs(-9223372036854775807 - 1) ELSE 0 END`,
  mariadb: `CASE WHEN early_whole.id = ${COUNT - 5} THEN (SELECT 1 UNION SELECT 2) ELSE 0 END`,
};

describeTargets("many rows", (target) => {
  const orm = useOrm(target, Base);

  beforeEach(async () => {
    const rows = Array.from({ length: COUNT }, (_, index) => ({ id: index + 1, label: `${index + 1}${PAD}` }));
    const parts = rows.flatMap(({ id }) =>
      Array.from({ length: PARTS }, (_, n) => ({ id: id * PARTS + n, wholeId: id })),
    );
    const session = orm.session();
    await session.execute(insert(Whole.table), rows);
    await session.execute(
      insert(Part.table),
      parts.map(({ id, wholeId }) => ({ id, whole_id: wholeId })),
    );
    await session.commit();
    await session.close();
    orm.log();
  });
  afterEach(() => {
    refused.at = 0;
  });

  const wholes = select(Whole).orderBy(Whole.c.id);
  const ids = Array.from({ length: COUNT }, (_, index) => index + 1);

  it("are each an object of the session, once, the second time the same ones", async () => {
    const session = orm.session();
    for (const _time of [1, 2]) {
      const objects = (await session.scalars(wholes)).all();
      expect(objects.map(({ id }) => id)).toEqual(ids);
      expect(new Set(session)).toEqual(new Set(objects));
      expect(objects.every((object) => object.label === `${object.id}${PAD}`)).toBe(true);
    }
    const first = await session.get(Whole, 1);
    expect((await session.scalars(wholes)).first()).toBe(first);
  });

  it("bring collections along, of which some begin in one portion and end in the next", async () => {
    const session = orm.session();
    for (const refresh of [false, true]) {
      const objects = (
        await session.scalars(wholes.options(joinedload(Whole.c.parts)), undefined, { populateExisting: refresh })
      )
        .unique()
        .all();
      expect(objects.map(({ id }) => id)).toEqual(ids);
      expect(objects.every(({ parts }) => parts.length === PARTS)).toBe(true);
      expect(objects.every((object) => object.parts.every(({ wholeId }) => wholeId === object.id))).toBe(true);
    }
    expect([...session].length).toBe(COUNT * (1 + PARTS));
  });

  it("are plain objects or tuples where nothing is tracked", async () => {
    // the first time it is learned what rows will be
    for (const _time of [1, 2]) {
      const connection = await orm.engine.connect();
      const tuples = (await connection.execute(select(Whole.c.id, Whole.c.label).orderBy(Whole.c.id))).all();
      const session = (
        target.mode === "sync" ? new NakedSession(connection as never) : new AsyncNakedSession(connection)
      ) as AsyncNakedSession;
      const naked = (await session.scalars(wholes)).all();
      await connection.close();
      expect(tuples).toEqual(ids.map((id) => [id, `${id}${PAD}`]));
      expect(naked.map((row) => ({ ...row }))).toEqual(ids.map((id) => ({ id, label: `${id}${PAD}` })));
    }
  });

  it("leave nothing in the session when the statement fails under way", async () => {
    const session = orm.session();
    const kept = await session.get(Whole, COUNT);
    // sorted, rows would come after all have been computed
    const failing = select(Whole, literalColumn(failsLate[target.database]));
    for (const _time of [1, 2]) {
      const savepoint = await session.beginNested();
      await expect(async () => await session.execute(failing)).rejects.toThrow();
      await savepoint.rollback();
      expect([...session]).toEqual([kept]);
    }
    expect((await session.scalars(wholes)).all().length).toBe(COUNT);
  });

  testOn(
    target,
    ["connections that can be lost", "faults from the same thread"],
    "leave nothing in the session when the connection is killed under way",
    async () => {
      const session = orm.session();
      const kept = await session.get(Whole, COUNT);
      const [id, kill, wait] =
        target.database === "postgresql"
          ? ["pg_backend_pid()", "pg_terminate_backend", "pg_sleep(0.0005) IS NULL"]
          : ["connection_id()", "KILL", "sleep(0.001)"];
      const victim = Number((await session.execute(text(`SELECT ${id}`))).scalar());
      const reading = session.execute(select(Whole, literalColumn(wait)));
      const failed = expect(reading).rejects.toMatchObject({ isDisconnect: true });
      // elsewhere rows are read when all are there
      if (target.database === "postgresql") await expect.poll(() => [...session].length).toBeGreaterThan(1);
      else {
        const sent = text(`SELECT info FROM information_schema.processlist WHERE id = ${victim}`);
        await expect.poll(async () => (await orm.engine.execute(sent)).scalar()).toContain("early_whole");
      }
      await orm.engine.execute(
        text(target.database === "postgresql" ? `SELECT ${kill}(${victim})` : `${kill} ${victim}`),
      );
      await failed;
      expect([...session]).toEqual([kept]);
      await session.rollback();
      expect((await session.scalars(wholes)).all().length).toBe(COUNT);
    },
  );

  it.each([1, 150, COUNT])("that cannot be read are told of by what the type says, number %i, too", async (at) => {
    const session = orm.session();
    const connection = await session.connection();
    const tuples = select(Whole.c.id, Whole.c.label).orderBy(Whole.c.id);
    for (const place of [0, at]) {
      refused.at = place;
      const reads = [() => connection.execute(tuples), () => session.execute(wholes)];
      for (const read of reads) {
        if (place === 0) expect((await read()).all().length).toBe(COUNT);
        else await expect(async () => await read()).rejects.toThrow(new TypeError(`label ${at} is refused`));
        if (place > 0) expect([...session]).toEqual([]);
      }
      session.expungeAll();
    }
    refused.at = 0;
    expect((await connection.execute(select(func.count(Whole.c.id)))).scalarOne()).toBe(COUNT);
    expect((await session.scalars(wholes)).all().length).toBe(COUNT);
  });

  it("belong to the session although it is emptied while they come", async () => {
    coloursDiffer("a sync caller does nothing else while rows come");
    const session = orm.session();
    let done = false;
    let emptied = 0;
    async function emptying(): Promise<void> {
      for (;;) {
        await tick();
        if (done) return;
        session.expungeAll();
        emptied += 1;
      }
    }
    const [result] = await Promise.all([
      (async () => {
        try {
          return await session.scalars(wholes);
        } finally {
          done = true;
        }
      })(),
      emptying(),
    ]);
    const objects = result.all();
    expect(objects.map(({ id }) => id)).toEqual(ids);
    expect(emptied > 0).toBe(target.mode === "async" && target.database !== "sqlite");
    expect(objects.every((object) => session.has(object))).toBe(true);
    expect((await session.scalars(wholes)).all()).toEqual(objects);
    objects[3]!.label = "changed";
    await session.flush();
    expect(orm.log().at(-1)).toMatch(/^UPDATE .early_whole. SET .label./);
  });

  it("are all in the result that a listener sees", async () => {
    const seen: number[] = [];
    const count = ({ result }: { readonly result: { readonly rows: readonly unknown[] } | null }): void => {
      seen.push(result?.rows.length ?? -1);
    };
    const session = orm.session();
    await session.scalars(wholes);
    listen(orm.engine, "afterCursorExecute", count);
    session.expungeAll();
    expect((await session.scalars(wholes)).all().length).toBe(COUNT);
    unlisten(orm.engine, "afterCursorExecute", count);
    expect(seen).toEqual([COUNT]);
  });
});
