import { expect, test } from "vitest";
import { ArgumentError, InvalidRequestError, NotLoadedError } from "../../../src/errors/index.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import {
  aliased,
  awaitableAttrs,
  containsEager,
  declarativeBase,
  defaultload,
  immediateload,
  joinedload,
  lazyload,
  many,
  maybe,
  noload,
  raiseload,
  selectinload,
  subqueryload,
} from "../../../src/orm/index.ts";
import { integer, string } from "../../../src/schema/index.ts";
import { func, select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter, Node, Profile, Tag } from "./library.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";

describeTargets("loading strategies (B14)", (target) => {
  const orm = useOrm(target, Base);
  const byName = select(Author).orderBy(Author.c.name);
  const titles = (books: readonly Book[] | undefined): readonly (string | null)[] | undefined =>
    books?.map((book) => book.title);

  /** A: two books (x with tags s, t; y with t), a profile; B: one book (z); C: nothing. */
  const saveLibrary = async (): Promise<void> => {
    const [s, t] = [new Tag({ name: "s" }), new Tag({ name: "t" })];
    await orm.save(
      new Author({
        name: "A",
        books: [new Book({ title: "x", tags: [s, t] }), new Book({ title: "y", tags: [t] })],
        profile: new Profile({ motto: "m" }),
        letters: [new Letter({ text: "l" })],
      }),
      new Author({ name: "B", books: [new Book({ title: "z" })] }),
      new Author({ name: "C" }),
    );
  };
  /** Reads an attribute as the colour of the session does. */
  const read = async <T extends object, K extends keyof T>(object: T, key: K): Promise<T[K]> =>
    target.mode === "sync" ? object[key] : await awaitableAttrs(object)[key];
  const firsts = async (session: AsyncSession, query: typeof byName): Promise<Author[]> =>
    (await session.scalars(query)).all();

  test("the key that leads back to parents is sent once where it is a column of the class, and not left out with it", async () => {
    await saveLibrary();
    const columns = (sql: string | undefined): number => (sql ?? "").split(" FROM ")[0]?.split(", ").length ?? 0;
    const session = orm.session();
    const all = await firsts(session, byName.options(selectinload(Author.c.books)));
    expect(all.map(({ books }) => titles(books)?.toSorted())).toEqual([["x", "y"], ["z"], []]);
    const whole = orm.log().at(-1);
    expect(plain(whole as string)).toMatch(/^SELECT (?!.*"author_id".*"author_id".* FROM).*"author_id".* FROM/u);
    session.expungeAll();
    const narrow = byName.options(selectinload(Author.c.books).loadOnly(Book.c.title));
    expect((await firsts(session, narrow)).map(({ books }) => titles(books)?.toSorted())).toEqual([
      ["x", "y"],
      ["z"],
      [],
    ]);
    const part = orm.log().at(-1);
    expect(plain(part as string)).toMatch(/^SELECT .*"author_id" FROM/u);
    expect(columns(part)).toBeLessThanOrEqual(columns(whole));
  });

  test("selectinload takes as many statements as chunks: 501 parents of 500 each are 1 + 2", async () => {
    await orm.save(
      ...Array.from({ length: 501 }, (_none, index) => new Author({ name: `n${index}`, books: [new Book({})] })),
    );
    const session = orm.session();
    const all = await firsts(session, byName.options(selectinload(Author.c.books, { chunkSize: 500 })));
    expect(orm.log()).toHaveLength(3);
    expect(all.every((author) => author.books.length === 1)).toBe(true);
    expect(orm.log()).toEqual([]);
  });

  test("subqueryload: the query stands in the statement again, with its values, limit and order", async () => {
    await saveLibrary();
    const query = byName
      .where(Author.c.name.in(["A", "B"]))
      .limit(1)
      .options(subqueryload(Author.c.books).subqueryload(Book.c.tags));
    for (const offset of [0, 1]) {
      const session = orm.session();
      const [author] = await firsts(session, query.offset(offset));
      const [, books, tags, more] = orm.log().map(plain);
      expect(books).toMatch(/"book"\."author_id" IN \(SELECT .+ FROM \(SELECT .+ FROM "author" WHERE .+ LIMIT/u);
      expect(tags).toMatch(/"book_tag"\."book_id" IN \(SELECT .+ FROM \(SELECT .+ FROM "book" WHERE .+ FROM "author"/u);
      expect(more).toBeUndefined();
      expect(titles(author?.books)).toEqual(offset === 0 ? ["x", "y"] : ["z"]);
      expect(author?.books.flatMap((book) => book.tags.map((tag) => tag.name))).toEqual(
        offset === 0 ? ["s", "t", "t"] : [],
      );
      await session.close();
    }
    const other = orm.session();
    const books = (await other.scalars(select(Book).orderBy(Book.c.title).options(subqueryload(Book.c.author)))).all();
    expect(books.map((book) => book.author?.name)).toEqual(["A", "A", "B"]);
    expect(orm.log()).toHaveLength(2);
    await other.close();
    // of an alias, which stands in the subquery under its name
    const [again, writer] = [orm.session(), aliased(Author, "writer")];
    const found = (
      await again.scalars(select(writer).where(writer.c.name.eq("A")).options(subqueryload(writer.c.books)))
    ).all();
    expect(found.map((author) => titles(author.books))).toEqual([["x", "y"]]);
    expect(orm.log()).toHaveLength(2);
  });

  test("subqueryload with parameters, DISTINCT or in a stream: the parents' keys stand in the statement instead", async () => {
    await saveLibrary();
    const session = orm.session();
    const [author] = await firsts(session, byName.distinct().options(subqueryload(Author.c.books)));
    expect(titles(author?.books)).toEqual(["x", "y"]);
    const sql = orm.log().map(plain);
    expect([sql.length, sql[1]?.includes('FROM "author"')]).toEqual([2, false]);
  });

  test("immediateload: a statement for each parent at once, none for what the session has", async () => {
    await saveLibrary();
    const session = orm.session();
    const [a, b, c] = await firsts(session, byName.options(immediateload(Author.c.books)));
    expect(orm.log()).toHaveLength(4);
    expect([titles(a?.books), titles(b?.books), titles(c?.books)]).toEqual([["x", "y"], ["z"], []]);
    const books = (await session.scalars(select(Book).options(immediateload(Book.c.author)))).all();
    expect(orm.log()).toHaveLength(1);
    expect(books[0]?.author).toBe(a);
  });

  test("lazyload: one statement per parent when it is read, even where another option came before", async () => {
    await saveLibrary();
    const session = orm.session();
    const [a, b] = await firsts(session, byName.options(selectinload(Author.c.books), lazyload(Author.c.books)));
    expect(orm.log()).toHaveLength(1);
    expect(titles(await read(a as Author, "books"))).toEqual(["x", "y"]);
    expect(titles(await read(b as Author, "books"))).toEqual(["z"]);
    expect(orm.log()).toHaveLength(2);
  });

  test("raiseload: reading throws; sqlOnly lets the identity map answer; flushes are not bound by it", async () => {
    await saveLibrary();
    const session = orm.session();
    const [a] = await firsts(session, byName);
    const books = select(Book).orderBy(Book.c.title);
    const [strict] = (await session.scalars(books.limit(1).options(raiseload(Book.c.author)))).all() as [Book];
    const [, lenient] = (
      await session.scalars(books.options(raiseload(Book.c.author, { sqlOnly: true }), raiseload(Book.c.tags)))
    ).all() as [Book, Book];
    orm.log();
    const error = await attempt(() => strict.author);
    expect(error).toBeInstanceOf(NotLoadedError);
    expect((error as Error).message).toContain("Book.author is not available due to raiseload");
    expect((error as Error).message).toContain("selectinload(Book.c.author)");
    expect(lenient.author).toBe(a);
    expect(await attempt(() => lenient.tags)).toBeInstanceOf(NotLoadedError);
    expect(orm.log()).toEqual([]);
    // the rows of the association table have to be known to delete the book
    await session.delete(lenient);
    await session.flush();
    await session.commit();
    expect(await orm.rows(select(func.count()).selectFrom(Book))).toEqual([2]);
  });

  test("raiseload with sqlOnly throws where a statement would be needed", async () => {
    await saveLibrary();
    const session = orm.session();
    const query = select(Book)
      .limit(1)
      .options(raiseload(Book.c.author, { sqlOnly: true }));
    const book = (await session.scalars(query)).one();
    orm.log();
    const error = await attempt(() => book.author);
    expect(error).toBeInstanceOf(NotLoadedError);
    expect((error as Error).message).toContain("not available due to raiseload");
    expect(orm.log()).toEqual([]);
  });

  test('"*" is for all relationships that no other option names, of all classes; after another option, of one', async () => {
    await saveLibrary();
    const session = orm.session();
    const [a] = await firsts(session, byName.options(selectinload(Author.c.books), raiseload("*")));
    expect(titles(a?.books)).toEqual(["x", "y"]);
    expect(await attempt(() => a?.letters)).toBeInstanceOf(NotLoadedError);
    const error = await attempt(() => a?.books[0]?.tags);
    expect((error as Error).message).toContain("due to raiseload");
    await session.close();
    const other = orm.session();
    const [again] = await firsts(other, byName.options(selectinload(Author.c.books).raiseload("*")));
    expect(await read(again as Author, "letters")).toHaveLength(1);
    expect(((await attempt(() => again?.books[0]?.tags)) as Error).message).toContain("due to raiseload");
    expect(() => selectinload("*").selectinload(Book.c.tags)).toThrow(ArgumentError);
  });

  test("noload leaves relationships empty without a statement", async () => {
    await saveLibrary();
    const session = orm.session();
    const [a] = await firsts(session, byName.options(noload(Author.c.books), noload(Author.c.profile)));
    expect([a?.books, a?.profile]).toEqual([[], null]);
    expect(orm.log()).toHaveLength(1);
  });

  test("defaultload and options(): several options below one relationship", async () => {
    await saveLibrary();
    const session = orm.session();
    const query = byName.options(
      selectinload(Author.c.books).options(joinedload(Book.c.tags), raiseload(Book.c.author)),
      selectinload(Author.c.profile),
    );
    const [a] = await firsts(session, query);
    expect(a?.books.map((book) => book.tags.length)).toEqual([2, 1]);
    expect(orm.log()).toHaveLength(3);
    await session.close();
    const other = orm.session();
    const [lazy] = await firsts(other, byName.options(defaultload(Author.c.books).selectinload(Book.c.tags)));
    expect(orm.log()).toHaveLength(1);
    // the options stay with the object: what is loaded later comes with what they say
    const books = await read(lazy as Author, "books");
    expect(orm.log()).toHaveLength(2);
    expect(books.map((book) => book.tags.length)).toEqual([2, 1]);
    expect(orm.log()).toEqual([]);
    expect(() => selectinload(Author.c.books).options(joinedload(Author.c.letters))).toThrow(/does not follow/u);
  });

  test("and(): only related objects that meet a condition, by every strategy, with the values of each execution", async () => {
    await saveLibrary();
    const strategies = [selectinload, joinedload, subqueryload, immediateload, lazyload];
    for (const load of strategies) {
      for (const title of ["x", "y", "z"]) {
        const session = orm.session();
        const query = byName.options(load(Author.c.books.and(Book.c.title.eq(title))));
        const authors = await firsts(session, query);
        const found: (readonly (string | null)[] | undefined)[] = [];
        for (const author of authors) found.push(titles(await read(author, "books")));
        expect(found, load.name).toEqual([title === "z" ? [] : [title], title === "z" ? ["z"] : [], []]);
        await session.close();
      }
    }
    const session = orm.session();
    const named = (name: string) =>
      select(Book)
        .orderBy(Book.c.title)
        .options(selectinload(Book.c.author.and(Author.c.name.eq(name))));
    await session.scalars(byName);
    const books = (await session.scalars(named("B"))).all();
    expect(books.map((book) => book.author?.name ?? null)).toEqual([null, null, "B"]);
    const sql = orm.log().map(plain).at(-1);
    expect(sql).toMatch(/"author"\."name" = \?/u);
  });

  test("and() restricts a join as well", async () => {
    await saveLibrary();
    const session = orm.session();
    const query = select(Author.c.name, Book.c.title)
      .join(Author.c.books.and(Book.c.title.ne("x")), { isOuter: true })
      .orderBy(Author.c.name);
    expect((await session.execute(query)).all()).toEqual([
      ["A", "y"],
      ["B", "z"],
      ["C", null],
    ]);
  });

  test("containsEager fills relationships from the query's own joins, of aliases too; with populateExisting anew", async () => {
    await saveLibrary();
    const session = orm.session();
    const [a] = await firsts(session, byName.options(selectinload(Author.c.books)));
    orm.log();
    const filtered = select(Author)
      .join(Author.c.books)
      .where(Book.c.title.eq("y"))
      .options(containsEager(Author.c.books));
    expect((await session.scalars(filtered)).all()).toEqual([a]);
    expect(titles(a?.books)).toEqual(["x", "y"]);
    await session.scalars(filtered, undefined, { populateExisting: true });
    expect(titles(a?.books)).toEqual(["y"]);
    expect(orm.log()).toHaveLength(2);
    await session.close();
    const [other, work] = [orm.session(), aliased(Book)];
    const query = byName
      .join(Author.c.books.ofType(work), { isOuter: true })
      .join(work.c.tags, { isOuter: true })
      .orderBy(work.c.title, Tag.c.name)
      .options(containsEager(Author.c.books.ofType(work)).containsEager(Book.c.tags));
    const authors = await firsts(other, query);
    expect(orm.log()).toHaveLength(1);
    expect(authors.map((author) => author.books.map((book) => [book.title, book.tags.map((tag) => tag.name)]))).toEqual(
      [
        [
          ["x", ["s", "t"]],
          ["y", ["t"]],
        ],
        [["z", []]],
        [],
      ],
    );
    expect(orm.log()).toEqual([]);
  });

  test("joinedload with innerJoin leaves out those without; a limit is still one of the query's own rows", async () => {
    await saveLibrary();
    const session = orm.session();
    const [first, ...rest] = await firsts(session, byName.options(joinedload(Author.c.profile, { innerJoin: true })));
    expect([first?.profile?.motto, rest]).toEqual(["m", []]);
    expect(orm.log().map(plain)[0]).toMatch(/(?<!LEFT OUTER )JOIN "profile"/u);
    await session.close();
    const other = orm.session();
    const two = await firsts(other, byName.limit(2).options(joinedload(Author.c.books)));
    expect(two.map((author) => author.books.length)).toEqual([2, 1]);
    expect(orm.log()).toHaveLength(2);
  });

  test("recursionDepth loads that many levels of a class that refers to itself; -1 all", async () => {
    const chain = (depth: number): Node =>
      new Node({ name: `n${depth}`, children: depth < 4 ? [chain(depth + 1)] : [] });
    await orm.save(chain(0));
    const root = select(Node).where(Node.c.parentId.eq(null));
    for (const [depth, statements] of [
      [1, 2],
      [2, 3],
      [3, 4],
      [-1, 6],
    ] as const) {
      const session = orm.session();
      const node = (
        await session.scalars(root.options(selectinload(Node.c.children, { recursionDepth: depth })))
      ).one();
      expect(orm.log()).toHaveLength(statements);
      let last: Node | undefined = node;
      for (let level = 0; level < (depth === -1 ? 5 : depth); level += 1) last = last?.children[0];
      expect(last?.name).toBe(depth === -1 ? undefined : `n${depth}`);
      expect(orm.log()).toEqual([]);
      await session.close();
    }
    expect(() => selectinload(Author.c.books, { recursionDepth: 2 })).toThrow(/refer to themselves/u);
    for (const wrong of [0, 1.5, -2]) {
      expect(() => selectinload(Node.c.children, { recursionDepth: wrong })).toThrow(ArgumentError);
      expect(() => selectinload(Node.c.children, { chunkSize: wrong })).toThrow(ArgumentError);
    }
  });

  // SQLAlchemy refuses joined collections in pieces; here a second statement for each piece loads them (DESIGN 3)
  test("a stream loads what comes with each piece: 25 rows in pieces of 10 are 1 + 3 statements", async () => {
    await orm.save(
      ...Array.from(
        { length: 25 },
        (_none, index) => new Author({ name: `n${index}`, books: [new Book({}), new Book({})] }),
      ),
    );
    for (const load of [selectinload, joinedload, subqueryload]) {
      const session = orm.session();
      const stream = await session.streamScalars(select(Author).options(load(Author.c.books)), undefined, {
        yieldPer: 10,
      });
      let count = 0;
      for await (const author of stream) count += author.books.length;
      expect([count, orm.log().length], load.name).toEqual([50, 4]);
      await session.close();
    }
    const session = orm.session();
    const query = select(Author).join(Author.c.books).options(containsEager(Author.c.books));
    expect(await attempt(() => session.stream(query))).toBeInstanceOf(InvalidRequestError);
  });

  test("get takes options, and what it loads keeps them", async () => {
    await saveLibrary();
    const session = orm.session();
    const [{ id }] = (await session.execute(select(Author.c.id).orderBy(Author.c.name))).mappings().all() as [
      { id: number },
    ];
    orm.log();
    const author = await session.getOne(Author, id, { options: [selectinload(Author.c.books).raiseload(Book.c.tags)] });
    expect(orm.log()).toHaveLength(2);
    expect(((await attempt(() => author.books[0]?.tags)) as Error).message).toContain("due to raiseload");
  });

  test("what cannot be is refused", () => {
    expect(() => selectinload(Author.c.name as never)).toThrow(ArgumentError);
    expect(() => selectinload(Author.c.books).selectinload(Author.c.letters)).toThrow(/does not follow/u);
    expect(() => selectinload(Author.c.books).options(1 as never)).toThrow(ArgumentError);
  });
});

const Mapped = declarativeBase();

class Shop extends Mapped.mapped("shop", {
  id: integer().primaryKey(),
  name: string(20),
  get selectin() {
    return many(Ware, { lazy: "selectin", foreignKeys: Ware.c.selectinId });
  },
  get joined() {
    return many(Ware, { lazy: "joined", foreignKeys: Ware.c.joinedId });
  },
  get subquery() {
    return many(Ware, { lazy: "subquery", foreignKeys: Ware.c.subqueryId });
  },
  get immediate() {
    return many(Ware, { lazy: "immediate", foreignKeys: Ware.c.immediateId });
  },
  get noload() {
    return many(Ware, { lazy: "noload", foreignKeys: Ware.c.noloadId });
  },
  get raise() {
    return many(Ware, { lazy: "raise", foreignKeys: Ware.c.raiseId });
  },
}) {}

class Ware extends Mapped.mapped("ware", {
  id: integer().primaryKey(),
  get selectinId() {
    return integer().nullable().references(Shop.c.id);
  },
  get joinedId() {
    return integer().nullable().references(Shop.c.id);
  },
  get subqueryId() {
    return integer().nullable().references(Shop.c.id);
  },
  get immediateId() {
    return integer().nullable().references(Shop.c.id);
  },
  get noloadId() {
    return integer().nullable().references(Shop.c.id);
  },
  get raiseId() {
    return integer().nullable().references(Shop.c.id);
  },
  get owner() {
    return maybe(Shop, { lazy: "raiseOnSql", foreignKeys: Ware.c.selectinId });
  },
}) {}

describeTargets("lazy of a relationship (B14)", (target) => {
  const orm = useOrm(target, Mapped);

  test("each value loads as its option does; options go before it", async () => {
    const ware = (): Ware[] => [new Ware({})];
    await orm.save(
      ...["a", "b"].map(
        (name) =>
          new Shop({
            name,
            selectin: ware(),
            joined: ware(),
            subquery: ware(),
            immediate: ware(),
            noload: ware(),
            raise: ware(),
          }),
      ),
    );
    const session = orm.session();
    const [shop] = (await session.scalars(select(Shop).orderBy(Shop.c.name))).all() as [Shop];
    // itself and joined, selectin, subquery, immediate for each of two
    expect(orm.log()).toHaveLength(5);
    expect([shop.selectin, shop.joined, shop.subquery, shop.immediate, shop.noload].map((list) => list.length)).toEqual(
      [1, 1, 1, 1, 0],
    );
    expect(((await attempt(() => shop.raise)) as Error).message).toContain('lazy: "raise"');
    expect(shop.selectin[0]?.owner).toBe(shop);
    await session.close();
    const other = orm.session();
    const free = (await other.scalars(select(Ware).where(Ware.c.selectinId.ne(null)).limit(1))).one();
    orm.log();
    expect(((await attempt(() => free.owner)) as Error).message).toContain('lazy: "raiseOnSql"');
    expect(orm.log()).toEqual([]);
    await other.close();
    const again = orm.session();
    await again.scalars(select(Shop).options(lazyload("*")));
    expect(orm.log()).toHaveLength(1);
    await again.get(Shop, shop.id);
    expect(orm.log()).toEqual([]);
  });

  test("get by key loads what the mapping says", async () => {
    await orm.save(new Shop({ id: 7, name: "a", subquery: [new Ware({})], noload: [new Ware({})] }));
    for (const key of [7, 7]) {
      const session = orm.session();
      const shop = await session.getOne(Shop, key);
      expect([shop.subquery.length, shop.noload.length]).toEqual([1, 0]);
      await session.close();
    }
  });
});
