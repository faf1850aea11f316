// Objects that were written in a transaction and taken out of the session before it ended (spec B1, B4).
import { inspect, select, selectinload, text } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";

describeTargets("expunged objects", (target) => {
  const orm = useOrm(target, Base);
  const names = (): Promise<readonly unknown[]> => orm.rows(select(Author.c.name).orderBy(Author.c.name));

  test("that were inserted stay outside after a rollback, and can be added again", async () => {
    const session = orm.session();
    const author = new Author({ name: "ann", books: [new Book({ title: "x" })] });
    session.add(author);
    await session.flush();
    session.expunge(author);
    expect(inspect(author).status).toBe("detached");
    await session.rollback();
    expect([inspect(author).status, session.has(author), Object.hasOwn(author, "id")]).toEqual([
      "transient",
      false,
      false,
    ]);
    const other = orm.session();
    other.add(author);
    await other.commit();
    expect(await names()).toEqual(["ann"]);
    expect(await orm.rows(select(Book.c.title))).toEqual(["x"]);
  });

  test("that were updated or deleted stay outside, too; what was taken back counts as changed", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }), new Author({ id: 2, name: "ben" }));
    const session = orm.session();
    const [ann, ben] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    ann.name = "changed";
    await session.delete(ben);
    await session.flush();
    session.expunge(ann);
    session.expunge(ben);
    await session.rollback();
    expect([ann, ben].map((author) => [inspect(author).status, session.has(author)])).toEqual([
      ["detached", false],
      ["detached", false],
    ]);
    expect([...session]).toEqual([]);
    const other = orm.session();
    other.addAll([ann, ben]);
    await other.commit();
    expect(await names()).toEqual(["ben", "changed"]);
  });

  test("that another session has are left alone by a rollback, also of a savepoint", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session();
    const ann = await session.getOne(Author, 1);
    const savepoint = await session.beginNested();
    ann.name = "changed";
    await session.flush();
    session.expunge(ann);
    const other = orm.session();
    other.add(ann);
    await savepoint.rollback();
    expect([inspect(ann).status, other.has(ann), session.has(ann), ann.name]).toEqual([
      "persistent",
      true,
      false,
      "changed",
    ]);
    await session.rollback();
    await session.close();
    other.expunge(ann);
  });

  test("that another session has are left alone when this one is closed, whatever it had written of them", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session();
    const ann = await session.getOne(Author, 1);
    ann.name = "changed";
    const fresh = new Author({ id: 2, name: "new" });
    session.add(fresh);
    await session.flush();
    session.expungeAll();
    const other = orm.session();
    other.addAll([ann, fresh]);
    await session.close();
    expect([ann, fresh].map((author) => [inspect(author).status, other.has(author), author.id])).toEqual([
      ["persistent", true, 1],
      ["persistent", true, 2],
    ]);
    expect([other.identityMap.size, other.new.size]).toEqual([2, 0]);
    other.expungeAll();
  });

  test("are read again as other objects of the same key", async () => {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1, title: "x" })] }));
    const session = orm.session();
    const ann = await session.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    const [book] = ann.books as [Book];
    session.expunge(ann);
    // the default cascade does not expunge members
    expect([session.has(book), inspect(ann).session]).toEqual([true, null]);
    const twin = await session.getOne(Author, 1);
    expect([twin === ann, twin.name]).toEqual([false, "ann"]);
    await session.execute(text("SELECT 1"));
    session.expungeAll();
    expect([inspect(twin).status, inspect(book).status]).toEqual(["detached", "detached"]);
  });
});
