import { beforeAll, expect, test } from "vitest";
import { FlushError, IntegrityError, NotLoadedError } from "../../../src/errors/index.ts";
import { declarativeBase, many, maybe } from "../../../src/orm/index.ts";
import { integer, string, timestamp } from "../../../src/schema/index.ts";
import { func, nullValue, select } from "../../../src/sql/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";

const Base = declarativeBase();

class Grouped extends Base.mapped("grouped", {
  id: integer().primaryKey(),
  data: string(50).nullable(),
  preset: string(50).nullable().serverDefault("def1"),
}) {}

let made = 0;
class Filled extends Base.mapped("filled_in", {
  id: integer().primaryKey(),
  name: string(50).nullable(),
  constant: string(20).nullable().default("made"),
  counted: integer().default(() => {
    made += 1;
    return made;
  }),
  when: string(30).default(func.lower("NOW")),
  lower: string(20).default(func.lower("LOUD")),
}) {}

const watched = {
  id: integer().primaryKey(),
  name: string(50),
  preset: integer().serverDefault(7),
  touched: string(20).default("new").onUpdate(func.lower("TOUCHED")),
  changes: integer().serverDefault(0).serverOnUpdate(),
} as const;
class Auto extends Base.mapped("watched_auto", watched) {}
class Eager extends Base.mapped("watched_eager", watched, { eagerDefaults: true }) {}
class Lazy extends Base.mapped("watched_lazy", watched, { eagerDefaults: false }) {}

class Priced extends Base.mapped("priced", {
  id: integer().primaryKey(),
  price: integer(),
  get doubled() {
    return integer().computed(Priced.c.price.mul(2));
  },
}) {}

/** Its default is SQL without parameters. */
class Stamped extends Base.mapped("stamped", {
  id: integer().primaryKey(),
  name: string(20),
  at: timestamp().default(func.now()),
}) {}

const WIDTH = 400;
class Wide extends Base.mapped("very_wide", {
  id: integer().primaryKey(),
  ...(Object.fromEntries(
    Array.from({ length: WIDTH }, (_each, index) => [`c${index}`, integer().nullable()]),
  ) as object),
}) {}

class Owner extends Base.mapped("owner", {
  id: integer().primaryKey(),
  code: string(20).unique(),
  get pets() {
    return many(Pet, { backPopulates: "owner" });
  },
}) {}
class Pet extends Base.mapped("pet", {
  id: integer().primaryKey(),
  code: string(20).unique(),
  get ownerId() {
    return integer().nullable().references(Owner.c.id);
  },
  get owner() {
    return maybe(Owner, { backPopulates: "pets" });
  },
}) {}

function triggers({ database }: Target, table: string): readonly string[] {
  switch (database) {
    case "sqlite":
      return [
        `CREATE TRIGGER ${table}_t AFTER UPDATE ON ${table} WHEN NEW.changes = OLD.changes
         BEGIN UPDATE ${table} SET changes = OLD.changes + 1 WHERE id = OLD.id; END`,
      ];
    case "mariadb":
      return [`CREATE TRIGGER ${table}_t BEFORE UPDATE ON ${table} FOR EACH ROW SET NEW.changes = OLD.changes + 1`];
    case "postgresql":
      return [
        `CREATE FUNCTION ${table}_t() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END'`,
        `CREATE TRIGGER ${table}_t BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_t()`,
      ];
  }
}

