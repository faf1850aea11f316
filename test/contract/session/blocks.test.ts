// Blocks of sessions (spec A1-44, A1-46): what they are given, when they commit, and what is left after them.
import { expect, test } from "vitest";
import { InvalidRequestError } from "../../../src/errors/index.ts";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { awaitOnly } from "../../../src/facade/greenlet.ts";
import type { Flow } from "../../../src/flow/index.ts";
import { listen } from "../../../src/orm/index.ts";
import { select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const names = select(Author.c.name).orderBy(Author.c.id);

/** What begins and ends transactions. */
function turns(engine: AsyncEngine): () => readonly string[] {
  const log: string[] = [];
  for (const name of ["begin", "commit", "rollback", "savepoint", "releaseSavepoint", "rollbackSavepoint"] as const)
    listen(engine, name, () => void log.push(name));
  return () => log.splice(0);
}

/** A block that adds an author, written once for both colours. */
function adding<T>(session: AsyncSession, id: number, then: () => T): () => Flow<T> {
  return function* add() {
    session.add(new Author({ id, name: `a${id}` }));
    yield* awaitOnly(session.flush());
    return then();
  };
}

describeTargets("a block of a session", (target) => {
  const orm = useOrm(target, Base);
  const failure = new RangeError("enough");
  const fails = (): never => {
    throw failure;
  };

  test("begin(fn) hands it the transaction, commits, answers what it answered, and the session goes on", async () => {
    const session = orm.session();
    const log = turns(orm.engine);
    const given: unknown[] = [];
    const answer = await session.begin((transaction) => {
      given.push(transaction, session.getTransaction(), transaction.isActive);
      return adding(session, 1, () => 1)();
    });
    expect([given[0] === given[1], given[2], answer, session.inTransaction()]).toEqual([true, true, 1, false]);
    expect(log()).toEqual(["begin", "commit"]);
    expect((await session.scalars(names)).all()).toEqual(["a1"]);
    expect(session.inTransaction()).toBe(true);
  });

  test("begin(fn) rolls back when it throws, throws the same, and the session goes on", async () => {
    const session = orm.session();
    const log = turns(orm.engine);
    expect(await attempt(() => session.begin(adding(session, 1, fails)))).toBe(failure);
    expect([log(), session.inTransaction(), session.isActive]).toEqual([["begin", "rollback"], false, true]);
    expect((await session.scalars(names)).all()).toEqual([]);
    await session.rollback();
    expect(await session.begin(adding(session, 2, () => 2))).toBe(2);
    expect(await orm.rows(names)).toEqual(["a2"]);
  });

  test("beginNested(fn) releases its savepoint, or rolls back what was done since, and no more", async () => {
    const session = orm.session();
    await session.begin();
    const log = turns(orm.engine);
    expect(await session.beginNested(adding(session, 1, () => 1))).toBe(1);
    expect(await attempt(() => session.beginNested(adding(session, 2, fails)))).toBe(failure);
    expect(log()).toEqual(["begin", "savepoint", "releaseSavepoint", "savepoint", "rollbackSavepoint"]);
    expect([session.inNestedTransaction(), session.inTransaction()]).toEqual([false, true]);
    await session.commit();
    expect(await orm.rows(names)).toEqual(["a1"]);
  });

  test("a block of using or await using ends the transaction, the savepoint or the session, and commits none of them", async () => {
    const session = orm.session();
    {
      await using transaction = await session.begin();
      session.add(new Author({ id: 1, name: "lost" }));
      await session.flush();
      expect(transaction.isActive).toBe(true);
    }
    expect([session.inTransaction(), await orm.rows(names)]).toEqual([false, []]);
    await session.begin();
    {
      await using savepoint = await session.beginNested();
      session.add(new Author({ id: 2, name: "lost, too" }));
      await session.flush();
      expect(savepoint.nested).toBe(true);
    }
    expect([session.inNestedTransaction(), session.inTransaction()]).toEqual([false, true]);
    await session.commit();
    {
      await using own = orm.session();
      own.add(new Author({ id: 3, name: "lost as well" }));
      await own.flush();
    }
    expect([orm.engine.pool.checkedOut(), await orm.rows(names)]).toEqual([0, []]);
  });

  test("a transaction that the block ended itself stays so, and no other begins in the block", async () => {
    const session = orm.session();
    const refused = await attempt(() =>
      session.begin(function* block() {
        session.add(new Author({ id: 1, name: "kept" }));
        yield* awaitOnly(session.commit());
        yield* awaitOnly(session.scalars(names));
      }),
    );
    expect(refused).toBeInstanceOf(InvalidRequestError);
    expect(await orm.rows(names)).toEqual(["kept"]);
  });
});
