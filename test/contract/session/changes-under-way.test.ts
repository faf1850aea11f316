// What a program does to relationships while a flush is under way belongs to the next flush.
import { expect, test } from "vitest";
import { declarativeBase, many, maybe } from "../../../src/orm/index.ts";
import { integer, string, Table } from "../../../src/schema/index.ts";
import { select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { useOrm } from "../orm/open-orm.ts";

const Base = declarativeBase();

class Shelf extends Base.mapped("shelf", {
  id: integer().primaryKey(),
  name: string(20),
  get jars() {
    return many(Jar, { orderBy: Jar.c.id }); // no way back
  },
  get lamp() {
    return maybe(Lamp);
  },
  get labels() {
    return many(Label, { secondary: shelfLabel, orderBy: Label.c.id });
  },
}) {}

class Jar extends Base.mapped("jar", {
  id: integer().primaryKey(),
  get shelfId() {
    return integer().nullable().references(Shelf.c.id);
  },
}) {}

class Lamp extends Base.mapped("lamp", {
  id: integer().primaryKey(),
  get shelfId() {
    return integer().nullable().references(Shelf.c.id);
  },
}) {}

class Label extends Base.mapped("label", { id: integer().primaryKey() }) {}

const shelfLabel = new Table("shelf_label", Base.metadata, {
  shelf_id: integer().primaryKey().references("shelf.id"),
  label_id: integer().primaryKey().references("label.id"),
});

async function turnsOf(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describeTargets("relationships changed while a flush is under way", (target) => {
  const orm = useOrm(target, Base);
  const keys = async (): Promise<unknown> => [
    await orm.rows(select(Jar.c.id, Jar.c.shelfId).orderBy(Jar.c.id)),
    await orm.rows(select(Lamp.c.id, Lamp.c.shelfId).orderBy(Lamp.c.id)),
    await orm.rows(select(shelfLabel.c.label_id).orderBy(shelfLabel.c.label_id)),
  ];

  test.each([0, 1, 2, 3, 4])("of a new object, after %d turns", async (turns) => {
    const session = orm.session();
    const shelf = new Shelf({ id: 1, name: "a", jars: [new Jar({ id: 1 })], labels: [new Label({ id: 1 })] });
    session.add(shelf);
    const flushing = session.flush();
    await turnsOf(turns);
    shelf.jars.push(new Jar({ id: 2 }));
    shelf.labels.push(new Label({ id: 2 }));
    shelf.lamp = new Lamp({ id: 1 });
    await flushing;
    await session.commit();
    expect(await keys()).toEqual([
      [
        [1, 1],
        [2, 1],
      ],
      [[1, 1]],
      [1, 2],
    ]);
    expect([session.new.size, session.dirty.size]).toEqual([0, 0]);
  });

  test.each([0, 1, 2, 3, 4])("of a changed object, after %d turns", async (turns) => {
    const jars = [new Jar({ id: 1 }), new Jar({ id: 2 })];
    await orm.save(new Shelf({ id: 1, name: "a", jars, labels: [new Label({ id: 1 })] }), new Jar({ id: 3 }));
    const session = orm.session();
    const shelf = await session.getOne(Shelf, 1);
    const [first, , third] = (await session.scalars(select(Jar).orderBy(Jar.c.id))).all() as [Jar, Jar, Jar];
    await session.refresh(shelf, ["jars", "labels", "lamp"]);
    shelf.jars.push(third);
    shelf.name = "b";
    const flushing = session.flush();
    await turnsOf(turns);
    shelf.jars.splice(shelf.jars.indexOf(first), 1);
    shelf.labels.pop();
    shelf.lamp = new Lamp({ id: 1 });
    await flushing;
    await session.commit();
    expect(await keys()).toEqual([
      [
        [1, null],
        [2, 1],
        [3, 1],
      ],
      [[1, 1]],
      [],
    ]);
    expect([session.new.size, session.dirty.size]).toEqual([0, 0]);
  });

  test.each([0, 1, 2, 3])("of an object whose columns alone are written, after %d turns", async (turns) => {
    await orm.save(new Shelf({ id: 1, name: "a", jars: [new Jar({ id: 1 })] }));
    const session = orm.session();
    const shelf = await session.getOne(Shelf, 1);
    await session.refresh(shelf, ["jars"]);
    shelf.name = "b";
    const flushing = session.flush();
    await turnsOf(turns);
    shelf.jars.push(new Jar({ id: 2 }));
    await flushing;
    await session.commit();
    expect(await orm.rows(select(Jar.c.shelfId).orderBy(Jar.c.id))).toEqual([1, 1]);
    expect(await orm.rows(select(Shelf.c.name))).toEqual(["b"]);
  });
});
