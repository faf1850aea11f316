// What the proxy has besides the methods of the matrix, and that nothing of a session is forgotten.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ArgumentError, InvalidRequestError, NotImplementedError } from "../../src/errors/index.ts";
import { AsyncSession, type AsyncSessionTransaction, createEngine, Session } from "../../src/facade/index.ts";
import { isPromiseLike } from "../../src/flow/index.ts";
import { SessionBase } from "../../src/orm/index.ts";
import { SessionProxy } from "../../src/proxy/index.ts";
import { SessionProxy as published } from "../../src/proxy.ts";
import { func, select, text } from "../../src/sql/index.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";
import { describeTargets } from "../targets/index.ts";
import { Author, Base, Book } from "./orm/library.ts";
import { openEngine } from "./open-engine.ts";
import { attempt, useOrm } from "./orm/open-orm.ts";
import { openSession } from "./session/open-session.ts";

type Proxy = SessionProxy<AsyncSession>;

/** Members of sessions that the proxy does not have, each with the reason. */
const leftOut: Readonly<Record<string, string>> = {
  mode: "isAsync tells it",
  syncSession: "what runSync() gives the function; a sync session is one already",
  core: "of the inside of the library",
  run: "of the inside of the library",
  inTurn: "of the inside of the library",
  inner: "of the inside of the library",
  connectionOver: "of the inside of the library",
  closeForGood: "of the inside of the library",
  "~events": "listeners belong to sessions: listen(proxy.session, …)",
};

function membersOf(...sources: readonly object[]): readonly string[] {
  const keys = sources.flatMap((source) => Reflect.ownKeys(source)).map(String);
  return [...new Set(keys)].sort();
}

const ofSessions = (): readonly string[] =>
  membersOf(SessionBase.prototype, Session.prototype, AsyncSession.prototype, new Session(createEngine("sqlite://")));

const own = ["session", "isAsync", "equals"];

test("the proxy has each member of both sessions, but for those that are left out with a reason", () => {
  const ofProxy = membersOf(SessionProxy.prototype);
  const missing = ofSessions().filter((name) => !ofProxy.includes(name));
  // a reason for what the proxy has, or no session does, is one too many
  expect(missing).toEqual(Object.keys(leftOut).sort());
  const invented = ofProxy.filter((name) => !ofSessions().includes(name));
  expect(invented).toEqual(own.filter((name) => ofProxy.includes(name)));
  expect(published).toBe(SessionProxy);
});

test("the documentation names each member of the proxy", () => {
  const page = readFileSync(new URL("../../docs/guides/session-proxy.md", import.meta.url), "utf8");
  const names = membersOf(SessionProxy.prototype).filter((name) => !/^Symbol|^constructor$/.test(name));
  expect(names.filter((name) => !new RegExp(`\`(?:proxy\\.)?${name}\\b`).test(page))).toEqual([]);
});

interface Row {
  readonly method: string;
  /** Whether it is a promise in an async session. */
  readonly awaited: boolean;
  readonly run: (proxy: Proxy, calls: (answer: unknown) => unknown) => unknown;
}

const at = (method: string, run: Row["run"]): Row => ({ method, awaited: false, run });
const awaited = (method: string, run: Row["run"]): Row => ({ method, awaited: true, run });
const fetched = async (proxy: Proxy, id: number): Promise<Author> => proxy.getOne(Author, id);
const names = select(Author.c.name).orderBy(Author.c.id);

