// What begins a session's transaction, what takes a connection, and what closing does (spec B3).
import { inspect, InvalidRequestError, listen, select, selectinload, text } from "athanor";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

describeTargets("the transaction of a session", (target) => {
  const orm = useOrm(target, Base);

  /** What a session tells of its transaction, and what its engine is asked for. */
  function told(session: AsyncSession): string[] {
    const log: string[] = [];
    for (const name of ["afterTransactionCreate", "afterBegin", "afterTransactionEnd", "afterRollback"] as const)
      listen(session, name, () => void log.push(name));
    return log;
  }

  async function loaded(): Promise<readonly [AsyncSession, Author]> {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }));
    const session = orm.session({ expireOnCommit: false });
    const author = await session.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    await session.commit();
    orm.log();
    return [session, author];
  }

  test("is there before a connection is, which the first statement takes", async () => {
    const session = orm.session();
    const log = told(session);
    session.add(new Author({ name: "a" }));
    expect([session.inTransaction(), orm.engine.pool.checkedOut(), log]).toEqual([true, 0, ["afterTransactionCreate"]]);
    await session.flush();
    await session.scalars(select(Author.c.id));
    expect([orm.engine.pool.checkedOut(), log]).toEqual([1, ["afterTransactionCreate", "afterBegin"]]);
    await session.rollback();
    expect([session.inTransaction(), orm.engine.pool.checkedOut()]).toEqual([false, 0]);
    expect(log.slice(2)).toEqual(["afterRollback", "afterTransactionEnd"]);
  });

  test("does not begin with making objects, a look-up that asks nothing, or reading what is loaded", async () => {
    const [session, author] = await loaded();
    const log = told(session);
    expect(new Author({ name: "outside" }).books).toEqual([]);
    expect(await session.get(Author, 1)).toBe(author);
    expect([author.name, author.books.map((book) => book.author === author)]).toEqual(["ann", [true]]);
    expect([session.has(author), session.isModified(author), session.new.size, session.dirty.size]).toEqual([
      true,
      false,
      0,
      0,
    ]);
    await session.flush();
    expect([session.inTransaction(), log, orm.log()]).toEqual([false, [], []]);
  });

  // departure (DESIGN 3): objects are plain, so nobody hears of an assignment; in the reference it begins the transaction
  test("does not begin with an assigned attribute, but with the flush that writes it", async () => {
    const [session, author] = await loaded();
    author.name = "changed";
    expect([session.inTransaction(), session.dirty.size]).toEqual([false, 1]);
    await session.flush();
    expect(session.inTransaction()).toBe(true);
    await session.rollback();
    expect(author.name).toBe("ann");
    // without a transaction there is nothing to roll back, but what was assigned is taken back all the same
    author.name = "again";
    await session.rollback();
    expect([author.name, session.inTransaction()]).toEqual(["ann", false]);
  });

  test("begins by hand alone with autobegin: false, whatever would need it, and anew after each end", async () => {
    await orm.save(new Author({ id: 1, name: "ann" }));
    const session = orm.session({ autobegin: false });
    await session.begin();
    const author = await session.getOne(Author, 1);
    for (const end of ["commit", "rollback"] as const) {
      await session[end]();
      author.name = `after ${end}`;
      for (const use of [
        () => session.add(new Author({ name: "new" })),
        () => session.delete(author),
        () => session.merge(new Author({ name: "merged" })),
        () => session.execute(text("SELECT 1")),
        () => session.stream(text("SELECT 1")),
        () => session.get(Author, 7),
        () => session.refresh(author),
        () => session.connection(),
        () => session.flush(),
        () => session.commit(),
      ] as readonly (() => unknown)[]) {
        const error = await attempt(use);
        expect(error, String(use)).toBeInstanceOf(InvalidRequestError);
        expect(String(error)).toMatch(/Autobegin is disabled on this Session/);
        // what is refused takes nothing back
        expect(author.name, String(use)).toBe(`after ${end}`);
      }
      expect([session.inTransaction(), session.new.size, session.isModified(author)]).toEqual([false, 0, true]);
      await session.begin();
    }
    await session.commit();
    // a savepoint is asked for by name, too
    await session.beginNested();
    expect([session.getTransaction()?.nested, session.inNestedTransaction()]).toEqual([false, true]);
    await session.rollback();
    expect(await orm.rows(select(Author.c.name))).toEqual(["after rollback"]);
  });

  test("is not begun a second time, by hand or by itself", async () => {
    const session = orm.session();
    const first = await session.begin();
    expect(String(await attempt(() => session.begin()))).toMatch(/A transaction is already begun on this Session/);
    expect([first.isActive, session.getTransaction() === first]).toEqual([true, true]);
    await session.rollback();
    await session.scalar(text("SELECT 1"));
    expect(String(await attempt(() => session.begin()))).toMatch(/A transaction is already begun on this Session/);
    await session.rollback();
  });

  test("a block gets it, commits it when it returns and rolls it back when it throws", async () => {
    const session = orm.session();
    const ends: string[] = [];
    listen(session, "afterCommit", () => void ends.push("commit"));
    listen(session, "afterRollback", () => void ends.push("rollback"));
    let seen: unknown;
    const answer = await session.begin((transaction) => {
      seen = [transaction.origin, transaction.isActive, session.getTransaction() === transaction];
      session.add(new Author({ name: "kept" }));
      return "answer" as never;
    });
    expect([answer, seen, ends]).toEqual(["answer", ["begin", true, true], ["commit"]]);
    const failed = await attempt(() =>
      session.begin((() => {
        session.add(new Author({ name: "lost" }));
        const flushed: unknown = session.flush();
        if (flushed instanceof Promise)
          return flushed.then(() => {
            throw new RangeError("of the program's");
          });
        throw new RangeError("of the program's");
      }) as never),
    );
    expect(failed).toBeInstanceOf(RangeError);
    expect([ends, session.inTransaction(), session.isActive]).toEqual([["commit", "rollback"], false, true]);
    expect(await orm.rows(select(Author.c.name))).toEqual(["kept"]);
  });

  test("close() and reset() roll it back, let go of all objects and give the connection back; the session goes on", async () => {
    await orm.save(new Author({ id: 101, name: "ann" }));
    for (const end of ["close", "reset"] as const) {
      const session = orm.session();
      const author = await session.getOne(Author, 101);
      const fresh = new Author({ name: "new" });
      author.name = end;
      session.add(fresh);
      await session.flush();
      await session.beginNested();
      await session[end]();
      expect([[...session], session.inTransaction(), orm.engine.pool.checkedOut()]).toEqual([[], false, 0]);
      expect([inspect(author).status, inspect(fresh).status]).toEqual(["detached", "transient"]);
      expect((await session.scalars(select(Author.c.name))).all()).toEqual(["ann"]);
      await session.close();
    }
  });

  test("leaving the scope of a session closes it, and commits nothing", async () => {
    const session = orm.session();
    const author = new Author({ name: "a" });
    session.add(author);
    await session.flush();
    const dispose = target.mode === "sync" ? session[Symbol.dispose as never] : session[Symbol.asyncDispose];
    await (dispose as () => unknown).call(session);
    expect([session.has(author), session.inTransaction(), orm.engine.pool.checkedOut()]).toEqual([false, false, 0]);
    expect(await orm.rows(select(Author.c.id))).toEqual([]);
  });

  test("that cannot be rolled back is over all the same: the session is closed, not half open", async () => {
    const session = orm.session();
    session.add(new Author({ name: "a" }));
    await session.flush();
    const author = [...session][0] as Author;
    const refuse = (): void => {
      throw new RangeError("no rollback today");
    };
    const connection = await session.connection();
    listen(connection, "rollback", refuse);
    expect(await attempt(() => session.rollback())).toBeInstanceOf(RangeError);
    expect([session.inTransaction(), session.isActive, orm.engine.pool.checkedOut()]).toEqual([false, true, 0]);
    expect(inspect(author).status).toBe("transient");
    expect(await orm.rows(select(Author.c.id))).toEqual([]);
    session.add(author);
    await session.commit();
    expect(await orm.rows(select(Author.c.name))).toEqual(["a"]);
  });
});