/** Numbers below a bound, the same in every run. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % bound;
  };
}

const words = (log: readonly string[]): readonly string[] => log.map((sql) => sql.slice(0, 6));

describeTargets("generated values", (target) => {
  const orm = useOrm(target, Base);
  beforeAll(async () => {
    const connection = await orm.engine.connect();
    for (const table of ["watched_auto", "watched_eager", "watched_lazy"])
      for (const sql of triggers(target, table)) await connection.execDriverSql(sql);
    await connection.commit();
    await connection.close();
  });

  test("11 objects make 6 statements, in the order of adding", async () => {
    const session = orm.session();
    const objects = [
      new Grouped({ data: "t1" }),
      new Grouped({ data: "t2" }),
      new Grouped({ id: 3, data: "t3" }),
      new Grouped({ id: 4, data: "t4" }),
      new Grouped({ id: 5, data: "t5" }),
      new Grouped({ id: 6, data: func.lower("T6") as never }),
      new Grouped({ id: 7, data: "t7" }),
      new Grouped({ id: 8, data: "t8" }),
      new Grouped({ id: 9, data: "t9", preset: "def2" }),
      new Grouped({ id: 10, data: "t10", preset: "def3" }),
      new Grouped({ id: 11, data: "t11" }),
    ];
    session.addAll(objects);
    await session.flush();
    const sent = orm.log().map(plain);
    // Groups as the reference's. Where it executes one statement with several sets of values, several rows stand in
    // one here; the server's default is returned for groups with given keys too, not left unloaded.
    const rows =
      target.database === "postgresql"
        ? null
        : ["(?), (?)", "(?, ?), (?, ?), (?, ?)", "", "(?, ?), (?, ?)", "(?, ?, ?), (?, ?, ?)", "(?, ?)"];
    const columns = ["data", "id, data", "id, data", "id, data", "id, data, preset", "id, data"];
    expect(sent.length).toBe(6);
    sent.forEach((sql, index) => {
      const names = /^INSERT INTO "grouped" \(([^)]*)\)/u.exec(sql)?.[1]?.replaceAll('"', "");
      expect(names).toBe(columns[index]);
      if (rows !== null && index !== 2) expect(sql).toContain(` VALUES ${rows[index]}`);
      if (index === 2) expect(sql).toMatch(/\(\?, lower\(.*\?.*\)\)/u);
      expect(/RETURNING/u.test(sql)).toBe(index !== 4);
    });
    expect(objects.map((object) => object.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const expected = objects.map((_each, index) => [
      index + 1,
      `t${index + 1}`,
      index === 8 ? "def2" : index === 9 ? "def3" : "def1",
    ]);
    expect(objects.map((object) => [object.id, object.data, object.preset])).toEqual(expected);
    await session.commit();
    expect(await orm.rows(select(Grouped.c.id, Grouped.c.data, Grouped.c.preset).orderBy(Grouped.c.id))).toEqual(
      expected,
    );
  });

  test("no value and null leave a column to its default, nullValue() writes NULL", async () => {
    const session = orm.session();
    const objects = [
      new Grouped({}),
      new Grouped({ preset: null }),
      new Grouped({ preset: nullValue() as never }),
      new Grouped({ data: null, preset: "x" }),
    ];
    const filled = [new Filled({ constant: null }), new Filled({ constant: nullValue() as never })];
    session.addAll([...objects, ...filled]);
    await session.flush();
    expect(objects.map((object) => object.preset)).toEqual(["def1", "def1", null, "x"]);
    expect(filled.map((object) => object.constant)).toEqual(["made", null]);
    await session.commit();
    expect(await orm.rows(select(Grouped.c.preset).orderBy(Grouped.c.id))).toEqual(["def1", "def1", null, "x"]);
    expect(await orm.rows(select(Filled.c.constant).orderBy(Filled.c.id))).toEqual(["made", null]);
  });

  test("defaults: functions are called for each row; SQL stands in the statement and is read back", async () => {
    const before = made;
    const session = orm.session();
    const given = new Filled({ name: "own", counted: -1, when: "w", lower: "l" });
    const objects = Array.from({ length: 3 }, (_each, index) => new Filled({ name: `n${index}` }));
    session.addAll([given, ...objects]);
    await session.flush();
    expect(made).toBe(before + 3);
    expect(objects.map((object) => [object.constant, object.counted, object.lower])).toEqual(
      [1, 2, 3].map((index) => ["made", before + index, "loud"]),
    );
    expect([given.counted, given.when, given.lower]).toEqual([-1, "w", "l"]);
  });

  test("10,000 objects of several kinds, mixed at random: each gets the key and defaults of its own row", async () => {
    await orm.save(new Grouped({})); // SQLite counts on from the largest key, so one has to be above those given below
    const random = randomNumbers(20_261_121);
    let ids = 1_000_000;
    const objects = Array.from({ length: 10_000 }, (_each, index) => {
      const run = Math.floor(index / 40) % 2 === 0 ? random(6) : index % 6; // alone, and in runs
      ids += 1;
      const data = `d${index}`;
      const preset = `p${index}`;
      if (run < 3) return new Grouped({ data });
      return new Grouped(run === 3 ? { data, preset } : run === 4 ? { id: -ids, data } : { id: -ids, data, preset });
    });
    for (let index = objects.length - 1; index > 0; index -= 1) {
      const other = random(index + 1);
      [objects[index], objects[other]] = [objects[other] as Grouped, objects[index] as Grouped];
    }
    const session = orm.session();
    session.addAll(objects);
    await session.commit();
    const rows = new Map(
      (await orm.rows(select(Grouped.c.id, Grouped.c.data, Grouped.c.preset))).map((row) => {
        const [id, data, preset] = row as [number, string, string];
        return [id, [data, preset]];
      }),
    );
    expect(rows.size).toBe(10_001);
    for (const object of objects) expect(rows.get(object.id)).toEqual([object.data, object.preset]);
    // generated keys rise in the order of adding
    const generated = objects.map((object) => object.id).filter((id) => id > 0);
    expect(generated).toEqual(generated.toSorted((left, right) => left - right));
  });

  test("rows with more values than a statement takes are split", async () => {
    const values = (row: number): object =>
      Object.fromEntries(Array.from({ length: WIDTH }, (_each, index) => [`c${index}`, row * WIDTH + index]));
    const objects = Array.from({ length: 200 }, (_each, row) => new Wide(values(row)));
    const session = orm.session();
    session.addAll(objects);
    await session.commit();
    expect(orm.log().length).toBeGreaterThan(target.database === "postgresql" ? 0 : 1);
    session.expungeAll();
    const all = (await session.scalars(select(Wide).orderBy(Wide.c.id))).all();
    expect(all.map((object) => ({ ...object, id: 0 }))).toEqual(
      objects.map((_each, row) => ({ id: 0, ...values(row) })),
    );
  });

  for (const Class of [Auto, Eager] as const) {
    test(`an UPDATE reads what the database computed: ${Class.name}, one and many`, async () => {
      // departure from the reference, whose "auto" leaves it unloaded: expiry never makes a value unreadable by surprise
      const session = orm.session();
      const objects = ["a", "b", "c"].map((name) => new Class({ name }));
      session.addAll(objects);
      await session.flush();
      expect(words(orm.log())).toEqual(["INSERT"]);
      expect(objects.map((object) => [object.preset, object.touched, object.changes])).toEqual(
        objects.map(() => [7, "new", 0]),
      );
      (objects[0] as Auto).name = "x";
      await session.flush();
      // SQLite returns rows as they were before triggers, MariaDB none at all
      expect(words(orm.log())).toEqual(target.database === "postgresql" ? ["UPDATE"] : ["UPDATE", "SELECT"]);
      expect([objects[0]?.touched, objects[0]?.changes]).toEqual(["touched", 1]);
      for (const object of objects) {
        object.name += "!";
        object.touched = "mine";
      }
      await session.flush();
      expect(words(orm.log())).toEqual(["UPDATE", "UPDATE", "UPDATE", "SELECT"].slice(-2));
      expect(objects.map((object) => [object.touched, object.changes])).toEqual([
        ["mine", 2],
        ["mine", 1],
        ["mine", 1],
      ]);
    });
  }

  // departure: the reference leaves it unloaded after an UPDATE
  test("a computed column comes back with the UPDATE where the database can return it", async () => {
    const session = orm.session();
    const priced = new Priced({ price: 1 });
    session.add(priced);
    await session.commit();
    orm.log();
    priced.price = 21;
    await session.flush();
    expect(priced.doubled).toBe(42);
    expect(words(orm.log())).toEqual(target.database === "mariadb" ? ["UPDATE", "SELECT"] : ["UPDATE"]);
  });

  test("eagerDefaults: false reads nothing: values are loaded when asked for, or not to be had without await", async () => {
    const session = orm.session();
    const lazy = new Lazy({ name: "a" });
    session.add(lazy);
    await session.flush();
    const [sent] = orm.log();
    expect(sent === undefined ? "" : plain(sent)).toMatch(/RETURNING "id"$/u);
    expect([Object.hasOwn(lazy, "preset"), Object.hasOwn(lazy, "changes"), lazy.touched]).toEqual([
      false,
      false,
      "new",
    ]);
    const read = async (key: "preset" | "changes" | "touched"): Promise<unknown> => {
      if (target.mode === "sync") return lazy[key];
      expect(await attempt(() => lazy[key])).toBeInstanceOf(NotLoadedError);
      await session.refresh(lazy);
      return lazy[key];
    };
    expect(await read("preset")).toBe(7);
    expect([lazy.changes, words(orm.log())]).toEqual([0, ["SELECT"]]);
    lazy.name = "b";
    await session.flush();
    expect(words(orm.log())).toEqual(["UPDATE"]);
    expect(await read("touched")).toBe("touched");
    expect(lazy.changes).toBe(1);
    const others = [new Lazy({ name: "b" }), new Lazy({ name: "c" })];
    session.addAll(others);
    await session.flush();
    for (const other of others) {
      other.name += "!";
      other.touched = "mine";
    }
    orm.log();
    await session.flush();
    expect(words(orm.log()).filter((word) => word !== "UPDATE")).toEqual([]);
    expect(others.map((other) => Object.hasOwn(other, "changes"))).toEqual([false, false]);
    lazy.preset = Lazy.c.preset.add(1) as never;
    await session.flush();
    expect(Object.hasOwn(lazy, "preset")).toBe(false);
    expect((await session.get(Lazy, lazy.id))?.preset).toBe(8);
    lazy.name = "rolled back";
    await session.rollback();
  });

  test("an error on a later page leaves objects as the program made them", async () => {
    const count = { sqlite: 150, mariadb: 800, postgresql: 5200 }[target.database];
    const pets = Array.from({ length: count }, (_each, index) => new Pet({ code: `p${index}` }));
    const twice = new Pet({ code: "p0" });
    const owner = new Owner({ code: "o", pets: [pets[3] as Pet] });
    const session = orm.session();
    session.addAll([owner, ...pets, twice]);
    expect(await attempt(() => session.flush())).toBeInstanceOf(IntegrityError);
    await session.rollback();
    expect(orm.log().filter((sql) => sql.startsWith("INSERT")).length).toBeGreaterThan(2);
    for (const object of [owner, ...pets, twice]) {
      expect([session.has(object), Object.hasOwn(object, "id"), Object.hasOwn(object, "ownerId")]).toEqual([
        false,
        false,
        false,
      ]);
    }
    expect(pets.map((pet) => pet.code)).toEqual(pets.map((_each, index) => `p${index}`));
    expect(await orm.rows(select(func.count()).selectFrom(Pet))).toEqual([0]);
    twice.code = "last";
    session.addAll([owner, ...pets, twice]);
    await session.commit();
    expect(await orm.rows(select(func.count()).selectFrom(Pet))).toEqual([count + 1]);
    expect(pets[3]?.ownerId).toBe(owner.id);
  });

  test("a primary key set to null is refused before anything is sent", async () => {
    const session = orm.session();
    const grouped = new Grouped({ data: "a" });
    session.add(grouped);
    await session.commit();
    orm.log();
    grouped.id = null as never;
    expect(await attempt(() => session.flush())).toBeInstanceOf(FlushError);
    expect(orm.log()).toEqual([]);
  });

  test("1,000 objects with a SQL default that needs no value of its own go in few statements", async () => {
    const session = orm.session();
    session.addAll(Array.from({ length: 1000 }, (_each, index) => new Stamped({ name: `n${index}` })));
    await session.commit();
    const sent = orm.log();
    expect(sent.length).toBeLessThanOrEqual(10);
    const names = await orm.rows(select(Stamped.c.name).orderBy(Stamped.c.id));
    expect(names).toEqual(Array.from({ length: 1000 }, (_each, index) => `n${index}`));
    expect(await orm.rows(select(func.count()).selectFrom(Stamped).where(Stamped.c.at.isNotNull()))).toEqual([1000]);
  });
});
