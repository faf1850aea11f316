// Objects that relationships hold and no session has (spec B11): only the side that was written takes them in.
import { awaitableAttrs, InvalidRequestError, select, selectinload } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Box, Profile, Thing } from "./library.ts";
import { attempt, useOrm } from "./open-orm.ts";

describeTargets("objects outside of a session", (target) => {
  const warnings: string[] = [];
  const orm = useOrm(target, Base, {
    logger: (line, level) => {
      if (level === "warn") warnings.push(line);
    },
  });
  const options = [selectinload(Author.c.books), selectinload(Author.c.profile)];

  test("are taken in by the parent they are given to, at once", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session();
    const author = await session.getOne(Author, 1, { options });
    const [book, profile] = [new Book({ title: "x" }), new Profile({ motto: "m" })];
    author.books.push(book);
    author.profile = profile;
    expect([...session.new]).toEqual([book, profile]);
    await session.commit();
    expect([book.authorId, profile.authorId]).toEqual([1, 1]);
  });

  test("stay outside when they are given a parent, with a warning; whether its side is loaded or not", async () => {
    for (const loaded of [true, false]) {
      await orm.save(new Author({ id: 1, name: "ann" }));
      const session = orm.session();
      const author = await session.getOne(Author, 1, loaded ? { options } : {});
      const book = new Book({ title: "x" });
      const profile = new Profile({ motto: "m" });
      book.author = author;
      profile.author = author;
      expect([session.has(book), session.has(profile), session.new.size]).toEqual([false, false, 0]);
      warnings.length = 0;
      orm.log();
      await session.flush();
      expect(orm.log().filter((sql) => !sql.startsWith("SELECT"))).toEqual([]);
      if (loaded) {
        expect(author.books).toEqual([book]);
        expect(warnings.join("\n")).toMatch(/Book in Author\.books is not in the session/u);
        expect(warnings.join("\n")).toMatch(/Profile in Author\.profile is not in the session/u);
      }
      await session.commit();
      expect(await orm.rows(select(Book.c.id))).toEqual([]);
      expect(await orm.rows(select(Profile.c.id))).toEqual([]);
      session.addAll([book, profile]);
      await session.commit();
      expect([book.authorId, profile.authorId]).toEqual([1, 1]);
      await session.delete(book);
      await session.delete(profile);
      await session.delete(author);
      await session.commit();
      await session.close();
    }
  });

  test("are among the members of a collection that is loaded after they were given their parent, and stay outside", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session({ autoflush: false });
    const author = await session.getOne(Author, 1);
    const book = new Book({ title: "x" });
    book.author = author;
    expect(await awaitableAttrs(author).books).toEqual([book]);
    warnings.length = 0;
    await session.commit();
    expect([session.has(book), warnings.length > 0]).toEqual([false, true]);
    expect(await orm.rows(select(Book.c.id))).toEqual([]);
  });

  test("come in with what holds them when that is added, unless its cascade is none", async () => {
    const session = orm.session();
    const book = new Book({ title: "x", author: new Author({ name: "new" }) });
    session.add(book);
    expect(session.has(book.author as Author)).toBe(true);
    const box = new Box({ name: "b", guests: [new Thing({ name: "guest" })], things: [new Thing({ name: "thing" })] });
    session.add(box);
    expect([session.has(box.things[0] as Thing), session.has(box.guests[0] as Thing)]).toEqual([true, false]);
    warnings.length = 0;
    await session.commit();
    expect(warnings.join()).toMatch(/Thing in Box\.guests is not in the session/u);
    expect(await orm.rows(select(Thing.c.name))).toEqual(["thing"]);
  });

  // departure from the reference, which warns and writes NULL: the row would silently lose what it refers to
  test("are refused where a row would have to point to them", async () => {
    const session = orm.session();
    const book = new Book({ title: "x", author: new Author({ name: "new" }) });
    session.add(book);
    session.expunge(book.author as Author);
    const error = await attempt(() => session.flush());
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect((error as Error).message).toMatch(/Book\.author holds a Author/u);
    await session.rollback();
  });
});
