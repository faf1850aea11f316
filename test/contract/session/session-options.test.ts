// Each option of a session (spec A1-39), in both colours on every database.
import { expect, test } from "vitest";
import { ArgumentError, InvalidRequestError } from "../../../src/errors/index.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { Session } from "../../../src/facade/session.ts";
import { listen, type OrmExecute, type SessionOptions } from "../../../src/orm/index.ts";
import { deleteFrom, select } from "../../../src/sql/index.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

describeTargets("options of a session", (target) => {
  const orm = useOrm(target, Base);
  const names = select(Author.c.name).orderBy(Author.c.id);
  const made = (options: object): AsyncSession =>
    target.mode === "sync"
      ? (new Session(orm.engine as never, options) as unknown as AsyncSession)
      : new AsyncSession(orm.engine, options);

  test("autoflush: false leaves changes unwritten before queries", async () => {
    for (const autoflush of [true, false]) {
      const session = orm.session({ autoflush });
      session.add(new Author({ id: 1, name: "a" }));
      expect([(await session.scalars(names)).all().length, session.autoflush]).toEqual([autoflush ? 1 : 0, autoflush]);
      await session.close();
    }
  });

  test("expireOnCommit: false trusts what was read before a commit", async () => {
    for (const expireOnCommit of [true, false]) {
      const session = orm.session({ expireOnCommit });
      const author = new Author({ id: 1, name: "a" });
      session.add(author);
      await session.commit();
      orm.log();
      expect(await session.get(Author, 1)).toBe(author);
      expect(orm.log()).toHaveLength(expireOnCommit ? 1 : 0);
      await session.delete(author);
      await session.commit();
      await session.close();
    }
  });

  test("autobegin: false waits for begin()", async () => {
    const session = orm.session({ autobegin: false });
    expect(await attempt(() => session.scalars(names))).toBeInstanceOf(InvalidRequestError);
    await session.begin();
    expect((await session.scalars(names)).all()).toEqual([]);
    await session.commit();
    expect(await attempt(async () => session.add(new Author({ id: 1, name: "a" })))).toBeInstanceOf(
      InvalidRequestError,
    );
  });

  test("closeResetsOnly: false shuts the session for good", async () => {
    for (const closeResetsOnly of [true, false]) {
      const session = orm.session({ closeResetsOnly });
      await session.close();
      const again = await attempt(async () => (await session.scalars(names)).all());
      if (closeResetsOnly) expect(again).toEqual([]);
      else expect(again).toBeInstanceOf(InvalidRequestError);
      await session.reset();
    }
  });

  test("joinTransactionMode says what becomes of the transaction of a connection", async () => {
    for (const [joinTransactionMode, isCommitted] of [
      ["control_fully", true],
      ["conditional_savepoint", false],
    ] as const) {
      const connection = await orm.engine.connect();
      const transaction = await connection.begin();
      const session =
        target.mode === "sync"
          ? (new Session(connection as never, { joinTransactionMode }) as unknown as AsyncSession)
          : new AsyncSession(connection, { joinTransactionMode });
      session.add(new Author({ id: 1, name: "joined" }));
      await session.commit();
      expect(transaction.isOver).toBe(isCommitted);
      await session.close();
      await connection.close();
      expect(await orm.rows(names)).toEqual(isCommitted ? ["joined"] : []);
      await orm.engine.execute(deleteFrom(Author));
    }
  });

  test("info is free for any use, and the session's own", () => {
    const given = { request: 7 };
    const session = orm.session({ info: given });
    session.info["more"] = 1;
    expect([session.info, given]).toEqual([{ request: 7, more: 1 }, { request: 7 }]);
  });

  test("executionOptions are those of everything it executes; statements' and calls' go before them", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const session = orm.session({ executionOptions: { populateExisting: true, audit: "session" } });
    const author = await session.getOne(Author, 1);
    const told: unknown[] = [];
    listen(session, "doOrmExecute", (({ executionOptions }: OrmExecute) => void told.push(executionOptions)) as never);
    session.autoflush = false;
    author.name = "mine";
    await session.scalars(select(Author));
    expect(author.name).toBe("a");
    author.name = "mine";
    await session.scalars(select(Author), undefined, { populateExisting: false });
    expect(author.name).toBe("mine");
    await session.scalars(select(Author).executionOptions({ audit: "statement" }));
    expect(told.map((options) => (options as { audit?: string }).audit)).toEqual(["session", "session", "statement"]);
    expect(session.executionOptions).toEqual({ populateExisting: true, audit: "session" });
  });

  testOn(target, ["many connections"], "binds names engines for classes and tables", async () => {
    const other = orm.engine.executionOptions({ other: true });
    const session = made({ binds: [[Author, other]] });
    expect([session.getBind({ mapper: Author }), session.getBind({ mapper: Book }), [...session.binds]]).toEqual([
      other,
      orm.engine,
      [[Author, other]],
    ]);
    await session.close();
  });

  testOn(target, ["two-phase commit"], "twophase: true prepares before it commits", async () => {
    const prepared: string[] = [];
    listen(orm.engine, "prepareTwophase", ({ xid }) => void prepared.push(xid));
    const session = orm.session({ twophase: true });
    session.add(new Author({ id: 1, name: "in two phases" }));
    await session.commit();
    expect([prepared.length, await orm.rows(names)]).toEqual([1, ["in two phases"]]);
  });

  test("others, and values of the wrong kind, are refused by name", () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ autoFlush: true }, /Did you mean autoflush/],
      [{ expireOnCommit: 1 }, /expireOnCommit of a session must be true or false/],
      [{ joinTransactionMode: "always" }, /joinTransactionMode/],
      [{ executionOptions: [] }, /executionOptions of a session must be an object/],
    ];
    for (const [options, message] of wrong) {
      expect(() => made(options)).toThrow(ArgumentError);
      expect(() => orm.session(options as SessionOptions)).toThrow(message);
    }
  });
});
