import { awaitableAttrs, deleteFrom, func, listen, select, update, UnevaluatableError } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";
import { Base as KindsBase, Filled, Sample } from "../orm/kinds.ts";

const verbs = (log: readonly string[]): readonly string[] => log.map((sql) => sql.split(" ")[0] ?? "");

describeTargets("an UPDATE with a WHERE", (target) => {
  const orm = useOrm(target, Base);
  const returnsUpdates = target.database !== "mariadb";

  async function three() {
    await orm.save(
      new Author({ id: 1, name: "ann", born: 30 }),
      new Author({ id: 2, name: "ben", born: 40 }),
      new Author({ id: 3, name: "cid" }),
    );
    const session = orm.session();
    const authors = (await session.scalars(select(Author).orderBy(Author.c.id))).all();
    orm.log();
    return { session, authors };
  }

  test("is evaluated over loaded objects: values are set as committed, without another statement", async () => {
    const { session, authors } = await three();
    await session.execute(
      update(Author)
        .where(Author.c.born.gt(35).or(Author.c.born.isNull()))
        .values({ name: Author.c.name.concat("!"), born: Author.c.born.add(1) }),
      undefined,
      { synchronizeSession: "evaluate" },
    );
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    expect(authors.map(({ name, born }) => [name, born])).toEqual([
      ["ann", 30],
      ["ben!", 41],
      ["cid!", null],
    ]);
    expect(session.dirty.size).toBe(0);
    expect(await session.get(Author, 2)).toBe(authors[1]);
    await session.flush();
    expect(orm.log()).toEqual([]);
    await session.rollback();
    expect(authors.map(({ name, born }) => [name, born])).toEqual([
      ["ann", 30],
      ["ben", 40],
      ["cid", null],
    ]);
    expect((await session.scalars(select(Author.c.name).orderBy(Author.c.id))).all()).toEqual(["ann", "ben", "cid"]);
  });

  test("asks the database for the rows with fetch: RETURNING, or a SELECT before", async () => {
    const { session, authors } = await three();
    const change = update(Author)
      .where(func.length(Author.c.name).eq(3), Author.c.id.ge(2))
      .values({ name: func.upper(Author.c.name), born: 7 });
    const result = await session.execute(change.executionOptions({ synchronizeSession: "fetch" }));
    expect(result.rowcount).toBe(2);
    expect(result.returnsRows).toBe(false);
    const log = orm.log();
    expect(verbs(log)).toEqual(returnsUpdates ? ["UPDATE"] : ["SELECT", "UPDATE"]);
    expect(log[0]).toMatch(returnsUpdates ? /RETURNING/ : /FOR UPDATE$/);
    expect(authors.map(({ born }) => born)).toEqual([30, 7, 7]);
    // what the database computed comes with RETURNING; otherwise the object is stale: readable, read anew by get()
    expect(authors[1]?.name).toBe(returnsUpdates ? "BEN" : "ben");
    expect((await session.get(Author, 2))?.name).toBe("BEN");
    expect(verbs(orm.log())).toEqual(returnsUpdates ? [] : ["SELECT"]);
    expect(session.dirty.size).toBe(0);
  });

  test("is evaluated with auto where that is exact, and fetched otherwise", async () => {
    const { session, authors } = await three();
    await session.execute(
      update(Author)
        .where(Author.c.id.in([1, 2]))
        .values({ born: 1 }),
    );
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    await session.execute(update(Author).where(func.lower(Author.c.name).eq("ann")).values({ born: 2 }));
    expect(verbs(orm.log())).toEqual(returnsUpdates ? ["UPDATE"] : ["SELECT", "UPDATE"]);
    expect(authors.map(({ born }) => born)).toEqual([2, 1, null]);
  });

  test("cannot be evaluated over what only the database can work out", async () => {
    const { session } = await three();
    const evaluated = { synchronizeSession: "evaluate" } as const;
    const criteria = [
      func.lower(Author.c.name).eq("ann"),
      Author.c.name.gt("a"),
      Author.c.id.in(select(Book.c.authorId)),
      Author.c.name.ilike("A%"),
    ];
    for (const condition of criteria) {
      await expect(
        (async () => session.execute(update(Author).where(condition).values({ born: 1 }), undefined, evaluated))(),
      ).rejects.toThrow(UnevaluatableError);
    }
    await expect(
      (async () =>
        session.execute(update(Author).where(Author.c.name.gt("a")).values({ born: 1 }), undefined, evaluated))(),
    ).rejects.toThrow(/Could not evaluate the criteria of this UPDATE in JavaScript: the order of text.*"fetch"/);
    expect(orm.log()).toEqual([]);
  });

  test("leaves what cannot be evaluated among the values to be read anew when asked for", async () => {
    const { session, authors } = await three();
    const [ann, ben] = authors as [Author, Author];
    await session.execute(
      update(Author)
        .where(Author.c.id.eq(1))
        .values({ name: func.upper(Author.c.name), born: 1 }),
      undefined,
      { synchronizeSession: "evaluate" },
    );
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    // departure (DESIGN 3): the reference expires it; here what was there stays readable
    expect([ann.name, ann.born, session.isModified(ann)]).toEqual(["ann", 1, false]);
    expect((await session.getOne(Author, 1)).name).toBe("ANN");
    expect(await session.get(Author, 2)).toBe(ben);
    expect(verbs(orm.log())).toEqual(["SELECT"]);
  });

  // departure (DESIGN 3): the session knows that its objects may be out of date, in the reference it goes on trusting them
  test("without synchronizing leaves objects stale: readable, and read anew when asked for", async () => {
    const { session, authors } = await three();
    await session.execute(update(Author).where(Author.c.id.eq(1)).values({ born: 31 }), undefined, {
      synchronizeSession: false,
    });
    expect(authors[0]?.born).toBe(30);
    expect((await session.get(Author, 1))?.born).toBe(31);
    expect(verbs(orm.log())).toEqual(["UPDATE", "SELECT"]);
  });

  test("flushes first, and keeps changes that could not be flushed", async () => {
    const { session, authors } = await three();
    const [ann, ben] = authors as [Author, Author];
    ann.born = 50;
    await session.execute(update(Author).where(Author.c.born.eq(50)).values({ name: "found" }));
    expect(verbs(orm.log())).toEqual(["UPDATE", "UPDATE"]);
    expect(ann.name).toBe("found");
    ben.name = "mine";
    await session.execute(update(Author).where(Author.c.born.eq(40)).values({ name: "theirs", born: 41 }), undefined, {
      autoflush: false,
    });
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    expect([ben.name, ben.born]).toEqual(["mine", 41]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born).where(Author.c.id.eq(2)))).toEqual([["mine", 41]]);
  });

  test("takes expired objects for possible matches", async () => {
    const { session, authors } = await three();
    const [ann, ben] = authors as [Author, Author];
    session.expire(ann, ["born"]);
    await session.execute(update(Author).where(Author.c.born.eq(30)).values({ name: "old" }));
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    expect(ann.name).toBe("ann");
    expect((await session.getOne(Author, 1)).name).toBe("old");
    expect(ben.name).toBe("ben");
  });

  test("takes text that a collation might hold to be the same for a possible match", async () => {
    const { session, authors } = await three();
    await session.execute(update(Author).where(Author.c.name.eq("ANN")).values({ born: 1 }));
    expect(authors[0]?.born).toBe(30);
    orm.log();
    expect((await session.getOne(Author, 1)).born).toBe(30);
    await session.getOne(Author, 2);
    expect(verbs(orm.log())).toEqual(["SELECT"]);
  });

  test("moves objects between collections when it writes their references", async () => {
    await orm.save(
      new Author({ id: 1, name: "ann", books: [new Book({ id: 1, title: "a" }), new Book({ id: 2, title: "b" })] }),
      new Author({ id: 2, name: "ben" }),
    );
    const session = orm.session();
    const ann = await session.getOne(Author, 1);
    const ben = await session.getOne(Author, 2);
    await awaitableAttrs(ann).books;
    await awaitableAttrs(ben).books;
    const [first] = ann.books as [Book];
    const savepoint = await session.beginNested();
    await session.execute(update(Book).where(Book.c.id.eq(1)).values({ authorId: 2 }));
    expect(ben.books).toEqual([first]);
    expect(ann.books).toHaveLength(1);
    expect(first.author).toBe(ben);
    expect(session.dirty.size).toBe(0);
    await savepoint.rollback();
    expect(ann.books).toHaveLength(2);
    expect(ben.books).toEqual([]);
    expect(first.authorId).toBe(1);
  });

  test("with RETURNING of the class gives the objects, brought up to date", async () => {
    if (!returnsUpdates) return;
    const { session, authors } = await three();
    const result = await session.scalars(update(Author).where(Author.c.id.gt(1)).values({ born: 9 }).returning(Author));
    const found = result.all();
    expect(new Set(found)).toEqual(new Set(authors.slice(1)));
    expect(found.map(({ born }) => born)).toEqual([9, 9]);
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
  });

  test("is followed by objects also when its rows are streamed", async () => {
    const { session, authors } = await three();
    const [ann, ben, cid] = authors as [Author, Author, Author];
    session.add(new Author({ id: 4, name: "new", born: 30 }));
    const change = update(Author).where(Author.c.born.eq(30)).values({ born: 31 });
    const changed = await session.stream((returnsUpdates ? change.returning(Author.c.id) : change) as typeof change);
    // it comes after a flush, and is done before anything of it is read
    expect(verbs(orm.log())).toEqual(["INSERT", "UPDATE"]);
    expect([ann.born, ben.born, session.isModified(ann)]).toEqual([31, 40, false]);
    if (returnsUpdates) expect(new Set((await changed.all()).flat())).toEqual(new Set([1, 4]));
    else expect(changed.rowcount).toBe(2);
    const gone = await session.streamScalars(deleteFrom(Author).where(Author.c.id.eq(3)).returning(Author.c.name));
    const names: string[] = [];
    for await (const name of gone) names.push(name);
    expect([names, session.has(cid), await session.get(Author, 3)]).toEqual([["cid"], false, null]);
    await session.rollback();
    expect([ann.born, session.has(cid)]).toEqual([30, true]);
  });

  test("counts nothing and refuses what is no way to synchronize", async () => {
    const { session } = await three();
    const change = update(Author).where(Author.c.id.eq(99)).values({ born: 1 });
    expect((await session.execute(change)).rowcount).toBe(0);
    await expect(
      (async () => session.execute(change, undefined, { synchronizeSession: "sometimes" as never }))(),
    ).rejects.toThrow(/synchronizeSession is "auto", "evaluate", "fetch" or false, not "sometimes"/);
  });
});

