// How changes of attributes are found and told (spec B25), and what programs may say about attributes.
import {
  array,
  type AsyncSession,
  awaitableAttrs,
  bytes,
  declarativeBase,
  flagDirty,
  flagModified,
  getHistory,
  identityKey,
  inspect,
  integer,
  json,
  listen,
  makeTransient,
  many,
  maybe,
  numeric,
  select,
  setCommittedValue,
  string,
  text,
  timestamp,
  wasDeleted,
} from "athanor";
import { describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();

class Author extends Base.mapped("authors", {
  id: integer().primaryKey(),
  name: string(40).nullable(),
  born: timestamp().nullable(),
  data: json<{ tags: string[] }>().nullable(),
  photo: bytes().nullable(),
  scores: array(integer()).nullable(),
  price: numeric(8, 2).nullable(),
  get books() {
    return many(Book, { backPopulates: "author", orderBy: Book.c.id });
  },
}) {}

class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  title: string(40),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return maybe(Author, { backPopulates: "books" });
  },
}) {}

interface Opened {
  readonly engine: AsyncEngine;
  readonly session: AsyncSession;
  readonly log: string[];
}

async function open(target: Target): Promise<Opened> {
  const engine = await openEngine(target);
  await Base.metadata.createAll(engine);
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0] ?? ""));
  return { engine, session: openSession(target, engine), log };
}

const nothing = { added: [], unchanged: [], deleted: [] };

