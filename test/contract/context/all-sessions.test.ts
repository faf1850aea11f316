// What ends a context: A3-33 … A3-39 and A3-60.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import {
  afterCommit,
  autoCommitByStatusCode,
  closeAllContextSessions,
  commitAllSessions,
  commitDbSession,
  dbSession,
  dbSessionScope,
  getDbSessionFromContext,
  initDbSessionCtx,
  resetDbSessionCtx,
  rollbackAllSessions,
  runInNewCtx,
} from "../../../src/context/index.ts";
import { insert } from "../../../src/index.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { Example, openConnect, type Opened } from "./open-connect.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

const row = () => insert(Example).values({ text: "row" });
const add = async ({ connect }: Opened) => await (await dbSession(connect)).execute(row());
const boom = () => {
  throw new TypeError("boom");
};

describeTargets("all sessions of a context", (target) => {
  test("are committed when the function returns, rolled back when it throws, closed in any case", async () => {
    const opened = await openConnect(target);
    expect(await runInNewCtx(async (a: number, b: number) => (await add(opened), a + b), 1, 2)).toBe(3);
    expect(await opened.count()).toBe(1);
    await expect(runInNewCtx(async () => (await add(opened), boom()))).rejects.toThrow("boom");
    expect([await opened.count(), opened.checkedOut()]).toEqual([1, 0]);
  });

  test("an inner context ends by itself; the outer one is as it was", async () => {
    const opened = await openConnect(target);
    await runInNewCtx(async () => {
      const outer = await dbSession(opened.connect);
      await runInNewCtx(add, opened);
      expect([await opened.count(), outer.inTransaction()]).toEqual([1, false]);
      await add(opened);
      expect(outer.inTransaction()).toBe(true);
    });
    expect(await opened.count()).toBe(2);
  });

  testOn(target, ["many writers"], "one of several at the same time may fail", async () => {
    coloursDiffer("what is started at the same time is done one after the other by a sync caller");
    const opened = await openConnect(target);
    const results = await Promise.allSettled([
      runInNewCtx(add, opened),
      runInNewCtx(async () => (await add(opened), boom())),
      runInNewCtx(add, opened),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([await opened.count(), opened.checkedOut()]).toEqual([2, 0]);
  });

  test("early ends are allowed", async () => {
    const opened = await openConnect(target);
    const failing = runInNewCtx(async () => {
      await add(opened);
      await commitDbSession(opened.connect);
      await add(opened);
      await closeAllContextSessions();
      expect(getDbSessionFromContext(opened.connect)).toBeNull();
      boom();
    });
    await expect(failing).rejects.toThrow("boom");
    expect(await opened.count()).toBe(1);
  });

  test("several databases: each has its session, and all are ended", async () => {
    const [master, replica] = [await openConnect(target), await openConnect(target)];
    await runInNewCtx(async () => {
      await add(master);
      await add(replica);
      expect(await dbSession(master.connect)).not.toBe(await dbSession(replica.connect));
      await commitAllSessions();
      expect([await master.count(), await replica.count()]).toEqual([1, 1]);
      await add(master);
      await add(replica);
      await rollbackAllSessions();
      expect((await dbSession(master.connect)).inTransaction()).toBe(false);
      expect((await dbSession(replica.connect)).inTransaction()).toBe(false);
    });
    expect([await master.count(), await replica.count()]).toEqual([1, 1]);
    expect([master.checkedOut(), replica.checkedOut()]).toEqual([0, 0]);
  });

  test("several databases: closing all rolls back and closes each", async () => {
    const [master, replica] = [await openConnect(target), await openConnect(target)];
    await runInNewCtx(async () => {
      const sessions = [await dbSession(master.connect), await dbSession(replica.connect)];
      await add(master);
      await add(replica);
      await closeAllContextSessions();
      expect([master.checkedOut(), replica.checkedOut()]).toEqual([0, 0]);
      expect([getDbSessionFromContext(master.connect), getDbSessionFromContext(replica.connect)]).toEqual([null, null]);
      expect(sessions).not.toContain(await dbSession(master.connect));
      expect(sessions).not.toContain(await dbSession(replica.connect));
      await add(master);
    });
    expect([await master.count(), await replica.count()]).toEqual([1, 0]);
  });

  test("several databases: what throws rolls all of them back", async () => {
    const [master, replica] = [await openConnect(target), await openConnect(target)];
    const failing = runInNewCtx(async () => {
      await add(master);
      await add(replica);
      boom();
    });
    await expect(failing).rejects.toThrow("boom");
    expect([await master.count(), await replica.count()]).toEqual([0, 0]);
    expect([master.checkedOut(), replica.checkedOut()]).toEqual([0, 0]);
  });

  test("ends of all touch those in a transaction only", async () => {
    const [busy, idle] = [await openConnect(target), await openConnect(target)];
    await dbSessionScope(async () => {
      const sessions = [await dbSession(busy.connect), await dbSession(idle.connect)];
      const ends = sessions.map((session) => [vi.spyOn(session, "commit"), vi.spyOn(session, "rollback")]);
      const calls = () => ends.map((pair) => pair.map((end) => end.mock.calls.length));
      await add(busy);
      await rollbackAllSessions();
      expect(calls()).toEqual([
        [0, 1],
        [0, 0],
      ]);
      await add(busy);
      await commitAllSessions();
      expect(calls()).toEqual([
        [1, 1],
        [0, 0],
      ]);
    });
    expect([await busy.count(), await idle.count()]).toEqual([1, 0]);
  });

  test("a callback sees each session in a transaction before its commit", async () => {
    const [a, b, idle] = [await openConnect(target), await openConnect(target), await openConnect(target)];
    await dbSessionScope(async () => {
      await dbSession(idle.connect);
      await add(a);
      await add(b);
      const seen: unknown[] = [];
      await commitAllSessions(async (session) => {
        await sleep(1);
        seen.push(session, session.inTransaction());
      });
      expect(seen).toEqual([await dbSession(a.connect), true, await dbSession(b.connect), true]);
      await commitAllSessions(boom);
      await add(a);
      const callback = vi.fn();
      await autoCommitByStatusCode(500, callback);
      expect(callback).not.toHaveBeenCalled();
    });
    expect([await a.count(), await b.count()]).toEqual([1, 1]);
  });

  test("what a callback writes to another database is committed, too, whether that was done or not even asked for", async () => {
    const [done, asked, main, last] = [
      await openConnect(target),
      await openConnect(target),
      await openConnect(target),
      await openConnect(target),
    ];
    await runInNewCtx(async () => {
      await add(done);
      await dbSession(asked.connect);
      await add(main);
      const isMain = (session: unknown) => session === getDbSessionFromContext(main.connect);
      await commitAllSessions(async (session) => {
        if (isMain(session)) for (const opened of [done, asked, last]) await add(opened);
      });
      const counts: number[] = [];
      for (const opened of [done, asked, main, last]) counts.push(await opened.count());
      expect(counts).toEqual([2, 1, 1, 1]);
    });
    expect([done, asked, main, last].map((opened) => opened.checkedOut())).toEqual([0, 0, 0, 0]);
  });

  test("a failing callback stops before its commit; what was committed stays", async () => {
    const [a, b] = [await openConnect(target), await openConnect(target)];
    let calls = 0;
    const failing = runInNewCtx(async () => {
      await add(a);
      await add(b);
      await commitAllSessions(() => {
        if (++calls === 2) boom();
      });
    });
    await expect(failing).rejects.toThrow("boom");
    expect([await a.count(), await b.count()]).toEqual([1, 0]);
  });

  test.each([
    [200, 1],
    [302, 1],
    [399, 1],
    [400, 0],
    [404, 0],
    [500, 0],
  ])("status %i leaves %i rows", async (status, rows) => {
    const opened = await openConnect(target);
    const token = initDbSessionCtx();
    await add(opened);
    await autoCommitByStatusCode(status);
    expect(await opened.count()).toBe(rows);
    await resetDbSessionCtx(token);
    expect(opened.checkedOut()).toBe(0);
  });

  test("functions after the commit are called once, in order, and what they write is committed", async () => {
    const opened = await openConnect(target);
    const seen: unknown[] = [];
    await runInNewCtx(async () => {
      await add(opened);
      afterCommit(async () => {
        seen.push(await opened.count());
        await add(opened);
      });
      afterCommit(() => seen.push("second"));
      await commitDbSession(opened.connect);
      expect(seen).toEqual([]);
    });
    expect([seen, await opened.count(), opened.checkedOut()]).toEqual([[1, "second"], 2, 0]);
  });

  test("functions after the commit are not called on rollback", async () => {
    const opened = await openConnect(target);
    const callback = vi.fn();
    const failing = runInNewCtx(async () => {
      afterCommit(callback);
      await add(opened);
      boom();
    });
    await expect(failing).rejects.toThrow("boom");
    await dbSessionScope(async () => {
      afterCommit(callback);
      await rollbackAllSessions();
    });
    expect(callback).not.toHaveBeenCalled();
  });

  test("10,000 contexts leave nothing behind", async () => {
    const opened = await openConnect(target);
    for (let i = 0; i < 10_000; i++) {
      await dbSessionScope(async () => {
        await dbSession(opened.connect);
      });
    }
    expect([opened.made.length, opened.checkedOut()]).toEqual([1, 0]);
  });

  test("a function after the commit that throws is reported, and the others are called", async () => {
    const opened = await openConnect(target);
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const second = vi.fn();
    try {
      await runInNewCtx(async () => {
        await add(opened);
        afterCommit(boom);
        afterCommit(second);
      });
      expect(second).toHaveBeenCalledTimes(1);
      expect(warned.mock.calls[0]?.[0]).toMatch(/afterCommit\(\) failed[^]*boom/);
    } finally {
      warned.mockRestore();
    }
    expect(await opened.count()).toBe(1);
  });
});

describeTargets(
  "contexts at the same time",
  (target) => {
    test("100 never share a session, and leave nothing checked out of a pool of 10", async () => {
      coloursDiffer("what is started at the same time is done one after the other by a sync caller");
      const opened = await openConnect(target, { poolSize: 10, maxOverflow: 0 });
      const seen = new Set<unknown>();
      let most = 0;
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          runInNewCtx(async () => {
            const session = await dbSession(opened.connect);
            seen.add(session);
            await sleep(index % 5);
            await session.execute(row());
            most = Math.max(most, opened.checkedOut());
            expect(await dbSession(opened.connect)).toBe(session);
          }),
        ),
      );
      expect([seen.size, await opened.count(), opened.checkedOut()]).toEqual([100, 100, 0]);
      expect(most).toBeLessThanOrEqual(10);
    });
  },
  ["many writers"],
);
