import { expect, test } from "vitest";
import { InvalidRequestError, NoResultFound, NotLoadedError } from "../../../src/errors/index.ts";
import { aliased, awaitableAttrs, joinedload, lazyload, selectinload } from "../../../src/orm/index.ts";
import { func, insert, type Operand, select, text, union, update } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Copy, Letter, Node, Profile, Shelf, Tag } from "./library.ts";
import { useOrm } from "./open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

for (const jit of [true, false]) {
  describeTargets(`loading${jit ? "" : ", interpreted"}`, (target) => {
    const orm = useOrm(target, Base, { jit });
    const attempt = async (work: () => unknown): Promise<unknown> => {
      try {
        return await work();
      } catch (error) {
        return error;
      }
    };
    const byName = select(Author).orderBy(Author.c.name);

    /** A: two books (x with tags s, t; y with t), a profile, letters; B: one book (z); C: nothing; a book of nobody. */
    const saveLibrary = async (): Promise<void> => {
      const [s, t] = [new Tag({ name: "s" }), new Tag({ name: "t" })];
      await orm.save(
        new Author({
          name: "A",
          born: 1,
          books: [new Book({ title: "x", tags: [s, t] }), new Book({ title: "y", tags: [t] })],
          profile: new Profile({ motto: "m" }),
          letters: [new Letter({ text: "l" })],
        }),
        new Author({ name: "B", books: [new Book({ title: "z" })] }),
        new Author({ name: "C" }),
        new Book({ title: "free" }),
      );
    };

    test("one object for each row; loaded attributes are not overwritten by another query", async () => {
      await saveLibrary();
      const session = orm.session();
      const first = (await session.scalars(byName)).all();
      await session.execute(text("UPDATE author SET born = 99"));
      const second = (await session.scalars(byName)).all();
      expect(second.every((author, index) => author === first[index])).toBe(true);
      expect(first[0]?.born).toBe(1);
      const third = (await session.scalars(byName, undefined, { populateExisting: true })).all();
      expect(third[0]).toBe(first[0]);
      expect(first[0]?.born).toBe(99);
    });

    test("after a commit get and queries read anew, and keep what is not flushed", async () => {
      await saveLibrary();
      const session = orm.session();
      const [author] = (await session.scalars(byName)).all() as [Author];
      await session.commit();
      await session.execute(text("UPDATE author SET born = 50"));
      expect(author.born).toBe(1);
      expect(await session.get(Author, author.id)).toBe(author);
      expect(author.born).toBe(50);
      await session.commit();
      await session.execute(
        text("UPDATE author SET born = 60, name = concat('A', 'A')".replace("concat('A', 'A')", "'AA'")),
      );
      await session.noAutoflush(() => {
        author.name = "mine";
        return session.scalars(byName) as never;
      });
      expect([author.name, author.born]).toEqual(["mine", 60]);
      await session.commit();
      expect(await orm.rows(select(Author.c.name).where(Author.c.id.eq(author.id)))).toEqual(["mine"]);
    });

    test("get answers without SQL, by SQL, null; getOne throws; wrong keys are refused by the key's columns", async () => {
      await saveLibrary();
      await orm.save(new Shelf({ building: "A", number: 1 }));
      const session = orm.session();
      const [author] = (await session.scalars(byName)).all() as [Author];
      orm.log();
      expect(await session.get(Author, author.id)).toBe(author);
      expect(await session.get(Author, { id: author.id })).toBe(author);
      expect(await session.get(Author, [author.id])).toBe(author);
      expect(orm.log()).toEqual([]);
      expect(await session.get(Author, -1)).toBeNull();
      expect(orm.log()).toHaveLength(1);
      expect(await attempt(() => session.getOne(Author, -1))).toBeInstanceOf(NoResultFound);
      orm.log();
      for (const wrong of [
        ["A"],
        ["A", 1, 2],
        [],
        { number: 1 },
        undefined,
        "A",
        { building: "A", number: 1, more: 2 },
        { building: "A", nomber: 1 },
      ]) {
        const error = await attempt(() => session.get(Shelf, wrong));
        expect(error, JSON.stringify(wrong)).toBeInstanceOf(InvalidRequestError);
        expect((error as Error).message).toMatch(/building, number/u);
      }
      expect(orm.log()).toEqual([]);
      await session.execute(text("UPDATE author SET born = 70"));
      await session.get(Author, author.id, { populateExisting: true });
      expect(author.born).toBe(70);
    });

    test("an object whose row has gone is let go of when it is asked for", async () => {
      await saveLibrary();
      const session = orm.session();
      const c = (await session.scalars(select(Author).where(Author.c.name.eq("C")))).one();
      await session.commit();
      await session.execute(text(`DELETE FROM author WHERE id = ${c.id}`));
      expect(await session.get(Author, c.id)).toBeNull();
      expect(session.has(c)).toBe(false);
      expect(c.name).toBe("C");
    });

    // departure (DESIGN 3): in the reference such rows do not overwrite what is loaded
    test("FOR UPDATE and RETURNING bring loaded objects up to date", async () => {
      await saveLibrary();
      const session = orm.session();
      const [author] = (await session.scalars(byName)).all() as [Author];
      await session.execute(text("UPDATE author SET born = 31"));
      if (target.database !== "sqlite") {
        await session.scalars(byName.withForUpdate());
        expect(author.born).toBe(31);
      }
      if (target.database !== "mariadb") {
        const changed = await session.scalars(
          update(Author).where(Author.c.id.eq(author.id)).values({ born: 32 }).returning(Author),
        );
        expect(changed.one()).toBe(author);
        expect(author.born).toBe(32);
      }
      const added = (await session.scalars(insert(Author).values({ name: "N" }).returning(Author))).one();
      expect(added).toBeInstanceOf(Author);
      expect(await session.get(Author, added.id)).toBe(added);
    });

    test("selectinload: every kind of relationship, nested, empty, NULL, in as many statements as relationships", async () => {
      await saveLibrary();
      const session = orm.session();
      const query = byName.options(
        selectinload(Author.c.books).selectinload(Book.c.tags).selectinload(Tag.c.books),
        selectinload(Author.c.letters),
        selectinload(Author.c.profile),
      );
      const [a, b, c] = (await session.scalars(query)).all() as [Author, Author, Author];
      expect(orm.log()).toHaveLength(6);
      expect(a.books.map((book) => book.title)).toEqual(["x", "y"]);
      expect(a.books.map((book) => book.tags.map((tag) => tag.name))).toEqual([["s", "t"], ["t"]]);
      expect(a.books[1]?.tags[0]?.books.map((book) => book.title)).toEqual(["x", "y"]);
      expect([b.books.length, b.books[0]?.tags.length, c.books.length]).toEqual([1, 0, 0]);
      expect([a.profile?.motto, b.profile, a.letters.length, c.letters.length]).toEqual(["m", null, 1, 0]);
      expect(a.books[0]?.author).toBe(a);
      expect(orm.log()).toEqual([]);
      expect((await session.scalars(query)).all()).toEqual([a, b, c]);
      expect(orm.log()).toHaveLength(1);
    });

    test("selectinload to one: targets already there are not read again, NULL keys are null", async () => {
      await saveLibrary();
      const session = orm.session();
      const books = (
        await session.scalars(select(Book).orderBy(Book.c.title).options(selectinload(Book.c.author)))
      ).all();
      expect(orm.log()).toHaveLength(2);
      expect(books.map((book) => book.author?.name)).toEqual([undefined, "A", "A", "B"]);
      const other = orm.session;
      await session.close();
      const again = other();
      await again.scalars(byName);
      orm.log();
      const more = (
        await again.scalars(
          select(Book).orderBy(Book.c.title).options(selectinload(Book.c.author).selectinload(Author.c.letters)),
        )
      ).all();
      expect(orm.log()).toHaveLength(2);
      expect(more[1]?.author?.letters).toHaveLength(1);
    });

    test("what is loaded already is not loaded again, but what is below it is", async () => {
      await saveLibrary();
      const session = orm.session();
      await session.scalars(byName.options(selectinload(Author.c.books)));
      orm.log();
      const [a] = (
        await session.scalars(byName.options(selectinload(Author.c.books).selectinload(Book.c.tags)))
      ).all() as [Author];
      expect(orm.log()).toHaveLength(2);
      expect(a.books[0]?.tags).toHaveLength(2);
    });

    test("joinedload: to one and to many, nested, in one statement, rows once", async () => {
      await saveLibrary();
      const session = orm.session();
      const authors = (
        await session.scalars(
          byName.options(joinedload(Author.c.books).joinedload(Book.c.tags), joinedload(Author.c.profile)),
        )
      ).all();
      expect(orm.log()).toHaveLength(1);
      const [a, b, c] = authors as [Author, Author, Author];
      expect(authors).toHaveLength(3);
      expect(a.books.map((book) => book.title)).toEqual(["x", "y"]);
      expect(a.books.map((book) => book.tags.map((tag) => tag.name))).toEqual([["s", "t"], ["t"]]);
      expect([a.profile?.motto, b.profile, c.books.length]).toEqual(["m", null, 0]);
      expect(a.books[0]?.author).toBe(a);
      await session.close();
      const other = orm.session();
      const books = (
        await other.scalars(
          select(Book).orderBy(Book.c.title).options(joinedload(Book.c.author).selectinload(Author.c.letters)),
        )
      ).all();
      expect(orm.log()).toHaveLength(2);
      expect(books.map((book) => book.author?.name)).toEqual([undefined, "A", "A", "B"]);
    });

    test("joinedload with a limit, with columns or several classes beside, and with conditions on the same table", async () => {
      await saveLibrary();
      const session = orm.session();
      const two = (await session.scalars(byName.limit(2).options(joinedload(Author.c.books)))).all();
      expect(two.map((author) => author.books.length)).toEqual([2, 1]);
      expect(orm.log()).toHaveLength(2);
      await session.close();
      const other = orm.session();
      const rows = (
        await other.execute(
          select(Author, Book.c.title, Book)
            .join(Author.c.books)
            .where(Book.c.title.ne("y"))
            .orderBy(Book.c.title)
            .options(joinedload(Author.c.books), joinedload(Book.c.author)),
        )
      ).all();
      expect(rows.map(([author, title, book]) => [author.name, title, book.title, author.books.length])).toEqual([
        ["A", "x", "x", 2],
        ["B", "z", "z", 1],
      ]);
    });

    test("a relationship that is not loaded: a sync session loads it, an async one says what to do", async () => {
      coloursDiffer("only a sync session loads an attribute when it is read");
      await saveLibrary();
      const session = orm.session();
      const [a, b] = (await session.scalars(byName)).all() as [Author, Author];
      const book = (await session.scalars(select(Book).where(Book.c.title.eq("x")))).one();
      orm.log();
      expect(book.author).toBe(a); // in the identity map
      expect(orm.log()).toEqual([]);
      if (target.mode === "sync") {
        expect(a.books.map((each) => each.title)).toEqual(["x", "y"]);
        expect(orm.log()).toHaveLength(1);
        expect(a.books).toHaveLength(2);
        expect(orm.log()).toEqual([]);
      } else {
        const error = await attempt(() => a.books);
        expect(error).toBeInstanceOf(NotLoadedError);
        expect((error as Error).message).toMatch(/Author\.books/u);
        expect((error as Error).message).toMatch(/awaitableAttrs\(object\)\.books/u);
        expect((error as Error).message).toMatch(/selectinload\(Author\.c\.books\)/u);
      }
      const [books, letters, name] = await Promise.all([
        awaitableAttrs(b).books,
        awaitableAttrs(b).letters,
        awaitableAttrs(b).name,
      ]);
      expect([books.map((each) => each.title), letters, name]).toEqual([["z"], [], "B"]);
      expect(b.books).toBe(books);
    });

    test("the mapping's eager loading can be turned off", async () => {
      await saveLibrary();
      const session = orm.session();
      await session.scalars(byName.options(selectinload(Author.c.books), lazyload(Author.c.books)));
      expect(orm.log()).toHaveLength(1);
    });

    test("more parents than one statement takes", async () => {
      await orm.save(
        ...Array.from(
          { length: 1203 },
          (_each, index) => new Author({ name: `n${index}`, books: [new Book({ title: `b${index}` })] }),
        ),
      );
      const session = orm.session();
      const authors = (await session.scalars(select(Author).options(selectinload(Author.c.books)))).all();
      expect(orm.log()).toHaveLength(target.database === "postgresql" ? 2 : 4);
      for (const author of authors)
        expect(author.books.map((book) => book.title)).toEqual([author.name.replace("n", "b")]);
    });

    test("rows of classes, columns and labels; the missing side of an outer join is null", async () => {
      await saveLibrary();
      const session = orm.session();
      const rows = (
        await session.execute(
          select(Author, Book, Author.c.name.as("who"), func.length(Author.c.name).as("size"))
            .outerJoin(Author.c.books)
            .orderBy(Author.c.name, Book.c.title),
        )
      ).all();
      expect(
        rows.map(([author, book, who, size]) => [author.name, (book as Book | null)?.title ?? null, who, size]),
      ).toEqual([
        ["A", "x", "A", 1],
        ["A", "y", "A", 1],
        ["B", "z", "B", 1],
        ["C", null, "C", 1],
      ]);
    });

    test("an alias joins a class to itself; relationships are compared", async () => {
      await orm.save(
        new Node({
          name: "root",
          children: [new Node({ name: "a", children: [new Node({ name: "b" })] }), new Node({ name: "c" })],
        }),
      );
      await saveLibrary();
      const session = orm.session();
      const child = aliased(Node);
      const pairs = (
        await session.execute(select(Node, child).join(Node.c.children.ofType(child)).orderBy(child.c.name))
      ).all();
      expect(pairs.map(([parent, own]) => [parent.name, own.name])).toEqual([
        ["root", "a"],
        ["a", "b"],
        ["root", "c"],
      ]);
      const names = async (condition: Operand<boolean | null>): Promise<readonly unknown[]> =>
        (await session.scalars(select(Node.c.name).where(condition).orderBy(Node.c.name))).all();
      const root = (await session.scalars(select(Node).where(Node.c.name.eq("root")))).one();
      const a = root.name === "root" ? (await session.scalars(select(Node).where(Node.c.name.eq("a")))).one() : root;
      expect(await names(Node.c.parent.eq(root))).toEqual(["a", "c"]);
      expect(await names(Node.c.parent.eq(null))).toEqual(["root"]);
      expect(await names(Node.c.children.contains(a))).toEqual(["root"]);
      expect(await names(Node.c.children.any())).toEqual(["a", "root"]);
      expect(await names(Node.c.parent.has())).toEqual(["a", "b", "c"]);
      const authors = async (condition: Operand<boolean | null>): Promise<readonly unknown[]> =>
        (await session.scalars(select(Author.c.name).where(condition).orderBy(Author.c.name))).all();
      expect(await authors(Author.c.books.any(Book.c.title.eq("z")))).toEqual(["B"]);
      expect(await authors(Author.c.books.any(Book.c.tags.any(Tag.c.name.eq("s"))))).toEqual(["A"]);
      expect(await authors(Author.c.profile.has(Profile.c.motto.eq("m")))).toEqual(["A"]);
      expect(await authors(Author.c.books.any().not())).toEqual(["C"]);
      expect(await names(Node.c.children.any(Node.c.name.eq("b")))).toEqual(["a"]);
      expect(await names(Node.c.children.any(Node.c.children.any(Node.c.name.eq("b"))))).toEqual(["root"]);
      expect(await names(Node.c.parent.has(Node.c.name.eq("root")))).toEqual(["a", "c"]);
      const besides = select(Book.c.title)
        .join(Book.c.author)
        .where(Author.c.books.any(Book.c.title.eq("x")));
      expect((await session.scalars(besides.orderBy(Book.c.title))).all()).toEqual(["x", "y"]);
    });

    test("objects come out of a union, a subquery join and a common table expression", async () => {
      await saveLibrary();
      const session = orm.session();
      const both = (
        await session.scalars(
          union(select(Author).where(Author.c.name.eq("A")), select(Author).where(Author.c.name.eq("B"))),
        )
      ).all();
      expect(both.map((author) => author.name).toSorted()).toEqual(["A", "B"]);
      expect(both.every((author) => author instanceof Author)).toBe(true);
      const counts = select(Book.c.authorId, func.count().as("count")).groupBy(Book.c.authorId).subquery("counts");
      const rows = (
        await session.execute(
          select(Author, counts.c.count).join(counts, counts.c.authorId.eq(Author.c.id)).orderBy(Author.c.name),
        )
      ).all();
      expect(rows.map(([author, count]) => [author.name, count])).toEqual([
        ["A", 2],
        ["B", 1],
      ]);
      const named = select(Author.c.id).where(Author.c.name.eq("C")).cte("named");
      const found = (await session.scalars(select(Author).join(named, named.c.id.eq(Author.c.id)))).all();
      expect(found.map((author) => author.name)).toEqual(["C"]);
    });

    test("refresh drops what was not flushed of what it reads: the row, or what is named", async () => {
      await saveLibrary();
      const session = orm.session();
      const [a, b] = (await session.scalars(byName.options(selectinload(Author.c.books)))).all() as [Author, Author];
      const [book] = a.books as [Book];
      await session.execute(text("UPDATE author SET born = 77"));
      await session.execute(text(`UPDATE book SET author_id = ${b.id} WHERE id = ${book.id}`));
      a.born = 5;
      await session.refresh(a, ["books"]);
      // what is not named is no part of it: it was flushed before the row was read
      expect([a.born, a.books.length]).toEqual([5, 1]);
      a.born = 6;
      await session.refresh(a);
      expect(a.born).toBe(5);
      await session.refresh(book);
      expect(book.author).toBe(b);
      await session.noAutoflush(() => {
        book.author = a;
        return session.refresh(book) as never;
      });
      expect([book.author, book.authorId]).toEqual([b, b.id]);
      await session.execute(text("DELETE FROM book_tag"));
      await session.execute(text(`DELETE FROM book WHERE id = ${book.id}`));
      expect(await attempt(() => session.refresh(book))).toBeInstanceOf(InvalidRequestError);
    });

    test("relationship changes not flushed survive a query that loads them", async () => {
      await saveLibrary();
      const session = orm.session({ autoflush: false });
      const [a, b, c] = (await session.scalars(byName.options(selectinload(Author.c.books)))).all() as [
        Author,
        Author,
        Author,
      ];
      await session.commit();
      const held = a.books;
      const moved = held[0] as Book;
      moved.author = b;
      const added = new Book({ title: "new" });
      held.push(added);
      await session.execute(text("INSERT INTO book (title, author_id) VALUES ('other', " + String(a.id) + ")"));
      await session.scalars(byName.options(selectinload(Author.c.books)));
      expect(a.books).toBe(held);
      expect(
        held.map((book) => book.title).toSorted((left, right) => String(left).localeCompare(String(right))),
      ).toEqual(["new", "other", "y"]);
      expect(
        b.books.map((book) => book.title).toSorted((left, right) => String(left).localeCompare(String(right))),
      ).toEqual(["x", "z"]);
      await session.scalars(select(Book).options(joinedload(Book.c.author)));
      expect(moved.author).toBe(b);
      await session.commit();
      expect(await orm.rows(select(Book.c.title).where(Book.c.authorId.eq(a.id)).orderBy(Book.c.title))).toEqual([
        "new",
        "other",
        "y",
      ]);
      expect(c.books).toEqual([]);
    });

    test("a collection that is stale is read again before its parent is deleted", async () => {
      await saveLibrary();
      const session = orm.session();
      const [a] = (
        await session.scalars(byName.options(selectinload(Author.c.letters), selectinload(Author.c.books)))
      ).all() as [Author];
      await session.commit();
      await session.execute(text(`INSERT INTO letter (text, author_id) VALUES ('late', ${a.id})`));
      await session.delete(a);
      await session.commit();
      expect(await orm.rows(select(Letter.c.text))).toEqual([]);
    });

    test("composite keys: selectinload and joinedload in both directions", async () => {
      const shelves = ["A", "B"].flatMap((building) =>
        [1, 2].map((number) => new Shelf({ building, number, copies: [new Copy({}), new Copy({})] })),
      );
      await orm.save(...shelves, new Copy({}));
      for (const load of [selectinload, joinedload]) {
        const session = orm.session();
        const found = (await session.scalars(select(Shelf).options(load(Shelf.c.copies)))).all();
        expect(found.map((shelf) => shelf.copies.length)).toEqual([2, 2, 2, 2]);
        await session.close();
        const other = orm.session();
        const copies = (await other.scalars(select(Copy).orderBy(Copy.c.id).options(load(Copy.c.shelf)))).all();
        for (const copy of copies)
          expect([copy.shelf?.building ?? null, copy.shelf?.number ?? null]).toEqual([copy.building, copy.shelfNumber]);
        await other.close();
      }
    });
  });
}