describeTargets("a DELETE with a WHERE", (target) => {
  const orm = useOrm(target, Base);

  async function shelves() {
    await orm.save(
      new Author({
        id: 1,
        name: "ann",
        books: [new Book({ id: 1, title: "a" }), new Book({ id: 2, title: "b" }), new Book({ id: 3 })],
      }),
    );
    const session = orm.session();
    const ann = await session.getOne(Author, 1);
    const books = await awaitableAttrs(ann).books;
    orm.log();
    return { session, ann, books: [...books] as [Book, Book, Book] };
  }

  for (const synchronizeSession of ["evaluate", "fetch"] as const) {
    test(`takes objects out of the session, and a rollback brings them back: ${synchronizeSession}`, async () => {
      const { session, ann, books } = await shelves();
      const heard: string[] = [];
      listen(session, "persistentToDeleted", ({ object }) => void heard.push((object as Book).title ?? "-"));
      listen(session, "deletedToPersistent", ({ object }) => void heard.push((object as Book).title ?? "-"));
      const result = await session.execute(deleteFrom(Book).where(Book.c.title.eq("a")), undefined, {
        synchronizeSession,
      });
      expect(result.rowcount).toBe(1);
      expect(verbs(orm.log())).toEqual(["DELETE"]);
      expect(session.has(books[0])).toBe(false);
      expect(session.has(books[1])).toBe(true);
      expect(ann.books).toEqual([books[1], books[2]]);
      expect(heard).toEqual(["a"]);
      expect(await session.get(Book, 1)).toBe(null);
      await session.rollback();
      expect(heard).toEqual(["a", "a"]);
      expect(session.has(books[0])).toBe(true);
      expect(await session.get(Book, 1)).toBe(books[0]);
      expect(ann.books).toHaveLength(3);
    });
  }

  test("detaches what it deleted with the commit", async () => {
    const { session, books } = await shelves();
    await session.execute(deleteFrom(Book).where(Book.c.id.lt(3)));
    await session.commit();
    expect(books.map((book) => session.has(book))).toEqual([false, false, true]);
    expect(() => session.add(books[0])).toThrow(/was deleted/);
    expect(await orm.rows(select(Book.c.id))).toEqual([3]);
  });

  test("does not delete twice what was to be deleted", async () => {
    const { session, books } = await shelves();
    await session.delete(books[0]);
    await session.execute(deleteFrom(Book).where(Book.c.id.eq(1)), undefined, { autoflush: false });
    await session.commit();
    expect(verbs(orm.log())).toEqual(["DELETE"]);
  });

  test("with RETURNING of the class gives the objects, deleted", async () => {
    const { session, books } = await shelves();
    const gone = (await session.scalars(deleteFrom(Book).where(Book.c.id.eq(2)).returning(Book))).all();
    expect(gone).toEqual([books[1]]);
    expect(session.has(books[1])).toBe(false);
  });

  test("applies no cascade of relationships", async () => {
    await orm.save(new Author({ id: 7, name: "x" }));
    const { session } = await shelves();
    await session.execute(deleteFrom(Author).where(Author.c.id.eq(7)));
    expect(verbs(orm.log())).toEqual(["DELETE"]);
  });
});

