import {
  ArgumentError,
  declarativeBase,
  func,
  IllegalStateChangeError,
  integer,
  InvalidRequestError,
  listen,
  ResourceClosedError,
  select,
  string,
  text,
} from "athanor";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { SessionOptions } from "../../../src/orm/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Point extends Base.mapped("points", {
  id: integer().primaryKey(),
  label: string(40),
}) {}

const one = text("select 1");
const count = select(func.count()).selectFrom(Point);
const ordered = select(Point).orderBy(Point.c.id);

async function open(
  target: Target,
  options: SessionOptions = {},
): Promise<{ readonly engine: AsyncEngine; readonly session: AsyncSession; readonly log: string[] }> {
  const engine = await openEngine(target, { poolTimeout: 2 });
  await Base.metadata.createAll(engine);
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0]?.toUpperCase() ?? ""));
  listen(engine, "commit", () => void log.push("COMMIT"));
  const session = openSession(target, engine, options);
  onTestFinished(async () => await session.reset());
  return { engine, session, log };
}

async function thrown(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}

const errorsOf = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  results.filter((result) => result.status === "rejected").map((result) => result.reason as unknown);

describeTargets("several operations of one session at once", (target) => {
  describe.runIf(target.mode === "async")("in a queue", () => {
    it("run in the order in which they were started, on one connection", async () => {
      const { session, engine, log } = await open(target);
      // the reference refuses the second and third of these, but not on a connection that is there already
      const answers = await Promise.all([1, 2, 3].map((value) => session.scalar(text(`select ${value}`))));
      expect(answers.map(Number)).toEqual([1, 2, 3]);
      expect(engine.pool.checkedOut()).toBe(1);
      log.length = 0;
      session.add(new Point({ label: "a" }));
      const [, , found] = await Promise.all([
        session.flush(),
        session.commit(),
        session.scalar(count),
        session.commit(),
      ]);
      expect(Number(found)).toBe(1);
      expect(log).toEqual(["INSERT", "COMMIT", "SELECT", "COMMIT"]);
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("that fail do not keep the others from running", async () => {
      const { session } = await open(target);
      const results = await Promise.allSettled([
        session.scalar(text("select nonsense from nowhere")),
        session.rollback(),
        session.scalar(one),
      ]);
      expect(results.map((result) => result.status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    });

    it("two commits, two closes: the second finds nothing to do", async () => {
      const { session, engine } = await open(target);
      session.add(new Point({ label: "a" }));
      await Promise.all([session.commit(), session.commit()]);
      await session.scalar(one);
      await Promise.all([session.close(), session.rollback(), session.close()]);
      expect([session.inTransaction(), engine.pool.checkedOut()]).toEqual([false, 0]);
    });

    it("wait for the connection's own, which connection() gave", async () => {
      const { session } = await open(target);
      const connection = await session.connection();
      const order: string[] = [];
      await Promise.all([
        session.scalar(one).then(() => order.push("session")),
        connection.scalar(one).then(() => order.push("connection")),
        session.scalar(one).then(() => order.push("session")),
        connection.scalar(one).then(() => order.push("connection")),
      ]);
      expect(order).toEqual(["session", "connection", "session", "connection"]);
    });
  });

  describe.runIf(target.mode === "async")('with concurrency: "raise"', () => {
    it("throw, naming what is in progress, and leave that alone", async () => {
      const { session, log } = await open(target, { concurrency: "raise" });
      session.add(new Point({ label: "a" }));
      const results = await Promise.allSettled([session.commit(), session.execute(count), session.get(Point, 1)]);
      const errors = errorsOf(results);
      expect(errors.length).toBe(2);
      for (const error of errors) {
        expect(error).toBeInstanceOf(IllegalStateChangeError);
        expect(error).toBeInstanceOf(InvalidRequestError);
      }
      expect(String(errors[0])).toContain(
        "session.execute() called while session.commit() is in progress on the same session",
      );
      expect(String(errors[1])).toContain("session.get() called while session.commit() is in progress");
      expect(log).toEqual(["INSERT", "COMMIT"]);
      // one after the other all is well
      expect(Number(await session.scalar(count))).toBe(1);
      await session.begin(async () => undefined).catch(() => undefined);
      await session.rollback();
      await session.begin(async (transaction) => {
        await session.scalar(one);
        const savepoint = await session.beginNested();
        await savepoint.rollback();
        expect(transaction.isActive).toBe(true);
      });
    });

    it("close() waits for what is in progress: nothing is lost, nothing leaks", async () => {
      const { session, engine } = await open(target, { concurrency: "raise" });
      const [answer, , refused] = await Promise.allSettled([session.scalar(one), session.close(), session.scalar(one)]);
      expect(answer.status).toBe("fulfilled");
      expect(String((refused as PromiseRejectedResult).reason)).toContain(
        "called while session.close() is in progress",
      );
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("listeners use the session they are given", async () => {
      const { session } = await open(target, { concurrency: "raise" });
      const seen: unknown[] = [];
      listen(session, "beforeCommit", async ({ session: given }) => {
        seen.push(Number(await given.scalar(one)));
      });
      await session.commit();
      expect(seen).toEqual([1]);
    });

    it("is one of two", async () => {
      const engine = await openEngine(target);
      expect(() => openSession(target, engine, { concurrency: "wait" as never })).toThrow(ArgumentError);
    });
  });

  describe("while a stream is open", () => {
    async function filled(options: SessionOptions = {}): ReturnType<typeof open> {
      const opened = await open(target, options);
      opened.session.addAll(Array.from({ length: 20 }, (_, index) => new Point({ label: `p${index + 1}` })));
      await opened.session.commit();
      opened.session.expungeAll();
      return opened;
    }

    it("the session answers, writes and streams something else; the stream goes on", async () => {
      const { session } = await filled();
      const seen: string[] = [];
      const stream = await session.streamScalars(ordered, undefined, { yieldPer: 3 });
      for await (const point of stream) {
        seen.push(point.label);
        if (seen.length === 2) expect(Number(await session.scalar(count))).toBe(20);
        if (seen.length === 4) {
          session.add(new Point({ label: "new" }));
          await session.flush();
          expect((await session.get(Point, 20))?.label).toBe("p20");
        }
        if (seen.length === 5) {
          const inner: number[] = [];
          for await (const id of await session.streamScalars(select(Point.c.id), undefined, { yieldPer: 4 }))
            inner.push(id);
          expect(inner.length).toBe(21);
        }
      }
      expect(seen.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => `p${index + 1}`));
      await session.rollback();
    });

    it.runIf(target.mode === "async")("operations at once with its fetches do not mix with them", async () => {
      const { session } = await filled();
      const stream = await session.streamScalars(ordered, undefined, { yieldPer: 5 });
      const read = async (): Promise<readonly string[]> => {
        const labels: string[] = [];
        for await (const point of stream) labels.push(point.label);
        return labels;
      };
      const ask = async (): Promise<readonly number[]> => {
        const counts: number[] = [];
        for (let round = 0; round < 6; round += 1) counts.push(Number(await session.scalar(count)));
        return counts;
      };
      const [labels, counts] = await Promise.all([read(), ask()]);
      expect(labels.length).toBe(20);
      expect(counts).toEqual([20, 20, 20, 20, 20, 20]);
    });

    it.each(["commit", "rollback", "close", "invalidate"] as const)(
      "%s() ends it: what it has fetched is all there is",
      async (end) => {
        const { session, engine } = await filled();
        const stream = await session.streamScalars(ordered, undefined, { yieldPer: 3 });
        expect((await stream.fetchMany(2)).map((point) => point.label)).toEqual(["p1", "p2"]);
        await session[end]();
        const error = await thrown(() => stream.all());
        expect(error).toBeInstanceOf(ResourceClosedError);
        expect(String(error)).toContain("This result object is closed");
        await stream.close();
        expect(engine.pool.checkedOut()).toBe(0);
        // a database in memory goes with its connection
        if (end !== "invalidate" || target.database !== "sqlite") expect(Number(await session.scalar(count))).toBe(20);
      },
    );
  });

  describe.runIf(target.mode === "async")("around close()", () => {
    it("what was started before runs first, also when nobody waits for it", async () => {
      const { session, engine, log } = await open(target, { closeResetsOnly: false });
      session.add(new Point({ label: "a" }));
      const before = [session.flush(), session.scalar(count), session.commit(), session.scalar(one)];
      await session.close();
      expect((await Promise.allSettled(before)).map((result) => result.status)).toEqual(Array(4).fill("fulfilled"));
      expect(log.filter((entry) => entry !== "COMMIT")).toEqual(["INSERT", "SELECT", "SELECT"]);
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("what is started after it is refused when it closes for good, and takes no connection", async () => {
      const { session, engine, log } = await open(target, { closeResetsOnly: false });
      await session.scalar(one);
      log.length = 0;
      const closing = session.close();
      const late = await Promise.allSettled([
        session.scalar(one),
        session.commit(),
        session.get(Point, 1),
        session.begin(),
      ]);
      await closing;
      const errors = errorsOf(late);
      expect(errors.length).toBe(4);
      for (const error of errors) expect(String(error)).toContain("permanently closed");
      expect(log).toEqual([]);
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("a transaction's block whose session was closed inside it says so", async () => {
      const { session, engine } = await open(target);
      const error = await thrown(() =>
        session.begin(async () => {
          await session.close();
          await session.scalar(one);
        }),
      );
      expect(String(error)).toContain("Can't operate on closed transaction inside a block");
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("an object kept after it is detached, and says so when something is to be loaded", async () => {
      const { session } = await open(target);
      const point = new Point({ label: "a" });
      session.add(point);
      await session.commit();
      const closing = session.close();
      const late = session.refresh(point);
      await closing;
      expect(String(await thrown(() => late))).toContain("not persistent within this Session");
    });
  });
});
