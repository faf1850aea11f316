import { expect, test } from "vitest";
import { InvalidRequestError } from "../../../src/errors/index.ts";
import { selectinload } from "../../../src/orm/index.ts";
import { func, insert, select, update } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Base, Car, Department, Director, Employee, Engineer, Manager } from "./company.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

for (const jit of [true, false]) {
  describeTargets(`classes that share a table (B16)${jit ? "" : ", interpreted"}`, (target) => {
    const orm = useOrm(target, Base, { jit });
    const all = select(Employee).orderBy(Employee.c.id);
    const log = (): readonly string[] => orm.log().map(plain);
    const staff = async (): Promise<void> => {
      await orm.save(
        new Employee({ id: 1, name: "Ann" }),
        new Manager({ id: 2, name: "Bob", budget: 10 }),
        new Engineer({ id: 3, name: "Cid", language: "TS", skills: 4 }),
        new Director({ id: 4, name: "Dan", budget: 20, title: "Dr" }),
      );
    };

    test("the columns of all classes are in one table, those of subclasses nullable", async () => {
      expect(Employee.table).toBe(Director.table);
      const columns = Employee.table.columns.map(({ name, nullable }) => `${name}${nullable ? "?" : ""}`);
      expect(columns).toEqual(["id", "kind", "name", "department_id?", "budget?", "title?", "language?", "skills?"]);
    });

    test("new objects are told by the discriminator, and written class by class", async () => {
      const manager = new Manager({ name: "Bob", budget: 10 });
      expect(manager.kind).toBe("manager");
      expect({ ...new Director({ name: "Dan", budget: 1 }) }).toEqual({ name: "Dan", budget: 1, kind: "director" });
      const session = orm.session();
      session.addAll([manager, new Engineer({ name: "Cid" }), new Employee({ name: "Ann" })]);
      await session.flush();
      const written = log().filter((sql) => sql.startsWith("INSERT"));
      expect(written).toHaveLength(3);
      expect(written.some((sql) => sql.includes('"budget"') && sql.includes('"language"'))).toBe(false);
      await session.commit();
      const rows = await orm.rows(select(Employee.c.kind, Employee.c.name, Engineer.c.skills).orderBy(Employee.c.name));
      expect(rows).toEqual([
        ["employee", "Ann", null],
        ["manager", "Bob", null],
        ["engineer", "Cid", 1],
      ]);
    });

    test("a query of the base gives objects of the real classes, whole, by one statement", async () => {
      await staff();
      const session = orm.session();
      const found = (await session.scalars(all)).all();
      expect(log()).toEqual([
        'SELECT "employee"."id", "employee"."kind", "employee"."name", "employee"."department_id", "employee"."budget", ' +
          '"employee"."title", "employee"."language", "employee"."skills" FROM "employee" ORDER BY "employee"."id"',
      ]);
      expect(found.map((object) => object.constructor)).toEqual([Employee, Manager, Engineer, Director]);
      expect(found.map((object) => ({ ...object }))).toEqual([
        { id: 1, kind: "employee", name: "Ann", departmentId: null },
        { id: 2, kind: "manager", name: "Bob", departmentId: null, budget: 10 },
        { id: 3, kind: "engineer", name: "Cid", departmentId: null, language: "TS", skills: 4 },
        { id: 4, kind: "director", name: "Dan", departmentId: null, budget: 20, title: "Dr" },
      ]);
      expect(found[3]).toBeInstanceOf(Manager);
      expect(found.map((object) => object.greet())).toEqual([
        "I am Ann",
        "I am Bob, your manager",
        "I am Cid",
        "I am Dan, your manager",
      ]);
    });

    test("a query of a subclass keeps to its rows and those of classes that extend it", async () => {
      await staff();
      const session = orm.session();
      const managers = (await session.scalars(select(Manager).orderBy(Manager.c.id))).all();
      const directors = (await session.scalars(select(Director))).all();
      expect(managers.map((object) => object.constructor)).toEqual([Manager, Director]);
      expect(directors).toEqual([managers[1]]);
      const [first, second] = log();
      expect(first).toMatch(/WHERE "employee"."kind" (IN \(\?, \?\)|= ANY\(\?\)) ORDER BY/u);
      expect(second).toMatch(/WHERE "employee"."kind" = \?$/u);
      const count = await session.scalar(select(func.count()).selectFrom(Manager));
      expect(Number(count)).toBe(2);
      expect((await session.scalars(select(Engineer).where(Employee.c.name.eq("Bob")))).all()).toEqual([]);
      expect((await session.scalars(select(Employee).where(Manager.c.budget.gt(15)))).all()).toEqual([managers[1]]);
    });

    test("get() gives null for a row of another class, known or not (B7.3)", async () => {
      coloursDiffer("only reads that are waited for go together");
      await staff();
      const session = orm.session();
      const bob = await session.get(Employee, 2);
      expect(bob).toBeInstanceOf(Manager);
      log();
      expect(await session.get(Manager, 2)).toBe(bob);
      expect(await session.get(Engineer, 2)).toBeNull();
      expect(log()).toEqual([]);
      expect(await session.get(Engineer, 4)).toBeNull();
      expect(log()).toEqual([expect.stringMatching(/WHERE "employee"."kind" = \? AND "employee"."id" = \?$/u)]);
      const dan = await session.get(Manager, 4);
      expect(dan).toBeInstanceOf(Director);
      expect(await session.get(Employee, 4)).toBe(dan);
      await session.commit();
      expect(await session.get(Engineer, 4)).toBeNull();
      expect([...session.identityMap.values()]).toContain(dan);
      expect(await Promise.all([session.get(Engineer, 2), session.get(Engineer, 3), session.get(Engineer, 9)])).toEqual(
        [null, await session.get(Employee, 3), null],
      );
    });

    test("a discriminator that no class has is told", async () => {
      await staff();
      const session = orm.session();
      await session.execute(update(Employee.table).values({ kind: "wizard" }).where(Employee.c.id.eq(2)));
      const error = await attempt(() => session.scalars(all));
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect((error as Error).message).toContain(
        'No such polymorphicIdentity: the row of employee with key 2 has "wizard" in kind',
      );
    });

    test("objects are updated, refreshed, expired and deleted as what they are", async () => {
      await staff();
      const session = orm.session();
      const [, bob, cid] = (await session.scalars(all)).all() as [Employee, Manager, Engineer, Director];
      log();
      bob.budget = 11;
      cid.language = "C";
      await session.flush();
      const updates = log();
      expect(updates).toHaveLength(2);
      expect(
        updates.some((sql) => /SET .*budget/u.test(sql)) && updates.some((sql) => /SET .*language/u.test(sql)),
      ).toBe(true);
      await session.execute(update(Manager).values({ budget: 12 }).where(Manager.c.id.eq(2)), undefined, {
        synchronizeSession: false,
      });
      await session.refresh(bob);
      expect(bob.budget).toBe(12);
      session.expire(bob, ["budget"]);
      await session.refresh(bob, ["budget"]);
      expect(bob.budget).toBe(12);
      await session.delete(cid);
      await session.commit();
      expect(await orm.rows(select(Employee.c.id).orderBy(Employee.c.id))).toEqual([1, 2, 4]);
    });

    test("relationships lead to the classes and come from them", async () => {
      const lab = new Department({ id: 1, name: "lab" });
      const bob = new Manager({
        id: 2,
        name: "Bob",
        budget: 1,
        department: lab,
        cars: [new Car({ id: 1, plate: "A" })],
      });
      await orm.save(bob, new Engineer({ id: 3, name: "Cid", department: lab }));
      const session = orm.session();
      const found = (
        await session.scalars(
          select(Department).options(selectinload(Department.c.employees).selectinload(Manager.c.cars)),
        )
      ).one();
      expect(found.employees.map((object) => object.constructor)).toEqual([Manager, Engineer]);
      expect((found.employees[0] as Manager).cars[0]?.plate).toBe("A");
      expect(log()).toHaveLength(3);
      await session.close();
      const again = orm.session();
      const [manager, engineer] = (
        await again.scalars(all.options(selectinload(Manager.c.cars), selectinload(Employee.c.department)))
      ).all() as [Manager, Engineer];
      expect(manager.cars).toHaveLength(1);
      expect(engineer.department?.name).toBe("lab");
      expect("cars" in engineer).toBe(false);
      const joined = select(Department.c.name, Manager.c.name).join(Department.c.managers);
      expect((await again.execute(joined)).all()).toEqual([["lab", "Bob"]]);
      const outer = select(Department, Manager).join(Department.c.managers, { isOuter: true });
      expect((await again.execute(outer)).all()).toHaveLength(1);
      expect(
        (await again.scalars(select(Department).where(Department.c.managers.any(Manager.c.budget.gt(5))))).all(),
      ).toEqual([]);
      const car = (await again.scalars(select(Car))).one();
      expect(car.manager).toBe(manager);
      expect(await attempt(() => (car.manager = engineer as never))).toMatchObject({
        message: "Car.manager holds objects of Manager, not a Engineer.",
      });
    });

    test("an INSERT of rows names the class, an UPDATE keeps to it", async () => {
      await staff();
      const session = orm.session();
      await session.execute(insert(Manager), [
        { id: 7, name: "Eve", budget: 1 },
        { id: 8, name: "Fay", budget: 2 },
      ]);
      await session.execute(insert(Engineer).values({ id: 9, name: "Gus" }));
      const kinds = select(Employee.c.kind, Engineer.c.skills).where(Employee.c.id.gt(5)).orderBy(Employee.c.id);
      expect((await session.execute(kinds)).all()).toEqual([
        ["manager", null],
        ["manager", null],
        ["engineer", 1],
      ]);
      const wrong = await attempt(() => session.execute(insert(Engineer), [{ id: 10, name: "x", budget: 1 }]));
      expect((wrong as Error).message).toContain('"budget"');
    });
  });
}
