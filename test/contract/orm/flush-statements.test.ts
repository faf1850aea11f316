// Which statements a flush sends for relationships, and in which order (spec B8, B11).
import { deleteFrom, inspect, selectinload, update } from "athanor";
import { expect, test } from "vitest";
import { FlushError } from "../../../src/errors/index.ts";
import { select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Club, Letter, Membership, Node, Profile, Tag } from "./library.ts";
import { attempt, plain, shapes, useOrm } from "./open-orm.ts";

describeTargets("the statements of a flush", (target) => {
  const orm = useOrm(target, Base);
  const sent = (): readonly string[] => shapes(orm.log());

  // departure from B8, where the collection of a removed object is read to delete its rows one by one
  test("rows of an association: after both ends, deletions before insertions; those of a removed object before it, unread", async () => {
    const session = orm.session();
    const book = new Book({ title: "x", tags: [new Tag({ name: "a" }), new Tag({ name: "b" })] });
    session.add(book);
    await session.flush();
    expect([...sent()].sort()).toEqual(["INSERT book", "INSERT book_tag", "INSERT tag"]);
    book.tags.shift();
    book.tags.push(new Tag({ name: "c" }));
    await session.flush();
    expect(sent()).toEqual(["INSERT tag", "DELETE book_tag", "INSERT book_tag"]);
    await session.commit();
    await session.close();
    const other = orm.session();
    await other.delete((await other.scalars(select(Book))).one());
    orm.log();
    await other.flush();
    expect(sent()).toEqual(["DELETE book_tag", "DELETE book"]);
    await other.commit();
    expect(await orm.rows(select(Tag.c.name).orderBy(Tag.c.name))).toEqual(["a", "b", "c"]);
  });

  test("a deleted parent: its children are read, their keys cleared by one UPDATE, its parts deleted, then it", async () => {
    await orm.save(
      new Author({ id: 101, name: "A", books: [new Book({}), new Book({})], letters: [new Letter({ text: "l" })] }),
      new Author({ id: 102, name: "B", books: [new Book({})] }),
    );
    const session = orm.session();
    const authors = (await session.scalars(select(Author).orderBy(Author.c.id))).all();
    for (const author of authors) await session.delete(author);
    orm.log();
    await session.flush();
    const log = orm.log();
    expect(shapes(log).slice(0, 3).toSorted()).toEqual(["SELECT book", "SELECT letter", "SELECT profile"]);
    expect(shapes(log).slice(3)).toEqual(["UPDATE book", "DELETE letter", "DELETE author"]);
    // PostgreSQL takes the keys from a list of values
    expect(plain(log[3] as string)).toMatch(/^UPDATE "book" SET "author_id" = (\?|[\w.]+) (WHERE|FROM)/u);
    await session.commit();
    expect(await orm.rows(select(Book.c.authorId))).toEqual([null, null, null]);
  });

  test("a tree is read level by level when it is deleted, and deleted the other way round", async () => {
    const leaf = (name: string): Node => new Node({ name });
    const branch = (name: string): Node => new Node({ name, children: [leaf(`${name}1`), leaf(`${name}2`)] });
    await orm.save(new Node({ id: 101, name: "root", children: [branch("a"), branch("b")] }));
    const session = orm.session();
    await session.delete(await session.getOne(Node, 101));
    orm.log();
    await session.flush();
    // children of the root, of both branches, of all leaves
    expect(sent()).toEqual(["SELECT node", "SELECT node", "SELECT node", "DELETE node", "DELETE node", "DELETE node"]);
    await session.commit();
    expect(await orm.rows(select(Node.c.id))).toEqual([]);
  });

  test("a child that gets another parent is one UPDATE of its key, also where parts of the old one are deleted", async () => {
    await orm.save(
      new Author({
        id: 101,
        name: "A",
        letters: [new Letter({ id: 101, text: "moved" }), new Letter({ id: 102, text: "gone" })],
      }),
      new Author({ id: 102, name: "B" }),
    );
    const session = orm.session();
    const query = select(Author).options(selectinload(Author.c.letters)).orderBy(Author.c.id);
    const [from, to] = (await session.scalars(query)).all() as [Author, Author];
    to.letters.push(from.letters[0] as Letter);
    orm.log();
    await session.flush();
    const [statement, ...others] = orm.log();
    expect([plain(statement as string), others]).toEqual(['UPDATE "letter" SET "author_id" = ? WHERE "id" = ?', []]);
    from.letters.pop();
    await session.commit();
    expect(sent()).toEqual(["DELETE letter"]);
    expect(await orm.rows(select(Letter.c.text, Letter.c.authorId))).toEqual([["moved", 102]]);
  });

  test("columns without a value and without a default are written as NULL, so that neighbours share a statement", async () => {
    const session = orm.session();
    session.addAll([
      new Author({ name: "a", born: 1 }),
      new Author({ name: "b" }),
      new Author({ name: "c", born: null }),
    ]);
    await session.flush();
    const [statement, ...others] = orm.log();
    expect([plain(statement as string), others]).toEqual([
      expect.stringMatching(/^INSERT INTO "author" \("name", "born"\)/u),
      [],
    ]);
    await session.commit();
    expect(await orm.rows(select(Author.c.born).orderBy(Author.c.id))).toEqual([1, null, null]);
  });

  test("a key made of a parent's cannot be blanked out: the object and the way out are named, nothing is sent", async () => {
    const author = new Author({ name: "A" });
    await orm.save(author, new Club({ name: "C", memberships: [new Membership({ author, since: 1990 })] }));
    const session = orm.session();
    const membership = (await session.scalars(select(Membership))).one();
    membership.author = null as never;
    orm.log();
    const error = (await attempt(() => session.flush())) as Error;
    expect(error).toBeInstanceOf(FlushError);
    expect(error.message).toMatch(/Membership/u);
    expect(sent().filter((shape) => !shape.startsWith("SELECT"))).toEqual([]);
    await session.rollback();
    expect(inspect(membership).status).toBe("persistent");
  });

  test("a new object that came and went before the flush is not written, whichever way it went", async () => {
    await orm.save(new Author({ id: 101, name: "A" }));
    const session = orm.session();
    const author = await session.getOne(Author, 101, { options: [selectinload(Author.c.books)] });
    const book = new Book({ title: "x" });
    author.books.push(book);
    session.expunge(book);
    author.books.pop();
    orm.log();
    await session.commit();
    expect(sent()).toEqual([]);
  });

  // B11: add() takes in what was taken out of a collection since the last flush, too: its row has to be written
  test("an object that comes back to a session brings what it lost meanwhile", async () => {
    await orm.save(new Author({ id: 101, name: "A", books: [new Book({ id: 101, title: "x" })] }));
    const session = orm.session();
    const author = await session.getOne(Author, 101, { options: [selectinload(Author.c.books)] });
    const [book] = author.books as [Book];
    await session.close();
    author.books.pop();
    const other = orm.session();
    other.add(author);
    expect(other.has(book)).toBe(true);
    orm.log();
    await other.commit();
    expect(sent()).toEqual(["UPDATE book"]);
    expect(await orm.rows(select(Book.c.authorId))).toEqual([null]);
  });

  test("statements with a WHERE go along no relationship", async () => {
    await orm.save(
      new Author({ id: 101, name: "A", profile: new Profile({ motto: "m" }) }),
      new Author({ id: 102, name: "B" }),
    );
    const session = orm.session();
    orm.log();
    await session.execute(deleteFrom(Author).where(Author.c.id.eq(102)));
    await session.execute(update(Author).where(Author.c.id.eq(101)).values({ name: "C" }));
    expect(sent()).toEqual(["DELETE author", "UPDATE author"]);
    await session.rollback();
  });
});

