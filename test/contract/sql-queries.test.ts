import { expect, test } from "vitest";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { insert as conflictInsert } from "../../src/dialect/conflict-insert.ts";
import { insert as duplicateInsert } from "../../src/dialect/mysql/duplicate-key-insert.ts";
import { UnsupportedCompilationError } from "../../src/errors/index.ts";
import { boolean, integer, MetaData, string, Table } from "../../src/schema/index.ts";
import {
  alias,
  caseWhen,
  column,
  deleteFrom,
  type Executable,
  except,
  func,
  insert,
  intersect,
  literal,
  type Operand,
  select,
  text,
  union,
  unionAll,
  update,
} from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

function makeTables(metadata: MetaData) {
  const dept = new Table("dept", metadata, { id: integer().primaryKey(), name: string(30).unique() });
  const person = new Table("person", metadata, {
    id: integer().primaryKey(),
    name: string(30),
    deptId: integer().nullable().references("dept.id").named("dept_id"),
    bossId: integer().nullable().references("person.id").named("boss_id"),
    pay: integer().nullable(),
    active: boolean().default(true),
    visits: integer().default(() => 0),
  });
  return { dept, person };
}

async function filled(engine: AsyncEngine) {
  const metadata = new MetaData();
  const tables = makeTables(metadata);
  await metadata.createAll(engine);
  await engine.execute(insert(tables.dept), [{ name: "forge" }, { name: "glass" }, { name: "empty" }]);
  await engine.execute(insert(tables.person), [
    { id: 1, name: "Ada", deptId: 1, bossId: null, pay: 100 },
    { id: 2, name: "Bob", deptId: 1, bossId: 1, pay: 50 },
    { id: 3, name: "Cy", deptId: 2, bossId: 1, pay: 70 },
    { id: 4, name: "Di", deptId: 2, bossId: 2, pay: null },
    { id: 5, name: "Ed", deptId: null, bossId: 4, pay: 70 },
  ]);
  return tables;
}

