import { setTimeout as sleep } from "node:timers/promises";
import { type AsyncConnection, select, text } from "athanor";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  afterCommit,
  closeDbSession,
  type ContextLeak,
  commitDbSession,
  dbSession,
  dbSessionScope,
  rollbackDbSession,
  runInNewCtx,
} from "../../../src/context.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { attempt, type Orm, useOrm } from "../orm/open-orm.ts";
import { ask, begin } from "./ask.ts";
import { describeFrameworks } from "./frameworks/describe-frameworks.ts";
import { type Application, type Framework, frameworks, type Route, type Wishes } from "./frameworks/index.ts";
import { Base, connectTo, Note, texts } from "./notes.ts";

describeTargets("the sessions of a request", (target) => {
  const orm = useOrm(target, Base);
  // What differs between databases is not the framework's: one of each form is enough for most.
  const hasAll = target.driver === "pg" || (target.driver === "better-sqlite3" && target.mode === "async");
  const some = hasAll ? frameworks : frameworks.filter(({ name }) => /^(?:node:http|Next)$/.test(name));
  describeFrameworks(some, (framework) => cases(framework, orm));
});

function cases(framework: Framework, orm: Orm): void {
  let connect: ReturnType<typeof connectTo>;
  let application: Application | null = null;
  const start = async (route: Route, wishes: Wishes = {}): Promise<Application> => {
    application = await framework.start(route, { ...wishes, options: { onError: () => undefined, ...wishes.options } });
    return application;
  };
  const add = async (text: string): Promise<Note> => {
    const session = await dbSession(connect);
    const note = new Note({ text });
    session.add(note);
    await session.flush();
    return note;
  };
  /** A route that adds a note and answers with the status that the path names. */
  const addAndAnswer: Route = async ({ pathname }) => {
    await add(pathname);
    return { status: Number(pathname.slice(1)) };
  };

  beforeEach(() => {
    connect = connectTo(orm);
  });
  afterEach(async () => {
    await application?.close();
    application = null;
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
  });

  it("are committed before the head of the response arrives", async () => {
    const { url } = await start(async () => {
      await add("seen");
      return { status: 201, body: "made" };
    });
    let seen: readonly unknown[] = [];
    const reply = await ask(url, async () => (seen = await texts(orm)));
    expect(reply).toMatchObject({ status: 201, body: "made", isWhole: true, headers: { "x-route": "yes" } });
    expect(seen).toEqual(["seen"]);
  });

  it.each([200, 204, 302, 399])("are committed for the status %d", async (status) => {
    const { url } = await start(addAndAnswer);
    expect(await ask(`${url}/${status}`)).toMatchObject({ status });
    expect(await texts(orm)).toEqual([`/${status}`]);
  });

  it.each([400, 404, 500, 503])("are rolled back for the status %d", async (status) => {
    const { url, handled } = await start(addAndAnswer);
    expect(await ask(`${url}/${status}`)).toMatchObject({ status });
    expect([await texts(orm), handled]).toEqual([[], []]);
  });

  it("are rolled back when the handler throws", async () => {
    const { url, handled } = await start(async () => {
      await add("lost");
      throw new Error("no");
    });
    expect(await ask(url)).toMatchObject({ status: 500, body: "handled: no" });
    expect([await texts(orm), handled]).toEqual([[], [new Error("no")]]);
  });

  it("make a 500 of a commit that fails, by the framework's own handling", async () => {
    const beforeCommit = (): void => {
      throw new Error("refused");
    };
    const { url, handled } = await start(addAndAnswer, { options: { beforeCommit } });
    const reply = await ask(`${url}/200`);
    expect(reply).toMatchObject({ status: 500, body: "handled: refused", isWhole: true });
    expect(await texts(orm)).toEqual([]);
    expect(handled).toEqual([new Error("refused")]);
  });

  it("make a whole 500 of a commit that fails, also when a body is half written by then", async () => {
    const beforeCommit = (): void => {
      throw new Error("refused");
    };
    const { url } = await start(
      async () => {
        await add("first");
        return { status: 200, body: parts(async () => undefined) };
      },
      { options: { beforeCommit } },
    );
    const reply = await ask(url);
    expect(reply).toMatchObject({ status: 500, isWhole: true });
    expect(reply.body).not.toContain("one");
    expect(await texts(orm)).toEqual([]);
  });

  it("make a 500 of a flush at commit that the database refuses", async () => {
    const { url } = await start(async () => {
      const session = await dbSession(connect);
      session.addAll([new Note({ id: 1, text: "one" }), new Note({ id: 1, text: "other" })]);
      return { status: 200 };
    });
    expect(await ask(url)).toMatchObject({ status: 500 });
    expect(await texts(orm)).toEqual([]);
  });

  testOn(orm.target, ["deferred constraints"], "make a 500 of a commit that the database refuses", async () => {
    const tell = (sql: string) => orm.engine.begin((connection) => connection.execDriverSql(sql));
    await tell("CREATE TABLE replies (note integer REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)");
    const { url, handled } = await start(async () => {
      await add("row");
      await (await dbSession(connect)).execute(text("INSERT INTO replies VALUES (1000)"));
      return { status: 200 };
    });
    const reply = await ask(url);
    expect(reply).toMatchObject({ status: 500, body: expect.stringMatching(/^handled: /), isWhole: true });
    expect(handled).toMatchObject([{ name: "ForeignKeyViolation", sql: "COMMIT" }]);
    expect(await texts(orm)).toEqual([]);
    await tell("DROP TABLE replies");
  });

  it.each([
    [404, false],
    [302, framework.rollsBackThrown !== true],
  ])("are judged by what the framework makes of an error: a %d", async (status, isCommitted) => {
    const { url, handled } = await start(async () => {
      await add("row");
      throw Object.assign(new Error("no"), { status });
    });
    expect(await ask(url)).toMatchObject({ status, body: "handled: no", isWhole: true });
    expect(handled).toHaveLength(1);
    expect(await texts(orm)).toEqual(isCommitted ? ["row"] : []);
  });

  it.each(["beforeCommit", "afterCommit"] as const)("call %s, which may throw or reject", async (hook) => {
    const errors: unknown[] = [];
    const callbacks = [
      () => {
        throw new TypeError("thrown");
      },
      async () => {
        await sleep(1);
        throw new TypeError("rejected");
      },
    ];
    let calls = 0;
    const options = { onError: (error: unknown) => errors.push(error), [hook]: () => callbacks[calls++]?.() };
    const { url, handled } = await start(addAndAnswer, { options });
    const replies = [await ask(`${url}/200`), await ask(`${url}/201`)];
    const messages = ["thrown", "rejected"];
    const told = messages.map((message) => expect.objectContaining({ message }));
    if (hook === "beforeCommit") {
      expect(replies).toMatchObject(messages.map((each) => ({ status: 500, body: `handled: ${each}`, isWhole: true })));
      expect([await texts(orm), handled, errors]).toEqual([[], told, []]);
    } else {
      expect(replies).toMatchObject([{ status: 200 }, { status: 201 }]);
      expect([await texts(orm), handled, errors]).toEqual([["/200", "/201"], [], told]);
    }
  });

  it("answer although a function of afterCommit throws, and call the others", async () => {
    const errors: unknown[] = [];
    const { url } = await start(
      async () => {
        await add("row");
        afterCommit(() => {
          throw new TypeError("thrown");
        });
        afterCommit(() => runInNewCtx(async () => void (await add("by another"))));
        return { status: 200, body: "done" };
      },
      { options: { onError: (error) => errors.push(error) } },
    );
    expect(await ask(url)).toMatchObject({ status: 200, body: "done", isWhole: true });
    expect([await texts(orm), errors]).toEqual([["by another", "row"], [new TypeError("thrown")]]);
  });

  it("tell what a handler leaves behind, with the request it was left by", async () => {
    const leaks: ContextLeak[] = [];
    connect = connectTo(orm, (leak) => leaks.push(leak));
    let left: AsyncConnection | undefined;
    let kept: AsyncSession | undefined;
    const { url } = await start(async () => {
      kept = await dbSession(connect);
      left = await (await connect.engine()).connect();
      return { status: 200 };
    });
    await ask(`${url}/leaky?secret=1`);
    expect(await attempt(() => kept?.execute(text("SELECT 1")))).toMatchObject({ code: "ctxs" });
    await left?.close();
    expect(leaks.map(({ kind }) => kind)).toEqual(["connection", "session"]);
    for (const { message } of leaks) expect(message).toMatch(/The context was opened \(GET \/leaky\):\n +at /);
  });

  it("do nothing at all in a context that is open already", async () => {
    const commits: unknown[] = [];
    let inside: readonly unknown[] = [];
    const { url } = await start(
      async () => {
        await add("mine");
        return { status: 200 };
      },
      {
        options: { beforeCommit: (session) => void commits.push(session) },
        around: (handle) =>
          dbSessionScope(async () => {
            const response = await handle();
            const session = await dbSession(connect);
            inside = (await session.scalars(select(Note.c.text))).all();
            await session.rollback();
            return response;
          }),
      },
    );
    expect(await ask(url)).toMatchObject({ status: 200 });
    await expect.poll(() => inside).toEqual(["mine"]);
    expect([await texts(orm), commits]).toEqual([[], []]);
  });

  it("leave what the handler throws to the framework in a context that is open already, too", async () => {
    const errors: unknown[] = [];
    const { url, handled } = await start(
      async () => {
        await add("mine");
        throw new Error("no");
      },
      {
        options: { onError: (error) => errors.push(error) },
        around: (handle) =>
          dbSessionScope(async () => {
            const response = await handle();
            await rollbackDbSession(connect);
            return response;
          }),
      },
    );
    expect(await ask(url)).toMatchObject({ status: 500, body: "handled: no", isWhole: true });
    expect([handled, errors]).toEqual([[new Error("no")], []]);
  });

  it("respect what a handler ended itself", async () => {
    const { url } = await start(async ({ pathname }) => {
      await add("kept");
      await commitDbSession(connect);
      await add("dropped");
      if (pathname === "/close") await closeDbSession(connect);
      else await rollbackDbSession(connect);
      await add("last");
      return { status: pathname === "/500" ? 500 : 200 };
    });
    await ask(`${url}/rollback`);
    expect(await texts(orm)).toEqual(["kept", "last"]);
    await ask(`${url}/close`);
    expect(await texts(orm)).toEqual(["kept", "kept", "last", "last"]);
    await ask(`${url}/500`);
    expect(await texts(orm)).toEqual(["kept", "kept", "kept", "last", "last"]);
  });

  it("call the hooks with sessions in a transaction only, and once committed", async () => {
    const calls: string[] = [];
    const other = connectTo(orm);
    const { url } = await start(
      async ({ pathname }) => {
        await dbSession(other);
        afterCommit(() => calls.push("noted"));
        if (pathname !== "/none") await add("one");
        return { status: pathname === "/400" ? 400 : 200 };
      },
      {
        options: {
          beforeCommit: (session) => void calls.push(`before ${session.inTransaction()}`),
          afterCommit: () => calls.push("after"),
        },
      },
    );
    await ask(`${url}/200`);
    expect(calls.splice(0)).toEqual(["before true", "after", "noted"]);
    await ask(`${url}/400`);
    expect(calls.splice(0)).toEqual([]);
    await ask(`${url}/none`);
    expect(calls.splice(0)).toEqual(["after", "noted"]);
  });

  it("are one for each request and database", async () => {
    const seen: AsyncSession[] = [];
    const { url } = await start(async () => {
      const [first, second] = await Promise.all([dbSession(connect), dbSession(connect)]);
      expect(second).toBe(first);
      seen.push(first);
      return { status: 200 };
    });
    await Promise.all([ask(url), ask(url), ask(url)]);
    expect(new Set(seen).size).toBe(3);
    expect(orm.log()).toEqual([]);
  });

  it("end before a body that is streamed", async () => {
    const outcomes: unknown[] = [];
    const { url } = await start(async () => {
      await add("first");
      return { status: 200, body: parts(async () => outcomes.push(await attempt(() => dbSession(connect)))) };
    });
    let seen: readonly unknown[] = [];
    const reply = await ask(url, async () => (seen = await texts(orm)));
    expect(reply).toMatchObject({ status: 200, body: "one two", isWhole: true });
    expect(seen).toEqual(["first"]);
    expect(outcomes).toMatchObject([{ code: "ctxe" }]);
  });

  it("live to the end of the body when asked", async () => {
    const { url } = await start(
      async () => {
        await add("first");
        return { status: 200, body: parts(() => add("second")) };
      },
      { options: { streaming: "end" } },
    );
    expect(await ask(url)).toMatchObject({ status: 200, body: "one two", isWhole: true });
    expect(await texts(orm)).toEqual(["first", "second"]);
  });

  it("break the body off when the commit at its end fails", async () => {
    const errors: unknown[] = [];
    const beforeCommit = (): void => {
      throw new Error("refused");
    };
    const { url } = await start(
      async () => {
        await add("first");
        return { status: 200, body: parts(() => add("second")) };
      },
      { options: { streaming: "end", beforeCommit, onError: (error) => errors.push(error) } },
    );
    const reply = await ask(url);
    expect(reply.isWhole).toBe(false);
    expect(await texts(orm)).toEqual([]);
  });

  it("are rolled back when the client goes, and work that goes on is told", async () => {
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (go = resolve));
    let late: unknown;
    let reached: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => (reached = resolve));
    const { url } = await start(async () => {
      const session = await dbSession(connect);
      await add("half");
      reached();
      await gone;
      late = await attempt(async () => {
        session.add(new Note({ text: "other half" }));
        await session.commit();
      });
      return { status: 200 };
    });
    const { request, reply } = begin(url);
    const lost = attempt(() => reply);
    await isThere;
    request.destroy();
    await lost;
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
    go();
    await expect.poll(() => late).toMatchObject({ code: "ctxs" });
    expect(await texts(orm)).toEqual([]);
  });

  it("refuse work that outlives the request", async () => {
    let late: Promise<unknown> | null = null;
    let own: Promise<unknown> | null = null;
    let answered: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (answered = resolve));
    const { url } = await start(async () => {
      const session = await dbSession(connect);
      late = over.then(() => attempt(() => session.scalars(select(Note.c.text))));
      own = over.then(() => runInNewCtx(async () => void (await add("by itself"))));
      return { status: 200 };
    });
    await ask(`${url}/reports/7?secret=1`);
    answered();
    expect(await late).toMatchObject({ code: "ctxs", message: expect.stringContaining("(GET /reports/7)") });
    await own;
    expect(await texts(orm)).toEqual(["by itself"]);
  });

  it("refuse unknown options", async () => {
    const wrong = { before_commit: () => undefined } as Wishes["options"] & object;
    const outcome = await attempt(() => start(async () => ({ status: 200 }), { options: wrong }));
    expect(outcome).toMatchObject({ name: "ArgumentError" });
    const misspelt = { streaming: "no" as "end" };
    expect(await attempt(() => start(async () => ({ status: 200 }), { options: misspelt }))).toMatchObject({
      name: "ArgumentError",
    });
  });
}

async function* parts(between: () => Promise<unknown>): AsyncIterable<string> {
  yield "one ";
  await sleep(20);
  await between();
  yield "two";
}
