// What a flush makes of the number of rows its statements met, and of keys that are there already (spec B8).
import { beforeEach, expect, test } from "vitest";
import { IntegrityError, StaleDataError } from "../../../src/errors/index.ts";
import { declarativeBase, many } from "../../../src/orm/index.ts";
import { listen, unlisten } from "../../../src/index.ts";
import { integer, string, Table } from "../../../src/schema/index.ts";
import { select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";

const Base = declarativeBase();

const fields = { id: integer().primaryKey(), name: string(20), size: integer().default(0) } as const;
class Item extends Base.mapped("item", fields) {}
class Quiet extends Base.mapped("quiet", fields, { confirmDeletedRows: false }) {}
class Single extends Base.mapped("single", fields, { batch: false }) {}
class Fresh extends Base.mapped("fresh", fields, { alwaysRefresh: true }) {}

class Student extends Base.mapped("student", {
  id: integer().primaryKey(),
  name: string(20),
  get courses() {
    return many(Course, { backPopulates: "students", secondary: enrolment });
  },
}) {}
class Course extends Base.mapped("course", {
  id: integer().primaryKey(),
  name: string(20),
  get students() {
    return many(Student, { backPopulates: "courses", secondary: enrolment });
  },
}) {}
const enrolment = new Table("enrolment", Base.metadata, {
  student_id: integer().primaryKey().references("student.id"),
  course_id: integer().primaryKey().references("course.id"),
});

/** Rows of a table made elsewhere, whose keys may be NULL. */
const Legacy = declarativeBase();
const parts = {
  a: integer().primaryKey().autoincrement(false),
  b: integer().primaryKey().autoincrement(false),
  name: string(20),
} as const;
class Part extends Legacy.mapped("legacy_part", parts) {}
const Whole = declarativeBase();
class WholePart extends Whole.mapped("legacy_part", parts, { allowPartialPks: false }) {}

describeTargets("row counts", (target) => {
  const warnings: string[] = [];
  const orm = useOrm(target, Base, {
    logger: (message, level) => {
      if (level === "warn") warnings.push(message);
    },
  });
  beforeEach(() => {
    warnings.length = 0;
  });

  test("an UPDATE sends net changes only; objects with the same ones share a statement", async () => {
    await orm.save(...Array.from({ length: 4 }, (_each, index) => new Item({ name: `n${index}` })));
    const session = orm.session();
    const items = (await session.scalars(select(Item).orderBy(Item.c.id))).all() as [Item, Item, Item, Item];
    orm.log();
    items[0].name = "x";
    items[1].size = 1;
    items[2].name = "y";
    items[3].name = "z";
    items[3].name = "n3";
    await session.flush();
    const sent = orm.log().map(plain);
    expect(sent.length).toBe(2);
    expect(sent[1]).toBe('UPDATE "item" SET "size" = ? WHERE "id" = ?');
    expect(sent[0]).not.toContain("size");
  });

  test("an UPDATE finds the row by the key it has, not the one it gets", async () => {
    await orm.save(new Item({ id: 1, name: "a" }));
    const session = orm.session();
    const item = await session.getOne(Item, 1);
    item.id = 2;
    orm.log();
    await session.commit();
    expect(orm.log().map(plain)).toEqual(['UPDATE "item" SET "id" = ? WHERE "id" = ?']);
    expect(await orm.rows(select(Item.c.id))).toEqual([2]);
  });

  test("an UPDATE that matches no row fails and says of which object", async () => {
    await orm.save(new Item({ name: "a" }), new Item({ name: "b" }));
    const session = orm.session();
    const [gone, there] = (await session.scalars(select(Item).orderBy(Item.c.id))).all() as [Item, Item];
    await session.execute(text(`DELETE FROM item WHERE id = ${gone.id}`));
    gone.name = "x";
    const one = (await attempt(() => session.flush())) as StaleDataError;
    expect(one).toBeInstanceOf(StaleDataError);
    expect(one.message).toContain("UPDATE of item expected to update 1 row(s); 0 were matched");
    expect(one.message).toContain(`Item with key ${gone.id}`);
    await session.rollback();
    await session.execute(text(`DELETE FROM item WHERE id = ${gone.id}`));
    gone.name = "x";
    there.name = "y";
    const many = (await attempt(() => session.flush())) as StaleDataError;
    expect(many.message).toContain("expected to update 2 row(s); 1 were matched");
    expect(many.objects).toEqual([gone]);
  });

  test("an UPDATE to what the row has by now meets that row, on databases that count changed rows too", async () => {
    await orm.save(new Item({ name: "a" }), new Item({ name: "b" }), new Item({ name: "c" }));
    const session = orm.session();
    const items = (await session.scalars(select(Item).orderBy(Item.c.id))).all();
    await session.execute(text("UPDATE item SET name = 'same'"));
    for (const item of items) item.name = "same";
    await session.commit();
    expect(await orm.rows(select(Item.c.name))).toEqual(["same", "same", "same"]);
  });

  test("a DELETE that misses rows is told of, and not where the class says so", async () => {
    for (const [Class, told] of [
      [Item, 1],
      [Quiet, 0],
    ] as const) {
      await orm.save(new Class({ name: "a" }), new Class({ name: "b" }));
      const session = orm.session();
      const items = (await session.scalars(select(Class).orderBy(Class.c.id))).all();
      await session.execute(text(`DELETE FROM ${Class.table.name} WHERE name = 'a'`));
      for (const item of items) await session.delete(item);
      await session.commit();
      expect(
        warnings.splice(0).filter((message) => message.includes("expected to delete 2 row(s); 1 were matched")),
      ).toHaveLength(told);
      await session.close();
    }
  });

  test("a row of an association table that is gone makes a flush fail; deleting both ends counts nothing twice", async () => {
    const course = new Course({ name: "c" });
    await orm.save(new Student({ name: "a", courses: [course, new Course({ name: "d" })] }));
    const session = orm.session();
    const student = (await session.scalars(select(Student))).one();
    await session.refresh(student, ["courses"]);
    await session.execute(text("DELETE FROM enrolment"));
    student.courses.pop();
    const error = (await attempt(() => session.flush())) as StaleDataError;
    expect(error).toBeInstanceOf(StaleDataError);
    expect(error.message).toContain("DELETE of enrolment expected to delete 1 row(s); 0 were matched");
    await session.rollback();
    await session.refresh(student, ["courses"]);
    const [first] = student.courses as [Course];
    student.courses.splice(0, 1);
    await session.delete(student);
    await session.delete(first);
    await session.commit();
    expect(await orm.rows(select(Course.c.name))).toHaveLength(1);
  });

  test("a new object with the key of a loaded one is told of, then refused by the database", async () => {
    await orm.save(new Item({ id: 1, name: "a" }));
    const session = orm.session();
    const item = await session.getOne(Item, 1);
    session.add(new Item({ id: 1, name: "b" }));
    expect(await attempt(() => session.flush())).toBeInstanceOf(IntegrityError);
    expect(warnings.some((message) => message.includes("New Item with key 1 conflicts with the persistent one"))).toBe(
      true,
    );
    await session.rollback();
    expect(await session.getOne(Item, 1)).toBe(item);
  });

  test("batch: false writes one object at a time, so that its listeners hear before and after of each", async () => {
    const heard: string[] = [];
    const listener = (name: string) => (event: { readonly object: object }) =>
      void heard.push(`${name} ${(event.object as Single).name}`);
    const names = [
      "beforeInsert",
      "afterInsert",
      "beforeUpdate",
      "afterUpdate",
      "beforeDelete",
      "afterDelete",
    ] as const;
    const listeners = names.map((name) => [name, listener(name)] as const);
    for (const [name, hear] of listeners) listen(Single, name, hear);
    try {
      const session = orm.session();
      const singles = [new Single({ name: "a" }), new Single({ name: "b" })];
      session.addAll(singles);
      await session.flush();
      expect(heard.splice(0)).toEqual(["beforeInsert a", "afterInsert a", "beforeInsert b", "afterInsert b"]);
      expect(orm.log()).toHaveLength(2);
      for (const single of singles) single.size = 1;
      await session.flush();
      expect(heard.splice(0)).toEqual(["beforeUpdate a", "afterUpdate a", "beforeUpdate b", "afterUpdate b"]);
      expect(orm.log()).toHaveLength(2);
      for (const single of singles) await session.delete(single);
      await session.commit();
      expect(heard.splice(0)).toEqual(["beforeDelete a", "afterDelete a", "beforeDelete b", "afterDelete b"]);
      expect(orm.log()).toHaveLength(2);
    } finally {
      for (const [name, hear] of listeners) unlisten(Single, name, hear);
    }
  });

  // departure (DESIGN 3): a refresh never overwrites what was changed since the last flush, as it does in the reference
  test("alwaysRefresh: get() and queries read rows anew, and changes not flushed stay", async () => {
    await orm.save(new Fresh({ id: 1, name: "a" }), new Item({ id: 1, name: "a" }));
    const session = orm.session({ autoflush: false });
    const fresh = await session.getOne(Fresh, 1);
    const item = await session.getOne(Item, 1);
    await session.execute(text("UPDATE fresh SET name = 'b'"));
    await session.execute(text("UPDATE item SET name = 'b'"));
    orm.log();
    expect([await session.get(Fresh, 1), fresh.name]).toEqual([fresh, "b"]);
    expect([await session.get(Item, 1), item.name]).toEqual([item, "a"]);
    expect(orm.log()).toHaveLength(1);
    await session.execute(text("UPDATE fresh SET name = 'c', size = 5"));
    fresh.size = 9;
    await session.scalars(select(Fresh));
    expect([fresh.name, fresh.size]).toEqual(["c", 9]);
  });

  test("a key of which a part is NULL makes an object, unless the class says otherwise", async () => {
    const session = orm.session();
    await session.execute(text("CREATE TABLE legacy_part (a INTEGER, b INTEGER, name VARCHAR(20))"));
    await session.execute(text("INSERT INTO legacy_part VALUES (1, 1, 'x'), (1, NULL, 'y'), (NULL, NULL, 'z')"));
    await session.commit();
    const parts = (await session.scalars(select(Part).orderBy(Part.c.name))).all();
    expect(parts.map((part) => part?.name ?? null)).toEqual(["x", "y", null]);
    expect(
      (await session.scalars(select(WholePart).orderBy(WholePart.c.name))).all().map((part) => part?.name ?? null),
    ).toEqual(["x", null, null]);
    const partial = parts[1] as Part;
    orm.log();
    expect(await session.get(Part, [1, null as never])).toBe(partial);
    expect(orm.log()).toEqual([]);
    session.expunge(partial);
    const again = (await session.get(Part, [1, null as never])) as Part;
    expect(again.name).toBe("y");
    again.name = "changed";
    await session.commit();
    await session.refresh(again);
    expect(again.name).toBe("changed");
    await session.delete(again);
    await session.commit();
    expect(warnings).toEqual([]);
    expect((await session.execute(text("SELECT count(*) FROM legacy_part"))).scalar()).toSatisfy(
      (count) => Number(count) === 2,
    );
    await session.execute(text("DROP TABLE legacy_part"));
    await session.commit();
  });
});