describeTargets("queries", (target) => {
  const rowsOf = async (engine: AsyncEngine, statement: Executable) => (await engine.execute(statement)).all();

  test("joins", async () => {
    const engine = await openEngine(target);
    const { dept, person } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    const byKey = select(person.c.name, dept.c.name).join(dept).orderBy(person.c.id);
    expect(await rows(byKey)).toEqual([
      ["Ada", "forge"],
      ["Bob", "forge"],
      ["Cy", "glass"],
      ["Di", "glass"],
    ]);
    expect(await rows(select(dept.c.name).join(person).where(person.c.pay.gt(60)).orderBy(person.c.id))).toEqual([
      ["forge"],
      ["glass"],
    ]);
    const outer = select(dept.c.name, func.count(person.c.id))
      .outerJoin(person)
      .groupBy(dept.c.id, dept.c.name)
      .orderBy(dept.c.id);
    expect(await rows(outer)).toEqual([
      ["forge", 2],
      ["glass", 2],
      ["empty", 0],
    ]);
    const boss = alias(person, "boss");
    const named = select(person.c.name, boss.c.name)
      .join(boss, person.c.bossId.eq(boss.c.id))
      .orderBy(person.c.id)
      .limit(2)
      .offset(1);
    expect(await rows(named)).toEqual([
      ["Cy", "Ada"],
      ["Di", "Bob"],
    ]);
    const [one, two] = [alias(person), alias(person)];
    const pairs = select(one.c.id, two.c.id).where(one.c.pay.eq(two.c.pay)).where(one.c.id.lt(two.c.id));
    expect(await rows(pairs)).toEqual([[3, 5]]);
    expect(await rows(select(person.c.id).orderBy(person.c.id).offset(3))).toEqual([[4], [5]]);
  });

  test("subqueries, CTEs and compounds", async () => {
    const engine = await openEngine(target);
    const { dept, person } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    const sums = select(person.c.deptId, func.sum(person.c.pay).as("total")).groupBy(person.c.deptId).subquery("sums");
    expect(
      await rows(select(dept.c.name, sums.c.total).join(sums, sums.c.deptId.eq(dept.c.id)).orderBy(dept.c.id)),
    ).toEqual([
      ["forge", 150],
      ["glass", 70],
    ]);
    const rich = select(person).where(person.c.pay.ge(70)).cte("rich");
    const again = alias(person, "again");
    expect(
      await rows(
        select(rich.c.name, again.c.name)
          .where(again.c.bossId.eq(rich.c.id))
          .where(again.c.pay.eq(50))
          .where(rich.c.id.in(select(rich.c.id))),
      ),
    ).toEqual([["Ada", "Bob"]]);
    // parameters before, inside and after the CTE stay in their places
    const start = select(person.c.id, person.c.name, literal(0).as("depth")).where(person.c.name.eq("Ada"));
    const base = start.cte("tree", { recursive: true });
    const tree = base.unionAll(
      select(person.c.id, person.c.name, base.c.depth.add(1))
        .join(base, person.c.bossId.eq(base.c.id))
        .where(base.c.depth.lt(2)),
    );
    const query = select(literal("x").as("mark"), tree.c.name, tree.c.depth)
      .where(tree.c.depth.gt(0))
      .orderBy(tree.c.id);
    expect(await rows(query)).toEqual([
      ["x", "Bob", 1],
      ["x", "Cy", 1],
      ["x", "Di", 2],
    ]);
    const [low, high] = [
      select(person.c.id, person.c.name).where(person.c.id.lt(3)),
      select(person.c.id, person.c.name).where(person.c.id.gt(1)),
    ];
    const ids = async (statement: Executable) => (await rows(statement)).map((row) => row[0]);
    expect(await ids(union(low, high).orderBy("id"))).toEqual([1, 2, 3, 4, 5]);
    expect(await ids(unionAll(low, high).orderBy(person.c.id).limit(3))).toEqual([1, 2, 2]);
    expect(await ids(intersect(low, high))).toEqual([2]);
    expect(await ids(except(low, high))).toEqual([1]);
    const limited = low.orderBy(person.c.id.desc()).limit(1);
    expect(await ids(limited.unionAll(high.orderBy(person.c.id.desc()).limit(1)).orderBy("id"))).toEqual([2, 5]);
    const inFrom = union(low, high).subquery("u");
    expect(await ids(select(func.count()).selectFrom(inFrom))).toEqual([5]);
    expect(await ids(select(inFrom.c.id).where(inFrom.c.name.eq("Cy")))).toEqual([3]);
    expect(
      await ids(
        select(person.c.id)
          .where(person.c.id.in(union(select(person.c.bossId).where(person.c.bossId.isNotNull()), select(literal(5)))))
          .orderBy(person.c.id),
      ),
    ).toEqual([1, 2, 4, 5]);
  });

  test("groups, windows, order and distinct", async () => {
    const engine = await openEngine(target);
    const { dept, person } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    const { c } = person;
    const size = caseWhen(c.pay.ge(70), "high").else("low").as("name"); // a label that is a column's name too
    expect(await rows(select(size, func.count()).groupBy(size).orderBy(size))).toEqual([
      ["high", 3],
      ["low", 2],
    ]);
    expect(await rows(select(size).groupBy(size).having(func.count().gt(2)))).toEqual([["high"]]);
    const padded = func.coalesce(c.pay, 0);
    expect(await rows(select(padded, func.count()).groupBy(padded).orderBy(padded))).toEqual([
      [0, 1],
      [50, 1],
      [70, 2],
      [100, 1],
    ]);
    expect(
      await rows(
        select(
          func.count(c.pay),
          func.count(c.pay).distinct(),
          func.avg(c.id),
          func.sum(c.pay),
          func.min(c.name),
          func.max(c.pay),
        ),
      ),
    ).toEqual([[4, 3, 3, 290, "Ada", 100]]);
    expect(await rows(select(func.avg(c.pay.mod(3))))).toEqual([[(1 + 2 + 1 + 1) / 4]]);
    expect(
      await rows(
        select(
          func.count().filter(c.pay.gt(60)),
          func.sum(c.pay).filter(c.deptId.eq(1)),
          func.count(c.pay).distinct().filter(c.pay.gt(60)),
        ),
      ),
    ).toEqual([[3, 150, 2]]);
    const window = { partitionBy: c.deptId, orderBy: [c.pay.desc(), c.id] };
    expect(
      await rows(
        select(
          c.name,
          func.rowNumber().over(window),
          func.sum(c.pay).over({ orderBy: c.id, rows: [-1, 0] }),
          func.lag(c.name).over({ orderBy: c.id }),
        )
          .where(c.deptId.isNotNull())
          .where(c.pay.isNotNull())
          .orderBy(c.id),
      ),
    ).toEqual([
      ["Ada", 1, 100, null],
      ["Bob", 2, 150, "Ada"],
      ["Cy", 1, 120, "Bob"],
    ]);
    const order = async (...by: readonly Operand[]) => (await rows(select(c.id).orderBy(...by))).map(([id]) => id);
    expect(await order(c.pay.asc().nullsFirst(), c.id)).toEqual([4, 2, 3, 5, 1]);
    expect(await order(c.pay.asc().nullsLast(), c.id)).toEqual([2, 3, 5, 1, 4]);
    expect(await order(c.pay.desc().nullsFirst(), c.id.desc())).toEqual([4, 1, 5, 3, 2]);
    expect(await order(c.pay.desc().nullsLast(), c.id)).toEqual([1, 3, 5, 2, 4]);
    expect(await order(c.pay.add(1).neg().asc().nullsLast(), c.id)).toEqual([1, 3, 5, 2, 4]);
    expect(await rows(select(c.pay).distinct().where(c.pay.isNotNull()).orderBy(c.pay))).toEqual([[50], [70], [100]]);
    const doubled = c.pay.mul(2).as("doubled");
    expect(await rows(select(doubled).distinct().where(c.pay.gt(60)).orderBy(doubled.desc()))).toEqual([[200], [140]]);
    expect(await rows(select(c.pay.mul(2).as("doubled")).where(c.pay.gt(60)).orderBy("doubled").limit(1))).toEqual([
      [140],
    ]);
    const counted = select(func.count()).selectFrom(person).where(c.deptId.eq(dept.c.id)).as("people");
    expect(await rows(select(dept.c.name, counted).orderBy(counted.desc(), dept.c.id))).toEqual([
      ["forge", 2],
      ["glass", 2],
      ["empty", 0],
    ]);
    expect(await rows(select(c.id).where(c.id.eq(1)).withForUpdate())).toEqual([[1]]);
    expect(
      await rows(
        select(c.id)
          .where(c.id.eq(1))
          .withForUpdate({ read: true, of: [person] }),
      ),
    ).toEqual([[1]]);
  });

  test("changes", async () => {
    const engine = await openEngine(target);
    const { dept, person } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    const { c } = person;
    const visits = select(c.visits).where(c.id.eq(1));
    await engine.execute(
      update(person)
        .values({ visits: c.visits.add(5), name: "Ada II" })
        .where(c.id.eq(1)),
    );
    expect(await rows(visits)).toEqual([[5]]);
    const changed = await engine.execute(
      update(person)
        .values({ pay: 1 })
        .where(c.pay.isNull().or(c.pay.eq(50))),
    );
    expect(changed.rowcount).toBe(2);
    const boss = alias(person, "boss");
    const bossName = select(boss.c.name).where(boss.c.id.eq(c.bossId)).scalarSubquery();
    await engine.execute(update(person).values({ name: bossName }).where(c.id.eq(2)));
    expect(await rows(select(c.name).where(c.id.eq(2)))).toEqual([["Ada II"]]);
    await engine.execute(
      update(person).values({ pay: 9 }).where(c.deptId.eq(dept.c.id)).where(dept.c.name.eq("glass")),
    );
    expect(await rows(select(c.id).where(c.pay.eq(9)).orderBy(c.id))).toEqual([[3], [4]]);
    await engine.execute(
      insert(person).fromSelect(
        ["id", "name", "visits", "active"],
        select(dept.c.id.add(10), dept.c.name, literal(3), literal(true)).where(dept.c.id.gt(1)),
      ),
    );
    expect(await rows(select(c.id, c.name, c.visits).where(c.id.gt(10)).orderBy(c.id))).toEqual([
      [12, "glass", 3],
      [13, "empty", 3],
    ]);
    const gone = await engine.execute(deleteFrom(person).where(c.id.in([12, 13])));
    expect(gone.rowcount).toBe(2);
    await engine.execute(update(person).where(c.id.eq(4)), { pay: 44 });
    expect(await rows(select(c.pay).where(c.id.eq(4)))).toEqual([[44]]);
    const cte = select(dept.c.id).where(dept.c.name.eq("glass")).cte("chosen");
    await engine.execute(
      insert(person).fromSelect(
        ["id", "name", "visits", "active"],
        select(cte.c.id.add(20), literal("from a CTE"), literal(1), literal(false)),
      ),
    );
    expect(await rows(select(c.id).where(c.name.eq("from a CTE")))).toEqual([[22]]);
  });

  test("RETURNING", async () => {
    const engine = await openEngine(target);
    const { dept, person } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    const added = insert(dept)
      .values([{ name: "x" }, { name: "y" }])
      .returning(dept.c.id, dept.c.name.concat("!").as("loud"));
    expect(await rows(added)).toEqual([
      [4, "x!"],
      [5, "y!"],
    ]);
    expect(await rows(deleteFrom(dept).where(dept.c.id.eq(5)).returning(dept))).toEqual([[5, "y"]]);
    const changing = () => rows(update(dept).values({ name: "z" }).where(dept.c.id.eq(4)).returning(dept.c.name));
    if (target.database === "mariadb") await expect(changing).rejects.toThrow(UnsupportedCompilationError);
    else {
      expect(await changing()).toEqual([["z"]]);
      const joined = update(person).values({ pay: 5 }).where(person.c.deptId.eq(dept.c.id)).where(dept.c.id.eq(1));
      const answer =
        target.database === "postgresql" ? joined.returning(person.c.id, dept.c.name) : joined.returning(person.c.id);
      expect(await rows(answer)).toHaveLength(2);
    }
  });

  test("rows that exist already", async () => {
    const engine = await openEngine(target);
    const { dept } = await filled(engine);
    const rows = (statement: Executable) => rowsOf(engine, statement);
    if (target.database === "mariadb") {
      const upsert = duplicateInsert(dept).values([
        { id: 1, name: "forge" },
        { id: 9, name: "new" },
      ]);
      await engine.execute(upsert.onDuplicateKeyUpdate({ name: upsert.inserted.name.concat("+").concat(dept.c.name) }));
      expect(
        await rows(
          select(dept)
            .where(dept.c.id.in([1, 9]))
            .orderBy(dept.c.id),
        ),
      ).toEqual([
        [1, "forge+forge"],
        [9, "new"],
      ]);
      const wrong = conflictInsert(dept).values({ id: 1, name: "forge" }).onConflictDoNothing();
      await expect(async () => await engine.execute(wrong)).rejects.toThrow(UnsupportedCompilationError);
      return;
    }
    const upsert = conflictInsert(dept);
    await engine.execute(upsert.values({ id: 1, name: "ignored" }).onConflictDoNothing());
    await engine.execute(upsert.values({ id: 7, name: "forge" }).onConflictDoNothing({ indexElements: [dept.c.name] }));
    const change = upsert
      .values([
        { id: 1, name: "FORGE" },
        { id: 2, name: "GLASS" },
        { id: 9, name: "new" },
      ])
      .onConflictDoUpdate({
        indexElements: ["id"],
        set: { name: upsert.excluded.name.concat("/").concat(dept.c.name) },
        where: dept.c.id.eq(1),
      })
      .returning(dept.c.id, dept.c.name);
    expect(await rows(change)).toEqual([
      [1, "FORGE/forge"],
      [9, "new"],
    ]);
    const selected = upsert
      .fromSelect(["id", "name"], select(dept.c.id, dept.c.name.concat("?")))
      .onConflictDoUpdate({ indexElements: ["id"], set: { name: "all" }, where: dept.c.id.eq(9) });
    await engine.execute(selected);
    expect(
      await rows(
        select(dept.c.name)
          .where(dept.c.id.in([1, 2, 9]))
          .orderBy(dept.c.id),
      ),
    ).toEqual([["FORGE/forge"], ["glass"], ["all"]]);
  });

  test("text", async () => {
    const engine = await openEngine(target);
    const { person } = await filled(engine);
    const quoted = text("SELECT id, ':no' AS a, name /* :no ' */ -- :no\n FROM person WHERE name = :name").columns({
      id: integer(),
      a: string(),
      name: string(),
    });
    const result = await engine.execute(quoted.bindparams({ name: "Cy" }));
    expect(result.all()).toEqual([[3, ":no", "Cy"]]);
    const mixed = select(person.c.id)
      .where(text("pay > :low"))
      .where(person.c.name.ne("Ada"))
      .orderBy(text("pay DESC"), person.c.id);
    expect((await engine.execute(mixed, { low: 60 })).scalars().all()).toEqual([3, 5]);
    const named = select(text("1 + 1").as("two"), column("name").as("n")).selectFrom(person).where(text("id = 1"));
    expect((await engine.execute(named)).keys()).toEqual(["two", "n"]);
  });
});