describeTargets("the history of attributes", (target) => {
  describe("of columns", () => {
    it("has what was given to a new object, and no old value", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a" });
      expect(getHistory(author, "name")).toEqual({ ...nothing, added: ["a"] });
      expect(getHistory(author, "born")).toEqual(nothing);
      session.add(author);
      await session.flush();
      expect(getHistory(author, "name")).toEqual({ ...nothing, unchanged: ["a"] });
      expect(getHistory(author, "born")).toEqual({ ...nothing, unchanged: [null] });
      await session.close();
    });

    it("tells the old value, also an old null; reverting is no change", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.flush();
      author.name = "b";
      author.price = "1.50";
      expect(getHistory(author, "name")).toEqual({ added: ["b"], unchanged: [], deleted: ["a"] });
      expect(getHistory(author, "price")).toEqual({ added: ["1.50"], unchanged: [], deleted: [null] });
      expect([session.isModified(author), session.dirty.has(author)]).toEqual([true, true]);
      author.name = "a";
      author.price = null;
      expect(getHistory(author, "name")).toEqual({ ...nothing, unchanged: ["a"] });
      // departure from the reference (DESIGN 4): what was set to the value it has is not even listed as dirty
      expect([session.isModified(author), session.dirty.has(author), inspect(author).modified]).toEqual([
        false,
        false,
        false,
      ]);
      log.length = 0;
      await session.flush();
      expect(log).toEqual([]);
      await session.close();
    });

    it("does not know the old value of what was expired, and counts it as changed", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.flush();
      session.expire(author, ["name"]);
      expect(getHistory(author, "name")).toEqual(nothing);
      author.name = "a";
      expect(getHistory(author, "name")).toEqual({ ...nothing, added: ["a"] });
      expect(session.isModified(author)).toBe(true);
      log.length = 0;
      await session.flush();
      expect(log).toEqual(["UPDATE"]);
      expect(getHistory(author, "name")).toEqual({ ...nothing, unchanged: ["a"] });
      await session.close();
    });

    it("takes undefined and a deleted property for null", async () => {
      const { session } = await open(target);
      // departure: in the reference a deleted column makes the flush fail
      const author = new Author({ name: "a", price: "2.00" });
      session.add(author);
      await session.flush();
      author.name = undefined as never;
      delete (author as Partial<Author>).price;
      expect(getHistory(author, "name")).toEqual({ added: [null], unchanged: [], deleted: ["a"] });
      expect(getHistory(author, "price")).toEqual({ added: [null], unchanged: [], deleted: ["2.00"] });
      expect(author.price).toBe(null);
      await session.commit();
      const row = (await session.execute(select(Author.c.name, Author.c.price))).one();
      expect(row).toEqual([null, null]);
      expect(Object.hasOwn(author, "price")).toBe(true);
      await session.close();
    });

    it("compares dates, JSON, bytes and arrays by value, also those that changed in place", async () => {
      const { session, log } = await open(target);
      const author = new Author({
        born: new Date(1000),
        data: { tags: ["x"] },
        photo: new Uint8Array([1, 2]),
        scores: [1, 2],
      });
      session.add(author);
      await session.commit();
      author.born = new Date(1000);
      author.data = { tags: ["x"] };
      author.photo = new Uint8Array([1, 2]);
      author.scores = [1, 2];
      log.length = 0;
      await session.flush();
      expect([log, session.isModified(author)]).toEqual([[], false]);

      author.data.tags.push("y");
      author.born.setTime(2000);
      author.photo[0] = 9;
      author.scores.push(3);
      expect(getHistory(author, "data")).toEqual({
        added: [{ tags: ["x", "y"] }],
        unchanged: [],
        deleted: [{ tags: ["x"] }],
      });
      expect(getHistory(author, "born")).toEqual({ added: [new Date(2000)], unchanged: [], deleted: [new Date(1000)] });
      expect(getHistory(author, "scores")).toEqual({ added: [[1, 2, 3]], unchanged: [], deleted: [[1, 2]] });
      await session.flush();
      expect(log).toEqual(["UPDATE"]);
      session.expungeAll();
      const again = (await session.scalars(select(Author))).one();
      expect([again.data, again.born, [...(again.photo ?? [])], again.scores]).toEqual([
        { tags: ["x", "y"] },
        new Date(2000),
        [9, 2],
        [1, 2, 3],
      ]);
      await session.close();
    });
  });

  describe("of references", () => {
    it("has the object that went, but no old null", async () => {
      const { session } = await open(target);
      const [first, second] = [new Author({ name: "a" }), new Author({ name: "b" })];
      const book = new Book({ title: "t" });
      session.addAll([first, second, book]);
      await session.flush();
      book.author = first;
      expect(getHistory(book, "author")).toEqual({ ...nothing, added: [first] });
      await session.flush();
      expect(getHistory(book, "author")).toEqual({ ...nothing, unchanged: [first] });
      book.author = second;
      expect(getHistory(book, "author")).toEqual({ added: [second], unchanged: [], deleted: [first] });
      book.author = null;
      expect(getHistory(book, "author")).toEqual({ added: [null], unchanged: [], deleted: [first] });
      book.author = first;
      expect(getHistory(book, "author")).toEqual({ ...nothing, unchanged: [first] });
      await session.close();
    });

    it("are cleared by deleting the attribute's value", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a" });
      const book = new Book({ title: "t", author });
      session.add(book);
      await session.flush();
      // departure (DESIGN 3): a relationship is an accessor of the class, which `delete` does not reach
      delete (book as { author?: unknown }).author;
      expect([book.author, session.isModified(book)]).toEqual([author, false]);
      book.author = undefined as never;
      expect(book.author).toBe(null);
      await session.flush();
      expect(await session.scalar(select(Book.c.authorId))).toBe(null);
      await session.close();
    });

    it("of what is not loaded are empty", async () => {
      const { engine, session } = await open(target);
      session.add(new Book({ title: "t", author: new Author({ name: "a" }) }));
      await session.commit();
      await session.close();
      const other = openSession(target, engine);
      const book = (await other.scalars(select(Book))).one();
      expect(getHistory(book, "author")).toEqual(nothing);
      const author = (await other.scalars(select(Author))).one();
      expect(getHistory(author, "books")).toEqual(nothing);
      expect([...inspect(author).unloaded]).toEqual(["books"]);
      await other.close();
    });
  });

  describe("of collections", () => {
    it("compares members by identity", async () => {
      const { session } = await open(target);
      const [x, y, z] = ["x", "y", "z"].map((title) => new Book({ title })) as [Book, Book, Book];
      const author = new Author({ name: "a", books: [x, y] });
      expect(getHistory(author, "books")).toEqual({ ...nothing, added: [x, y] });
      session.add(author);
      await session.flush();
      expect(getHistory(author, "books")).toEqual({ ...nothing, unchanged: [x, y] });
      author.books.push(z);
      author.books.splice(0, 1);
      expect(getHistory(author, "books")).toEqual({ added: [z], unchanged: [y], deleted: [x] });
      expect(session.isModified(author)).toBe(true);
      expect(session.isModified(author, { includeCollections: false })).toBe(false);
      author.books = [y, x];
      expect(getHistory(author, "books").added).toEqual([]);
      expect(getHistory(author, "books").deleted).toEqual([]);
      await session.close();
    });

    it("replaces at once, refuses what is no list, and lets go of the old one", async () => {
      const { session } = await open(target);
      const [x, y] = ["x", "y"].map((title) => new Book({ title })) as [Book, Book];
      const author = new Author({ name: "a", books: [x] });
      const old = author.books;
      author.books = [y];
      expect([x.author, y.author]).toEqual([null, author]);
      old.push(new Book({ title: "elsewhere" }));
      expect(author.books).toEqual([y]);
      const same = author.books;
      author.books = same;
      expect(author.books).toBe(same);
      expect(() => {
        author.books = null as never;
      }).toThrow(/is a collection: assign an array, not null/);
      expect(() => {
        author.books = new Set([x]) as never;
      }).toThrow(/assign an array/);
      expect(() => author.books.push(null as never)).toThrow(/holds objects of Book, not null/);
      session.add(author);
      await session.flush();
      expect(await session.scalar(select(Book.c.title))).toBe("y");
      await session.close();
    });

    it("makes an empty one of reading a new object's, which is no change", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      expect(author.books).toEqual([]);
      expect(getHistory(author, "books")).toEqual(nothing);
      session.add(author);
      await session.flush();
      log.length = 0;
      expect(author.books).toEqual([]);
      author.books.push(new Book({ title: "x" }));
      expect(session.dirty.has(author)).toBe(true);
      await session.close();
    });
  });

  describe("and what programs say about attributes", () => {
    it("flagModified() has an unchanged attribute written", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      await session.scalars(select(Author));
      flagModified(author, "name");
      expect(getHistory(author, "name")).toEqual({ ...nothing, added: ["a"] });
      expect([session.dirty.has(author), session.isModified(author)]).toEqual([true, true]);
      await session.get(Author, author.id);
      log.length = 0;
      await session.flush();
      expect(log).toEqual(["UPDATE"]);
      expect([session.dirty.size, inspect(author).modified]).toEqual([0, false]);
      await session.flush();
      expect(log).toEqual(["UPDATE"]);

      flagModified(author, "name");
      await session.rollback();
      expect([author.name, session.dirty.size]).toEqual(["a", 0]);
      session.expire(author, ["name"]);
      expect(() => flagModified(author, "name")).toThrow(/cannot be flagged modified: it is not present/);
      expect(() => flagModified(author, "nam" as never)).toThrow(/has no attribute "nam"/);
      expect(() => flagModified({} as Author, "name")).toThrow(/no object of a mapped class/);
      await session.close();
    });

    it("flagDirty() shows an object to flush listeners, without SQL", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      const seen: unknown[] = [];
      listen(session, "beforeFlush", ({ dirty }) => void seen.push(...dirty));
      flagDirty(author);
      expect([session.dirty.has(author), session.isModified(author), inspect(author).modified]).toEqual([
        true,
        false,
        true,
      ]);
      log.length = 0;
      await session.flush();
      expect([seen, log, session.dirty.size]).toEqual([[author], [], 0]);
      await session.close();
    });

    it("setCommittedValue() sets without history: columns, references, collections", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      const book = new Book({ title: "t" });
      session.addAll([author, book]);
      await session.commit();
      await session.scalars(select(Author));
      await session.scalars(select(Book));
      setCommittedValue(author, "name", "known");
      setCommittedValue(book, "author", author);
      setCommittedValue(author, "books", [book]);
      expect([author.name, book.author, author.books]).toEqual(["known", author, [book]]);
      expect(getHistory(author, "name")).toEqual({ ...nothing, unchanged: ["known"] });
      expect(getHistory(book, "author")).toEqual({ ...nothing, unchanged: [author] });
      expect(getHistory(author, "books")).toEqual({ ...nothing, unchanged: [book] });
      log.length = 0;
      await session.flush();
      expect(log).toEqual([]);
      expect(() => setCommittedValue(author, "books", [author] as never)).toThrow(/holds objects of Book/);
      await session.close();
    });

    it("wasDeleted() stays true after the commit, not after a rollback", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      await session.delete(author);
      expect(wasDeleted(author)).toBe(false);
      await session.flush();
      expect([wasDeleted(author), inspect(author).wasDeleted]).toEqual([true, true]);
      await session.rollback();
      expect(wasDeleted(author)).toBe(false);
      await session.delete(author);
      await session.commit();
      expect([wasDeleted(author), inspect(author).detached]).toEqual([true, true]);
      makeTransient(author);
      expect(wasDeleted(author)).toBe(false);
      session.add(author); // inserted anew, under its old key
      await session.commit();
      expect(inspect(author).persistent).toBe(true);
      await session.close();
    });

    it("inspect() tells values, what was loaded, and the key", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a" });
      expect([inspect(author).identityKey, inspect(author).identity]).toEqual([null, null]);
      session.add(author);
      await session.flush();
      const { attrs } = inspect(author);
      author.name = "b";
      const name = inspect(author).attrs["name"];
      expect([name?.value, name?.loadedValue, name?.history]).toEqual([
        "b",
        "b",
        { added: ["b"], unchanged: [], deleted: ["a"] },
      ]);
      expect(attrs["name"]?.history).toEqual({ ...nothing, unchanged: ["a"] });
      expect(inspect(author).identityKey).toEqual([Author, [author.id], null]);
      expect(inspect(author).identity).toEqual([author.id]);
      expect(inspect(author).session).toBe(session);
      await session.close();
    });

    it("enableRelationshipLoading() lets an object without a row load by its keys", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a", books: [new Book({ title: "t" })] });
      session.add(author);
      await session.commit();
      const book = new Book({ title: "new", authorId: author.id });
      expect(book.author).toBe(null); // a new object loads nothing
      const other = new Book({ title: "other", authorId: author.id });
      session.enableRelationshipLoading(other);
      expect(await awaitableAttrs(other).author).toBe(author);
      expect([session.has(other), inspect(other).transient]).toEqual([false, true]);
      const shadow = new Author({ id: author.id, name: "shadow" });
      session.enableRelationshipLoading(shadow);
      expect((await awaitableAttrs(shadow).books).map(({ title }) => title)).toEqual(["t"]);
      await session.close();
    });
  });
});