const rows: readonly Row[] = [
  at("has", async (proxy, calls) => {
    expect(calls(proxy.has(await fetched(proxy, 1)))).toBe(true);
    expect(proxy.has(new Author({ name: "stranger" }))).toBe(false);
  }),
  at("identityKey", async (proxy, calls) => {
    const author = await fetched(proxy, 1);
    expect(calls(proxy.identityKey(author))).toEqual([Author, [1], null]);
    expect(proxy.identityMap.get(proxy.identityKey(Author, 1))).toBe(author);
  }),
  at("bindMapper", (proxy, calls) => {
    expect(calls(proxy.bindMapper(Author, proxy.session.getBind()))).toBeUndefined();
    expect([...proxy.binds]).toEqual([[Author, proxy.session.getBind()]]);
    expect(proxy.getBind({ mapper: Author })).toBe(proxy.session.getBind());
  }),
  at("bindTable", (proxy, calls) => {
    const table = Base.metadata.tables.get("book");
    if (table === undefined) throw new RangeError("no such table");
    expect(calls(proxy.bindTable(table, proxy.session.getBind()))).toBeUndefined();
    expect([...proxy.binds.keys()]).toEqual([table]);
  }),
  at("getBind", (proxy, calls) => {
    expect(calls(proxy.getBind({ mapper: Author }))).toBe(proxy.session.bind);
    expect(proxy.getBind({ clause: names, bind: proxy.session.getBind() })).toBe(proxy.session.bind);
  }),
  at("getTransaction", async (proxy, calls) => {
    expect(calls(proxy.getTransaction())).toBeNull();
    const begun = await proxy.begin();
    expect(proxy.getTransaction()).toBe(begun);
  }),
  at("getNestedTransaction", async (proxy, calls) => {
    await proxy.begin();
    expect(calls(proxy.getNestedTransaction())).toBeNull();
    const savepoint = await proxy.beginNested();
    expect(proxy.getNestedTransaction()).toBe(savepoint);
    expect(proxy.getTransaction()).not.toBe(savepoint);
  }),
  at("enableRelationshipLoading", async (proxy, calls) => {
    const book = new Book({ title: "new", authorId: 1 });
    expect(calls(proxy.enableRelationshipLoading(book))).toBeUndefined();
    expect(await proxy.loadAttribute(book, "author")).toMatchObject({ id: 1, name: "a" });
  }),
  at("Symbol.iterator", async (proxy, calls) => {
    const author = await fetched(proxy, 1);
    const made = new Author({ name: "new" });
    proxy.add(made);
    calls(proxy[Symbol.iterator]());
    expect([...proxy]).toEqual([made, author]);
    expect([...proxy]).toEqual([...proxy.session]);
  }),
  awaited("begin", async (proxy, calls) => {
    const begun = (await calls(proxy.begin())) as AsyncSessionTransaction;
    expect([proxy.inTransaction(), begun.isActive, begun.nested]).toEqual([true, true, false]);
    await begun.commit();
    expect(await proxy.begin(() => 7)).toBe(7);
    const failure = new RangeError("enough");
    const fails = (): never => {
      throw failure;
    };
    expect([await attempt(() => proxy.begin(fails)), proxy.inTransaction()]).toEqual([failure, false]);
  }),
  awaited("beginNested", async (proxy, calls) => {
    const savepoint = (await calls(proxy.beginNested())) as AsyncSessionTransaction;
    expect([savepoint.nested, proxy.inNestedTransaction()]).toEqual([true, true]);
    proxy.add(new Author({ id: 7, name: "lost" }));
    await proxy.flush();
    await savepoint.rollback();
    expect([proxy.inNestedTransaction(), await proxy.get(Author, 7)]).toEqual([false, null]);
    expect(await proxy.beginNested(() => 7)).toBe(7);
  }),
  awaited("connection", async (proxy, calls) => {
    const request = { bindArguments: { mapper: Author }, executionOptions: { loggingToken: "proxied" } };
    const connection = (await calls(proxy.connection(request))) as Awaited<ReturnType<AsyncSession["connection"]>>;
    expect(connection).toBe(await proxy.session.connection());
    expect(connection.getExecutionOptions()).toMatchObject({ loggingToken: "proxied" });
    await connection.execute(text("UPDATE author SET name = 'by hand' WHERE id = 1"));
    expect((await proxy.scalars(names)).all()).toEqual(["by hand", "b"]);
  }),
  awaited("deleteAll", async (proxy, calls) => {
    const all = (await proxy.scalars(select(Author))).all();
    await calls(proxy.deleteAll(all));
    await proxy.flush();
    expect((await proxy.scalars(names)).all()).toEqual([]);
  }),
  awaited("mergeAll", async (proxy, calls) => {
    const merged = await calls(proxy.mergeAll([new Author({ id: 2, name: "x" }), new Author({ id: 3, name: "y" })]));
    expect(merged).toEqual([await proxy.get(Author, 2), await proxy.get(Author, 3)]);
    expect((await proxy.scalars(names)).all()).toEqual(["a", "x", "y"]);
  }),
  awaited("loadAttribute", async (proxy, calls) => {
    const author = await fetched(proxy, 1);
    proxy.expire(author, ["name"]);
    expect(await calls(proxy.loadAttribute(author, "name"))).toBe("a");
    expect(await proxy.loadAttribute(author, "books")).toEqual([]);
  }),
  awaited("noAutoflush", async (proxy, calls) => {
    proxy.add(new Author({ id: 7, name: "not yet" }));
    expect(await calls(proxy.noAutoflush(() => proxy.autoflush))).toBe(false);
    expect([proxy.autoflush, proxy.new.size]).toEqual([true, 1]);
  }),
  awaited("bulkSaveObjects", async (proxy, calls) => {
    await calls(proxy.bulkSaveObjects([new Author({ id: 7, name: "g" })]));
    expect([proxy.new.size, (await proxy.scalars(names)).all()]).toEqual([0, ["a", "b", "g"]]);
  }),
  awaited("bulkInsertMappings", async (proxy, calls) => {
    await calls(proxy.bulkInsertMappings(Author, [{ id: 7, name: "g" }]));
    expect((await proxy.scalars(names)).all()).toEqual(["a", "b", "g"]);
  }),
  awaited("bulkUpdateMappings", async (proxy, calls) => {
    await calls(proxy.bulkUpdateMappings(Author, [{ id: 1, name: "z" }]));
    expect((await proxy.scalars(names)).all()).toEqual(["z", "b"]);
  }),
  awaited("reset", async (proxy, calls) => {
    proxy.add(new Author({ id: 7, name: "lost" }));
    await proxy.flush();
    await calls(proxy.reset());
    expect([proxy.inTransaction(), [...proxy]]).toEqual([false, []]);
    expect((await proxy.scalars(names)).all()).toEqual(["a", "b"]);
  }),
];

