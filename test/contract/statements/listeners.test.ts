import { awaitableAttrs, deleteFrom, listen, type OrmExecute, select, text, update } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";

describeTargets("listeners of statements", (target) => {
  const orm = useOrm(target, Base);

  test("hear of what is executed and loaded, before it is", async () => {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }));
    const session = orm.session();
    const heard: string[] = [];
    listen(session, "doOrmExecute", (event) => {
      const kinds = (["isSelect", "isInsert", "isUpdate", "isDelete", "isRelationshipLoad", "isColumnLoad"] as const)
        .filter((kind) => event[kind])
        .join(" ");
      heard.push(`${kinds} ${event.bindMapper?.name ?? "-"} ${(event.lazyLoadedFrom as Author | null)?.name ?? "-"}`);
    });
    const author = await session.getOne(Author, 1);
    await awaitableAttrs(author).books;
    await session.refresh(author);
    await session.execute(update(Author).where(Author.c.id.eq(1)).values({ born: 5 }));
    await session.execute(deleteFrom(Book).where(Book.c.id.eq(1)));
    expect(heard).toEqual([
      "isSelect Author -",
      "isSelect isRelationshipLoad Book ann",
      "isSelect isColumnLoad Author -",
      "isUpdate Author -",
      "isDelete Book -",
    ]);
    expect(author.born).toBe(5);
  });

  test("replace a statement, add options, or answer instead of the database", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }), new Author({ id: 2, name: "ben" }));
    const session = orm.session();
    const query = select(Author).orderBy(Author.c.id);
    const only = async (event: OrmExecute): Promise<void> => {
      await Promise.resolve();
      event.statement = query.where(Author.c.id.eq(2));
    };
    const onlySync = (event: OrmExecute): void => {
      event.statement = query.where(Author.c.id.eq(2));
    };
    listen(session, "doOrmExecute", (target.mode === "sync" ? onlySync : only) as never);
    expect((await session.scalars(query)).all().map(({ name }) => name)).toEqual(["ben"]);

    await session.close();
    const caching = orm.session();
    let kept: (() => unknown) | undefined;
    listen(caching, "doOrmExecute", ((event: OrmExecute) => {
      if (kept !== undefined) return kept();
      const keep = (result: { freeze(): unknown }) => {
        kept = result.freeze() as () => unknown;
        return kept();
      };
      const result = event.invokeStatement() as unknown;
      return result instanceof Promise ? result.then(keep as never) : keep(result as never);
    }) as never);
    orm.log();
    const first = (await caching.scalars(query)).all();
    const second = (await caching.scalars(query)).all();
    expect(second).toEqual(first);
    expect(orm.log()).toHaveLength(1);
  });

  test("hear of rows changed and deleted by conditions", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }), new Author({ id: 2, name: "ben" }));
    const session = orm.session();
    const heard: unknown[] = [];
    listen(session, "afterBulkUpdate", ({ rowcount }) => void heard.push(["update", rowcount]));
    listen(session, "afterBulkDelete", ({ rowcount }) => void heard.push(["delete", rowcount]));
    await session.execute(update(Author).values({ born: 1 }));
    await session.execute(deleteFrom(Author).where(Author.c.id.eq(2)));
    expect(heard).toEqual([
      ["update", 2],
      ["delete", 1],
    ]);
  });
});

describeTargets("look-ups that lock", (target) => {
  const orm = useOrm(target, Base);

  test("always read, bring the object up to date, and refuse what says nothing", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session();
    const author = await session.getOne(Author, 1);
    await session.execute(text("UPDATE author SET name = 'theirs', born = 5"));
    author.born = 7; // what is written first is in the row that is read
    orm.log();
    expect(await session.get(Author, 1, { withForUpdate: true })).toBe(author);
    expect([author.name, author.born]).toEqual(["theirs", 7]);
    expect(orm.log().map((sql) => sql.split(" ")[0])).toEqual(["UPDATE", "SELECT"]);
    await session.get(Author, 1, { withForUpdate: true });
    await session.refresh(author, [], { withForUpdate: { read: true } });
    const log = orm.log();
    expect(log).toHaveLength(2);
    if (target.database === "sqlite") expect(log.join()).not.toMatch(/FOR UPDATE|SHARE/);
    else expect([log[0]?.endsWith("FOR UPDATE"), /SHARE/.test(log[1] ?? "")]).toEqual([true, true]);
    await expect((async () => session.get(Author, 1, { withForUpdate: {} }))()).rejects.toThrow(
      /withForUpdate is true/,
    );
  });
});

describeTargets(
  "locks of two sessions",
  (target) => {
    const orm = useOrm(target, Base);

    test("are refused with nowait and passed over with skipLocked", async () => {
      await orm.save(new Author({ id: 1, name: "ann" }), new Author({ id: 2, name: "ben" }));
      const holder = orm.session();
      await holder.getOne(Author, 1, { withForUpdate: true });
      const other = orm.session();
      const free = await other.scalars(select(Author.c.id).orderBy(Author.c.id).withForUpdate({ skipLocked: true }));
      expect(free.all()).toEqual([2]);
      await expect((async () => other.get(Author, 1, { withForUpdate: { nowait: true } }))()).rejects.toThrow(/lock/i);
    });
  },
  ["many writers"],
);

describeTargets("merging many", (target) => {
  const orm = useOrm(target, Base);

  test("makes one object of those with one key, and refuses changed ones with load: false", async () => {
    const session = orm.session();
    const merged = await session.mergeAll([new Author({ id: 5, name: "a" }), new Author({ id: 5, name: "b" })]);
    expect(merged[0]).toBe(merged[1]);
    await session.commit();
    expect(await orm.rows(select(Author.c.name))).toEqual(["b"]);
    const [author] = merged as [Author];
    session.expunge(author);
    author.name = "changed";
    await expect((async () => orm.session().merge(author, { load: false }))()).rejects.toThrow(/has changes/);
  });
});
