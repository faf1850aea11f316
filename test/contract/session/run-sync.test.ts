import { expect, test } from "vitest";
import { ArgumentError, AwaitRequired } from "../../../src/errors/index.ts";
import { createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { awaitOnly, greenletSpawn } from "../../../src/facade/greenlet.ts";
import { objectSession, type Session } from "../../../src/facade/session.ts";
import { inspect } from "../../../src/facade/inspect.ts";
import { func, select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

/** Written for sync sessions: nothing in it waits. */
function addBook(session: Session, name: string, title: string): number {
  const author = session.scalars(select(Author).where(Author.c.name.eq(name))).one();
  author.books.push(new Book({ title })); // loads the books when they are read
  session.flush();
  return author.books.length;
}

/** Written for both colours. */
function* countBooks(session: AsyncSession): Generator<PromiseLike<unknown>, number, unknown> {
  return (yield* awaitOnly(session.scalar(select(func.count(Book.c.id))))) ?? 0;
}

describeTargets("runSync", (target) => {
  const orm = useOrm(target, Base);

  if (target.mode === "sync") {
    test("is not needed by sync sessions: a generator function is the body of begin()", () => {
      const session = orm.session();
      const found = session.begin(() => countBooks(session));
      expect(found).toBe(0);
    });
    return;
  }

  const plain = (title: string, body: (session: AsyncSession) => Promise<void>): void =>
    test(title, async () => {
      await orm.save(new Author({ id: 1, name: "Austen", books: [new Book({ title: "Emma" })] }));
      if (target.database === "sqlite") return body(orm.session());
      const engine = createAsyncEngine(orm.engine.url, { sync: "worker" });
      const session = new AsyncSession(engine);
      try {
        await body(session);
      } finally {
        await session.close();
        expect(engine.pool.checkedOut()).toBe(0);
        await engine.dispose();
      }
    });

  plain("calls a plain function with a sync session in the same transaction", async (session) => {
    session.add(new Author({ id: 2, name: "Brontë" }));
    expect(await session.runSync(addBook, "Brontë", "Jane Eyre")).toBe(1);
    expect(await session.runSync(addBook, "Austen", "Persuasion")).toBe(2);
    expect(session.inTransaction()).toBe(true);
    const austen = await session.getOne(Author, 1);
    expect(austen.books.map((book) => book.title)).toEqual(["Emma", "Persuasion"]);
    await session.rollback();
    expect(await session.runSync((sync) => sync.query(Book).count())).toBe(1);
  });

  plain("shares objects with the function", async (session) => {
    const austen = await session.getOne(Author, 1);
    await session.runSync((sync) => {
      expect(sync.get(Author, 1)).toBe(austen);
      austen.name = "Jane";
      expect(sync.dirty.has(austen)).toBe(true);
      sync.commit();
    });
    expect([session.inTransaction(), austen.name]).toEqual([false, "Jane"]);
    expect(() => austen.books).toThrow(/not loaded/); // outside of it nothing loads by itself
    expect(objectSession(austen)).toBeNull();
  });

  plain("lets errors through, and leaves the transaction to its owner", async (session) => {
    const failure = new RangeError("no such book");
    const thrown = await attempt(() =>
      session.runSync((sync) => {
        sync.add(new Author({ id: 2, name: "lost?" }));
        sync.flush();
        throw failure;
      }),
    );
    expect(thrown).toBe(failure);
    expect(failure.stack).toContain("run-sync.test.ts");
    expect([session.inTransaction(), session.isActive]).toEqual([true, true]);
    await session.commit();
    expect(await session.scalar(select(func.count(Author.c.id)))).toBe(2);
  });

  plain("refuses a function that answers with a promise", async (session) => {
    const body = async (): Promise<number> => 1;
    expect(await attempt(() => session.runSync(body as never))).toBeInstanceOf(ArgumentError);
    const onConnection = await attempt(async () => (await session.connection()).runSync(body as never));
    expect(onConnection).toBeInstanceOf(ArgumentError);
  });

  test("runs generator functions over every driver", async () => {
    await orm.save(
      new Author({ id: 1, name: "Austen", books: [new Book({ title: "Emma" }), new Book({ title: "Sanditon" })] }),
    );
    const session = orm.session();
    expect(await session.runSync(countBooks)).toBe(2);
    expect(await greenletSpawn(countBooks, session)).toBe(2);
    expect(await greenletSpawn((a: number, b: number) => a + b, 1, 2)).toBe(3);
    const connection = await session.connection();
    const found = await connection.runSync(function* (conn: typeof connection) {
      const before = yield* awaitOnly(conn.scalar(text("SELECT count(*) FROM book")));
      yield* awaitOnly(conn.execute(text("DELETE FROM book")));
      return [before, yield* awaitOnly(conn.scalar(text("SELECT count(*) FROM book")))].map(Number);
    });
    expect(found).toEqual([2, 0]);
    const failed = await attempt(() =>
      session.runSync(function* (inner: AsyncSession) {
        yield* awaitOnly(inner.flush());
        throw new RangeError("enough");
      }),
    );
    expect(failed).toBeInstanceOf(RangeError);
    await session.rollback();
  });

  if (target.database === "sqlite") return;

  test("refuses a plain function over a driver without a sync path, before anything is sent", async () => {
    await orm.save(new Author({ id: 1, name: "Austen" }));
    const session = orm.session();
    const austen = await session.getOne(Author, 1);
    orm.log();
    for (const body of [
      (sync: Session): unknown => sync.scalars(select(Author)).all(),
      (): unknown => austen.books,
      (sync: Session): unknown => sync.connection(),
    ]) {
      const refused = await attempt(() => session.runSync((sync) => void body(sync)));
      expect(refused).toBeInstanceOf(AwaitRequired);
      expect(String(refused)).toMatch(/sync: "worker".*generator functions/s);
    }
    expect(orm.log()).toEqual([]);
    expect(await session.runSync((sync) => sync.get(Author, 1) === austen)).toBe(true); // no SQL needed
    expect(inspect(austen).status).toBe("persistent");
  });
});
