// Results that are kept beyond the session that read them (spec B15, the recipe of a cache).
import { type FrozenResult, listen, mergeFrozenResult, type OrmExecute, select, type Select } from "athanor";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

describeTargets("frozen results", (target) => {
  const orm = useOrm(target, Base);

  const saveBooks = (): Promise<void> =>
    orm.save(
      new Author({ id: 1, name: "ann", books: [new Book({ id: 1, title: "one" }), new Book({ id: 2, title: "two" })] }),
      new Author({ id: 2, name: "ben" }),
    );
  const pairs = select(Author, Book.c.title, Book).outerJoin(Author.c.books).orderBy(Author.c.id, Book.c.id);

  test("become objects of the session that asks, without SQL when told so", async () => {
    await saveBooks();
    const first = orm.session();
    const frozen = await (await first.execute(pairs)).freeze();
    await first.close();
    const session = orm.session();
    orm.log();
    const merged = await mergeFrozenResult(session, pairs, frozen, { load: false });
    expect(orm.log()).toEqual([]);
    const rows = merged().all();
    expect(rows.map(([author, title, book]) => [author.name, title, book?.id ?? null])).toEqual([
      ["ann", "one", 1],
      ["ann", "two", 2],
      ["ben", null, null],
    ]);
    expect(rows[0]?.[0]).toBe(rows[1]?.[0]);
    expect(session.has(rows[0]?.[0] as object)).toBe(true);
    expect(rows[0]?.[0]).not.toBe(frozen().all()[0]?.[0]);
    expect(merged().all()).toEqual(rows); // again and again
    const [, , [ben]] = rows as [unknown, unknown, [Author]];
    ben.name = "bert";
    await session.commit();
    expect(await orm.rows(select(Author.c.name).orderBy(Author.c.id))).toEqual(["ann", "bert"]);
  });

  test("are read from the database otherwise, and what is loaded is what the result says", async () => {
    await saveBooks();
    const first = orm.session();
    const authors = select(Author).orderBy(Author.c.id);
    const frozen = await (await first.execute(authors)).freeze();
    await first.close();
    const session = orm.session();
    orm.log();
    const merged = (await mergeFrozenResult(session, authors, frozen))().scalars().all();
    expect(orm.log()).toHaveLength(2); // each is looked up by its key, as merge() does
    expect(merged.map(({ name }) => name)).toEqual(["ann", "ben"]);
    expect(await session.get(Author, 2)).toBe(merged[1]);
  });

  test("whose objects were changed are refused without a look at the database", async () => {
    await saveBooks();
    const first = orm.session();
    const authors = select(Author).orderBy(Author.c.id);
    const frozen = await (await first.execute(authors)).freeze();
    const [[ann]] = frozen().all() as [readonly [Author]];
    ann.name = "changed";
    const error = await attempt(() => mergeFrozenResult(orm.session(), authors, frozen, { load: false }));
    expect(String(error)).toMatch(/load: false/);
  });

  test("of another statement, and for something that is no session, are refused", async () => {
    await saveBooks();
    const session = orm.session();
    const authors = select(Author).orderBy(Author.c.id);
    const names = await (await session.execute(select(Author.c.name))).freeze();
    const merging = (given: unknown, statement: typeof authors, frozen: unknown) => () =>
      mergeFrozenResult(given as AsyncSession, statement, frozen as FrozenResult<readonly [Author]>);
    expect(String(await attempt(merging(session, pairs as never, names)))).toMatch(
      /has 1 columns, and the statement 3/,
    );
    expect(String(await attempt(merging(session, authors, names)))).toMatch(/give the statement that it is of/);
    expect(String(await attempt(merging({}, authors, names)))).toMatch(
      /takes a session first, not a value of type Object/,
    );
  });

  test("are what a cache in a listener answers, to each session its own objects", async () => {
    await saveBooks();
    const authors = select(Author).orderBy(Author.c.id);
    const cache = new Map<object, FrozenResult>();
    const cached = (event: OrmExecute): unknown => {
      const { session, statement } = event as OrmExecute & { session: AsyncSession; statement: Select };
      const known = cache.get(statement);
      if (known !== undefined) {
        const merged = mergeFrozenResult(session, statement, known, { load: false });
        return merged instanceof Promise ? merged.then((frozen) => frozen()) : (merged as unknown as FrozenResult)();
      }
      const keep = (result: { freeze(): FrozenResult }): unknown => {
        cache.set(statement, result.freeze());
        return cache.get(statement)?.();
      };
      const result: unknown = event.invokeStatement();
      return result instanceof Promise ? result.then(keep) : keep(result as never);
    };
    const found: Author[][] = [];
    orm.log();
    for (let round = 0; round < 3; round += 1) {
      const session = orm.session();
      listen(session, "doOrmExecute", cached as never);
      const mine = (await session.scalars(authors)).all();
      expect(mine.every((author) => session.has(author))).toBe(true);
      found.push(mine);
      await session.close();
    }
    expect(orm.log()).toHaveLength(1);
    expect(found.map((authorsOfRound) => authorsOfRound.map(({ name }) => name))).toEqual([
      ["ann", "ben"],
      ["ann", "ben"],
      ["ann", "ben"],
    ]);
    expect(found[1]?.[0]).not.toBe(found[2]?.[0]);
  });
});
