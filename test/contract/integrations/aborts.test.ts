// Clients that go at each stage of a request, through every adapter: nothing stays taken, and a row is there if and only
// if its commit was brought to its end.
import { text } from "athanor";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { dbSession, isContextInitiated } from "../../../src/context.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { attempt, type Orm, useOrm } from "../orm/open-orm.ts";
import { type Asking, begin } from "./ask.ts";
import { describeFrameworks } from "./frameworks/describe-frameworks.ts";
import { type Application, type Framework, frameworks, type Route, type Wishes } from "./frameworks/index.ts";
import { Base, connectTo, Note, texts } from "./notes.ts";
import { lockNote } from "./row-lock.ts";

/** Not a key that the database would give. */
const HELD = 1000;

describeTargets("requests whose client goes", (target) => {
  const orm = useOrm(target, Base);
  // What differs between databases is not the framework's: one of each form is enough for most.
  const hasAll = target.mode === "async" && ["pg", "mariadb", "better-sqlite3"].includes(target.driver);
  const some = hasAll ? frameworks : frameworks.filter(({ name }) => /^(?:node:http|Next)$/.test(name));
  describeFrameworks(some, (framework) => cases(framework, orm));
});

function cases(framework: Framework, orm: Orm): void {
  let connect: ReturnType<typeof connectTo>;
  let application: Application | null = null;
  const leaks: string[] = [];
  const errors: unknown[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  beforeEach(() => {
    connect = connectTo(orm, (leak) => leaks.push(leak.message));
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await application?.close();
    application = null;
    process.off("unhandledRejection", note);
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
    expect([leaks.splice(0), unhandled.splice(0), errors.splice(0)]).toEqual([[], [], []]);
  });

  const start = async (route: Route, options: Wishes["options"] = {}): Promise<string> => {
    application = await framework.start(route, { options: { onError: (error) => errors.push(error), ...options } });
    return application.url;
  };
  const add = async (value: string): Promise<void> => {
    const session = await dbSession(connect);
    session.add(new Note({ text: value }));
    await session.flush();
  };
  /** Saves the note whose row cases hold. */
  const save = async (): Promise<void> => await orm.save(new Note({ id: HELD, text: "before" }));
  const change = async (): Promise<void> => {
    const session = await dbSession(connect);
    (await session.getOne(Note, HELD)).text = "after";
  };

  it("before it asks for a session get none", async () => {
    const there = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const url = await start(async () => {
      there.resolve();
      await vi.waitUntil(() => !isContextInitiated());
      late.resolve(await attempt(() => dbSession(connect)));
      return { status: 200 };
    });
    const asking = begin(url);
    await there.promise;
    await leave(asking);
    expect(await late.promise).toMatchObject({ name: "ContextNotInitiatedError", code: "ctxe" });
    expect([orm.log(), await texts(orm)]).toEqual([[], []]);
  });

  it("between its statements are rolled back, and can work no more", async () => {
    const there = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const url = await start(async () => {
      await add("half");
      const session = await dbSession(connect);
      there.resolve();
      await vi.waitUntil(() => !isContextInitiated());
      late.resolve(await attempt(() => session.execute(text("SELECT 1"))));
      return { status: 200 };
    });
    const asking = begin(url);
    await there.promise;
    await leave(asking);
    expect(await late.promise).toMatchObject({
      code: "ctxs",
      message: expect.stringContaining("the client of its request has gone"),
    });
    expect(await texts(orm)).toEqual([]);
  });

  testOn(orm.target, ["many connections", "waiting for a lock"], "while a statement runs are rolled back", async () => {
    await save();
    const lock = await lockNote(orm, HELD);
    const done = Promise.withResolvers<unknown>();
    const ended = Promise.withResolvers<void>();
    const url = await start(async () => {
      const session = await dbSession(connect);
      await change();
      const flushed = attempt(() => session.flush());
      await vi.waitUntil(() => !isContextInitiated());
      ended.resolve();
      done.resolve([await flushed, await attempt(() => session.commit())]);
      return { status: 200 };
    });
    const asking = begin(url);
    await lock.untilAwaited();
    await leave(asking);
    await ended.promise;
    await lock.release();
    expect(await done.promise).toMatchObject([undefined, { code: "ctxs" }]);
    expect(await texts(orm)).toEqual(["before"]);
  });

  testOn(
    orm.target,
    ["many connections", "waiting for a lock"],
    "while it flushes at commit are committed",
    async () => {
      await save();
      const lock = await lockNote(orm, HELD);
      const url = await start(async () => {
        await change();
        return { status: 200, body: "done" };
      });
      const asking = begin(url);
      await lock.untilAwaited();
      await leave(asking);
      await lock.release();
      await expect.poll(() => texts(orm)).toEqual(["after"]);
    },
  );

  // A trigger that the database defers to the commit makes a COMMIT wait for a row; no other has them.
  if (orm.target.database === "postgresql") {
    testOn(orm.target, ["waiting for a lock"], "while COMMIT runs are committed", async () => {
      await save();
      for (const sql of waitingCommit) await orm.engine.begin((connection) => connection.execDriverSql(sql));
      const lock = await lockNote(orm, HELD);
      const url = await start(async () => {
        await add("row");
        return { status: 200, body: "done" };
      });
      const asking = begin(url);
      await lock.untilAwaited();
      await leave(asking);
      await lock.release();
      await expect.poll(() => texts(orm)).toEqual(["before", "row"]);
      await orm.engine.begin((connection) => connection.execDriverSql("DROP FUNCTION wait_for_held CASCADE"));
    });
  }

  it("before its commit, which waits for beforeCommit, are committed", async () => {
    const there = Promise.withResolvers<void>();
    const goes = Promise.withResolvers<void>();
    const afterCommit = vi.fn();
    const beforeCommit = async (): Promise<void> => {
      there.resolve();
      await goes.promise;
    };
    const url = await start(
      async () => {
        await add("row");
        return { status: 200, body: "done" };
      },
      { beforeCommit, afterCommit },
    );
    const asking = begin(url);
    await there.promise;
    await leave(asking);
    goes.resolve();
    await expect.poll(() => afterCommit.mock.calls.length).toBe(1);
    expect(await texts(orm)).toEqual(["row"]);
  });

  it("before a commit that fails are rolled back, which the application is told", async () => {
    const there = Promise.withResolvers<void>();
    const goes = Promise.withResolvers<void>();
    const beforeCommit = async (): Promise<void> => {
      there.resolve();
      await goes.promise;
      throw new TypeError("refused");
    };
    const url = await start(
      async () => {
        await add("row");
        return { status: 200, body: "done" };
      },
      { beforeCommit },
    );
    const asking = begin(url);
    await there.promise;
    await leave(asking);
    goes.resolve();
    const told = (): unknown[] => [...(application?.handled ?? []), ...errors];
    await expect.poll(told).toEqual([new TypeError("refused")]);
    errors.length = 0;
    expect(await texts(orm)).toEqual([]);
  });

  it("while a body is sent that begins after the commit stay committed", async () => {
    const arrived = Promise.withResolvers<void>();
    const outcomes: unknown[] = [];
    const work = async (): Promise<void> => {
      await arrived.promise;
      outcomes.push(await attempt(() => dbSession(connect)));
    };
    const url = await start(async () => {
      await add("row");
      return { status: 200, body: endless(work) };
    });
    const asking = begin(url, () => {
      arrived.resolve();
      asking.request.destroy();
    });
    await attempt(() => asking.reply);
    await expect.poll(() => outcomes[0]).toMatchObject({ code: "ctxe" });
    expect(await texts(orm)).toEqual(["row"]);
  });

  it("while a body is sent that the sessions live for are rolled back", async () => {
    coloursDiffer("how many pieces are sent before the server hears that nobody takes them is chance");
    const url = await start(
      async () => {
        await add("row");
        return { status: 200, body: endless(() => add("more")) };
      },
      { streaming: "end" },
    );
    const asking = begin(url, () => asking.request.destroy());
    await attempt(() => asking.reply);
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
    expect(await texts(orm)).toEqual([]);
  });

  it("while the commit at the end of a body waits are committed", async () => {
    const there = Promise.withResolvers<void>();
    const goes = Promise.withResolvers<void>();
    const afterCommit = vi.fn();
    const beforeCommit = async (): Promise<void> => {
      there.resolve();
      await goes.promise;
    };
    const url = await start(
      async () => {
        await add("first");
        return { status: 200, body: parts(() => add("second")) };
      },
      { streaming: "end", beforeCommit, afterCommit },
    );
    const asking = begin(url);
    await there.promise;
    await leave(asking);
    goes.resolve();
    await expect.poll(() => afterCommit.mock.calls.length).toBe(1);
    expect(await texts(orm)).toEqual(["first", "second"]);
  });
}

const waitingCommit = [
  `CREATE FUNCTION wait_for_held() RETURNS trigger LANGUAGE plpgsql
   AS 'BEGIN PERFORM 1 FROM notes WHERE id = ${HELD} FOR UPDATE; RETURN NULL; END'`,
  `CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION wait_for_held()`,
];

/** Breaks the connection off, which the server hears of. */
async function leave({ request, reply }: Asking): Promise<void> {
  request.destroy();
  await attempt(() => reply);
}

async function* parts(between: () => Promise<unknown>): AsyncIterable<string> {
  yield "one ";
  await between();
  yield "two";
}

/** A body that goes on as long as somebody takes it. */
async function* endless(work: () => Promise<unknown>): AsyncIterable<string> {
  for (;;) {
    yield "piece ".repeat(1000);
    await work();
  }
}
