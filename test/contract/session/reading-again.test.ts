// What is read anew, when, and by which statements (spec B7): get(), expire(), refresh(), populateExisting.
import {
  awaitableAttrs,
  DetachedInstanceError,
  inspect,
  InvalidRequestError,
  listen,
  NoResultFound,
  NotLoadedError,
  ObjectDeletedError,
  select,
  selectinload,
  text,
  unlisten,
} from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter } from "../orm/library.ts";
import { attempt, plain, useOrm } from "../orm/open-orm.ts";

describeTargets("reading again", (target) => {
  const orm = useOrm(target, Base);
  const verbs = (): readonly string[] => orm.log().map((sql) => sql.split(" ")[0] ?? "");
  const saveAuthors = (): Promise<void> =>
    orm.save(
      new Author({ id: 1, name: "ann", born: 1900, books: [new Book({ id: 1, title: "x" })] }),
      new Author({ id: 2, name: "ben", born: 1910 }),
    );

  test("get() of an object that is there sends nothing and writes nothing", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    author.name = "changed";
    session.add(new Author({ name: "new" }));
    orm.log();
    expect(await session.get(Author, 1)).toBe(author);
    expect(await session.getOne(Author, [1])).toBe(author);
    expect(verbs()).toEqual([]);
    expect([session.new.size, session.isModified(author)]).toEqual([1, true]);
  });

  // departure (DESIGN 3): a commit makes objects stale, which stay readable; in the reference it expires them
  test("get() of a stale or expired object is one SELECT; getOne() of no row throws", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    await session.commit();
    orm.log();
    expect(await session.get(Author, 1)).toBe(author);
    expect(verbs()).toEqual(["SELECT"]);
    session.expire(author);
    expect(await session.get(Author, 1)).toBe(author);
    expect(verbs()).toEqual(["SELECT"]);
    expect(author.name).toBe("ann");
    const missing = await attempt(() => session.getOne(Author, 9));
    expect(missing).toBeInstanceOf(NoResultFound);
    expect((missing as Error).message).toMatch(/^No row was found when one was required/u);
  });

  test("get() of an object whose row has gone answers null; the object is deleted, and a rollback brings it back", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 2);
    await session.commit();
    await session.execute(text("DELETE FROM author WHERE id = 2"));
    const told: string[] = [];
    const heard = (): void => void told.push("persistentToDeleted");
    listen(session, "persistentToDeleted", heard);
    expect(await session.get(Author, 2)).toBe(null);
    unlisten(session, "persistentToDeleted", heard);
    expect([inspect(author).status, session.has(author), told]).toEqual(["deleted", false, ["persistentToDeleted"]]);
    await session.rollback();
    expect([inspect(author).status, session.has(author)]).toEqual(["persistent", true]);
    await session.execute(text("DELETE FROM author WHERE id = 2"));
    expect(await session.get(Author, 2)).toBe(null);
    await session.commit();
    expect([inspect(author).status, author.name]).toEqual(["detached", "ben"]);
  });

  test("get() with populateExisting or options reads what is asked for", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    expect(verbs()).toEqual(["SELECT", "SELECT"]);
    expect(author.books.map(({ title }) => title)).toEqual(["x"]);
    expect(verbs()).toEqual([]);
    await session.noAutoflush(() => {
      author.name = "unwritten";
      return session.get(Author, 1, { populateExisting: true }) as never;
    });
    expect(verbs()).toEqual(["SELECT"]);
    expect([author.name, session.isModified(author)]).toEqual(["ann", false]);
  });

  test("expire() drops changes of what it names; the next access of one column loads all that are missing", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    author.name = "unwritten";
    author.born = 1;
    session.expire(author, ["name", "born"]);
    expect([...inspect(author).unloaded]).toEqual(expect.arrayContaining(["name", "born"]));
    orm.log();
    if (target.mode === "sync") expect(author.name).toBe("ann");
    else {
      // departure (DESIGN 3): an async session cannot load while it is read, and says what to await
      const error = await attempt(() => author.name);
      expect(error).toBeInstanceOf(NotLoadedError);
      expect((error as Error).message).toMatch(/awaitableAttrs\(object\)\.name/u);
      expect(await awaitableAttrs(author).name).toBe("ann");
    }
    expect(verbs()).toEqual(["SELECT"]);
    expect([author.born, author.name, session.isModified(author)]).toEqual([1900, "ann", false]);
    expect(verbs()).toEqual([]);
  });

  test("an expired relationship is loaded by an access of its own", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    session.expire(author);
    orm.log();
    expect(await awaitableAttrs(author).name).toBe("ann");
    expect(verbs()).toEqual(["SELECT"]);
    expect(await awaitableAttrs(author).books).toHaveLength(1);
    expect(verbs()).toEqual(["SELECT"]);
  });

  test("expireAll() takes the values of all objects away", async () => {
    await saveAuthors();
    const session = orm.session();
    const authors = (await session.scalars(select(Author).orderBy(Author.c.id))).all();
    session.expireAll();
    expect(authors.map((author) => Object.hasOwn(author, "name"))).toEqual([false, false]);
    orm.log();
    expect((await session.scalars(select(Author).orderBy(Author.c.id))).all()).toEqual(authors);
    expect(verbs()).toEqual(["SELECT"]);
    expect(authors.map(({ name }) => name)).toEqual(["ann", "ben"]);
  });

  test("an expired value whose row has gone says so; of an object outside of a session, that it cannot be loaded", async () => {
    await saveAuthors();
    const session = orm.session();
    const [ann, ben] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    session.expire(ben);
    await session.execute(text("DELETE FROM author WHERE id = 2"));
    const gone = await attempt(() => awaitableAttrs(ben).name);
    expect(gone).toBeInstanceOf(ObjectDeletedError);
    expect((gone as Error).message).toMatch(/row of this Author .* is gone/u);
    session.expire(ann, ["name"]);
    session.expunge(ann);
    for (const read of [() => ann.name, () => awaitableAttrs(ann).name, () => ann.books]) {
      const detached = await attempt(read);
      expect(detached).toBeInstanceOf(DetachedInstanceError);
      expect((detached as DetachedInstanceError).code).toBe("bhk3");
    }
    expect(ann.born).toBe(1900);
  });

  // departure from the reference: a key is never expired here, so that nothing has to be read before the UPDATE
  test("setting an expired attribute loads nothing, and a flush sends only the UPDATE", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    session.expire(author);
    orm.log();
    author.name = "ann";
    expect(session.isModified(author)).toBe(true);
    await session.flush();
    expect(orm.log().map(plain)).toEqual(['UPDATE "author" SET "name" = ? WHERE "id" = ?']);
    expect(await awaitableAttrs(author).born).toBe(1900);
    expect(verbs()).toEqual(["SELECT"]);
  });

  test("refresh() drops the object's own changes, writes those of others, and reads the row", async () => {
    await saveAuthors();
    const session = orm.session();
    const [ann, ben] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    ann.name = "unwritten";
    ben.name = "written";
    orm.log();
    await session.refresh(ann);
    expect(verbs()).toEqual(["UPDATE", "SELECT"]);
    expect([ann.name, session.isModified(ann)]).toEqual(["ann", false]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name).orderBy(Author.c.id))).toEqual(["ann", "written"]);
  });

  test("refresh() of named relationships reads the row and then them", async () => {
    await saveAuthors();
    const session = orm.session();
    const author = await session.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    await session.execute(text("INSERT INTO book (id, title, author_id) VALUES (7, 'y', 1)"));
    orm.log();
    await session.refresh(author, ["books"]);
    expect(verbs()).toEqual(["SELECT", "SELECT"]);
    expect(author.books.map(({ title }) => title)).toEqual(["x", "y"]);
  });

  test("refresh() is refused for rows that have gone, changed keys, new objects, and locks that say nothing", async () => {
    await saveAuthors();
    const session = orm.session();
    const [ann, ben] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    await session.execute(text("DELETE FROM author WHERE id = 2"));
    const gone = await attempt(() => session.refresh(ben));
    expect(gone).toBeInstanceOf(InvalidRequestError);
    expect((gone as Error).message).toMatch(/^Could not refresh instance/u);
    ann.id = 5;
    expect(((await attempt(() => session.refresh(ann))) as Error).message).toMatch(/given another id/u);
    ann.id = 1;
    const ambiguous = await attempt(() => session.refresh(ann, [], { withForUpdate: {} }));
    expect((ambiguous as Error).constructor.name).toBe("ArgumentError");
  });

  test("populateExisting overwrites all objects of a statement, what was not written of them too", async () => {
    await saveAuthors();
    const session = orm.session();
    const query = select(Author).orderBy(Author.c.id);
    const authors = (await session.scalars(query)).all() as [Author, Author];
    authors[0].name = "unwritten";
    authors[1].born = 1;
    const options = { populateExisting: true, autoflush: false };
    orm.log();
    expect((await session.scalars(query, undefined, options)).all()).toEqual(authors);
    expect(verbs()).toEqual(["SELECT"]);
    expect(authors.map(({ name, born }) => [name, born])).toEqual([
      ["ann", 1900],
      ["ben", 1910],
    ]);
    expect(session.dirty.size).toBe(0);
    // without it the same statement leaves what is loaded
    authors[0].name = "unwritten";
    await session.scalars(query, undefined, { autoflush: false });
    expect(authors[0].name).toBe("unwritten");
  });

  // departure (DESIGN 3): what is reached stays readable, as after a commit; whoever asks for it reads it anew
  test("refresh() goes where refresh-expire leads: changes are dropped, new members let go, the rest is stale", async () => {
    await orm.save(
      new Author({ id: 1, name: "ann", letters: [new Letter({ id: 1, text: "old" })], books: [new Book({})] }),
    );
    const session = orm.session();
    const options = [selectinload(Author.c.letters), selectinload(Author.c.books)];
    const author = await session.getOne(Author, 1, { options });
    const [letter, book] = [author.letters[0] as Letter, author.books[0] as Book];
    await session.execute(text("UPDATE letter SET text = 'newer' WHERE id = 1"));
    letter.text = "unwritten";
    book.title = "written";
    author.letters.push(new Letter({ text: "let go" }));
    orm.log();
    await session.refresh(author);
    expect(orm.log().map((sql) => sql.split(" ").slice(0, 2).join(" ").replaceAll("`", '"'))).toEqual([
      'UPDATE "book"',
      expect.stringMatching(/^SELECT/u),
    ]);
    expect([letter.text, inspect(letter).stale, session.isModified(letter), session.new.size]).toEqual([
      "old",
      true,
      false,
      0,
    ]);
    expect((await session.get(Letter, 1))?.text).toBe("newer");
    await session.commit();
    expect(await orm.rows(select(Letter.c.text))).toEqual(["newer"]);
  });

  // departure (DESIGN 3): what was loaded stays readable, where the reference expires it
  test("a rollback makes all objects stale, also with expireOnCommit: false; a commit then does not", async () => {
    await saveAuthors();
    const session = orm.session({ expireOnCommit: false });
    const authors = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    await session.commit();
    expect(authors.map((author) => inspect(author).stale)).toEqual([false, false]);
    authors[0].name = "unwritten";
    await session.flush();
    await session.rollback();
    expect(authors.map((author) => inspect(author).stale)).toEqual([true, true]);
    expect(authors[0].name).toBe("ann");
    orm.log();
    await session.get(Author, 2);
    expect(verbs()).toEqual(["SELECT"]);
  });
});
