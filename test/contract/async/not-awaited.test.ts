// What begins something, used before it was awaited, or started once more.
import {
  AsyncContextAlreadyStarted,
  AsyncContextNotStarted,
  createAsyncEngine,
  createAsyncPoolFromUrl,
  createEngine,
  insert,
  InvalidRequestError,
  listen,
  select,
  type Starting,
  text,
} from "athanor";
import { expect, onTestFinished, test } from "vitest";
import type { AsyncConnection } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { SessionProxy } from "../../../src/proxy/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { freePort } from "../../servers/free-port.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const query = select(Author.c.id).orderBy(Author.c.id);

/** A call whose answer must be awaited, and what is used of it before. */
interface Mistake {
  readonly call: string;
  readonly name: string;
  readonly make: (given: { readonly connection: AsyncConnection; readonly session: AsyncSession }) => Promise<unknown>;
  readonly members: readonly string[];
}

const transaction = ["commit", "rollback", "isActive"];
const result = ["all", "first", "one", "close"];
const mistakes: readonly Mistake[] = [
  {
    call: "connection.begin()",
    name: "transaction",
    make: ({ connection }) => connection.begin(),
    members: [...transaction, "isValid", "close"],
  },
  {
    call: "connection.beginNested()",
    name: "savepoint",
    make: ({ connection }) => connection.beginNested(),
    members: transaction,
  },
  {
    call: "connection.stream(…)",
    name: "result",
    make: ({ connection }) => connection.stream(query),
    members: [...result, "scalars", "mappings"],
  },
  {
    call: "connection.streamScalars(…)",
    name: "result",
    make: ({ connection }) => connection.streamScalars(query),
    members: result,
  },
  {
    call: "session.begin()",
    name: "transaction",
    make: ({ session }) => session.begin(),
    members: transaction,
  },
  {
    call: "session.beginNested()",
    name: "savepoint",
    make: ({ session }) => session.beginNested(),
    members: [...transaction, "parent"],
  },
  {
    call: "session.stream(…)",
    name: "result",
    make: ({ session }) => session.stream(query),
    members: [...result, "scalars"],
  },
  {
    call: "session.streamScalars(…)",
    name: "result",
    make: ({ session }) => session.streamScalars(query),
    members: result,
  },
  {
    call: "session.begin()",
    name: "transaction",
    make: ({ session }) => new SessionProxy(session).begin(),
    members: transaction,
  },
];

/** Uses a member as a program would that takes the promise for the thing. */
async function use(promise: Promise<unknown>, member: string): Promise<unknown> {
  const refused = await attempt(() => {
    const value = (promise as unknown as Record<string, unknown>)[member];
    return typeof value === "function" ? (value.call(promise) as unknown) : value;
  });
  return refused;
}