describeTargets("what relationships gain and lose before they are loaded", (target) => {
  const orm = useOrm(target, Base);

  async function unloaded() {
    await orm.save(
      new Author({ id: 101, name: "A", books: [new Book({ id: 101, title: "x" }), new Book({ id: 102, title: "y" })] }),
      new Author({ id: 102, name: "B" }),
    );
    const session = orm.session({ autoflush: false });
    const [left, right] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    const book = await session.getOne(Book, 101);
    orm.log();
    return { session, left, right, book };
  }

  test("waits, without SQL, and is applied when they are; the flush writes it", async () => {
    const { session, left, right, book } = await unloaded();
    book.author = right;
    const fresh = new Book({ title: "z", author: left });
    session.add(fresh);
    expect(orm.log()).toEqual([]);
    const titles = async (author: Author): Promise<readonly unknown[]> =>
      ((await session.loadAttribute(author, "books")) as Book[]).map(({ title }) => title);
    expect([await titles(left), await titles(right)]).toEqual([["y", "z"], ["x"]]);
    expect(shapes(orm.log())).toEqual(["SELECT book", "SELECT book"]);
    await session.commit();
    expect(shapes(orm.log())).toEqual(["UPDATE book", "INSERT book"]);
    expect(await orm.rows(select(Book.c.title, Book.c.authorId).orderBy(Book.c.title))).toEqual([
      ["x", 102],
      ["y", 101],
      ["z", 101],
    ]);
  });

  test("is written also where they are never loaded", async () => {
    const { session, left, right, book } = await unloaded();
    book.author = right;
    book.author = null;
    session.add(new Book({ title: "z", author: left }));
    await session.commit();
    expect(shapes(orm.log())).toEqual(["UPDATE book", "INSERT book"]);
    expect(await orm.rows(select(Book.c.title, Book.c.authorId).orderBy(Book.c.title))).toEqual([
      ["x", null],
      ["y", 101],
      ["z", 101],
    ]);
  });
});
