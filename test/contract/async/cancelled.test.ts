// JavaScript cannot cancel a function: it throws, or is left alone while others go on. Nothing may be left behind.
import { describe, expect, test } from "vitest";
import { ResourceClosedError } from "../../../src/errors/index.ts";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { type AsyncSession, asyncSessionmaker, type AsyncSessionmaker } from "../../../src/facade/async-session.ts";
import { func, select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const count = select(func.count(Author.c.id));
const anAuthor = (): Author => new Author({ id: 1, name: "lost" });

describeTargets(
  "work that is given up, with a pool of one",
  (target) => {
    const pool = target.database === "sqlite" ? {} : { poolSize: 1, maxOverflow: 0 };
    const orm = useOrm(target, Base, pool);
    const open = (): { engine: AsyncEngine; Sessions: AsyncSessionmaker } => {
      return { engine: orm.engine, Sessions: asyncSessionmaker(orm.engine) };
    };
    const expectNothingLeft = async (): Promise<void> => {
      expect(orm.engine.pool.checkedOut()).toBe(0);
      expect(await orm.rows(count)).toEqual([0]);
      expect(orm.engine.pool.checkedOut()).toBe(0);
    };

    describe("in a factory's begin()", () => {
      test("by a signal that throws inside of it", async () => {
        const { Sessions } = open();
        const controller = new AbortController();
        const failed = await attempt(() =>
          Sessions.begin(async (session) => {
            session.add(anAuthor());
            await session.flush();
            controller.abort();
            controller.signal.throwIfAborted();
          }),
        );
        expect((failed as Error).name).toBe("AbortError");
        await expectNothingLeft();
      });

      test("by a signal while a statement is under way", async () => {
        const { Sessions } = open();
        const controller = new AbortController();
        const aborted = new Promise<never>((_resolve, reject) => {
          controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error));
        });
        const failed = await attempt(() =>
          Sessions.begin(async (session) => {
            session.add(anAuthor());
            const flushed = session.flush();
            controller.abort();
            await Promise.race([aborted, flushed]);
          }),
        );
        expect((failed as Error).name).toBe("AbortError");
        await expectNothingLeft();
      });

      test("by a timeout, while what was started goes on and finds its session closed", async () => {
        const { Sessions } = open();
        const gate = Promise.withResolvers<void>();
        let left: Promise<unknown> = Promise.resolve();
        const work = async (session: AsyncSession): Promise<void> => {
          session.add(anAuthor());
          await session.flush();
          await gate.promise;
          await session.execute(text("INSERT INTO author (id, name) VALUES (2, 'late')"));
          await session.commit();
        };
        const failed = await attempt(() =>
          Sessions.begin((session) => {
            const going = work(session);
            left = attempt(() => going);
            return Promise.race([going, new Promise((_, reject) => setTimeout(reject, 20, new Error("too slow")))]);
          }),
        );
        expect(String(failed)).toBe("Error: too slow");
        await expectNothingLeft();
        gate.resolve();
        expect(await left).toBeInstanceOf(ResourceClosedError);
        await expectNothingLeft();
      });

      test("by whoever waited for it: it goes on to its end, and the next one waits for it", async () => {
        const { Sessions } = open();
        const gate = Promise.withResolvers<void>();
        const going = Sessions.begin(async (session) => {
          session.add(anAuthor());
          await session.flush();
          await gate.promise;
          throw new RangeError("given up");
        });
        const outcome = attempt(() => going);
        expect(await Promise.race([going, new Promise((resolve) => setTimeout(resolve, 20, "too slow"))])).toBe(
          "too slow",
        );
        expect(orm.engine.pool.checkedOut()).toBe(1);
        const next = Sessions.begin((session) => session.scalar(count));
        gate.resolve();
        expect([await next, String(await outcome)]).toEqual([0, "RangeError: given up"]);
        await expectNothingLeft();
      });
    });

    test("in an engine's begin() and connect()", async () => {
      const { engine } = open();
      for (const scope of ["begin", "connect"] as const) {
        const gate = Promise.withResolvers<void>();
        let left: Promise<unknown> = Promise.resolve();
        const failed = await attempt(() =>
          engine[scope]((connection) => {
            const insert = text("INSERT INTO author (id, name) VALUES (1, 'lost')");
            left = attempt(async () => {
              await connection.execute(insert);
              await gate.promise;
              await connection.execute(insert);
            });
            return Promise.reject(new RangeError("given up"));
          }),
        );
        expect(failed).toBeInstanceOf(RangeError);
        expect(engine.pool.checkedOut()).toBe(0);
        gate.resolve();
        expect(await left).toBeInstanceOf(ResourceClosedError);
        await expectNothingLeft();
      }
    });

    test("in the middle of a stream", async () => {
      const { Sessions } = open();
      await orm.save(...[1, 2, 3].map((id) => new Author({ id, name: "a" })));
      const failed = await attempt(() =>
        Sessions.begin(async (session) => {
          for await (const author of await session.streamScalars(select(Author))) {
            author.name = "changed";
            throw new RangeError("given up");
          }
        }),
      );
      expect(failed).toBeInstanceOf(RangeError);
      expect(orm.engine.pool.checkedOut()).toBe(0);
      expect(await orm.rows(select(Author.c.name).distinct())).toEqual(["a"]);
    });

    test("at the end of every block of await using", async () => {
      const { engine, Sessions } = open();
      const failed = await attempt(async () => {
        await using session = Sessions();
        await using _transaction = await session.begin();
        session.add(anAuthor());
        await using _savepoint = await session.beginNested();
        await session.flush();
        await using connection = await session.connection();
        await using stream = await connection.stream(select(Author.c.id));
        expect(await stream.fetchOne()).toEqual([1]);
        throw new RangeError("given up");
      });
      expect(failed).toBeInstanceOf(RangeError);
      await expectNothingLeft();
      await attempt(async () => {
        await using connection = await engine.connect();
        await using _transaction = await connection.begin();
        await connection.execute(text("INSERT INTO author (id, name) VALUES (1, 'lost')"));
        await using _raw = await connection.stream(select(Author.c.id));
        throw new RangeError("given up");
      });
      await expectNothingLeft();
      {
        await using raw = await engine.rawConnection();
        expect(raw.driverConnection.alive).toBe(true);
      }
      await expectNothingLeft();
    });

    test("results survive commit and close, and blocks may end what they began", async () => {
      const { Sessions } = open();
      await orm.save(new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" }));
      const session = Sessions();
      const result = await session.execute(select(Author.c.id, Author.c.name).orderBy(Author.c.id));
      const objects = await session.scalars(select(Author).orderBy(Author.c.id));
      await session.commit();
      await session.close();
      expect(result.all()).toEqual([
        [1, "a"],
        [2, "b"],
      ]);
      expect(objects.all().map((author) => author.name)).toEqual(["a", "b"]);
      const kept = await Sessions.begin(async (inner) => {
        const author = await inner.getOne(Author, 1);
        await inner.close();
        return author;
      });
      expect(kept.name).toBe("a");
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });
  },
  ["promises"],
);
