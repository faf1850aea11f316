import {
  ArgumentError,
  deleteFrom,
  func,
  insert,
  InvalidRequestError,
  select,
  StaleDataError,
  UniqueViolation,
  update,
} from "athanor";
import { insert as mysqlInsert } from "athanor/mysql";
import { insert as conflictInsert } from "athanor/sqlite";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Base as KindsBase, Filled, Product, Sample, Token } from "../orm/kinds.ts";
import { Author, Base, Book, Shelf } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";

const verbs = (log: readonly string[]): readonly string[] => log.map((sql) => sql.split(" ")[0] ?? "");
const failing = (body: () => unknown): Promise<unknown> => (async () => body())();

describeTargets("an INSERT of many rows", (target) => {
  const orm = useOrm(target, Base);

  test("takes attribute names; rows with other keys are written in order", async () => {
    const session = orm.session();
    const result = await session.execute(insert(Book), [
      { id: 101, title: "a" },
      { id: 102 },
      { title: "b" },
      { id: 109, title: null, authorId: null },
    ]);
    expect(result.rowcount).toBe(4);
    expect(result.returnsRows).toBe(false);
    expect(verbs(orm.log())).toEqual(["INSERT", "INSERT", "INSERT"]); // the third row's key is the database's affair
    const titles = (
      await session.scalars(
        select(Book.c.title)
          .where(Book.c.id.in([101, 102, 109]))
          .orderBy(Book.c.id),
      )
    ).all();
    expect(titles).toEqual(["a", null, null]);
    expect(session.new.size).toBe(0);
  });

  test("gives tracked objects in the order of the rows, on every database", async () => {
    const session = orm.session();
    const known = await session.get(Author, 1);
    expect(known).toBe(null);
    const names = Array.from({ length: 250 }, (_, index) => ({ name: `n${(index * 7919) % 1000}`, born: index }));
    const authors = (await session.scalars(insert(Author).returning(Author), names)).all();
    expect(authors.map(({ name, born }) => ({ name, born }))).toEqual(names);
    const [first] = authors as [Author];
    expect(await session.get(Author, first.id)).toBe(first);
    orm.log();
    first.name = "changed";
    await session.commit();
    expect(verbs(orm.log())).toEqual(["UPDATE"]);
    expect(await orm.rows(select(func.count()).selectFrom(Author))).toEqual([250]);
  });

  test("gives objects and values of rows whose keys are given in any order", async () => {
    const session = orm.session();
    const rows = [105, 103, 109, 101].map((id) => ({ id, name: `n${id}` }));
    const found = (await session.execute(insert(Author).returning(Author, Author.c.name), rows)).all();
    expect(found.map(([author, name]) => [author.id, name])).toEqual(rows.map(({ id, name }) => [id, name]));
    const names = await session.scalars(insert(Author).returning(Author.c.name), [{ name: "x" }, { name: "y" }]);
    expect(names.all()).toEqual(["x", "y"]);
    const shelves = [
      { building: "b", number: 2 },
      { building: "a", number: 2 },
      { building: "b", number: 1 },
    ];
    const made = (await session.scalars(insert(Shelf).returning(Shelf), shelves)).all();
    expect(made.map(({ building, number }) => ({ building, number }))).toEqual(shelves);
  });

  test("takes SQL expressions among the values", async () => {
    const session = orm.session();
    const rows = [{ name: func.upper("ann") }, { name: "ben" }];
    const found = (await session.scalars(insert(Author).returning(Author), rows)).all();
    expect(found.map(({ name }) => name)).toEqual(["ANN", "ben"]);
  });

  test("refuses names that are no columns, and lists of something else", async () => {
    const session = orm.session();
    await expect(failing(() => session.execute(insert(Author), [{ nam: "x" }]))).rejects.toThrow(
      /Author has no column "nam"\. It has: id, name, born/,
    );
    await expect(failing(() => session.execute(insert(Author), [{ books: [] }]))).rejects.toThrow(ArgumentError);
    await expect(failing(() => session.execute(insert(Author), ["x"] as never))).rejects.toThrow(/attribute names/);
    expect((await session.execute(insert(Author), [])).rowcount).toBe(0);
    expect(orm.log()).toEqual([]);
  });

  test("with values() is sent as it is", async () => {
    const session = orm.session();
    await session.execute(
      insert(Author).values([
        { id: 1, name: "a" },
        { id: 2, name: "b" },
      ]),
    );
    expect(verbs(orm.log())).toEqual(["INSERT"]);
    expect((await session.scalars(select(Author.c.name).orderBy(Author.c.id))).all()).toEqual(["a", "b"]);
  });

  function upsert(rows: readonly { readonly id: number; readonly name: string }[]) {
    if (target.database === "mariadb") {
      const into = mysqlInsert(Author).values(rows);
      return into.onDuplicateKeyUpdate({ name: into.inserted.name });
    }
    const into = conflictInsert(Author).values(rows);
    return into.onConflictDoUpdate({ indexElements: ["id"], set: { name: into.excluded.name } });
  }

  test("or an update of those that are there, brings loaded objects up to date", async () => {
    await orm.save(new Author({ id: 1, name: "old" }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    const rows = [
      { id: 1, name: "new" },
      { id: 2, name: "two" },
    ];
    const found = (await session.scalars(upsert(rows).returning(Author), undefined, { populateExisting: true })).all();
    expect(found).toHaveLength(2);
    expect(found).toContain(author);
    expect(author.name).toBe("new");
  });

  test("makes collections in memory stale, so that loading them again shows the rows", async () => {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    await session.refresh(author, ["books"]);
    await session.execute(insert(Book), [{ id: 2, authorId: 1 }]);
    expect(author.books).toHaveLength(1);
    await session.refresh(author, ["books"]);
    expect(author.books).toHaveLength(2);
  });

  test("that fails rolls nothing else back than its transaction", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session();
    await expect(failing(() => session.execute(insert(Author), [{ id: 1, name: "again" }]))).rejects.toThrow(
      UniqueViolation,
    );
    await session.rollback();
    expect((await session.scalars(select(Author.c.name))).all()).toEqual(["ann"]);
  });
});

describeTargets("defaults in an INSERT of many rows", (target) => {
  const orm = useOrm(target, KindsBase);

  test("are filled in by the program, by SQL and by the server; null is left to them unless renderNulls", async () => {
    const session = orm.session();
    const rows = [{ name: "a" }, { name: "b", byServer: null }, { name: "c", byServer: 8, constant: "given" }];
    const found = (await session.scalars(insert(Filled).returning(Filled), rows)).all();
    expect(found.map(({ constant, shouted, byServer }) => [constant, shouted, byServer])).toEqual([
      ["made", "QUIET", 7],
      ["made", "QUIET", 7],
      ["given", "QUIET", 8],
    ]);
    expect(new Set(found.map(({ counted }) => counted)).size).toBe(3);
    const [last] = found as [Filled];
    await expect(
      failing(() => session.execute(insert(Filled), [{ id: last.id + 100, byServer: null }], { renderNulls: true })),
    ).rejects.toThrow(/null/i);
  });

  test("make keys in the program", async () => {
    const session = orm.session();
    const found = (await session.scalars(insert(Token).returning(Token), [{ name: "a" }, { name: "b" }])).all();
    expect(found.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(found[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("of computed columns come back", async () => {
    const session = orm.session();
    const found = (await session.scalars(insert(Product).returning(Product), [{ price: 2 }, { price: 3 }])).all();
    expect(found.map(({ doubled }) => doubled)).toEqual([4, 6]);
  });

  test("write nulls as they are with renderNulls", async () => {
    const session = orm.session();
    await session.execute(
      insert(Sample),
      [
        { id: 1, text: null, real: 1.5 },
        { id: 2, text: "x" },
      ],
      {
        renderNulls: true,
      },
    );
    expect(verbs(orm.log())).toEqual(["INSERT"]);
    expect((await session.scalars(select(Sample.c.text).orderBy(Sample.c.id))).all()).toEqual([null, "x"]);
  });
});

describeTargets("an UPDATE of many rows by key", (target) => {
  const orm = useOrm(target, Base);

  test("is one statement for each set of columns; loaded objects follow without SQL", async () => {
    await orm.save(...[1, 2, 3, 4].map((id) => new Author({ id, name: `n${id}`, born: id })));
    const session = orm.session();
    const two = await session.getOne(Author, 2);
    const three = await session.getOne(Author, 3);
    two.born = 22; // is flushed first
    orm.log();
    await session.execute(update(Author), [
      { id: 1, name: "a" },
      { id: 2, name: "b" },
      { id: 3, born: null },
      { id: 4, name: "d" },
    ]);
    const log = orm.log();
    expect(new Set(log.slice(1).map((sql) => /SET (.+?) =/.exec(sql)?.[1])).size).toBe(2);
    expect(log.slice(1).length).toBeLessThanOrEqual(target.database === "postgresql" ? 2 : 4);
    expect([two.name, two.born, three.born]).toEqual(["b", 22, null]);
    expect(session.dirty.size).toBe(0);
    expect(await session.get(Author, 2)).toBe(two);
    expect(orm.log()).toEqual([]);
    await session.rollback();
    expect([two.name, two.born, three.born]).toEqual(["n2", 2, 3]);
    await session.execute(update(Author), [
      { id: 1, name: func.upper("x") },
      { id: 1, born: 5 },
      { id: 1, name: "z" },
    ]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name, Author.c.born).where(Author.c.id.eq(1)))).toEqual([["z", 5]]);
  });

  test("needs the whole key of each row", async () => {
    const session = orm.session();
    await expect(failing(() => session.execute(update(Author), [{ name: "x" }]))).rejects.toMatchObject({
      name: "InvalidRequestError",
      code: "bupq",
      message: expect.stringContaining("lacks id") as string,
    });
    await expect(failing(() => session.execute(update(Shelf), [{ building: "x", label: "y" }]))).rejects.toThrow(
      /lacks building, number/,
    );
    expect(orm.log()).toEqual([]);
  });

  test("tells when a row is not there", async () => {
    const session = orm.session();
    await expect(failing(() => session.execute(update(Author), [{ id: 1, name: "x" }]))).rejects.toThrow(
      StaleDataError,
    );
  });

  test("has no RETURNING, and a DELETE takes no list", async () => {
    const session = orm.session();
    await expect(
      failing(() => session.execute(update(Author).returning(Author), [{ id: 1, name: "x" }])),
    ).rejects.toThrow(InvalidRequestError);
    await expect(failing(() => session.execute(deleteFrom(Author), [{ id: 1 }]))).rejects.toThrow(
      /deleteFrom\(User\)\.where\(User\.c\.id\.in\(ids\)\)/,
    );
    expect(orm.log()).toEqual([]);
  });
});
