// Views: as tables of a metadata, as statements, and mapped (spec A2-23, A2-26 … A2-29).
import {
  ArgumentError,
  column,
  CompileError,
  DBAPIError,
  bindparam,
  bytes,
  boolean,
  declarativeBase,
  type Executable,
  func,
  insert,
  integer,
  json,
  listen,
  literal,
  select,
  string,
  table,
  text,
  timestamp,
  UnsupportedCompilationError,
} from "athanor";
import { createView, dropView, viewTable } from "athanor/naked";
import { expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { errorOf } from "./shelf.ts";
import { AsyncSessionFactory, SessionFactory } from "../../../src/naked/index.ts";

function models() {
  const Base = declarativeBase();
  class Town extends Base.mapped("vw_town", {
    id: integer().primaryKey(),
    fullName: string(60),
    people: integer(),
  }) {}
  // the views stand before what they read, by name and by definition
  class Crowd extends Base.mapped(
    "a_crowd",
    { size: integer(), towns: integer() },
    {
      view: {
        query: () => select(func.count().as("towns"), large.c.people.as("size")).groupBy(large.c.people),
      },
    },
  ) {}
  const large = viewTable("b_large", Base.metadata, select(Town).where(Town.c.people.ge(1000)));
  return { Base, Town, Crowd, large };
}

const towns = [
  { id: 1, fullName: "Ulm", people: 100 },
  { id: 2, fullName: "Bonn", people: 1000 },
  { id: 3, fullName: "Kiel", people: 1000 },
];

const hostile = [
  "it's",
  "'; DROP TABLE vw_town; --",
  "back\\slash",
  "ends with \\",
  "\\'; SELECT 1 --",
  "''",
  '"quoted" `ticks`',
  "$1 ? :name %s {}",
  "line\nbreak\ttab",
  "żółć 🔥",
  "/* */ -- #",
];

describeTargets("views", (target) => {
  const factory = (engine: AsyncEngine) =>
    (target.mode === "sync"
      ? new SessionFactory(engine as never)
      : new AsyncSessionFactory(engine)) as AsyncSessionFactory;

  it("are created after what they read, dropped before it, and left alone where they are", async () => {
    const { Base, Town, Crowd, large } = models();
    const engine = await openEngine(target);
    const ddl: string[] = [];
    listen(engine, "beforeCursorExecute", ({ sql }) => {
      if (/^(CREATE|DROP)/.test(sql)) ddl.push(sql.split(/["`(]/).slice(0, 2).join("").trim());
    });
    await Base.metadata.createAll(engine);
    await Base.metadata.createAll(engine);
    expect(ddl).toEqual(["CREATE TABLE vw_town", "CREATE VIEW b_large", "CREATE VIEW a_crowd"]);
    await engine.execute(insert(Town).values(towns));
    expect((await engine.execute(select(large.c.fullName).orderBy(large.c.id))).all()).toEqual([["Bonn"], ["Kiel"]]);
    const session = await factory(engine).begin();
    const crowd = await session.scalar(select(Crowd));
    expect(crowd).toBeInstanceOf(Crowd);
    expect({ ...crowd }).toEqual({ size: 1000, towns: 2 });
    await session.close();
    ddl.length = 0;
    await Base.metadata.dropAll(engine);
    await Base.metadata.dropAll(engine);
    expect(ddl).toEqual(["DROP VIEW a_crowd", "DROP VIEW b_large", "DROP TABLE vw_town"]);
  });

  it("have classes mapped to them, which take their attributes from the query", async () => {
    const { Base, Town, large } = models();
    const perSize = select(large.c.people.as("size"), func.count().as("towns")).groupBy(large.c.people);
    class Crowded extends Base.mappedTo(viewTable("d_crowded", Base.metadata, perSize)) {
      describe() {
        return `${this.towns} of ${this.size}`;
      }
    }
    class Large extends Base.mappedTo(large) {}
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    await engine.execute(insert(Town).values(towns));
    const session = await factory(engine).begin();
    const crowded = await session.scalar(select(Crowded).where(Crowded.c.size.ge(1000)));
    expect(crowded).toBeInstanceOf(Crowded);
    expect([{ ...crowded }, crowded?.describe()]).toEqual([{ size: 1000, towns: 2 }, "2 of 1000"]);
    const named = (await session.scalars(select(Large).where(Large.c.fullName.startsWith("B")))).all();
    expect(named.map((town) => ({ ...town }))).toEqual([{ id: 2, fullName: "Bonn", people: 1000 }]);
    expect(named[0]).toBeInstanceOf(Large);
    // rows may be read without the class, too
    expect(await session.first(select(large.c.id).where(large.c.fullName.eq("Kiel")))).toEqual([3]);
    await session.close();
    await Base.metadata.dropAll(engine);
    expect(await errorOf(() => Base.mappedTo("d_crowded" as never))).toMatchObject({
      code: "argu",
      message: 'mappedTo() takes a table or view such as viewTable("totals", Base.metadata, select(…)), not a string.',
    });
    const elsewhere = viewTable("e_elsewhere", declarativeBase().metadata, perSize);
    expect(((await errorOf(() => Base.mappedTo(elsewhere))) as Error).message).toMatch(
      /^The table "e_elsewhere" is in another MetaData than the classes of this base\./,
    );
  });

  it("hold values as they were written, whatever is in them", async () => {
    const engine = await openEngine(target);
    const values = {
      number: literal(-1.5),
      big: literal(2n ** 60n),
      yes: literal(true, boolean()),
      nothing: literal(null as string | null, string()),
      moment: literal(new Date("2026-03-29T01:02:03.456Z"), timestamp()),
      raw: literal(new Uint8Array([0, 39, 92, 255]), bytes()),
      data: literal({ a: ["it's", "\\"] }, json()),
    };
    const texts = hostile.map((value, index) => literal(value, string()).as(`t${index}`));
    const typed = Object.entries(values).map(([name, value]) => value.as(name));
    await engine.execute(createView("v hostile", select(...texts, ...typed)));
    const view = table(
      "v hostile",
      ...hostile.map((_value, index) => column(`t${index}`, string())),
      column("yes", boolean()),
      column("nothing", string()),
      column("moment", timestamp()),
      column("raw", bytes()),
      column("data", json()),
    );
    const decoded = select(view);
    const [row] = (await engine.execute(decoded)).all();
    expect(row).toEqual([
      ...hostile,
      true,
      null,
      new Date("2026-03-29T01:02:03.456Z"),
      new Uint8Array([0, 39, 92, 255]),
      { a: ["it's", "\\"] },
    ]);
    const filtered = createView("v2", select(literal(1).as("one")).where(literal("it's \\", string()).eq("it's \\")));
    await engine.execute(filtered);
    expect((await engine.execute(text("SELECT one FROM v2"))).all()).toEqual([[1]]);
    await engine.execute(dropView("v2"));
    await engine.execute(dropView("v hostile", { ifExists: true, cascade: true }));
    await engine.execute(dropView("v hostile", { ifExists: true }));
  });

  it("differ where only their values do", async () => {
    const engine = await openEngine(target);
    for (const value of [1, 2]) await engine.execute(createView(`v${value}`, select(literal(value).as("n"))));
    const rows = [];
    for (const value of [1, 2]) rows.push((await engine.execute(text(`SELECT n FROM v${value}`))).scalar());
    expect(rows).toEqual([1, 2]);
  });

  it("refuse what cannot be written into them", async () => {
    const engine = await openEngine(target);
    const refused = async (statement: Executable): Promise<string> => {
      const error = await errorOf(() => engine.execute(statement));
      expect(error).toBeInstanceOf(CompileError);
      return (error as Error).message;
    };
    expect(await refused(createView("v", select(literal("a\0b", string()).as("x"))))).toMatch(/NUL/);
    expect(await refused(createView("v", select(bindparam("later", integer()).as("x"))))).toMatch(/later|parameters/);
    const { Base } = models();
    expect(await errorOf(() => viewTable("v", Base.metadata, "SELECT 1" as never))).toBeInstanceOf(ArgumentError);
    expect(await errorOf(() => createView("", select(literal(1))))).toBeInstanceOf(ArgumentError);
    class Odd extends Base.mapped("odd", { one: integer() }, { view: { query: () => select(literal(1).as("two")) } }) {}
    expect(Odd.c.one.key).toBe("one");
    const error = await errorOf(() => Base.metadata.createAll(engine));
    expect((error as Error).message).toMatch(/^The view "odd" has the columns one, but its query gives two\./);
  });

  it("replace, look first and are materialised where the database has it", async () => {
    const engine = await openEngine(target);
    const one = select(literal(1).as("n"));
    const works = async (statement: Executable): Promise<boolean> => {
      const error = await errorOf(() => engine.execute(statement));
      if (error === undefined) return true;
      expect(error).toBeInstanceOf(UnsupportedCompilationError);
      return false;
    };
    await engine.execute(createView("v", one));
    const has = {
      orReplace: await works(createView("v", one, { orReplace: true })),
      ifNotExists: await works(createView("v", one, { ifNotExists: true })),
      materialized: await works(createView("m", one, { materialized: true })),
    };
    const expected = {
      sqlite: { orReplace: false, ifNotExists: true, materialized: false },
      postgresql: { orReplace: true, ifNotExists: false, materialized: true },
      mariadb: { orReplace: true, ifNotExists: true, materialized: false },
    };
    expect(has).toEqual(expected[target.database]);
    if (!has.materialized) return;
    const { Base, Town } = models();
    const stored = viewTable("c_stored", Base.metadata, select(Town.c.fullName), { materialized: true });
    await Base.metadata.createAll(engine);
    await engine.execute(insert(Town).values(towns));
    const count = select(func.count()).selectFrom(stored);
    expect((await engine.execute(count)).scalar()).toBe(0);
    await engine.execute(text("REFRESH MATERIALIZED VIEW c_stored"));
    expect((await engine.execute(count)).scalar()).toBe(3);
    await Base.metadata.dropAll(engine);
  });

  it("are dropped with what depends on them where the database minds", async () => {
    const engine = await openEngine(target);
    const below = table("v_below", column("n", integer()));
    await engine.execute(createView("v_below", select(literal(1).as("n"))));
    await engine.execute(createView("v_above", select(below.c.n)));
    const refused = await errorOf(() => engine.execute(dropView("v_below")));
    if (target.database === "postgresql") {
      expect(refused).toBeInstanceOf(DBAPIError);
      expect((refused as Error).message).toMatch(/v_above/);
      await engine.execute(dropView("v_below", { cascade: true }));
      expect(await errorOf(() => engine.execute(dropView("v_above")))).toBeInstanceOf(DBAPIError);
    } else {
      expect(refused).toBeUndefined();
      await engine.execute(dropView("v_above"));
    }
    await engine.execute(dropView("v_above", { ifExists: true }));
    await engine.execute(createView("v_below", select(literal(2).as("n"))));
    expect((await engine.execute(select(below.c.n))).all()).toEqual([[2]]);
  });

  it("of a circle of tables do not stand in the way of dropping it", async () => {
    const Base = declarativeBase();
    class Hen extends Base.mapped("vw_hen", {
      id: integer().primaryKey(),
      eggId: integer().nullable().references("vw_egg.id"),
    }) {}
    class Egg extends Base.mapped("vw_egg", {
      id: integer().primaryKey(),
      henId: integer().nullable().references("vw_hen.id"),
    }) {}
    viewTable("vw_both", Base.metadata, select(Hen.c.id, Egg.c.id.as("egg")).join(Egg, Egg.c.henId.eq(Hen.c.id)));
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    await engine.execute(insert(Hen).values({ id: 1 }));
    await Base.metadata.dropAll(engine);
    await Base.metadata.createAll(engine);
    await Base.metadata.dropAll(engine);
  });
});
