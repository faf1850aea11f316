// Savepoints of a session (spec B4): the statements they send, and what becomes of objects written inside of them.
import { getHistory, identityKey, inspect, listen, select, selectinload, unlisten } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const events = ["savepoint", "releaseSavepoint", "rollbackSavepoint", "commit", "rollback"] as const;

describeTargets("savepoints", (target) => {
  const orm = useOrm(target, Base);
  const names = (): Promise<readonly unknown[]> => orm.rows(select(Author.c.name).orderBy(Author.c.name));

  /** Runs something and answers the statements it sent, with those that begin and end savepoints. */
  async function sentBy(work: () => unknown): Promise<readonly string[]> {
    const log: string[] = [];
    const heard = events.map((name) => [name, () => void log.push(name)] as const);
    const statement = ({ sql }: { readonly sql: string }): void => void log.push(sql.split(" ")[0] ?? "");
    for (const [name, hear] of heard) listen(orm.engine, name, hear);
    listen(orm.engine, "beforeCursorExecute", statement);
    try {
      await work();
    } finally {
      for (const [name, hear] of heard) unlisten(orm.engine, name, hear);
      unlisten(orm.engine, "beforeCursorExecute", statement);
    }
    return log;
  }

  test("are sent when their level first uses a connection, outer ones first; commit() ends them all", async () => {
    const session = orm.session();
    const sent = await sentBy(async () => {
      session.add(new Author({ name: "a" }));
      await session.flush();
      await session.beginNested();
      await session.beginNested();
      session.add(new Author({ name: "b" }));
      await session.flush();
      await session.commit();
    });
    expect(sent).toEqual([
      "INSERT",
      "savepoint",
      "savepoint",
      "INSERT",
      "releaseSavepoint",
      "releaseSavepoint",
      "commit",
    ]);
    expect([session.inTransaction(), await names()]).toEqual([false, ["a", "b"]]);
  });

  test("of a level that sends nothing are not sent, whether it is committed, rolled back or left to the end", async () => {
    const session = orm.session();
    await session.scalars(select(Author.c.id));
    const sent = await sentBy(async () => {
      await (await session.beginNested()).commit();
      await (await session.beginNested()).rollback();
      await session.beginNested();
      await session.rollback();
    });
    expect(sent).toEqual(["rollback"]);
  });

  test("flush, rollback() to one and rollback() of all send what they say", async () => {
    const session = orm.session({ autoflush: false });
    session.add(new Author({ name: "outer" }));
    expect(await sentBy(async () => void (await session.beginNested()))).toEqual(["INSERT"]);
    session.add(new Author({ name: "inner" }));
    expect(await sentBy(() => session.flush())).toEqual(["savepoint", "INSERT"]);
    expect(await sentBy(() => session.getNestedTransaction()?.rollback())).toEqual(["rollbackSavepoint"]);
    session.add(new Author({ name: "again" }));
    await session.beginNested();
    session.add(new Author({ name: "inside" }));
    await session.flush();
    expect(await sentBy(() => session.rollback())).toEqual(["rollback"]);
    expect([session.inNestedTransaction(), session.inTransaction(), await names()]).toEqual([false, false, []]);
  });

  test("that are around others end them, too: the inner ones first", async () => {
    for (const end of ["commit", "rollback"] as const) {
      const session = orm.session();
      const outer = await session.beginNested();
      session.add(new Author({ name: `outer, ${end}` }));
      const inner = await session.beginNested();
      const author = new Author({ name: `inner, ${end}` });
      session.add(author);
      await session.flush();
      const sent = await sentBy(() => outer[end]());
      const event = end === "commit" ? "releaseSavepoint" : "rollbackSavepoint";
      expect([end, sent]).toEqual([end, [event, event]]);
      expect([inner.isActive, outer.isActive, session.inNestedTransaction(), session.inTransaction()]).toEqual([
        false,
        false,
        false,
        true,
      ]);
      expect(inspect(author).status).toBe(end === "commit" ? "persistent" : "transient");
      await session.commit();
      await session.close();
    }
    expect(await names()).toEqual(["inner, commit", "outer, commit"]);
  });

  test("a flush that fails in one rolls back to it at once; the rest of the transaction is committed", async () => {
    const session = orm.session();
    session.add(new Author({ id: 1, name: "outer" }));
    await session.flush();
    const savepoint = await session.beginNested();
    session.add(new Author({ id: 1, name: "again" }));
    const sent = await sentBy(() => attempt(() => session.flush()));
    expect(sent).toEqual(["savepoint", "INSERT", "rollbackSavepoint"]);
    expect([session.isActive, session.inTransaction(), savepoint.isActive]).toEqual([false, true, false]);
    expect(await sentBy(() => savepoint.rollback())).toEqual([]);
    expect([session.isActive, session.inNestedTransaction()]).toEqual([true, false]);
    expect(await sentBy(() => session.commit())).toEqual(["commit"]);
    expect(await names()).toEqual(["outer"]);
  });

  test("released ones count for what is around them: its rollback takes back new, changed, deleted and rekeyed objects", async () => {
    for (const around of ["transaction", "savepoint"] as const) {
      await orm.save(
        new Author({ id: 101, name: "changed" }),
        new Author({ id: 102, name: "deleted" }),
        new Author({ id: 103, name: "rekeyed" }),
      );
      const session = orm.session();
      const query = select(Author).options(selectinload(Author.c.letters)).orderBy(Author.c.id);
      const [changed, deleted, rekeyed] = (await session.scalars(query)).all() as [Author, Author, Author];
      const outer = around === "transaction" ? session : await session.beginNested();
      const inner = await session.beginNested();
      const fresh = new Author({ name: "new" });
      session.add(fresh);
      changed.name = "!";
      changed.letters.push(new Letter({ text: "l" }));
      rekeyed.id = 130;
      await session.delete(deleted);
      await inner.commit();
      expect([inspect(fresh).status, inspect(deleted).status]).toEqual(["persistent", "deleted"]);
      await outer.rollback();
      expect([inspect(fresh).status, inspect(deleted).status, changed.name, changed.letters]).toEqual([
        "transient",
        "persistent",
        "changed",
        [],
      ]);
      expect([session.identityMap.get(identityKey(Author, 103)), rekeyed.id]).toEqual([rekeyed, 103]);
      expect(session.identityMap.has(identityKey(Author, 130))).toBe(false);
      expect(getHistory(changed, "name").added).toEqual([]);
      await session.commit();
      expect(await names()).toEqual(["changed", "deleted", "rekeyed"]);
      for (const author of [changed, deleted, rekeyed]) await session.delete(author);
      await session.commit();
      await session.close();
    }
  });

  test("rolled back ones put collections and references back, and make only what they wrote stale", async () => {
    await orm.save(
      new Author({ id: 101, name: "ann", books: [new Book({ id: 101, title: "x" })] }),
      new Author({ id: 102, name: "ben" }),
      new Author({ id: 103, name: "cid" }),
    );
    const session = orm.session();
    const query = select(Author).options(selectinload(Author.c.books)).orderBy(Author.c.id);
    const [ann, ben, cid] = (await session.scalars(query)).all() as [Author, Author, Author];
    const [book] = ann.books as [Book];
    const savepoint = await session.beginNested();
    ben.books.push(book);
    ann.books.push(new Book({ title: "new" }));
    ann.born = 5;
    await session.flush();
    await savepoint.rollback();
    expect([ann.books, ben.books, book.author, book.authorId]).toEqual([[book], [], ann, 101]);
    expect([ann, book, ben, cid].map((object) => inspect(object).stale)).toEqual([true, true, true, false]);
    orm.log();
    expect(await session.get(Author, 103)).toBe(cid);
    expect(orm.log()).toEqual([]);
    await session.commit();
    expect(await orm.rows(select(Book.c.title, Book.c.authorId))).toEqual([["x", 101]]);
  });

  test("keep what was assigned and not yet written before them", async () => {
    await orm.save(new Author({ id: 101, name: "ann" }));
    const session = orm.session({ autoflush: false });
    const ann = await session.getOne(Author, 101);
    ann.name = "before";
    const savepoint = await session.beginNested();
    ann.name = "inside";
    await savepoint.rollback();
    expect(ann.name).toBe("before");
    await session.commit();
    expect(await names()).toEqual(["before"]);
  });
});