describeTargets("values that an UPDATE writes", (target) => {
  const orm = useOrm(target, KindsBase);

  test("are what the database then has, for each type", async () => {
    await orm.save(new Sample({ id: 1, text: "a", big: 5n, real: 1.5, flag: false, price: "1.5", day: "2020-01-02" }));
    const session = orm.session();
    const sample = await session.getOne(Sample, 1);
    const at = new Date("2024-02-29T12:34:56.789Z");
    await session.execute(
      update(Sample)
        .where(Sample.c.big.eq(5n), Sample.c.day.lt("2021-01-01"), Sample.c.flag.eq(false), Sample.c.real.between(1, 2))
        .values({
          text: Sample.c.text.concat("b"),
          big: Sample.c.big.mul(3n).mod(7n),
          real: 2.25,
          flag: true,
          price: "2.5",
          at,
          data: { a: [1] },
          blob: new Uint8Array([1, 2]),
          mood: "sad",
          words: ["x", "y"],
        }),
      undefined,
      { synchronizeSession: "evaluate" },
    );
    expect(session.isModified(sample)).toBe(false);
    const shown = { ...sample };
    await session.refresh(sample);
    expect({ ...sample, price: "2.5" }).toEqual(shown);
    expect(sample.at).not.toBe(at);
  });

  test("include those of onUpdate", async () => {
    await orm.save(new Filled({ id: 1, name: "x" }), new Filled({ id: 2, name: "y" }));
    const session = orm.session();
    const first = await session.getOne(Filled, 1);
    const before = first.changes;
    await session.execute(update(Filled).where(Filled.c.id.eq(1)).values({ name: "z" }));
    expect(first.name).toBe("z");
    expect(first.changes).toBeGreaterThan(before);
    const { changes } = first;
    const read = await session.getOne(Filled, 1);
    expect([read.changes, read.touched]).toEqual([changes, "touched"]);
  });
});
