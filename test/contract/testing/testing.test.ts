// What tests of a program use: A3-53 … A3-56.
import { setTimeout as sleep } from "node:timers/promises";
import { aroundEach, describe, expect, test } from "vitest";
import { commitAllSessions, commitDbSession, dbSession, isContextInitiated } from "../../../src/context/index.ts";
import {
  ContextNotInitiatedError,
  declarativeBase,
  func,
  insert,
  integer,
  ResourceClosedError,
  select,
  string,
} from "../../../src/index.ts";
import {
  assertQueryCount,
  inRolledBackContext,
  putSavepointSessionInCtx,
  rollbackSession,
  rolledBack,
  rolledBackAround,
  setTestContext,
  truncateAll,
} from "../../../src/testing/index.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { type Connect, Example, openConnect, type Opened } from "../context/open-connect.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

const row = () => insert(Example).values({ text: "row" });
const total = select(func.count(Example.c.id));
const boom = () => {
  throw new TypeError("boom");
};

/** The application under test: writes and commits. */
async function application(connect: Connect): Promise<void> {
  await (await dbSession(connect)).execute(row());
  await commitDbSession(connect);
  await (await dbSession(connect)).execute(row());
  await commitAllSessions();
}

describeTargets("tests", (target) => {
  test("rollbackSession always rolls back", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    const seen = await rollbackSession(connect, async (session) => {
      await session.execute(row());
      return (await session.execute(total)).scalarOne();
    });
    await expect(rollbackSession(connect, async (session) => (await session.execute(row()), boom()))).rejects.toThrow();
    expect([seen, await count(), checkedOut()]).toEqual([1, 0, 0]);
  });

  test("setTestContext neither commits nor closes", async () => {
    const { connect, count } = await openConnect(target);
    const session = await setTestContext(async () => {
      expect(isContextInitiated()).toBe(true);
      const mine = await dbSession(connect);
      await mine.execute(row());
      return mine;
    });
    expect([isContextInitiated(), session.inTransaction()]).toEqual([false, true]);
    await session.close();
    expect(await count()).toBe(0);
  });

  test("setTestContext with autoClose commits, or rolls back what throws", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    const add = async () => await (await dbSession(connect)).execute(row());
    await setTestContext(add, { autoClose: true });
    await expect(setTestContext(async () => (await add(), boom()), { autoClose: true })).rejects.toThrow("boom");
    expect([await count(), checkedOut()]).toEqual([1, 0]);
  });

  test("commits of the application become savepoints, seen by the test and undone", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    const log: string[] = [];
    await rollbackSession(connect, async (session) => {
      await setTestContext(() =>
        putSavepointSessionInCtx(connect, session, async () => {
          expect(await dbSession(connect)).not.toBe(session);
          await application(connect);
          expect((await session.execute(total)).scalarOne()).toBe(2);
          await (await dbSession(connect)).execute(row());
          await (await dbSession(connect)).rollback();
          expect((await session.execute(total)).scalarOne()).toBe(2);
          log.push("ran");
        }),
      );
      expect((await session.execute(total)).scalarOne()).toBe(2);
    });
    expect([log, await count(), checkedOut()]).toEqual([["ran"], 0, 0]);
  });

  test("a savepoint session needs a context, and ends with its function", async () => {
    const { connect } = await openConnect(target);
    await rollbackSession(connect, async (session) => {
      const outside = putSavepointSessionInCtx(connect, session, () => undefined);
      await expect(outside).rejects.toThrow(ContextNotInitiatedError);
    });
    const kept = await inRolledBackContext(connect, () => dbSession(connect));
    await expect((async () => await kept.execute(row()))()).rejects.toThrow(ResourceClosedError);
  });

  test("a wrapped test leaves nothing", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    let seen = 0;
    await rolledBack(connect, async (session) => {
      await application(connect);
      seen = (await session.execute(total)).scalarOne();
    })();
    await expect(rolledBack(connect, boom)()).rejects.toThrow("boom");
    expect([seen, await count(), checkedOut()]).toEqual([2, 0, 0]);
  });

  testOn(target, ["many writers"], "wrapped tests at the same time see their own rows only", async () => {
    coloursDiffer("what is started at the same time is done one after the other by a sync caller");
    const { connect, count } = await openConnect(target);
    const seen: number[] = [];
    const one = rolledBack(connect, async (session) => {
      await application(connect);
      await sleep(5);
      seen.push((await session.execute(total)).scalarOne());
    });
    await Promise.all([one(), one(), one()]);
    expect([seen, await count()]).toEqual([[2, 2, 2], 0]);
  });

  test("assertQueryCount counts the statements of its function, on any engine", async () => {
    const a = await openConnect(target);
    const b = await openConnect(target);
    const both = async () => {
      await rollbackSession(a.connect, (session) => session.execute(total));
      return await rollbackSession(b.connect, async (session) => (await session.execute(total)).scalarOne());
    };
    expect(await assertQueryCount(2, both)).toBe(0);
    await assertQueryCount(0, () => undefined);
    const wrong = assertQueryCount(1, both);
    await expect(wrong).rejects.toMatchObject({ name: "AssertionError", actual: 2, expected: 1 });
    await expect(wrong).rejects.toThrow(/Expected 1 statements, but 2 were sent:\n {2}1\. SELECT count/);
    await assertQueryCount(2, () => assertQueryCount(2, both));
  });

  test("assertQueryCount counts for each asynchronous context by itself", async () => {
    coloursDiffer("what is started at the same time is done one after the other by a sync caller");
    const opened = await openConnect(target);
    const times = (n: number) => () =>
      rollbackSession(opened.connect, async (session) => {
        for (let i = 0; i < n; i++) {
          await session.execute(total);
          await sleep(1);
        }
      });
    await Promise.all([assertQueryCount(3, times(3)), assertQueryCount(1, times(1)), times(2)()]);
  });

  test("truncateAll empties tables that refer to each other, and starts their keys anew", async () => {
    const { connect, outside } = await openConnect(target);
    const Base = declarativeBase();
    class Parent extends Base.mapped("truncated_parent", {
      id: integer().primaryKey(),
      name: string(20),
      get favouriteId() {
        return integer().nullable().references("truncated_child.id");
      },
    }) {}
    class Child extends Base.mapped("truncated_child", {
      id: integer().primaryKey(),
      get parentId() {
        return integer().references(Parent.c.id);
      },
    }) {}
    await Base.metadata.createAll(outside);
    const fill = () =>
      rollbackSession(connect, async (session) => {
        const parent = new Parent({ name: "P" });
        session.add(parent);
        await session.flush();
        const child = new Child({ parentId: parent.id });
        session.add(child);
        await session.flush();
        parent.favouriteId = child.id;
        await session.commit();
        return [parent.id, child.id];
      });
    expect(await fill()).toEqual([1, 1]);
    await truncateAll(outside, Base.metadata);
    expect((await outside.execute(select(func.count(Parent.c.id)))).scalarOne()).toBe(0);
    expect((await outside.execute(select(func.count(Child.c.id)))).scalarOne()).toBe(0);
    expect(await fill()).toEqual([1, 1]);
    expect(outside.pool.checkedOut()).toBe(0);
  });
});

describeTargets("hooks around each test", (target) => {
  let opened: Opened | null = null;
  aroundEach(async (runTest) => {
    opened ??= await openConnect(target);
    await rolledBackAround(opened.connect)(runTest);
  });

  describe.each(["first", "second"])("the %s test", () => {
    test("starts with an empty table", async () => {
      const { connect } = opened as Opened;
      const session = await dbSession(connect);
      expect((await session.execute(total)).scalarOne()).toBe(0);
      await application(connect);
      expect((await (await dbSession(connect)).execute(total)).scalarOne()).toBe(2);
    });
  });
});
