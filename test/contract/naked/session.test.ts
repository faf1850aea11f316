// Naked sessions: one transaction, its end, and what is sent (spec A2-01 … A2-09, A2-30, A2-31).
import {
  AsyncContextNotStarted,
  AthanorError,
  bindparam,
  func,
  insert,
  integer,
  InvalidRequestError,
  InvalidSessionState,
  listen,
  select,
  text,
  unlisten,
  update,
} from "athanor";
import { AsyncNakedSession, AsyncSessionFactory, NakedSession, SessionFactory } from "athanor/naked";
import { expect, it } from "vitest";
import { type Flow, wait } from "../../../src/flow/index.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { openSession } from "../session/open-session.ts";
import { alice, bob, errorOf, Work, Writer, useShelf } from "./shelf.ts";

/** As `errorOf`, inside a flow. */
function* caught(call: () => unknown): Flow<unknown> {
  try {
    yield* wait(call());
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a program can name of an object: its own properties and those of its classes. */
function membersOf(object: object): readonly string[] {
  const names = new Set<string>();
  for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Reflect.ownKeys(at)) names.add(String(name));
  names.delete("constructor");
  return [...names].sort();
}

/** Of no use to a session. */
class Stranger {
  readonly name = "stranger";
}

const names = select(Writer.c.name).orderBy(Writer.c.id);

describeTargets("naked sessions", (target) => {
  const shelf = useShelf(target);

  /** Has the database end the transaction of a session without the library's knowing, so that its end there fails. */
  function* endBehind({ conn }: AsyncNakedSession): Flow<void> {
    if (target.database === "sqlite") {
      yield* wait(conn.execDriverSql("ROLLBACK"));
      return;
    }
    const [own, kill] =
      target.database === "postgresql"
        ? ["SELECT pg_backend_pid()", "SELECT pg_terminate_backend($1)"]
        : ["SELECT CONNECTION_ID()", "KILL ?"];
    const id = (yield* wait(conn.execDriverSql(own))).scalar();
    const other = yield* wait(shelf.engine.connect());
    yield* wait(other.execDriverSql(kill, [id]));
    yield* wait(other.close());
  }

  it("begin in a connection of their own, and commit when the function returns", async () => {
    const db = shelf.factory();
    expect(db.autoCommit).toBe(true);
    let seen: AsyncNakedSession | undefined;
    const answer = await db.begin(function* (session) {
      seen = session;
      expect(session.state).toBe("open");
      expect(session.mode).toBe(target.mode);
      yield* wait(session.execute(alice));
      return "answer";
    });
    expect(answer).toBe("answer");
    expect(seen?.state).toBe("closed");
    expect(seen?.conn.closed).toBe(true);
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
  });

  it("roll back when the function throws, and rethrow what it threw", async () => {
    const db = shelf.factory();
    const thrown = new RangeError("mine");
    let seen: AsyncNakedSession | undefined;
    const error = await errorOf(() =>
      db.begin(function* (session) {
        seen = session;
        yield* wait(session.execute(alice));
        throw thrown;
      }),
    );
    expect(error).toBe(thrown);
    expect(seen?.state).toBe("closed");
    expect(await shelf.rows(names)).toEqual([]);
  });

  it("with autoCommit: false keep only what was committed by hand", async () => {
    const db = shelf.factory({ autoCommit: false });
    await db.begin(function* (session) {
      yield* wait(session.execute(alice));
    });
    expect(await shelf.rows(names)).toEqual([]);
    await db.begin(function* (session) {
      yield* wait(session.execute(bob));
      yield* wait(session.commit());
    });
    expect(await shelf.rows(names)).toEqual([["Bob"]]);
    const thrown = new Error("mine");
    const error = await errorOf(() =>
      db.begin(function* (session) {
        yield* wait(session.execute(alice));
        throw thrown;
      }),
    );
    expect(error).toBe(thrown);
    expect(await shelf.rows(names)).toEqual([["Bob"]]);
  });

  it("have these members and no others", async () => {
    const disposal = ["Symbol(Symbol.asyncDispose)", "Symbol(Symbol.dispose)"];
    const named = "close commit conn execute first mode one rollback scalar scalars state stream tuples";
    const members = [...disposal, ...named.split(" ")];
    await using session = await shelf.factory().begin();
    expect(membersOf(session)).toEqual(members);
    const tracked = openSession(target, shelf.engine);
    expect(membersOf(tracked.naked)).toEqual(members);
    await tracked.close();
    expect(session).toBeInstanceOf(target.mode === "sync" ? NakedSession : AsyncNakedSession);
    expect([typeof session[Symbol.dispose], typeof session[Symbol.asyncDispose]]).toEqual(
      target.mode === "sync" ? ["function", "undefined"] : ["undefined", "function"],
    );
  });

  it("begin one transaction each, which ends as the factory and the program say", async () => {
    const heard: string[] = [];
    const hear = (name: string) => () => void heard.push(name);
    const listeners = (["begin", "commit", "rollback"] as const).map((name) => [name, hear(name)] as const);
    for (const [name, listener] of listeners) listen(shelf.engine, name, listener);
    const ends = async (work: () => unknown): Promise<string> => {
      heard.length = 0;
      await errorOf(work);
      return heard.join(" ");
    };
    const thrower = (session: AsyncNakedSession, end?: "commit" | "rollback") =>
      function* (): Flow<void> {
        yield* wait(session.scalar(names));
        if (end !== undefined) yield* wait(session[end]());
        throw new Error("mine");
      };
    for (const autoCommit of [true, false]) {
      const db = shelf.factory({ autoCommit });
      expect(await ends(() => db.begin((session) => session.scalar(names) as never))).toBe(
        autoCommit ? "begin commit" : "begin rollback",
      );
      expect(await ends(() => db.begin((session) => thrower(session)()))).toBe("begin rollback");
      expect(await ends(() => db.begin((session) => thrower(session, "commit")()))).toBe("begin commit");
      expect(await ends(() => db.begin((session) => thrower(session, "rollback")()))).toBe("begin rollback");
    }
    for (const [name, listener] of listeners) unlisten(shelf.engine, name, listener);
  });

  it("are closed by commit() and rollback(), once and for all", async () => {
    for (const end of ["commit", "rollback"] as const) {
      await shelf.factory().begin(function* (session) {
        yield* wait(session.execute(select(func.count()).selectFrom(Writer)));
        yield* wait(session[end]());
        expect(session.state).toBe("closed");
        shelf.log();
        const calls = [
          () => session.commit(),
          () => session.rollback(),
          () => session.execute(names),
          () => session.tuples(names),
          () => session.scalars(names),
          () => session.scalar(names),
          () => session.first(names),
          () => session.one(names),
          () => session.stream(names),
          () => session.execute(alice, undefined, { flat: true }),
        ];
        for (const call of calls) {
          const error = yield* caught(call);
          expect(error).toBeInstanceOf(InvalidSessionState);
          expect((error as Error).message).toMatch(/^Invalid transaction state: closed\. Expected: open\./);
          expect((error as InvalidSessionState).code).toBe("nkst");
        }
        expect(shelf.log()).toEqual([]);
      });
    }
    expect(new InvalidSessionState("x")).toBeInstanceOf(AthanorError);
  });

  it("end with their streams: what is fetched already is there, and nothing more", async () => {
    await shelf.run(insert(Work).values(Array.from({ length: 20 }, (_, id) => ({ id: id + 1, title: `w${id}` }))));
    const works = select(Work.c.id).orderBy(Work.c.id);
    for (const end of ["commit", "rollback"] as const) {
      await shelf.factory().begin(function* (session) {
        const stream = yield* wait(session.stream(works, undefined, { yieldPer: 4 }));
        expect(yield* wait(stream.fetchMany(2))).toEqual([[1], [2]]);
        yield* wait(session[end]());
        shelf.log();
        expect(yield* wait(stream.fetchMany(2))).toEqual([[3], [4]]);
        const error = yield* caught(() => stream.fetchMany(2));
        expect(error).toBeInstanceOf(InvalidSessionState);
        expect((error as Error).message).toMatch(/^Invalid transaction state: closed/);
        expect(stream.closed).toBe(true);
        expect(shelf.log()).toEqual([]);
      });
    }
    const session = await shelf.factory().begin();
    const stream = await session.stream(works, undefined, { yieldPer: 4 });
    const seen: number[] = [];
    const error = await errorOf(async () => {
      for await (const [id] of stream) {
        seen.push(id);
        if (id === 3) await session.rollback();
      }
    });
    expect(error).toBeInstanceOf(InvalidSessionState);
    expect(seen).toEqual([1, 2, 3, 4]);
    await session.close();
    expect(shelf.engine.pool.checkedOut()).toBe(0);
  });

  it("hide no error behind that of a rollback which fails", async () => {
    const thrown = new RangeError("mine");
    for (const autoCommit of [true, false]) {
      const error = await errorOf(() =>
        shelf.factory({ autoCommit }).begin(function* (session) {
          yield* wait(session.execute(alice));
          yield* endBehind(session);
          throw thrown;
        }),
      );
      expect(error).toBe(thrown);
      expect(shelf.engine.pool.checkedOut()).toBe(0);
    }
    // nothing was thrown: the commit that fails is the error
    const failed = await errorOf(() =>
      shelf.factory().begin(function* (session) {
        yield* wait(session.execute(bob));
        yield* endBehind(session);
      }),
    );
    expect(failed).toBeInstanceOf(AthanorError);
    expect(await shelf.rows(select(func.count()).selectFrom(Work))).toEqual([[0]]);
  });

  it("that were committed may be left; nothing is rolled back behind their backs", async () => {
    const error = await errorOf(() =>
      shelf.factory().begin(function* (session) {
        yield* wait(session.execute(alice));
        yield* wait(session.commit());
        throw new Error("afterwards");
      }),
    );
    expect((error as Error).message).toBe("afterwards");
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
  });

  it("are closed also when their connection's transaction is ended past them", async () => {
    await shelf.factory().begin(function* (session) {
      yield* wait(session.execute(alice));
      yield* wait(session.conn.commit());
      expect(session.state).toBe("closed");
      expect(yield* caught(() => session.execute(names))).toBeInstanceOf(InvalidSessionState);
    });
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
  });

  it("are disposed of by leaving a scope, which never commits", async () => {
    const db = shelf.factory();
    {
      await using session = await db.begin();
      await session.execute(alice);
    }
    expect(await shelf.rows(names)).toEqual([]);
    {
      await using session = await db.begin();
      await session.execute(alice);
      await session.commit();
    }
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
    const session = await db.begin();
    await session.close();
    await session.close();
    expect(session.state).toBe("closed");
    expect(shelf.engine.pool.checkedOut()).toBe(0);
  });

  it("work on a connection of the program's, which stays open", async () => {
    const connection = await shelf.engine.connect();
    const make = () =>
      (target.mode === "sync"
        ? new NakedSession(connection as never)
        : new AsyncNakedSession(connection)) as AsyncNakedSession;
    const first = make();
    expect(first.conn).toBe(connection);
    await first.execute(alice);
    expect(connection.inTransaction()).toBe(true);
    await first.commit();
    const second = make();
    await second.execute(bob);
    await second.close();
    expect([first.state, second.state, connection.closed]).toEqual(["closed", "closed", false]);
    // the transaction that is open already is the session's
    await connection.execute(bob);
    const third = make();
    await third.rollback();
    await connection.close();
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
  });

  it("send the statements they are given and no others", async () => {
    await shelf.run(alice, insert(Work).values({ id: 1, title: "On furnaces", writerId: 1 }));
    await shelf.factory().begin(function* (session) {
      const [writer] = (yield* wait(session.scalars(select(Writer)))).all();
      if (writer === undefined) throw new Error("no row");
      writer.name = "changed in memory";
      yield* wait(session.scalars(select(Work)));
      expect(shelf.log()).toHaveLength(2);
    });
    expect(shelf.log()).toEqual([]);
    expect(await shelf.rows(names)).toEqual([["Alice"]]);
  });

  it("queue what is started at once", async () => {
    await using session = await shelf.factory().begin();
    const counts = select(func.count()).selectFrom(Writer);
    const [, before, , after] = await Promise.all([
      session.execute(alice),
      session.scalar(counts),
      session.execute(bob),
      session.scalar(counts),
    ]);
    expect([before, after]).toEqual([1, 2]);
  });

  it("raise errors of one tree, whose root is that of the library (A2-30)", async () => {
    const db = shelf.factory();
    const errors: unknown[] = [
      await errorOf(() => shelf.factory({ autocommit: true } as never)),
      await errorOf(() => db.begin((session) => session.scalar(text("SELECT nothing FROM nowhere")) as never)),
      await errorOf(() => db.begin((session) => session.one(names) as never)),
      await errorOf(() => db.begin((session) => session.scalar(select(7 as never)) as never)),
      await errorOf(() => db.begin((session) => session.scalar(select(Stranger)) as never)),
      await errorOf(() => db.begin((session) => session.scalar("SELECT 1" as never) as never)),
      await errorOf(() => db.begin((session) => session.scalar(names, undefined, { flat: 1 } as never) as never)),
      await errorOf(() => db.begin((session) => session.scalars(names, undefined, { yieldPer: 0 }) as never)),
      await errorOf(async () => {
        const session = await db.begin();
        await session.close();
        await session.scalar(names);
      }),
    ];
    expect(errors.map((error) => (error as AthanorError).name)).toEqual([
      "ArgumentError",
      "ProgrammingError",
      "NoResultFound",
      "UnknownEntity",
      "UnmappedClassError",
      "ArgumentError",
      "ArgumentError",
      "ArgumentError",
      "InvalidSessionState",
    ]);
    for (const error of errors) expect(error).toBeInstanceOf(AthanorError);
    expect((errors[0] as Error).message).toBe(
      `new ${target.mode === "sync" ? "" : "Async"}SessionFactory() has no option "autocommit". Did you mean autoCommit?`,
    );
    expect((errors[6] as Error).message).toBe(
      "The option flat of a statement of a naked session must be true or false, not 1.",
    );
    expect(shelf.engine.pool.checkedOut()).toBe(0);
  });

  it("refuse calls that cannot be meant, before anything is sent", async () => {
    const byId = select(Writer.c.name).where(Writer.c.id.eq(bindparam("id", integer())));
    const calls: readonly (readonly [(session: AsyncNakedSession) => unknown, RegExp])[] = [
      [(session) => session.scalar(byId), /^A value is required for bind parameter "id"/],
      [(session) => session.scalar(byId, { idd: 1 }), /^A value is required for .* What was given is idd\.$/m],
      [
        (session) => session.execute(names, { flat: true }),
        /^The statement has no parameter called flat; it has none\./,
      ],
      [(session) => session.execute(byId, [{ id: 1 }, { idd: 2 }]), /set 2 lacks id and has idd besides/],
      [(session) => session.stream(byId, [{ id: 1 }] as never), /^A stream is of one execution, so it takes one set/],
      [(session) => session.execute(byId, [1] as never), /^Parameters are given by name/],
      [(session) => session.execute(byId, "1" as never), /^Parameters are given by name/],
      [(session) => session.execute(new Writer({ id: 1, name: "x" }) as never), /^This is no statement\. Give select/],
      [(session) => session.execute(Writer as never), /^The class Writer is no statement: select\(Writer\)\./],
      [(session) => session.execute("SELECT 1" as never), /^A string is no statement\. Wrap SQL in text/],
      [() => shelf.factory().begin({ autoCommit: false } as never), /^begin\(\) takes a function of the session/],
    ];
    for (const [call, message] of calls) {
      await using session = await shelf.factory().begin();
      shelf.log();
      const error = await errorOf(() => call(session));
      expect((error as Error).message).toMatch(message);
      expect(error).toBeInstanceOf(AthanorError);
      expect(shelf.log()).toEqual([]);
    }
    await using session = await shelf.factory().begin();
    // several statements may be given one record
    expect(await session.scalar(byId, { id: 1, other: 2 })).toBeNull();
    expect((await session.execute(names, {})).all()).toEqual([]);
  });

  testOn(target, ["promises"], "that were not awaited say so, as their streams do, and are given back", async () => {
    const db = shelf.factory();
    const begun = db.begin();
    for (const use of ["execute", "commit", "state", "conn"] as const) {
      const error = await errorOf(() => (begun as unknown as Record<string, () => unknown>)[use]?.());
      expect(error).toBeInstanceOf(AsyncContextNotStarted);
      expect((error as Error).message).toBe(
        `factory.begin() was not awaited, so there is no session yet; \`${use}\` was tried on its promise. Write ` +
          `(await factory.begin()).${use}, or const session = await factory.begin().`,
      );
    }
    expect((await begun).state).toBe("closed");
    await using session = await db.begin();
    const error = await errorOf(() => (session.stream(names) as unknown as { all(): unknown }).all());
    expect((error as Error).message).toMatch(/^session\.stream\(…\) was not awaited, so there is no result yet/);
    await session.close();
    expect(shelf.engine.pool.checkedOut()).toBe(0);
  });

  it("give back the connection, whatever happens", async () => {
    const db = shelf.factory();
    await errorOf(() =>
      db.begin(function* (session) {
        yield* wait(session.execute(text("SELECT nothing FROM nowhere")));
      }),
    );
    await errorOf(() =>
      db.begin(function* (session) {
        yield* wait(session.execute("SELECT 1" as never));
      }),
    );
    expect(shelf.engine.pool.checkedOut()).toBe(0);
    expect(await shelf.rows(names)).toEqual([]);
  });

  it("raise the events of engine and connection, and keep their execution options", async () => {
    const heard: string[] = [];
    const listeners = (["begin", "commit", "rollback", "afterCursorExecute", "handleError"] as const).map(
      (name) => [name, () => void heard.push(name)] as const,
    );
    for (const [name, listener] of listeners) listen(shelf.engine, name, listener);
    const factoryOf = (engine: typeof shelf.engine) =>
      (target.mode === "sync" ? new SessionFactory(engine as never) : new AsyncSessionFactory(engine)) as ReturnType<
        typeof shelf.factory
      >;
    const db = factoryOf(shelf.engine.executionOptions({ mine: 7, yieldPer: 2, isolationLevel: "SERIALIZABLE" }));
    await db.begin(function* (session) {
      expect(session.conn.getExecutionOptions()["mine"]).toBe(7);
      expect(yield* wait(session.conn.getIsolationLevel())).toBe("SERIALIZABLE");
      heard.length = 0;
      yield* wait(session.execute(update(Writer).values({ name: "x" })));
      for (const id of [1, 2, 3]) yield* wait(session.execute(insert(Work).values({ id, title: "w" })));
      const all = yield* wait(session.execute(select(Work.c.id)));
      expect([...all.partitions()].map((piece) => piece.length)).toEqual([2, 1]);
      const stream = yield* wait(session.stream(select(Work.c.id)));
      expect(yield* wait(stream.fetchMany())).toHaveLength(2);
    });
    expect(heard.filter((name) => name !== "begin")).toEqual([...Array(6).fill("afterCursorExecute"), "commit"]);
    const options: unknown[] = [];
    const see = ({ executionOptions }: { readonly executionOptions: unknown }): void =>
      void options.push(executionOptions);
    listen(shelf.engine, "beforeCursorExecute", see);
    await db.begin(function* (session) {
      yield* wait(
        session.execute(names.executionOptions({ theirs: 1 }), undefined, { own: 2, flat: true, yieldPer: 5 }),
      );
      yield* wait((yield* wait(session.stream(names, undefined, { own: 3 }))).close());
    });
    unlisten(shelf.engine, "beforeCursorExecute", see);
    expect(options).toMatchObject([
      { mine: 7, theirs: 1, own: 2, yieldPer: 5 },
      { mine: 7, own: 3, yieldPer: 2 },
    ]);
    heard.length = 0;
    await errorOf(() => db.begin((session) => session.scalar(text("SELECT nothing FROM nowhere")) as never));
    expect(heard).toEqual(["begin", "handleError", "rollback"]);
    for (const [name, listener] of listeners) unlisten(shelf.engine, name, listener);
  });

  it("are made by a factory of the engine's own mode", async () => {
    const Wrong = target.mode === "sync" ? AsyncSessionFactory : SessionFactory;
    const error = await errorOf(() => new Wrong(shelf.engine as never));
    expect((error as Error).message).toMatch(
      /takes an engine made by create(Async)?Engine\(\), not an engine of the other kind/,
    );
    expect(error).not.toBeInstanceOf(InvalidRequestError);
  });
});
