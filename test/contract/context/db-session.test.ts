// The session of a context: A3-17 … A3-32 of the behaviour that the context's functions are written to.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  afterCommit,
  atomicDbSession,
  closeDbSession,
  commitDbSession,
  dbSession,
  dbSessionScope,
  getDbSessionFromContext,
  initDbSessionCtx,
  isContextInitiated,
  newNonCtxAtomicSession,
  newNonCtxSession,
  popDbSessionFromContext,
  putDbSessionToContext,
  resetDbSessionCtx,
  rollbackDbSession,
  runInNewCtx,
} from "../../../src/context/index.ts";
import {
  type AsyncSession,
  ContextAlreadyInitiatedError,
  ContextNotInitiatedError,
  insert,
  InvalidRequestError,
  ResourceClosedError,
} from "../../../src/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Example, openConnect } from "./open-connect.ts";

const row = () => insert(Example).values({ text: "row" });

describe("a context", () => {
  test("is there after init, and gone after reset", async () => {
    expect(isContextInitiated()).toBe(false);
    const token = initDbSessionCtx();
    expect(isContextInitiated()).toBe(true);
    expect(() => initDbSessionCtx()).toThrow(ContextAlreadyInitiatedError);
    expect(() => initDbSessionCtx()).toThrow(/db-session\.test/);
    await resetDbSessionCtx(token);
    expect(isContextInitiated()).toBe(false);
  });

  test("can be opened inside another one, which returns with its end", async () => {
    const outer = initDbSessionCtx();
    const inner = initDbSessionCtx({ force: true });
    await resetDbSessionCtx(inner);
    expect(isContextInitiated()).toBe(true);
    await resetDbSessionCtx(outer);
    expect(isContextInitiated()).toBe(false);
  });
});