describeTargets(
  "what was not awaited",
  (target) => {
    const orm = useOrm(target, Base, { poolSize: 1, maxOverflow: 0, poolTimeout: 2 });

    test("is no connection yet: each use says so, and none is left checked out", async () => {
      const refused = await use(orm.engine.connect(), "execute");
      expect(refused).toBeInstanceOf(AsyncContextNotStarted);
      expect(refused).toBeInstanceOf(InvalidRequestError);
      expect(refused).toMatchObject({
        code: "anst",
        message:
          "engine.connect() was not awaited, so there is no connection yet; `execute` was tried on its promise. Write " +
          "(await engine.connect()).execute, or const connection = await engine.connect().",
      });
      for (const member of ["scalar", "begin", "commit", "close", "closed", "info", "getTransaction", "runSync"])
        expect(await use(orm.engine.connect(), member)).toBeInstanceOf(AsyncContextNotStarted);
      expect(await use(orm.engine.rawConnection(), "driverConnection")).toBeInstanceOf(AsyncContextNotStarted);
      // the pool has but one connection
      await using connection = await orm.engine.connect();
      expect(Number(await connection.scalar(text("SELECT 1")))).toBe(1);
      await connection.close();
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });

    test("is refused by a block, before its body runs", async () => {
      let hasRun = false;
      const refused = await attempt(async () => {
        // @ts-expect-error -- a promise of a connection cannot be closed
        await using connection = orm.engine.connect();
        hasRun = connection !== undefined;
      });
      expect([refused, hasRun]).toEqual([expect.any(AsyncContextNotStarted), false]);
      expect(String(refused)).toMatch(
        /`using` was tried on .* Write await using connection = await engine\.connect\(\)/,
      );
      await using connection = await orm.engine.connect();
      expect(
        await attempt(async () => {
          // @ts-expect-error -- a promise of a transaction cannot be closed
          await using begun = connection.begin();
          hasRun = begun !== undefined;
        }),
      ).toBeInstanceOf(AsyncContextNotStarted);
      await connection.rollback();
      expect([hasRun, connection.inTransaction()]).toEqual([false, false]);
    });

    test("is refused by a loop over a stream", async () => {
      await orm.save(new Author({ id: 1, name: "a" }));
      const session = orm.session();
      const refused = await attempt(async () => {
        // @ts-expect-error -- a promise of a result is not iterable
        for await (const _row of session.stream(query)) throw new RangeError("there is nothing to loop over");
      });
      expect(refused).toBeInstanceOf(AsyncContextNotStarted);
      expect(String(refused)).toMatch(/Write for await \(const row of await session\.stream\(…\)\)/);
      expect((await session.scalars(query)).all()).toEqual([1]);
    });

    test.each(mistakes)("$call is no $name yet", async ({ call, name, make, members }) => {
      await orm.save(new Author({ id: 1, name: "a" }));
      for (const member of members) {
        await using connection = await orm.engine.connect();
        await using session = new AsyncSession(connection);
        const refused = await use(make({ connection, session }), member);
        expect([member, refused]).toEqual([member, expect.any(AsyncContextNotStarted)]);
        expect(String(refused)).toContain(
          `${call} was not awaited, so there is no ${name} yet; \`${member}\` was tried`,
        );
        // nothing is lost, and nothing stands in the way
        const used = call.startsWith("connection") ? connection : session;
        await used.execute(insert(Author).values({ id: 2, name: "b" }));
        expect((await used.scalars(query)).all()).toEqual([1, 2]);
        await used.rollback();
        expect([used.inTransaction(), used.inNestedTransaction()]).toEqual([false, false]);
        await (used as AsyncSession).begin(async () => expect((await used.scalars(query)).all()).toEqual([1]));
      }
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });

    test("is a promise like any other: awaited twice, in Promise.all, with then(), for one connection", async () => {
      let taken = 0;
      const count = (): void => void (taken += 1);
      listen(orm.engine, "engineConnect", count);
      const pending = orm.engine.connect();
      const connection = await pending;
      expect([await pending, await Promise.all([pending, 7]), taken]).toEqual([connection, [connection, 7], 1]);
      expect(await pending.then((same) => same === connection).finally(() => undefined)).toBe(true);
      expect([pending instanceof Promise, Object.prototype.toString.call(pending)]).toEqual([true, "[object Promise]"]);
      await connection.close();
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });

    test("is started once: a second start() says so", async () => {
      const pending: Starting<unknown> = orm.engine.connect();
      const connection = (await pending.start()) as AsyncConnection;
      expect(Number(await connection.scalar(text("SELECT 1")))).toBe(1);
      const again = await attempt(() => pending.start());
      expect(again).toBeInstanceOf(AsyncContextAlreadyStarted);
      expect(again).toBeInstanceOf(InvalidRequestError);
      expect(again).toMatchObject({
        code: "aast",
        message: expect.stringMatching(/^This connection is already started/),
      });
      expect(await attempt(() => connection.start())).toBeInstanceOf(AsyncContextAlreadyStarted);
      expect(orm.engine.pool.checkedOut()).toBe(1);
      await connection.rollback();
      const begun = await connection.begin().start();
      expect(await attempt(() => begun.start())).toBeInstanceOf(AsyncContextAlreadyStarted);
      expect(begun.isActive).toBe(true);
      await begun.rollback();
      await connection.close();
      const session = orm.session();
      const own = await session.begin().start();
      expect(await attempt(() => own.start())).toBeInstanceOf(AsyncContextAlreadyStarted);
      expect(own.isActive).toBe(true);
    });
  },
  ["promises"],
);

test("a sync call answers the thing itself, which has nothing to start", () => {
  using engine = createEngine("sqlite://");
  using connection = engine.connect();
  using begun = connection.begin();
  expect([connection.start, begun.start]).toEqual([undefined, undefined]);
  expect(connection.scalar(text("SELECT 1"))).toBe(1);
});

test("a connection that cannot be had and was not awaited fails for nobody else", async () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  const url = `postgresql+pg://nobody@127.0.0.1:${await freePort()}/nowhere`;
  await using engine = createAsyncEngine(url);
  await using pool = createAsyncPoolFromUrl(url);
  for (const pending of [engine.connect(), engine.rawConnection(), pool.connect()]) {
    expect(await use(pending, "close")).toBeInstanceOf(AsyncContextNotStarted);
    expect(await attempt(() => pending)).toMatchObject({ code: "e3q8" });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([rejections, engine.pool.checkedOut(), pool.checkedOut()]).toEqual([[], 0, 0]);
});

test("an error's stack has the frames of who awaited", async () => {
  const url = `postgresql+pg://nobody@127.0.0.1:${await freePort()}/nowhere`;
  await using engine = createAsyncEngine(url);
  const readOrders = async (): Promise<unknown> => await engine.connect();
  const error = (await attempt(readOrders)) as Error;
  expect(error.stack).toMatch(/at (async )?readOrders/);
});