describeTargets("what a session proxy has besides the matrix", (target) => {
  const orm = useOrm(target, Base);
  const open = async (): Promise<Proxy> => {
    await orm.save(new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" }));
    return new SessionProxy(orm.session());
  };
  const isAsync = target.mode === "async";

  test.each(rows)("$method()", async ({ awaited: isAwaited, run }) => {
    const proxy = await open();
    const kinds: boolean[] = [];
    await run(proxy, (answer) => {
      kinds.push(isPromiseLike(answer));
      return answer;
    });
    expect(kinds).toEqual([isAwaited && isAsync]);
    await proxy.close();
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("prepare() is refused as by the session, which commits in one phase", async () => {
    const proxy = await open();
    await proxy.begin();
    const refused = await attempt(() => proxy.prepare());
    expect(refused).toBeInstanceOf(InvalidRequestError);
    expect(String(refused)).toBe(String(await attempt(() => proxy.session.prepare())));
  });

  test("invalidate() closes the connection instead of giving it back", async () => {
    const engine = await openEngine(target);
    const proxy = new SessionProxy(openSession(target, engine));
    const connection = await proxy.connection();
    const { driverConnection } = connection;
    const answer: unknown = proxy.invalidate();
    expect(isPromiseLike(answer)).toBe(isAsync);
    await answer;
    expect([proxy.inTransaction(), engine.pool.checkedOut()]).toEqual([false, 0]);
    expect((await proxy.connection()).driverConnection).not.toBe(driverConnection);
    await proxy.close();
  });

  test("the session itself is there, its kind, and whether another is the same", async () => {
    const proxy = await open();
    const { session } = proxy;
    expect([proxy.session === session, proxy.isAsync]).toEqual([true, isAsync]);
    class Own extends AsyncSession {}
    class OwnSync extends Session {}
    const ofSubclass = isAsync ? new Own(orm.engine) : new OwnSync(orm.engine as never);
    expect(new SessionProxy(ofSubclass).isAsync).toBe(isAsync);
    expect([proxy.equals(new SessionProxy(session)), proxy.equals(session)]).toEqual([true, true]);
    const strangers = [new SessionProxy(orm.session()), orm.session(), null, undefined, {}];
    expect(strangers.map((stranger) => proxy.equals(stranger))).toEqual(strangers.map(() => false));
  });

  test("properties are those of the session", async () => {
    const proxy = await open();
    const { session } = proxy;
    const author = await fetched(proxy, 1);
    const gone = await fetched(proxy, 2);
    const made = new Author({ name: "new" });
    proxy.add(made);
    await proxy.delete(gone);
    author.name = "changed";
    expect([[...proxy.new], [...proxy.dirty], [...proxy.deleted]]).toEqual([[made], [author], [gone]]);
    expect([proxy.bind, proxy.info, proxy.isActive, proxy.naked]).toEqual([
      session.bind,
      session.info,
      true,
      session.naked,
    ]);
    expect([proxy.binds, proxy.executionOptions]).toEqual([session.binds, session.executionOptions]);
    expect([proxy.identityMap.size, proxy.autoflush]).toEqual([2, true]);
    proxy.autoflush = false;
    expect([proxy.autoflush, session.autoflush]).toEqual([false, false]);
    expect(() => Object.assign(proxy, { autoflush: "no" })).toThrow(ArgumentError);
    expect(() => Object.assign(proxy, { bind: null })).toThrow(TypeError);
    // nothing is forwarded that neither has
    expect(["identity_map" in proxy, Reflect.get(proxy, "nothing")]).toEqual([false, undefined]);
  });

  test("each call is one call of the session; what it answers or throws comes as it is", async () => {
    const proxy = await open();
    const calls: (readonly unknown[])[] = [];
    const failure = new RangeError("enough");
    const marked = {};
    Object.assign(proxy.session, {
      execute: (...args: readonly unknown[]) => (calls.push(["execute", ...args]), marked),
      flush: () => {
        calls.push(["flush"]);
        throw failure;
      },
    });
    const options = { populateExisting: true };
    expect(proxy.execute(names, undefined, options)).toBe(marked);
    expect(await attempt(() => proxy.flush())).toBe(failure);
    expect(calls).toEqual([["execute", names, undefined, options], ["flush"]]);
  });

  test("every method is one call of the session, with the same arguments, whose answer comes as it is", async () => {
    const proxy = await open();
    const { session } = proxy;
    const methods = membersOf(SessionProxy.prototype).filter((name) => {
      const { value } = Object.getOwnPropertyDescriptor(SessionProxy.prototype, name) ?? {};
      return typeof value === "function" && !["constructor", "equals"].includes(name);
    });
    expect(methods.length).toBeGreaterThan(45);
    const ofAsync = ["stream", "streamScalars", "runSync", "aclose"];
    for (const name of methods) {
      const calls: unknown[] = [];
      const [answer, args] = [{ of: name }, [{ first: 1 }, { second: 2 }, { third: 3 }]];
      const called = name === "aclose" ? "close" : name;
      const value = (...given: readonly unknown[]): unknown => (calls.push(given), answer);
      Object.defineProperty(session, called, { value, configurable: true });
      const call = (): unknown =>
        (proxy as unknown as Record<string, (...all: readonly unknown[]) => unknown>)[name]?.(...args);
      if (!isAsync && ofAsync.includes(name)) {
        expect(call, name).toThrow(NotImplementedError);
        expect(calls, name).toEqual([]);
      } else {
        expect(call(), name).toBe(answer);
        expect(calls, name).toEqual([args]);
      }
      Reflect.deleteProperty(session, called);
    }
  });

  test("values are plain over a sync session, promises over an async one", async () => {
    coloursDiffer("sync sessions have a method of their own");
    await orm.save(new Author({ id: 1, name: "a" }));
    if (isAsync) {
      const proxy: SessionProxy<AsyncSession> = new SessionProxy(orm.session());
      const found: Promise<Author | null> = proxy.get(Author, 1);
      expect((await found)?.name).toBe("a");
      // @ts-expect-error -- query() is for sync sessions
      expect(() => proxy.query(Author)).toThrow(NotImplementedError);
      return;
    }
    const proxy: SessionProxy<Session> = new SessionProxy(orm.session() as unknown as Session);
    const found: Author | null = proxy.get(Author, 1);
    expect(found?.name).toBe("a");
    expect(proxy.query(Author).count()).toBe(1);
    // @ts-expect-error -- a stream through the proxy is for async sessions
    expect(() => proxy.stream(names)).toThrow(NotImplementedError);
  });

  test("code for both kinds awaits either", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const proxy = new SessionProxy(orm.session() as AsyncSession | Session);
    const counted: number | null | Promise<number | null> = proxy.scalar(select(func.count(Author.c.id)));
    expect(await counted).toBe(1);
    proxy.bindMapper(Author, proxy.getBind());
    await proxy.bulkInsertMappings(Author, [{ id: 2, name: "b" }]);
    expect((await proxy.scalars(names)).all()).toEqual(["a", "b"]);
    const begun = await proxy.beginNested();
    await begun.rollback();
    expect([...proxy]).toEqual([]);
  });
});