describeTargets("the identity map", (target) => {
  it("shows the objects of a session by key", async () => {
    const { session } = await open(target);
    const [first, second] = [new Author({ name: "a" }), new Author({ name: "b" })];
    session.addAll([first, second]);
    const map = session.identityMap;
    expect([map.size, [...session], session.has(first)]).toEqual([0, [first, second], true]);
    await session.flush();
    expect([map.size, [...session].length, [...map.values()]]).toEqual([2, 2, [first, second]]);
    expect([...map.keys()]).toEqual([identityKey(first), identityKey(second)]);
    expect(identityKey(Author, first.id)).toEqual([Author, [first.id], null]);
    expect(map.get(identityKey(Author, first.id))).toBe(first);
    expect(map.has(session.identityKey(Author, { id: 4711 }))).toBe(false);
    expect(new Map(map).size).toBe(2);
    session.expunge(first);
    expect([map.size, session.has(first)]).toEqual([1, false]);
    expect(() => identityKey(Author, [1, 2] as never)).toThrow(/primary key of Author is id/);
    await session.close();
    expect(map.size).toBe(0);
  });

  it("gives the object it has for a row, without overwriting what is loaded", async () => {
    const { session } = await open(target);
    const author = new Author({ name: "a" });
    session.add(author);
    await session.flush();

    await session.execute(text(`UPDATE authors SET name = 'elsewhere', price = 3`));
    expect((await session.scalars(select(Author))).one()).toBe(author);
    expect(author.name).toBe("a");
    session.expire(author, ["price"]);
    await session.scalars(select(Author)); // what is missing is filled in from the row
    expect(Number(author.price)).toBe(3);
    await session.close();
  });

  it("follows a change of the key at the flush, and its rollback", async () => {
    const { session } = await open(target);
    const author = new Author({ name: "a" });
    session.add(author);
    await session.commit();
    const old = author.id;
    author.id = 4711;
    expect(session.identityMap.has(identityKey(Author, old))).toBe(true);
    await session.flush();
    expect(session.identityMap.get(identityKey(Author, 4711))).toBe(author);
    expect(session.identityMap.has(identityKey(Author, old))).toBe(false);
    await session.rollback();
    expect(session.identityMap.get(identityKey(Author, old))).toBe(author);
    expect(author.id).toBe(old);
    await session.close();
  });

  it("loses all that addAll(), deleteAll() and expungeAll() took in", async () => {
    const { session } = await open(target);
    const authors = ["a", "b"].map((name) => new Author({ name }));
    session.addAll(authors);
    await session.commit();
    await session.deleteAll(authors);
    expect([...session.deleted]).toEqual(authors);
    await session.flush();
    expect(session.identityMap.size).toBe(0);
    await session.rollback();
    expect(session.identityMap.size).toBe(2);
    session.expungeAll();
    expect([...session]).toEqual([]);
    expect(() => session.deleteAll(authors[0] as never)).toThrow(/deleteAll\(\) takes a list/);
    await session.close();
  });
});
