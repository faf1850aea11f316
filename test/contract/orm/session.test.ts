import { inspect, isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import {
  DetachedInstanceError,
  IntegrityError,
  InvalidRequestError,
  PendingRollbackError,
  UnmappedInstanceError,
} from "../../../src/errors/index.ts";
import { inspect as inspectState } from "../../../src/facade/inspect.ts";
import { selectinload } from "../../../src/orm/index.ts";
import { insert, select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter, Tag } from "./library.ts";
import { useOrm } from "./open-orm.ts";

describeTargets("sessions and their objects", (target) => {
  const orm = useOrm(target, Base);
  const attempt = async (work: () => unknown): Promise<unknown> => {
    try {
      return await work();
    } catch (error) {
      return error;
    }
  };
  const byName = select(Author).orderBy(Author.c.name);
  const names = (): Promise<readonly unknown[]> => orm.rows(select(Author.c.name).orderBy(Author.c.name));
  const withBooks = byName.options(selectinload(Author.c.books), selectinload(Author.c.letters));

  test("queries see what was added and changed before them", async () => {
    const session = orm.session();
    const author = new Author({ name: "A" });
    session.add(author);
    expect((await session.scalars(byName)).all()).toEqual([author]);
    author.name = "B";
    expect((await session.scalars(select(Author).where(Author.c.name.eq("B")))).one()).toBe(author);
    author.name = "C";
    const unseen = await session.noAutoflush(() => session.scalars(select(Author.c.name)) as never);
    expect((unseen as unknown as { all(): unknown }).all()).toEqual(["B"]);
    const quiet = orm.session({ autoflush: false });
    await session.commit();
    quiet.add(new Author({ name: "D" }));
    expect((await quiet.scalars(select(Author.c.name))).all()).toEqual(["C"]);
  });

  test("a rollback takes everything back: new, changed, deleted, linked", async () => {
    await orm.save(
      new Author({ name: "A", born: 1, books: [new Book({ title: "x" })], letters: [new Letter({ text: "p" })] }),
      new Author({ name: "B" }),
    );
    const session = orm.session();
    const [a, b] = (await session.scalars(withBooks)).all() as [Author, Author];
    const [book] = a.books as [Book];
    const [letter] = a.letters as [Letter];
    const fresh = new Author({ name: "N", books: [new Book({ title: "n" })] });
    session.add(fresh);
    a.name = "changed";
    a.books.push(new Book({ title: "y" }));
    book.author = b;
    a.letters = [];
    await session.flush();
    a.born = 5;
    b.books.length = 0;
    await session.delete(b);
    await session.rollback();
    expect([a.name, a.born, a.books, b.books, a.letters]).toEqual(["A", 1, [book], [], [letter]]);
    expect([book.author, book.authorId, letter.author]).toEqual([a, a.id, a]);
    expect([session.has(fresh), Object.hasOwn(fresh, "id"), fresh.books.length]).toEqual([false, false, 1]);
    expect([session.has(letter), session.has(b), session.new.size, session.dirty.size, session.deleted.size]).toEqual([
      true,
      true,
      0,
      0,
      0,
    ]);
    await session.commit();
    expect(await names()).toEqual(["A", "B"]);
    session.add(fresh);
    a.letters.pop();
    await session.commit();
    expect(await names()).toEqual(["A", "B", "N"]);
    expect(await orm.rows(select(Book.c.title).orderBy(Book.c.title))).toEqual(["n", "x"]);
    expect(await orm.rows(select(Letter.c.text))).toEqual([]);
  });

  test("a savepoint rolls back alone, and what it wrote goes with the outer transaction", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })] }));
    const session = orm.session();
    const a = (await session.scalars(withBooks)).one();
    a.born = 10;
    a.books.push(new Book({ title: "kept" }));
    const inner = await session.beginNested();
    a.born = 20;
    a.books.push(new Book({ title: "lost" }));
    await session.flush();
    const second = await session.beginNested();
    a.born = 30;
    a.books.shift();
    await second.commit();
    expect(a.books.map((book) => book.title)).toEqual(["kept", "lost"]);
    await inner.rollback();
    expect([a.born, a.books.map((book) => book.title)]).toEqual([10, ["x", "kept"]]);
    const third = await session.beginNested();
    a.name = "renamed";
    await third.commit();
    await session.rollback();
    expect([a.name, a.born, a.books.map((book) => book.title)]).toEqual(["A", null, ["x"]]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born))).toEqual([["A", null]]);
  });

  test("a failed flush has to be rolled back; inside a savepoint the outer work survives", async () => {
    await orm.save(new Author({ id: 1000, name: "taken" }));
    const session = orm.session();
    session.add(new Author({ name: "outer" }));
    const error = await attempt(() =>
      session.beginNested(() => {
        session.add(new Author({ id: 1000, name: "again" }));
        return session.flush() as never;
      }),
    );
    expect(error).toBeInstanceOf(IntegrityError);
    await session.commit();
    expect(await names()).toEqual(["outer", "taken"]);
    session.add(new Author({ id: 1000, name: "again" }));
    const first = await attempt(() => session.flush());
    expect(first).toBeInstanceOf(IntegrityError);
    for (const use of [
      () => session.scalars(byName),
      () => session.get(Author, -1),
      () => session.commit(),
      () => session.beginNested(),
    ]) {
      const later = await attempt(use);
      expect(later).toBeInstanceOf(PendingRollbackError);
      expect((later as Error).cause).toBe(first);
    }
    expect(session.isActive).toBe(false);
    await session.rollback();
    expect(session.isActive).toBe(true);
    expect((await session.scalars(select(Author.c.name))).all()).toHaveLength(2);
  });

  test("changes made between a failed flush and its rollback are dropped", async () => {
    await orm.save(new Author({ id: 1000, name: "taken" }));
    const session = orm.session();
    const author = await session.getOne(Author, 1000);
    session.add(new Author({ id: 2000, name: "x" }));
    session.add(new Author({ id: 2000, name: "y" }));
    expect(await attempt(() => session.flush())).toBeInstanceOf(IntegrityError);
    author.name = "meanwhile";
    await session.rollback();
    expect(author.name).toBe("taken");
    await session.commit();
    expect(await names()).toEqual(["taken"]);
  });

  test("objects of a closed session are readable; what is not loaded says that it cannot be", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })] }));
    const session = orm.session();
    const a = (await session.scalars(byName)).one();
    await session.close();
    expect(a.name).toBe("A");
    const error = await attempt(() => a.books);
    expect(error).toBeInstanceOf(DetachedInstanceError);
    expect((error as Error).message).toMatch(/Author\.books/u);
    a.name = "B";
    const other = orm.session();
    other.add(a);
    await other.refresh(a, ["books"]);
    a.name = "C";
    await other.commit();
    expect(await names()).toEqual(["C"]);
  });

  test("an object of another session, a deletion of something new and a stranger are refused", async () => {
    await orm.save(new Author({ name: "A" }));
    const session = orm.session();
    const a = (await session.scalars(byName)).one();
    await session.commit();
    const other = orm.session();
    expect(() => other.add(a)).toThrow(InvalidRequestError);
    expect(await attempt(() => session.delete(new Author({ name: "N" })))).toBeInstanceOf(InvalidRequestError);
    expect(() => session.add({ name: "plain" })).toThrow(UnmappedInstanceError);
    expect(() => session.add(Author)).toThrow(UnmappedInstanceError);
    session.expunge(a);
    expect(() => session.expunge(a)).toThrow(InvalidRequestError);
    other.add(a);
    a.name = "B";
    await other.commit();
    expect(await names()).toEqual(["B"]);
    const third = orm.session();
    const twin = (await third.scalars(byName)).one();
    await other.close();
    expect(twin).not.toBe(a);
    expect(() => third.add(a)).toThrow(/already present/u);
  });

  test("an expunged new object is not inserted, an expunged changed one not updated", async () => {
    await orm.save(new Author({ name: "A" }));
    const session = orm.session();
    const fresh = new Author({ name: "N" });
    session.add(fresh);
    session.expunge(fresh);
    const a = (await session.scalars(byName)).one();
    a.name = "changed";
    session.expunge(a);
    await session.commit();
    expect(await names()).toEqual(["A"]);
  });

  test("entities are plain: spread, JSON, clone, print, compare", async () => {
    await orm.save(
      new Author({ name: "A", born: 1, books: [new Book({ title: "x", tags: [new Tag({ name: "t" })] })] }),
    );
    const session = orm.session();
    const a = (
      await session.scalars(
        byName.options(selectinload(Author.c.books).selectinload(Book.c.tags), selectinload(Author.c.profile)),
      )
    ).one();
    const plain = { id: a.id, name: "A", born: 1 };
    expect({ ...a }).toEqual(plain);
    expect(Object.keys(a)).toEqual(["id", "name", "born"]);
    expect(structuredClone(a)).toEqual(plain);
    expect(inspect(a)).toBe(`Author { id: ${a.id}, name: 'A', born: 1 }`);
    const [book] = a.books as [Book];
    expect(JSON.parse(JSON.stringify(a))).toEqual({
      ...plain,
      profile: null,
      books: [{ id: book.id, title: "x", authorId: a.id, tags: [{ id: book.tags[0]?.id, name: "t" }] }],
    });
    expect(JSON.parse(JSON.stringify(a.books))).toHaveLength(1);
    await session.close();
    const again = (await orm.session().scalars(byName)).one();
    expect(again).toEqual(a);
    expect(isDeepStrictEqual(again, a)).toBe(true);
    expect(Array.isArray(a.books)).toBe(true);
    expect(a.books.map((each) => each.title).constructor).toBe(Array);
    expect([...a.books, ...a.books.filter(() => true), ...a.books.slice()]).toHaveLength(3);
  });

  test("one session may be used from Promise.all", async () => {
    const session = orm.session();
    session.addAll(["A", "B", "C"].map((name) => new Author({ name, books: [new Book({ title: name })] })));
    const [all, , count, first] = await Promise.all([
      session.scalars(byName),
      session.flush(),
      session.scalars(select(Book.c.title).orderBy(Book.c.title)),
      session.get(Author, -5),
    ]);
    expect([all.all().length, count.all(), first]).toEqual([3, ["A", "B", "C"], null]);
    await Promise.all([session.commit(), session.scalars(byName), session.commit()]);
    expect(await names()).toEqual(["A", "B", "C"]);
  });

  test("a stream gives objects with what comes with them, and lets go of those it has passed", async () => {
    await orm.save(
      ...Array.from(
        { length: 25 },
        (_each, index) => new Author({ name: `n${100 + index}`, books: [new Book({ title: "x" })] }),
      ),
    );
    const session = orm.session();
    const query = byName.options(selectinload(Author.c.books));
    const seen: Author[] = [];
    let most = 0;
    const rows = await session.streamScalars(query, undefined, { yieldPer: 10 });
    for await (const author of rows) {
      seen.push(author);
      expect(author.books).toHaveLength(1);
      if (seen.length === 3) author.born = 3;
      if (seen.length === 4) await session.delete(author.books[0] as Book);
      most = Math.max(most, [...session].length);
    }
    expect(orm.log().filter((sql) => sql.includes("IN (") || sql.includes("ANY("))).toHaveLength(3);
    expect(seen.map((author) => author.name)).toEqual(Array.from({ length: 25 }, (_each, index) => `n${100 + index}`));
    expect(most).toBeLessThanOrEqual(25);
    expect(session.has(seen[0] as Author)).toBe(false);
    expect(session.has(seen[2] as Author)).toBe(true);
    await session.commit();
    expect(await orm.rows(select(Author.c.name).where(Author.c.born.eq(3)))).toEqual(["n102"]);
    expect(await orm.rows(select(Book.c.id))).toHaveLength(24);
  });

  test("a long stream passes thousands of objects and forgets none that is to stay", async () => {
    const count = 20_000;
    const session = orm.session();
    await session.execute(
      insert(Author),
      Array.from({ length: count }, (_each, index) => ({ id: index + 1, name: `n${index + 1}` })),
    );
    const [before] = [await session.getOne(Author, 15_000)];
    const changed: Author[] = [];
    let seen = 0;
    const query = select(Author).orderBy(Author.c.id);
    for await (const author of await session.streamScalars(query, undefined, { yieldPer: 1000 })) {
      seen += 1;
      if (author.id === 15_000) expect(author).toBe(before);
      if (author.id % 5000 === 1) {
        author.born = author.id;
        changed.push(author);
      }
    }
    expect([seen, changed.length]).toEqual([count, 4]);
    expect([...session].length).toBeLessThan(3000);
    orm.log();
    for (const author of [before, ...changed]) expect(await session.get(Author, author.id)).toBe(author);
    expect(orm.log()).toEqual([]);
    await session.flush();
    const born = select(Author.c.id).where(Author.c.born.isNotNull()).orderBy(Author.c.id);
    expect((await session.scalars(born)).all()).toEqual([1, 5001, 10_001, 15_001]);
    await session.rollback();
  });

  test("a stream that is left early, or by an error, leaves the session usable", async () => {
    await orm.save(...Array.from({ length: 30 }, (_each, index) => new Author({ name: `n${100 + index}` })));
    const session = orm.session();
    let seen = 0;
    for await (const author of await session.streamScalars(byName, undefined, { yieldPer: 5 })) {
      seen += 1;
      expect(author.name).toMatch(/^n1/u);
      if (seen === 7) break;
    }
    expect((await session.scalars(select(Author.c.id))).all()).toHaveLength(30);
    const failing = async (): Promise<void> => {
      for await (const author of await session.streamScalars(byName, undefined, { yieldPer: 5 }))
        throw new RangeError(author.name);
    };
    expect(await attempt(failing)).toBeInstanceOf(RangeError);
    session.add(new Author({ name: "after" }));
    await session.commit();
    expect(await names()).toHaveLength(31);
  });

  test("the session can be used while it streams", async () => {
    await orm.save(...Array.from({ length: 12 }, (_each, index) => new Author({ name: `n${100 + index}` })));
    const session = orm.session();
    const result = await attempt(async () => {
      for await (const author of await session.streamScalars(byName, undefined, { yieldPer: 5 })) {
        author.born = (await session.scalars(select(Author.c.id).where(Author.c.id.eq(author.id)))).one();
      }
      await session.commit();
    });
    // a MariaDB connection carries one answer at a time, and says so
    if (target.database === "mariadb") expect(result === undefined || result instanceof Error).toBe(true);
    else expect(await orm.rows(select(Author.c.id).where(Author.c.born.eq(Author.c.id)))).toHaveLength(12);
  });

  test("rows written by statements are not hidden by the objects of the session", async () => {
    const session = orm.session();
    const author = new Author({ name: "A" });
    session.add(author);
    await session.flush();
    await session.execute(insert(Book).values({ title: "x", authorId: author.id }));
    expect(((await session.loadAttribute(author, "books")) as Book[]).map((book) => book.title)).toEqual(["x"]);
    await session.execute(text("UPDATE author SET name = 'B'"));
    await session.commit();
    await session.get(Author, author.id);
    expect(author.name).toBe("B");
  });

  test("work that was not committed when the session was closed can be done again by another", async () => {
    await orm.save(new Author({ name: "A", born: 1 }));
    const session = orm.session();
    const author = (await session.scalars(byName)).one();
    const fresh = new Author({ name: "N" });
    session.add(fresh);
    author.born = 2;
    await session.flush();
    await session.close();
    const other = orm.session();
    other.addAll([author, fresh]);
    await other.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born).orderBy(Author.c.name))).toEqual([
      ["A", 2],
      ["N", null],
    ]);
  });

  test("a new object with the key of a deleted one updates its row; columns it was not given stay", async () => {
    await orm.save(new Author({ id: 101, name: "A", born: 1 }));
    const session = orm.session();
    const old = await session.getOne(Author, 101, { options: [selectinload(Author.c.books)] });
    await session.delete(old);
    const fresh = new Author({ id: 101, name: "B" });
    session.add(fresh);
    const sent = async (): Promise<readonly string[]> => {
      orm.log();
      await session.flush();
      return orm.log().filter((sql) => !sql.startsWith("SELECT"));
    };
    expect((await sent()).map((sql) => sql.split(" ")[0])).toEqual(["UPDATE"]);
    expect([inspectState(old).status, inspectState(fresh).status, fresh.born]).toEqual(["deleted", "persistent", 1]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born))).toEqual([["B", 1]]);
  });
});
