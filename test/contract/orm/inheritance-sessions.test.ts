import { expect, test, vi } from "vitest";
import { InvalidRequestError, NotLoadedError, ValidationError } from "../../../src/errors/index.ts";
import {
  aliased,
  declarativeBase,
  defer,
  joinedload,
  listen,
  loadOnly,
  many,
  maybe,
  subqueryload,
  validates,
  withLoaderCriteria,
} from "../../../src/orm/index.ts";
import { integer, string } from "../../../src/schema/index.ts";
import { inspect } from "../../../src/index.ts";
import { AsyncSessionFactory, SessionFactory } from "../../../src/naked/index.ts";
import { deleteFrom, exists, select, text, update } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Base, Car, Department, Director, Employee, Engineer, Manager } from "./company.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

describeTargets("sessions and classes that share a table (B16)", (target) => {
  const orm = useOrm(target, Base);
  const all = select(Employee).orderBy(Employee.c.id);
  const log = (): readonly string[] => orm.log().map(plain);
  const staff = async (): Promise<void> => {
    await orm.save(
      new Employee({ id: 1, name: "Ann" }),
      new Manager({ id: 2, name: "Bob", budget: 10 }),
      new Engineer({ id: 3, name: "Cid", language: "TS" }),
      new Director({ id: 4, name: "Dan", budget: 20, title: "Dr" }),
    );
  };
  const ids = async (): Promise<readonly unknown[]> => await orm.rows(select(Employee.c.id).orderBy(Employee.c.id));

  for (const synchronizeSession of ["auto", "evaluate", "fetch", false] as const) {
    test(`UPDATE and DELETE of a class keep to its rows; objects follow (synchronizeSession: ${synchronizeSession})`, async () => {
      await staff();
      const session = orm.session();
      const [ann, bob, cid, dan] = (await session.scalars(all)).all() as [Employee, Manager, Engineer, Director];
      await session.execute(update(Manager).values({ name: "X" }), undefined, { synchronizeSession });
      if (synchronizeSession === false) for (const object of [ann, bob, cid, dan]) await session.refresh(object);
      expect([ann, bob, cid, dan].map(({ name }) => name)).toEqual(["Ann", "X", "Cid", "X"]);
      await session.execute(update(Manager).values({ budget: 7 }).where(Manager.c.id.eq(2)), undefined, {
        synchronizeSession,
      });
      if (synchronizeSession === false) await session.refresh(bob);
      expect([bob.budget, dan.budget]).toEqual([7, 20]);
      await session.execute(deleteFrom(Director), undefined, { synchronizeSession });
      if (synchronizeSession !== false) expect(inspect(dan).deleted).toBe(true);
      expect(inspect(bob).persistent).toBe(true);
      await session.commit();
      expect(await ids()).toEqual([1, 2, 3]);
    });
  }

  test("an UPDATE by rows keeps to the class", async () => {
    await staff();
    const session = orm.session();
    await session.execute(update(Manager), [{ id: 2, budget: 33 }]);
    await session.commit();
    expect(await orm.rows(select(Manager.c.budget).where(Manager.c.id.eq(2)))).toEqual([33]);
  });

  test("merge() finds the object of its class and copies what it adds", async () => {
    await staff();
    const session = orm.session();
    const bob = (await session.get(Manager, 2)) as Manager;
    const merged = await session.merge(new Manager({ id: 2, name: "Bo", budget: 11 }));
    expect(merged).toBe(bob);
    expect([bob.name, bob.budget]).toEqual(["Bo", 11]);
    const dora = await session.merge(new Director({ id: 9, name: "Dora", budget: 1, title: "Ms" }));
    await session.commit();
    expect(dora).toBeInstanceOf(Director);
    expect(await ids()).toEqual([1, 2, 3, 4, 9]);
  });

  test("an object of another class takes a deleted one's key and values", async () => {
    await staff();
    const session = orm.session();
    const bob = (await session.get(Manager, 2)) as Manager;
    await session.delete(bob);
    session.add(new Engineer({ id: 2, name: "Bob", language: "Go" }));
    orm.log();
    await session.commit();
    // it takes over no row, as an object of the same class would: what the other class had there goes
    expect(orm.log().flatMap((sql) => /^(?:INSERT|UPDATE|DELETE)/u.exec(sql) ?? [])).toEqual(["DELETE", "INSERT"]);
    expect(await orm.rows(text("SELECT budget, language FROM employee WHERE id = 2"))).toEqual([[null, "Go"]]);
    expect(await session.get(Employee, 2)).toBeInstanceOf(Engineer);
    expect(inspect(bob).detached).toBe(true);
    await session.close();
    const again = orm.session();
    expect({ ...(await again.get(Engineer, 2)) }).toMatchObject({ kind: "engineer", language: "Go" });
  });

  test("a rollback restores objects of all classes", async () => {
    await staff();
    const session = orm.session();
    const [, bob, , dan] = (await session.scalars(all)).all() as [Employee, Manager, Engineer, Director];
    bob.budget = 99;
    await session.delete(dan);
    await session.flush();
    await session.rollback();
    expect(bob.budget).toBe(10);
    expect(inspect(dan).persistent).toBe(true);
    expect(dan.title).toBe("Dr");
  });

  test("a changed discriminator is met with the object that was loaded", async () => {
    await staff();
    const session = orm.session();
    const bob = await session.get(Employee, 2);
    await session.execute(update(Employee.table).values({ kind: "engineer" }).where(Employee.c.id.eq(2)));
    const error = await attempt(async () => (await session.scalars(select(Engineer))).all());
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect((error as Error).message).toContain("is now a Engineer, and the session has it as a Manager");
    session.expunge(bob as object);
    expect(await session.get(Engineer, 2)).toBeInstanceOf(Engineer);
  });

  test("columns that are left out are loaded when they are read", async () => {
    coloursDiffer("only a sync session loads an attribute when it is read");
    await staff();
    const session = orm.session();
    const query = all.options(loadOnly(Employee.c.name, Manager.c.budget), defer(Engineer.c.language));
    const [, bob, cid] = (await session.scalars(query)).all() as [Employee, Manager, Engineer, Director];
    expect(log()).toEqual([
      'SELECT "employee"."id", "employee"."kind", "employee"."name", "employee"."budget" FROM "employee" ORDER BY "employee"."id"',
    ]);
    expect(bob.budget).toBe(10);
    expect(Object.keys(cid)).toEqual(["id", "kind", "name"]);
    if (target.mode === "async") expect(() => cid.language).toThrow(NotLoadedError);
    else expect(cid.language).toBe("TS");
    await session.refresh(cid, ["language"]);
    expect(cid.language).toBe("TS");
    expect(log().at(-1)).toMatch(/^SELECT .*"employee"."language".* FROM "employee" WHERE "employee"."kind" = \?/u);
  });

  test("aliases, subqueries and EXISTS keep to the class", async () => {
    await staff();
    const session = orm.session();
    const boss = aliased(Manager, "boss");
    expect((await session.scalars(select(boss).orderBy(boss.c.id))).all().map(({ id }) => id)).toEqual([2, 4]);
    const pairs = select(Engineer.c.name, boss.c.name)
      .selectFrom(Engineer)
      .join(boss, boss.c.id.gt(Engineer.c.id))
      .orderBy(boss.c.id);
    expect((await session.execute(pairs)).all()).toEqual([["Cid", "Dan"]]);
    const first = aliased(Manager, select(Manager).orderBy(Manager.c.id).limit(1).subquery());
    expect((await session.scalars(select(first))).all().map((object) => object.constructor)).toEqual([Manager]);
    expect(await session.scalar(select(exists(select(Director).where(Director.c.name.eq("Bob")))))).toBeOneOf([
      false,
      0,
      0n,
    ]);
  });

  test("joined and subquery loads of a class that shares its table", async () => {
    const lab = new Department({ id: 1, name: "lab" });
    await orm.save(
      new Manager({ id: 1, name: "Bob", budget: 1, department: lab, cars: [new Car({ id: 1, plate: "A" })] }),
      new Engineer({ id: 2, name: "Cid", department: lab }),
    );
    const joined = orm.session();
    const [found] = (await joined.scalars(select(Department).options(joinedload(Department.c.managers)))).all();
    expect(found?.managers.map(({ name }) => name)).toEqual(["Bob"]);
    expect(log().at(-1)).toMatch(/LEFT OUTER JOIN "employee" AS .* ON .* AND \(?.*"kind" (IN|= ANY)/u);
    await joined.close();
    const session = orm.session();
    const [manager] = (await session.scalars(select(Manager).options(subqueryload(Manager.c.cars)))).all();
    expect(manager?.cars.map(({ plate }) => plate)).toEqual(["A"]);
    const car = (await session.scalars(select(Car).options(joinedload(Car.c.manager)))).one();
    expect(car.manager).toBe(manager);
    const cars = (await session.scalars(all.options(joinedload(Manager.c.cars)))).all();
    expect(cars).toHaveLength(2);
  });

  test("withLoaderCriteria() on a subclass leaves the other classes alone", async () => {
    await staff();
    const session = orm.session();
    const rich = withLoaderCriteria(Manager, (manager) => manager.budget.gt(15));
    expect((await session.scalars(all.options(rich))).all().map(({ id }) => id)).toEqual([1, 3, 4]);
    expect((await session.scalars(select(Manager).options(rich))).all().map(({ id }) => id)).toEqual([4]);
  });

  test("naked sessions read the real classes, without tracking", async () => {
    await staff();
    const read = async (query: typeof all): Promise<readonly object[]> => {
      if (target.mode === "sync")
        return new SessionFactory(orm.engine as never).begin((naked) => naked.scalars(query).all());
      return await new AsyncSessionFactory(orm.engine).begin(async (naked) => (await naked.scalars(query)).all());
    };
    const found = await read(all);
    expect(found.map((object) => object.constructor)).toEqual([Employee, Manager, Engineer, Director]);
    expect({ ...found[3] }).toEqual({
      id: 4,
      kind: "director",
      name: "Dan",
      departmentId: null,
      budget: 20,
      title: "Dr",
    });
    expect((await read(select(Manager) as never)).map((object) => object.constructor)).toEqual([Manager, Director]);
  });

  test("objects that a naked session read are taken in as what they are", async () => {
    await staff();
    const session = orm.session();
    const [ann, bob, cid] = (await session.naked.scalars(all)).all() as [Employee, Manager, Engineer];
    expect(cid).toBeInstanceOf(Engineer);
    cid.language = "SQL";
    bob.budget = 99;
    session.add(cid);
    const merged = await session.merge(bob);
    expect(merged).toBeInstanceOf(Manager);
    expect(merged).not.toBe(bob);
    orm.log();
    await session.commit();
    const read = (await session.scalars(all)).all() as [Employee, Manager, Engineer];
    expect(read[2]).toBe(cid);
    expect([read[1] === merged, read[1].budget, read[2].language]).toEqual([true, 99, "SQL"]);
    expect(read[0]).not.toBe(ann);
    // the naked objects of the family come by any class of it, with what is selected beside them
    const query = select(Manager, Manager.c.budget).where(Manager.c.id.eq(2));
    const [[manager, budget] = []] = (await session.naked.execute(query)).all();
    expect([manager?.constructor, budget]).toEqual([Manager, 99]);
  });

  test("statements that mention no class are about the table", async () => {
    await staff();
    const session = orm.session();
    expect(await session.scalar(select(Manager.c.name).where(Manager.c.id.eq(3)))).toBe("Cid");
    expect(await session.scalar(select(Manager.c.name).selectFrom(Manager).where(Manager.c.id.eq(3)))).toBeNull();
  });
});

const Other = declarativeBase();

class Shape extends Other.mapped(
  "shape",
  {
    id: integer().primaryKey(),
    type: integer(),
    name: string(20).unique(),
    version: integer(),
    get parentId() {
      return integer().nullable().references(Shape.c.id);
    },
    get parent() {
      return maybe(Shape, { backPopulates: "children", remoteSide: Shape.c.id });
    },
    get children() {
      return many(Shape, { backPopulates: "parent", orderBy: Shape.c.id });
    },
  },
  { polymorphicOn: "type", versionIdCol: "version" },
) {
  static get subclasses() {
    return [Circle, Square];
  }
}
class Circle extends Shape.mapped({ radius: integer() }, { polymorphicIdentity: 1 }) {
  static {
    validates(Circle, "radius", (radius) => {
      if (radius < 0) throw new Error("it is negative");
    });
  }
}
class Square extends Shape.mapped({ side: integer() }, { polymorphicIdentity: 2 }) {}

describeTargets("a base without rows of its own, versions and events (B16)", (target) => {
  const orm = useOrm(target, Other);

  test("objects refer to objects of other classes of the table", async () => {
    coloursDiffer("a reference whose load is awaited is looked up as by get()");
    const outer = new Circle({ id: 2, name: "outer", radius: 3 });
    outer.children.push(new Square({ id: 1, name: "inner", side: 1 }));
    const session = orm.session();
    session.add(outer);
    await session.commit();
    await session.close();
    const again = orm.session();
    const inner = (await again.scalars(select(Square))).one();
    const parent = target.mode === "sync" ? inner.parent : await again.get(Shape, inner.parentId as number);
    expect(parent).toBeInstanceOf(Circle);
    expect(inner.version).toBe(1);
    inner.side = 2;
    await again.commit();
    expect(inner.version).toBe(2);
    await again.delete(parent as Shape);
    await again.delete(inner);
    await again.commit();
    expect(await orm.rows(select(Shape.c.id))).toEqual([]);
  });

  test("a unique value passes from a deleted object to one of another class", async () => {
    await orm.save(new Circle({ id: 1, name: "it", radius: 1 }));
    const session = orm.session();
    await session.delete((await session.get(Circle, 1)) as Circle);
    session.add(new Square({ id: 2, name: "it", side: 1 }));
    await session.commit();
    expect(await orm.rows(select(Shape.c.id))).toEqual([2]);
  });

  test("an object of the base alone cannot be told apart", () => {
    expect(() => new Shape({ id: 1, name: "x" })).toThrow("Shape has no polymorphicIdentity");
  });

  test("listeners of the base hear of its subclasses, validators are theirs", async () => {
    const heard = vi.fn<(name: string) => void>();
    listen(Shape, "beforeInsert", ({ object, entity }) => heard(`base ${object.name} ${entity.name}`));
    listen(Circle, "beforeInsert", ({ object }) => heard(`circle ${object.radius}`));
    listen(Shape, "load", ({ object }) => heard(`load ${object.constructor.name}`));
    await orm.save(new Circle({ id: 1, name: "c", radius: 1 }), new Square({ id: 2, name: "s", side: 1 }));
    expect(heard.mock.calls.flat()).toEqual(["base c Circle", "circle 1", "base s Square"]);
    heard.mockClear();
    await orm.rows(select(Shape).orderBy(Shape.c.id));
    expect(heard.mock.calls.flat()).toEqual(["load Circle", "load Square"]);
    expect(() => new Circle({ id: 3, name: "d", radius: -1 })).toThrow(ValidationError);
  });
});
