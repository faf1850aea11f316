// flush(objects) (spec A0-17): writes the objects named, with what they hang together with, and nothing else.
import { expect, test } from "vitest";
import { ArgumentError, InvalidRequestError, UnmappedInstanceError } from "../../../src/errors/index.ts";
import { inspect } from "../../../src/facade/inspect.ts";
import { listen } from "../../../src/orm/index.ts";
import { SessionProxy } from "../../../src/proxy/index.ts";
import { select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter, Tag } from "../orm/library.ts";
import { attempt, plain, useOrm } from "../orm/open-orm.ts";

const names = select(Author.c.name).orderBy(Author.c.id);
const titles = select(Book.c.title, Book.c.authorId).orderBy(Book.c.id);

describeTargets("a flush of some objects", (target) => {
  const orm = useOrm(target, Base);
  /** What was written, without what a deletion looks for first. */
  const verbs = (): string[] => {
    const written = orm.log().filter((sql) => !sql.startsWith("SELECT"));
    return written.map((sql) => plain(sql).replace(/^(\w+(?: INTO| FROM)?) "?(\w+)"?.*/s, "$1 $2"));
  };

  test("writes those and leaves new, changed and deleted others for the next", async () => {
    await orm.save(...[1, 2, 3, 4].map((id) => new Author({ id, name: `old ${id}` })));
    const session = orm.session();
    const [one, two, three, four] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [
      Author,
      Author,
      Author,
      Author,
    ];
    const [fresh, later] = [new Author({ id: 5, name: "new 5" }), new Author({ id: 6, name: "new 6" })];
    session.addAll([fresh, later]);
    one.name = "changed 1";
    two.name = "changed 2";
    await session.delete(three);
    await session.delete(four);
    orm.log();
    await session.flush([one, three, fresh]);
    expect(verbs()).toEqual(["UPDATE author", "INSERT INTO author", "DELETE FROM author"]);
    expect([...session.new, ...session.dirty, ...session.deleted]).toEqual([later, two, four]);
    expect([fresh, later, three, four].map((object) => inspect(object).status)).toEqual([
      "persistent",
      "pending",
      "deleted",
      "persistent",
    ]);
    const proxy = new SessionProxy(session);
    await proxy.flush([two]);
    expect([verbs(), session.isModified(two)]).toEqual([["UPDATE author"], false]);
    await session.flush();
    expect(verbs()).toEqual(["INSERT INTO author", "DELETE FROM author"]);
    await session.commit();
    expect(await orm.rows(names)).toEqual(["changed 1", "changed 2", "new 5", "new 6"]);
  });

  test("sends nothing where the objects have no changes, or there are none", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    await session.commit();
    session.autoflush = false;
    orm.log();
    await session.flush([author]);
    expect([orm.log(), session.inTransaction()]).toEqual([[], false]);
    session.add(new Author({ id: 2, name: "b" }));
    await session.flush([]);
    await session.flush([author]);
    expect([orm.log(), session.new.size]).toEqual([[], 1]);
  });

  test("takes along what refers to new objects, what they refer to, and where they came from", async () => {
    await orm.save(
      new Author({ id: 1, name: "left", books: [new Book({ id: 1, title: "moved" })] }),
      new Author({ id: 2, name: "right" }),
    );
    const session = orm.session();
    const [left, right] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    const [moved] = (await session.scalars(select(Book))).all() as [Book];
    const unrelated = new Author({ id: 9, name: "unrelated" });
    session.add(unrelated);
    const written = new Book({ id: 2, title: "new", tags: [new Tag({ id: 1, name: "tag" })] });
    const author = new Author({ id: 3, name: "its author", books: [written] });
    session.add(author);
    moved.author = right;
    session.autoflush = false;
    orm.log();
    await session.flush([written]);
    expect([author, written, ...written.tags].map((object) => inspect(object).status)).toEqual([
      "persistent",
      "persistent",
      "persistent",
    ]);
    expect([session.isModified(moved), [...session.new]]).toEqual([true, [unrelated]]);
    await session.flush([left]);
    expect([session.isModified(moved), [...session.new]]).toEqual([false, [unrelated]]);
    await session.rollback();
    expect(await orm.rows(titles)).toEqual([["moved", 1]]);
    await session.close();
  });

  test("takes along what is deleted with all that goes with it", async () => {
    await orm.save(new Author({ id: 1, name: "a", letters: [new Letter({ id: 1, text: "old" })] }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    const letter = await session.getOne(Letter, 1);
    expect(await session.loadAttribute(letter, "author")).toBe(author);
    session.add(new Author({ id: 2, name: "other" }));
    await session.delete(author);
    letter.text = "changed in vain";
    session.autoflush = false;
    await session.flush([letter]);
    expect([inspect(author).status, inspect(letter).status, session.new.size]).toEqual(["deleted", "deleted", 1]);
    await session.commit();
    expect([await orm.rows(names), await orm.rows(select(Letter.c.id))]).toEqual([["other"], []]);
  });

  test("what was given to an object that the flush deleted is not given to it again by the next one", async () => {
    await orm.save(new Author({ id: 1, name: "leaving" }));
    const session = orm.session({ autoflush: false });
    const author = await session.getOne(Author, 1);
    session.expireAll();
    const book = new Book({ id: 1, title: "left behind", author });
    session.add(book);
    await session.delete(author);
    await session.flush([author]);
    session.add(new Author({ id: 2, name: "next" }));
    orm.log();
    await session.flush();
    expect(verbs()).toEqual(["INSERT INTO author"]);
    await session.commit();
    expect([await orm.rows(names), await orm.rows(titles)]).toEqual([["next"], [["left behind", null]]]);
  });

  test("a part that was given to another whole stays, also where the deleted one's parts are first read by the flush", async () => {
    await orm.save(
      new Author({ id: 1, name: "leaving", letters: [new Letter({ id: 1, text: "moved" })] }),
      new Author({ id: 2, name: "staying" }),
    );
    const session = orm.session({ autoflush: false });
    const [leaving, staying] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    const letter = await session.getOne(Letter, 1);
    session.expireAll();
    await session.delete(leaving);
    const letters = (await session.loadAttribute(staying, "letters")) as Letter[];
    letters.push(letter);
    await session.flush();
    expect([inspect(leaving).status, inspect(letter).status]).toEqual(["deleted", "persistent"]);
    await session.commit();
    expect([await orm.rows(names), await orm.rows(select(Letter.c.id, Letter.c.authorId))]).toEqual([
      ["staying"],
      [[1, 2]],
    ]);
  });

  test("takes along new members that were written into a collection by index", async () => {
    await orm.save(new Author({ id: 1, name: "a", books: [new Book({ id: 1, title: "old" })] }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    const books = (await session.loadAttribute(author, "books").valueOf()) as Book[];
    session.add(new Author({ id: 2, name: "other" }));
    books[1] = new Book({ id: 2, title: "by index", tags: [new Tag({ id: 1, name: "along" })] });
    await session.flush([author]);
    expect(session.new.size).toBe(1);
    await session.commit();
    expect(await orm.rows(titles)).toEqual([
      ["old", 1],
      ["by index", 1],
    ]);
    expect(await orm.rows(select(Tag.c.name))).toEqual(["along"]);
  });

  test("listeners hear of those only; what is no object of the session is refused", async () => {
    const session = orm.session();
    const [one, two] = [new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" })];
    session.addAll([one, two]);
    const heard: unknown[] = [];
    listen(session, "beforeFlush", (event) => void heard.push([...event.new]));
    await session.flush(new Set([two]));
    expect(heard).toEqual([[two]]);
    expect(await attempt(() => session.flush([new Author({ id: 3, name: "c" })]))).toBeInstanceOf(InvalidRequestError);
    expect(await attempt(() => session.flush([{}]))).toBeInstanceOf(UnmappedInstanceError);
    expect(await attempt(() => session.flush(one as never))).toBeInstanceOf(ArgumentError);
    expect([...session.new]).toEqual([one]);
  });
});
