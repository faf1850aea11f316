// Copying objects into a session (spec B13): what is copied, what is read for it, and what stays as it is.
import {
  getHistory,
  inspect,
  InvalidRequestError,
  listen,
  makeTransient,
  makeTransientToDetached,
  select,
  selectinload,
  unlisten,
} from "athanor";
import { describe, expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Box, Letter, Membership, Profile, Tag, Thing } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

describeTargets("merging", (target) => {
  const warnings: string[] = [];
  const orm = useOrm(target, Base, {
    logger: (line, level) => {
      if (level === "warn") warnings.push(line);
    },
  });
  const verbs = (): readonly string[] => orm.log().map((sql) => sql.split(" ")[0] ?? "");
  const saveAuthors = (): Promise<void> =>
    orm.save(
      new Author({
        id: 101,
        name: "ann",
        born: 1900,
        books: [new Book({ id: 101, title: "x" }), new Book({ id: 102, title: "y" })],
        letters: [new Letter({ id: 101, text: "l" })],
      }),
    );

  /** An object of a session that is closed. */
  async function detached(): Promise<Author> {
    const session = orm.session();
    const author = await session.getOne(Author, 101);
    await session.close();
    orm.log();
    return author;
  }

  test("flushes first, reads the row by its key, and writes what differs; the source stays outside", async () => {
    await saveAuthors();
    const source = await detached();
    source.name = "changed";
    const session = orm.session();
    session.add(new Tag({ name: "new" }));
    const merged = await session.merge(source);
    expect(verbs()).toEqual(["INSERT", "SELECT"]);
    expect([merged === source, session.has(source), inspect(source).status]).toEqual([false, false, "detached"]);
    expect([merged.name, merged.born, session.isModified(merged)]).toEqual(["changed", 1900, true]);
    await session.commit();
    expect(verbs()).toEqual(["UPDATE"]);
    expect([source.name, await orm.rows(select(Author.c.name))]).toEqual(["changed", ["changed"]]);
  });

  test("asks the identity map before the database", async () => {
    await saveAuthors();
    const source = await detached();
    source.name = "changed";
    const session = orm.session();
    const present = await session.getOne(Author, 101);
    orm.log();
    expect(await session.merge(source)).toBe(present);
    expect([present.name, verbs()]).toEqual(["changed", []]);
  });

  test("takes a new object by the key it was given; without a key, or a row, it becomes new in the session", async () => {
    await saveAuthors();
    const session = orm.session({ autoflush: false });
    const known = await session.merge(new Author({ id: 101, name: "by key" }));
    expect([verbs(), inspect(known).status, known.born]).toEqual([["SELECT"], "persistent", 1900]);
    const keyless = await session.merge(new Author({ name: "no key" }));
    expect([verbs(), inspect(keyless).status]).toEqual([[], "pending"]);
    const unknown = await session.merge(new Author({ id: 109, name: "no row" }));
    expect([verbs(), inspect(unknown).status]).toEqual([["SELECT"], "pending"]);
    // half a key is no key
    const half = await session.merge(new Membership({ authorId: 101, since: 1 }));
    expect([verbs(), inspect(half).status]).toEqual([[], "pending"]);
    session.expunge(half);
    await session.commit();
    expect(await orm.rows(select(Author.c.name).orderBy(Author.c.name))).toEqual(["by key", "no key", "no row"]);
  });

  test("copies what the source has loaded: what it lacks is left as the row has it", async () => {
    await saveAuthors();
    const source = new Author({ id: 101, name: "ignored" });
    makeTransientToDetached(source);
    source.born = 5;
    expect([...inspect(source).unloaded]).toEqual(expect.arrayContaining(["name", "books"]));
    const session = orm.session();
    const merged = await session.merge(source);
    expect([merged.name, merged.born]).toEqual(["ann", 5]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born))).toEqual([["ann", 5]]);
    expect(await orm.rows(select(Book.c.authorId))).toEqual([101, 101]);
  });

  test("follows relationships that are loaded: the collection is read, replaced by merged members, the rest let go", async () => {
    await saveAuthors();
    const other = orm.session();
    const source = await other.getOne(Author, 101, {
      options: [selectinload(Author.c.books), selectinload(Author.c.letters)],
    });
    await other.close();
    const [first] = source.books as [Book, Book];
    first.title = "changed";
    source.books = [first, new Book({ title: "new" })];
    source.letters = [];
    orm.log();
    const session = orm.session();
    const merged = await session.merge(source);
    // the author, its books, its letters; what belongs to it is in memory by then
    expect(verbs()).toEqual(["SELECT", "SELECT", "SELECT"]);
    expect(merged.books.map(({ title }) => title)).toEqual(["changed", "new"]);
    expect(merged.books[0] === first).toBe(false);
    expect(source.books.every((book) => !session.has(book))).toBe(true);
    await session.commit();
    const rows = await orm.rows(select(Book.c.title, Book.c.authorId).orderBy(Book.c.title));
    expect(rows).toEqual([
      ["changed", 101],
      ["new", 101],
      ["y", null],
    ]);
    expect(await orm.rows(select(Letter.c.id))).toEqual([]);
  });

  test("follows references, also to objects that refer back, and skips those that are not loaded", async () => {
    await saveAuthors();
    const session = orm.session();
    const book = new Book({ id: 101, title: "x", author: new Author({ id: 101, name: "renamed" }) });
    const merged = await session.merge(book);
    expect([merged.author?.name, merged.author === book.author]).toEqual(["renamed", false]);
    expect(await session.merge(new Profile({ motto: "m", author: merged.author ?? null }))).not.toBe(null);
    await session.commit();
    expect(await orm.rows(select(Author.c.name))).toEqual(["renamed"]);
    expect(await orm.rows(select(Profile.c.authorId))).toEqual([101]);
  });

  test("leaves relationships alone whose cascade does not include it", async () => {
    const session = orm.session();
    const guest = new Thing({ name: "guest" });
    const merged = await session.merge(new Box({ name: "b", guests: [guest], things: [new Thing({ name: "t" })] }));
    expect([merged.things.map(({ name }) => name), merged.guests]).toEqual([["t"], []]);
    expect([...session.new]).toEqual([merged, merged.things[0]]);
    expect(session.has(guest)).toBe(false);
  });

  test("answers an object of the session itself, and warns where it is new there", async () => {
    await saveAuthors();
    const session = orm.session({ autoflush: false });
    const author = await session.getOne(Author, 101);
    const fresh = new Author({ name: "new" });
    session.add(fresh);
    warnings.length = 0;
    expect(await session.merge(author)).toBe(author);
    expect(warnings).toEqual([]);
    expect(await session.merge(fresh)).toBe(fresh);
    expect(warnings.join()).toMatch(/merge\(\) was given a Author that is new in this very session/u);
  });

  test("mergeAll() takes what is met twice once", async () => {
    await saveAuthors();
    const session = orm.session();
    const source = new Author({ id: 101, name: "twice" });
    const merged = await session.mergeAll([source, source, new Book({ id: 101, title: "z", author: source })]);
    expect([merged[0] === merged[1], (merged[2] as Book).author === merged[0]]).toEqual([true, true]);
    expect(verbs().filter((verb) => verb !== "SELECT")).toEqual([]);
  });

  describe("with load: false", () => {
    test("takes the source for what the row is: no SQL, no history, nothing to write", async () => {
      await saveAuthors();
      const other = orm.session();
      const source = await other.getOne(Author, 101, { options: [selectinload(Author.c.books)] });
      await other.close();
      orm.log();
      const session = orm.session();
      session.add(new Tag({ name: "not written for this" }));
      const merged = await session.merge(source, { load: false });
      expect([merged === source, inspect(merged).status, merged.name]).toEqual([false, "persistent", "ann"]);
      expect(merged.books.map((book) => [book.title, session.has(book)])).toEqual([
        ["x", true],
        ["y", true],
      ]);
      expect([session.dirty.size, getHistory(merged, "name")]).toEqual([
        0,
        { added: [], unchanged: ["ann"], deleted: [] },
      ]);
      expect(await session.get(Author, 101)).toBe(merged);
      expect(verbs()).toEqual([]);
      session.expunge([...session.new][0] as object);
      merged.name = "written";
      await session.commit();
      expect(verbs()).toEqual(["UPDATE"]);
    });

    test("refuses sources with changes, and those that have no row", async () => {
      await saveAuthors();
      const source = await detached();
      source.name = "changed";
      const session = orm.session();
      const dirty = await attempt(() => session.merge(source, { load: false }));
      expect(dirty).toBeInstanceOf(InvalidRequestError);
      expect((dirty as Error).message).toMatch(/has changes/u);
      makeTransient(source);
      for (const unfit of [source, new Author({ name: "no key" })]) {
        const error = await attempt(() => session.merge(unfit, { load: false }));
        expect(error).toBeInstanceOf(InvalidRequestError);
        expect((error as Error).message).toMatch(/takes objects that have rows/u);
      }
      expect([...session]).toEqual([]);
    });

    test("tells listeners of objects it makes, as of those that are read", async () => {
      await saveAuthors();
      const source = await detached();
      const told: unknown[] = [];
      const heard = ({ object }: { readonly object: object }): void => void told.push(object);
      listen(Author, "load", heard);
      const session = orm.session();
      const merged = await session.merge(source, { load: false });
      const again = await session.merge(source, { load: false });
      unlisten(Author, "load", heard);
      expect([told.length, told[0] === merged, again === merged]).toEqual([1, true, true]);
      expect(merged.name).toBe("ann");
    });
  });
});