describeTargets("the context's session", (target) => {
  test("needs a context", async () => {
    const { connect, made } = await openConnect(target);
    await expect(dbSession(connect)).rejects.toThrow(ContextNotInitiatedError);
    expect(() => getDbSessionFromContext(connect)).toThrow(ContextNotInitiatedError);
    expect(() => putDbSessionToContext(connect, {} as never)).toThrow(ContextNotInitiatedError);
    await expect(commitDbSession(connect)).rejects.toThrow(ContextNotInitiatedError);
    expect(() => afterCommit(() => undefined)).toThrow(ContextNotInitiatedError);
    // as popping from a context without a session
    expect(popDbSessionFromContext(connect)).toBeNull();
    expect(made).toEqual([]);
  });

  test("is one, and takes no connection before its first statement", async () => {
    const { connect, checkedOut } = await openConnect(target);
    await dbSessionScope(async () => {
      expect(getDbSessionFromContext(connect)).toBeNull();
      const session = await dbSession(connect);
      expect(await dbSession(connect)).toBe(session);
      expect(getDbSessionFromContext(connect)).toBe(session);
      expect([session.inTransaction(), checkedOut()]).toEqual([false, 0]);
      await session.execute(row());
      expect([session.inTransaction(), checkedOut()]).toEqual([true, 1]);
    });
    expect(checkedOut()).toBe(0);
  });

  test("is one also for callers that ask at the same time while it is made", async () => {
    let hooks = 0;
    const { connect, made } = await openConnect(target, {
      beforeCreateSession: async () => {
        hooks++;
        await sleep(2);
      },
    });
    await dbSessionScope(async () => {
      const [a, b] = await Promise.all([dbSession(connect), dbSession(connect)]);
      expect(a).toBe(b);
    });
    expect([hooks, made.length]).toEqual([1, 1]);
  });

  test("is made anew after making it failed", async () => {
    let fails = true;
    const { connect } = await openConnect(target, {
      beforeCreateSession: () => {
        if (fails) throw new TypeError("not now");
      },
    });
    await dbSessionScope(async () => {
      await expect(dbSession(connect)).rejects.toThrow("not now");
      fails = false;
      expect((await dbSession(connect)).inTransaction()).toBe(false);
    });
  });

  test("that a child task made is seen by its parent", async () => {
    const { connect } = await openConnect(target);
    await dbSessionScope(async () => {
      const made = await (async () => {
        await sleep(1);
        return await dbSession(connect);
      })();
      expect(getDbSessionFromContext(connect)).toBe(made);
    });
  });

  test("is hidden by an inner context, and there again after it", async () => {
    const { connect } = await openConnect(target);
    await dbSessionScope(async () => {
      const session = await dbSession(connect);
      await runInNewCtx(async () => {
        expect(getDbSessionFromContext(connect)).toBeNull();
        expect(await dbSession(connect)).not.toBe(session);
      });
      expect(await dbSession(connect)).toBe(session);
    });
  });

  test("is closed by the end of its context, or left to its owner", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    const outer = initDbSessionCtx();
    const session = await dbSession(connect);
    await session.execute(row());
    const inner = initDbSessionCtx({ force: true });
    expect(getDbSessionFromContext(connect)).toBeNull();
    const kept = await dbSession(connect);
    await resetDbSessionCtx(inner, { withClose: false });
    expect(getDbSessionFromContext(connect)).toBe(session);
    await resetDbSessionCtx(outer);
    expect([isContextInitiated(), checkedOut()]).toEqual([false, 0]);
    await expect((async () => await session.execute(row()))()).rejects.toMatchObject({ code: "ctxs" });
    await kept.execute(row());
    await kept.commit();
    await kept.close();
    expect([await count(), checkedOut()]).toEqual([1, 0]);
  });

  test("commit and rollback act on an open transaction only", async () => {
    const { connect, count } = await openConnect(target);
    await dbSessionScope(async () => {
      await commitDbSession(connect);
      await rollbackDbSession(connect);
      const session = await dbSession(connect);
      await commitDbSession(connect);
      await session.execute(row());
      await commitDbSession(connect);
      expect([await count(), session.inTransaction()]).toEqual([1, false]);
      await session.execute(row());
      await rollbackDbSession(connect);
      expect(session.inTransaction()).toBe(false);
    });
    expect(await count()).toBe(1);
  });

  test("closing rolls back, and the next one is another", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    await dbSessionScope(async () => {
      const session = await dbSession(connect);
      await session.execute(row());
      await closeDbSession(connect);
      expect([getDbSessionFromContext(connect), checkedOut()]).toEqual([null, 0]);
      expect(await dbSession(connect)).not.toBe(session);
      await expect((async () => await session.execute(row()))()).rejects.toThrow("closeDbSession() has closed it");
    });
    expect(await count()).toBe(0);
  });

  test("put and pop", async () => {
    const { connect } = await openConnect(target);
    const own = await connect.createSession();
    await dbSessionScope(async () => {
      putDbSessionToContext(connect, own);
      expect(await dbSession(connect)).toBe(own);
      expect(popDbSessionFromContext(connect)).toBe(own);
      expect(popDbSessionFromContext(connect)).toBeNull();
    });
    // it was not the context's any more
    await own.execute(row());
    await own.close();
  });

  test("after the context's end there is none, and what is left of it refuses to work", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    let late: Promise<unknown> | undefined;
    let kept: AsyncSession | undefined;
    await runInNewCtx(async function worksLate() {
      kept = await dbSession(connect);
      late = sleep(20).then(() => dbSession(connect));
    });
    const error = await late?.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ContextNotInitiatedError);
    expect(error).toMatchObject({ code: "ctxe", message: expect.stringMatching(/worksLate[^]*db-session\.test/) });
    await expect((async () => await kept?.execute(row()))()).rejects.toMatchObject({
      constructor: ResourceClosedError,
      code: "ctxs",
      message: expect.stringContaining("worksLate"),
    });
    expect([await count(), checkedOut()]).toEqual([0, 0]);
  });

  test("sessions of no context", async () => {
    const { connect, count, checkedOut } = await openConnect(target);
    await newNonCtxSession(connect, (session) => session.execute(row()));
    expect([await count(), checkedOut()]).toEqual([0, 0]);
    await newNonCtxSession(connect, async (session) => {
      await session.execute(row());
      await session.commit();
    });
    expect(await count()).toBe(1);
    expect(await newNonCtxAtomicSession(connect, async (session) => (await session.execute(row())).rowcount)).toBe(1);
    expect(await count()).toBe(2);
    const failing = newNonCtxAtomicSession(connect, async (session) => {
      await session.execute(row());
      throw new TypeError("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect([await count(), checkedOut()]).toEqual([2, 0]);
  });

  describe("atomic blocks", () => {
    test("commit, or roll back what throws; the session stays in the context", async () => {
      const { connect, count } = await openConnect(target);
      await dbSessionScope(async () => {
        const session = await dbSession(connect);
        await atomicDbSession(connect, (inner) => {
          expect(inner).toBe(session);
          return inner.execute(row());
        });
        expect([await count(), session.inTransaction()]).toEqual([1, false]);
        const failing = atomicDbSession(connect, async () => {
          await session.execute(row());
          throw new TypeError("no");
        });
        await expect(failing).rejects.toThrow("no");
        expect([await count(), getDbSessionFromContext(connect)]).toEqual([1, session]);
      });
    });

    test.each([
      ["commit", 2],
      ["rollback", 1],
      ["append", 2],
    ] as const)("%s what was open before", async (currentTransaction, expected) => {
      const { connect, count } = await openConnect(target);
      await runInNewCtx(async () => {
        const session = await dbSession(connect);
        await session.execute(row());
        await atomicDbSession(connect, (inner) => inner.execute(row()), { currentTransaction });
        expect([await count(), session.inTransaction()]).toEqual([expected, false]);
      });
      expect(await count()).toBe(expected);
    });

    test("append rolls back both when it throws", async () => {
      const { connect, count } = await openConnect(target);
      await runInNewCtx(async () => {
        const session = await dbSession(connect);
        await session.execute(row());
        const failing = atomicDbSession(
          connect,
          async () => {
            await session.execute(row());
            throw new TypeError("no");
          },
          { currentTransaction: "append" },
        );
        await expect(failing).rejects.toThrow("no");
        expect(session.inTransaction()).toBe(false);
      });
      expect(await count()).toBe(0);
    });

    test("raise leaves it open", async () => {
      const { connect, count } = await openConnect(target);
      await runInNewCtx(async () => {
        const session = await dbSession(connect);
        await session.execute(row());
        const refused = atomicDbSession(connect, () => undefined, { currentTransaction: "raise" });
        await expect(refused).rejects.toThrow(InvalidRequestError);
        await expect(refused).rejects.toThrow("already has an open transaction");
        expect(session.inTransaction()).toBe(true);
      });
      expect(await count()).toBe(1);
    });
  });
});
