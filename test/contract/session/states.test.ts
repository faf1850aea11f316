import {
  closeAllSessions,
  declarativeBase,
  FlushError,
  func,
  IllegalStateChangeError,
  inspect,
  integer,
  InvalidRequestError,
  listen,
  PendingRollbackError,
  ResourceClosedError,
  select,
  string,
  text,
} from "athanor";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EngineOptions } from "../../../src/engine/index.ts";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { SessionEvents, SessionOptions } from "../../../src/orm/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Item extends Base.mapped("items", {
  id: integer().primaryKey(),
  name: string(40).unique(),
}) {}

const one = text("select 1");
const count = select(func.count()).selectFrom(Item);

async function open(
  target: Target,
  options: SessionOptions = {},
  engineOptions: EngineOptions = {},
): Promise<{ readonly engine: AsyncEngine; readonly session: AsyncSession }> {
  const engine = await openEngine(target, engineOptions);
  await Base.metadata.createAll(engine);
  const session = openSession(target, engine, options);
  onTestFinished(async () => {
    // some cases close it for good
    if (options.closeResetsOnly !== false) await session.close();
  });
  return { engine, session };
}

/** What a call throws, whichever way; `undefined` when it does not. */
async function thrown(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Calls a method of the session inside a listener, and answers what that threw. */
async function insideListener(
  session: AsyncSession,
  event: keyof SessionEvents,
  use: (session: AsyncSession) => unknown,
  trigger: () => unknown,
): Promise<unknown> {
  const errors: unknown[] = [];
  let isHeard = false;
  listen(session as never, event as never, (given: { readonly session: AsyncSession }) => {
    if (isHeard) return undefined;
    isHeard = true;
    try {
      const answer = use(given.session);
      if (typeof (answer as PromiseLike<unknown> | null)?.then !== "function") return undefined;
      return (answer as PromiseLike<unknown>).then(
        () => undefined,
        (error: unknown) => void errors.push(error),
      );
    } catch (error) {
      errors.push(error);
      return undefined;
    }
  });
  await thrown(trigger);
  expect(isHeard).toBe(true);
  return errors[0];
}

describeTargets("the states of a session's transaction", (target) => {
  describe("in the middle of a method that ends it", () => {
    const enders = ["commit", "rollback", "close"] as const;

    it.each(["beforeCommit", "afterCommit"] as const)("%s refuses what would end it", async (event) => {
      for (const method of enders) {
        const { session } = await open(target);
        const error = await insideListener(
          session,
          event,
          (given) => given[method](),
          () => session.commit(),
        );
        expect(error).toBeInstanceOf(IllegalStateChangeError);
        expect((error as IllegalStateChangeError).code).toBe("isce");
        expect(String(error)).toContain(
          `Method '${method}()' can't be called here; method 'commit()' is already in progress`,
        );
        expect(session.inTransaction()).toBe(false);
        await session.close();
      }
    });

    it("a flush refuses it, too", async () => {
      for (const event of ["beforeFlush", "afterFlush"] as const) {
        for (const method of enders) {
          const { session } = await open(target);
          session.add(new Item({ name: "a" }));
          const error = await insideListener(
            session,
            event,
            (given) => given[method](),
            () => session.flush(),
          );
          expect(String(error)).toContain(
            `Method '${method}()' can't be called here; method 'flush()' is already in progress`,
          );
          await session.commit();
          expect(await session.scalar(count)).toBe(1);
          await session.close();
        }
      }
    });

    it("a flush is not begun inside a flush", async () => {
      const { session } = await open(target);
      const item = new Item({ name: "a" });
      session.add(item);
      const error = await insideListener(
        session,
        "beforeFlush",
        (given) => given.flush(),
        () => session.flush(),
      );
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(String(error)).toContain("Session is already flushing");
      // what was refused changed nothing: the flush goes on
      expect([inspect(item).status, session.new.size]).toEqual(["persistent", 0]);
    });

    it("takes no SQL once it is committed", async () => {
      const { session, engine } = await open(target);
      session.add(new Item({ name: "a" }));
      const error = await insideListener(
        session,
        "afterCommit",
        (given) => given.scalar(one),
        () => session.commit(),
      );
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(String(error)).toContain("This session is in 'committed' state; no further SQL can be emitted");
      expect(engine.pool.checkedOut()).toBe(0);
      expect(await session.scalar(count)).toBe(1);
    });

    it("takes no SQL while it is rolled back, but afterwards", async () => {
      const { session, engine } = await open(target);
      await session.scalar(one);
      const refused = await insideListener(
        session,
        "afterRollback",
        (given) => given.scalar(one),
        () => session.rollback(),
      );
      expect(String(refused)).toContain("This session is in 'inactive' state");
      expect(engine.pool.checkedOut()).toBe(0);
      await session.scalar(one);
      const taken = await insideListener(
        session,
        "afterSoftRollback",
        (given) => given.scalar(one),
        () => session.rollback(),
      );
      expect(taken).toBe(undefined);
      expect(session.inTransaction()).toBe(true);
    });

    it("lets a listener work inside a savepoint of its own", async () => {
      const { session } = await open(target);
      let wasHeard = false;
      listen(session, "beforeCommit", (({ session: given }: { readonly session: AsyncSession }) => {
        wasHeard = true;
        return given.beginNested((() => given.add(new Item({ name: "by the listener" }))) as never);
      }) as never);
      session.add(new Item({ name: "a" }));
      await session.commit();
      expect(wasHeard).toBe(true);
      expect(await session.scalar(count)).toBe(2);
    });

    it.runIf(target.mode === "async")("opens one connection when a listener asks for two", async () => {
      const { session, engine } = await open(target, {}, target.database === "sqlite" ? {} : { poolSize: 2 });
      let errors: readonly unknown[] = [];
      listen(session, "beforeCommit", async ({ session: given }) => {
        const both = [0, 1].map(() => given.scalar(one));
        errors = (await Promise.allSettled(both)).map((result) =>
          result.status === "rejected" ? result.reason : null,
        );
      });
      await session.commit();
      const failed = errors.filter((error) => error !== null);
      // a driver that answers at once has the connection before the second asks
      expect(failed.length).toBeLessThan(2);
      for (const error of failed) {
        expect(error).toBeInstanceOf(IllegalStateChangeError);
        expect(String(error)).toContain("provisioning a new connection; concurrent operations are not permitted");
      }
      expect(engine.pool.checkedOut()).toBe(0);
    });
  });

  it("a commit flushes until nothing is left, and gives up when it never ends", async () => {
    const { session, engine } = await open(target);
    let added = 0;
    const more = ({ session: given }: { readonly session: object }): void => {
      if (added < 2) (given as AsyncSession).add(new Item({ name: `more ${(added += 1)}` }));
    };
    listen(session, "afterFlushPostexec", more);
    session.add(new Item({ name: "first" }));
    await session.commit();
    expect(await session.scalar(count)).toBe(3);
    await session.rollback();
    let endless = 0;
    listen(session, "afterFlushPostexec", ({ session: given }) => {
      given.add(new Item({ name: `endless ${(endless += 1)}` }));
    });
    session.add(new Item({ name: "again" }));
    const error = await thrown(() => session.commit());
    expect(error).toBeInstanceOf(FlushError);
    expect(String(error)).toMatch(/Over 100 flushes.*afterFlush listener/);
    await session.rollback();
    expect(engine.pool.checkedOut()).toBe(0);
    expect(await session.scalar(count)).toBe(3);
  });

  it("after a flush failed: adding and flushing nothing are no errors; what was added is discarded with a warning", async () => {
    const warnings: string[] = [];
    const logger: EngineOptions["logger"] = (message, level) => void (level === "warn" && warnings.push(message));
    const { session } = await open(target, {}, logger === undefined ? {} : { logger });
    session.addAll([new Item({ name: "same" }), new Item({ name: "same" })]);
    expect(await thrown(() => session.flush())).toBeDefined();
    await session.flush();
    const late = new Item({ name: "late" });
    session.add(late);
    expect(await thrown(() => session.flush())).toBeInstanceOf(PendingRollbackError);
    await session.rollback();
    expect(warnings).toEqual([
      expect.stringContaining("changed after a flush had failed; these changes are discarded"),
    ]);
    expect(session.has(late)).toBe(false);
    await session.commit();
    expect(await session.scalar(count)).toBe(0);
  });

  it("a statement that fails leaves the session active", async () => {
    const { session } = await open(target);
    session.add(new Item({ name: "kept" }));
    await session.flush();
    expect(await thrown(() => session.execute(text("select nonsense from nowhere")))).toBeDefined();
    expect([session.isActive, session.inTransaction()]).toEqual([true, true]);
    // there the database itself wants the rollback
    await (target.database === "postgresql" ? session.rollback() : session.commit());
    expect(await session.scalar(count)).toBe(target.database === "postgresql" ? 0 : 1);
  });

  it("handles tell what they stand for", async () => {
    const { session } = await open(target);
    session.add(new Item({ name: "a" }));
    const byItself = session.getTransaction();
    expect([byItself?.origin, byItself?.nested, byItself?.parent, byItself?.isActive]).toEqual([
      "autobegin",
      false,
      null,
      true,
    ]);
    await session.rollback();
    expect([byItself?.isActive, byItself?.isValid]).toEqual([false, false]);
    const outer = await session.begin();
    expect(session.getTransaction()).toBe(outer);
    expect(session.getNestedTransaction()).toBe(null);
    const nested = await session.beginNested();
    expect([outer.origin, nested.origin, nested.nested, nested.parent]).toEqual(["begin", "beginNested", true, outer]);
    expect([session.getTransaction(), session.getNestedTransaction(), nested.isValid]).toEqual([outer, nested, true]);
    session.addAll([new Item({ name: "same" }), new Item({ name: "same" })]);
    expect(await thrown(() => session.flush())).toBeDefined();
    expect([nested.isActive, nested.isValid, outer.isActive, outer.isValid]).toEqual([false, false, true, true]);
    await nested.rollback();
    await outer.commit();
    for (const use of [() => outer.commit(), () => nested.commit(), () => outer.prepare()]) {
      const error = await thrown(use);
      expect(error).toBeInstanceOf(ResourceClosedError);
      expect(String(error)).toContain("This transaction is closed");
    }
    await outer.rollback();
    await nested.rollback();
  });

  it("begins with connection(), delete() and merge() as with everything else that needs it", async () => {
    const { session } = await open(target);
    const item = new Item({ name: "a" });
    session.add(item);
    await session.commit();
    for (const use of [
      () => session.connection(),
      () => session.delete(item),
      () => session.merge(new Item({ id: 77, name: "merged" })),
      () => session.execute(one),
    ] as readonly (() => unknown)[]) {
      expect(session.inTransaction()).toBe(false);
      await use();
      expect(session.inTransaction()).toBe(true);
      await session.rollback();
    }
    const bound = openSession(target, session.bind as AsyncEngine, { autobegin: false });
    for (const use of [
      () => bound.connection(),
      () => bound.commit(),
      () => bound.merge(new Item({ name: "m" })),
    ] as (() => unknown)[])
      expect(String(await thrown(use))).toContain("Autobegin is disabled");
    await bound.close();
  });

  it("closed for good: everything is refused until reset()", async () => {
    const { session, engine } = await open(target, { closeResetsOnly: false });
    await session.scalar(one);
    await session.close();
    for (const use of [
      () => session.begin(),
      () => session.beginNested(),
      () => session.commit(),
      () => session.get(Item, 1),
      () => session.connection(),
      () => session.stream(one),
      () => session.add(new Item({ name: "a" })),
      () => session.merge(new Item({ name: "a" })),
    ] as readonly (() => unknown)[]) {
      const error = await thrown(use);
      expect(error).toBeInstanceOf(ResourceClosedError);
      expect(String(error)).toContain("permanently closed");
    }
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
    await session.reset();
    expect(await session.scalar(one)).toBe(1);
    await session.reset();
  });

  it("closeAllSessions() closes what is in use, of either colour", async () => {
    const { session, engine } = await open(target);
    const second = openSession(target, engine);
    const item = new Item({ name: "a" });
    session.add(item);
    if (target.database !== "sqlite") await second.scalar(one);
    await session.flush();
    await closeAllSessions();
    expect([session.inTransaction(), second.inTransaction(), session.has(item)]).toEqual([false, false, false]);
    expect(engine.pool.checkedOut()).toBe(0);
    await session.scalar(one);
    await closeAllSessions();
    expect(engine.pool.checkedOut()).toBe(0);
  });
});
