// Calls of engines, and what connections and sessions hand to functions (spec A1-14, A1-20, A1-36, A1-59).
import { expect, test } from "vitest";
import type { ConnectionBase } from "../../src/engine/index.ts";
import { ArgumentError, AwaitRequired, IntegrityError, ResourceClosedError } from "../../src/errors/index.ts";
import { AsyncEngine, createAsyncEngine } from "../../src/facade/async-engine.ts";
import { AsyncSession } from "../../src/facade/async-session.ts";
import { type Connection, Engine } from "../../src/facade/engine.ts";
import { awaitOnly } from "../../src/facade/greenlet.ts";
import { inspect } from "../../src/facade/inspect.ts";
import { scopedSession } from "../../src/facade/scoped-session.ts";
import { Session, sessionmaker } from "../../src/facade/session.ts";
import type { Flow } from "../../src/flow/index.ts";
import { listen } from "../../src/orm/index.ts";
import { func, insert, select, text } from "../../src/sql/index.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";
import { Author, Base } from "./orm/library.ts";
import { attempt, plain, useOrm } from "./orm/open-orm.ts";

/** All that is sent over an engine, transactions too. */
function everything(engine: AsyncEngine): () => readonly string[] {
  const log: string[] = [];
  listen(engine, "begin", () => void log.push("BEGIN"));
  listen(engine, "commit", () => void log.push("COMMIT"));
  listen(engine, "rollback", () => void log.push("ROLLBACK"));
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(plain(sql)));
  return () => log.splice(0);
}

describeTargets("an engine's own calls", (target) => {
  const orm = useOrm(target, Base);
  const names = select(Author.c.name).orderBy(Author.c.id);

  test("execute() reads all rows in a transaction of its own, commits, and gives the connection back", async () => {
    const sent = everything(orm.engine);
    const answer: unknown = orm.engine.execute(insert(Author), { id: 1, name: "a" });
    expect(answer instanceof Promise).toBe(target.mode === "async");
    await answer;
    expect(sent()).toEqual(["BEGIN", 'INSERT INTO "author" ("id", "name") VALUES (?, ?)', "COMMIT"]);
    expect(orm.engine.pool.checkedOut()).toBe(0);
    const many = await orm.engine.execute(insert(Author), [
      { id: 2, name: "b" },
      { id: 3, name: "c" },
    ]);
    expect(many.rowcount).toBe(2);
    sent();
    const result = await orm.engine.execute(names);
    expect(sent()).toEqual(["BEGIN", 'SELECT "author"."name" FROM "author" ORDER BY "author"."id"', "COMMIT"]);
    expect(orm.engine.pool.checkedOut()).toBe(0);
    expect(result.scalars().all()).toEqual(["a", "b", "c"]); // the connection is somebody else's by now
    const named = await orm.engine.execute(text("SELECT name FROM author WHERE id = :id"), { id: 2 });
    expect(named.scalar()).toBe("b");
  });

  test("execute() rolls back and gives the connection back when the statement fails", async () => {
    await orm.engine.execute(insert(Author), { id: 1, name: "a" });
    const sent = everything(orm.engine);
    expect(await attempt(() => orm.engine.execute(insert(Author), { id: 1, name: "double" }))).toBeInstanceOf(
      IntegrityError,
    );
    expect(sent()).toEqual(["BEGIN", 'INSERT INTO "author" ("id", "name") VALUES (?, ?)', "ROLLBACK"]);
    expect(orm.engine.pool.checkedOut()).toBe(0);
    expect((await orm.engine.execute(names)).scalars().all()).toEqual(["a"]);
    expect(await attempt(() => orm.engine.execute("SELECT 1" as never))).toBeInstanceOf(Error);
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("connect(fn) hands a connection to a function, closes it afterwards, and commits nothing by itself", async () => {
    const kept: { readonly closed: boolean }[] = [];
    const sent = everything(orm.engine);
    const answer = await orm.engine.connect((connection) => {
      kept.push(connection);
      const inserted: unknown = connection.execute(insert(Author), { id: 1, name: "lost" });
      return (target.mode === "sync" ? 7 : Promise.resolve(inserted).then(() => 7)) as never;
    });
    expect([answer, kept[0]?.closed, orm.engine.pool.checkedOut()]).toEqual([7, true, 0]);
    expect(sent().filter((line) => !line.startsWith("INSERT"))).toEqual(["BEGIN", "ROLLBACK"]);
    const failure = new RangeError("enough");
    const fails = (): never => {
      throw failure;
    };
    expect([await attempt(() => orm.engine.connect(fails)), orm.engine.pool.checkedOut()]).toEqual([failure, 0]);
    expect((await orm.engine.execute(names)).all()).toEqual([]);
  });

  test("what execute() answered of a write has no rows", async () => {
    const result = await orm.engine.execute(insert(Author), { id: 1, name: "a" });
    expect([result.rowcount, result.returnsRows]).toEqual([1, false]);
    expect(await attempt(() => result.all())).toBeInstanceOf(ResourceClosedError);
  });

  test("clearCompiledCache() forgets statements, which are compiled anew", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const cache = engine.environment.cache;
    if (cache === null) throw new RangeError("the engine has a cache by default");
    const misses = async (): Promise<number> => {
      const before = cache.misses;
      await engine.execute(select(Author.c.id).where(Author.c.id.eq(1)));
      return cache.misses - before;
    };
    expect(await misses()).toBeGreaterThan(0);
    expect([await misses(), await misses()]).toEqual([0, 0]);
    engine.clearCompiledCache();
    expect(await misses()).toBeGreaterThan(0);
    expect(await misses()).toBe(0);
    const other = engine.executionOptions({ other: true });
    other.clearCompiledCache(); // it is one cache
    expect(await misses()).toBeGreaterThan(0);
    const none = await openEngine(target, { queryCacheSize: 0 });
    expect(none.clearCompiledCache()).toBeUndefined();
  });

  test("options of a call go before the statement's and the connection's; listeners see them", async () => {
    await orm.save(...[1, 2, 3].map((id) => new Author({ id, name: "a" })));
    await using connection = await orm.engine.connect();
    connection.executionOptions({ from: "connection", kept: true });
    const seen: unknown[] = [];
    listen(connection, "beforeCursorExecute", ({ executionOptions }) => void seen.push(executionOptions));
    const statement = select(Author.c.id).executionOptions({ from: "statement" });
    const own = { from: "call" };
    await connection.execute(statement, undefined, own);
    await connection.scalar(statement, undefined, own);
    await connection.scalars(statement, undefined, own);
    await (await connection.stream(statement, undefined, own)).close();
    await (await connection.streamScalars(statement, undefined, own)).close();
    await connection.execute(
      insert(Author),
      [
        { id: 4, name: "b" },
        { id: 5, name: "c" },
      ],
      own,
    );
    expect(seen).toEqual(Array.from({ length: 6 }, () => ({ from: "call", kept: true })));
    await connection.execute(statement);
    await connection.scalar(select(Author.c.id));
    expect(seen.slice(6)).toEqual([
      { from: "statement", kept: true },
      { from: "connection", kept: true },
    ]);
    const stream = await connection.stream(statement, undefined, { yieldPer: 2 });
    const sizes: number[] = [];
    for await (const rows of stream.partitions()) sizes.push(rows.length);
    expect(sizes).toEqual([2, 2, 1]);
    const level = { isolationLevel: "SERIALIZABLE" as never };
    expect(await attempt(() => connection.execute(statement, undefined, level))).toBeInstanceOf(ArgumentError);
    expect(await attempt(() => connection.stream(statement, undefined, level))).toBeInstanceOf(ArgumentError);
    expect(await attempt(() => connection.execute(statement, undefined, "fast" as never))).toBeInstanceOf(
      ArgumentError,
    );
  });

  test("updateExecutionOptions() changes the engine itself, for connections taken from now on, and no copies", async () => {
    const engine = await openEngine(target, { executionOptions: { first: 1 } });
    const copy = engine.executionOptions({ second: 2 });
    const before = await engine.connect();
    expect(engine.updateExecutionOptions({ third: 3 })).toBeUndefined();
    expect([engine.getExecutionOptions(), copy.getExecutionOptions()]).toEqual([
      { first: 1, third: 3 },
      { first: 1, second: 2 },
    ]);
    expect(before.getExecutionOptions()).toEqual({ first: 1 });
    await before.close();
    const after = await engine.connect();
    expect(after.getExecutionOptions()).toEqual({ first: 1, third: 3 });
    await after.close();
    engine.updateExecutionOptions({ isolationLevel: "AUTOCOMMIT" });
    await engine.connect((connection) => connection.execute(text("CREATE TABLE kept (id INTEGER)")));
    await engine.connect((connection) => connection.execute(text("INSERT INTO kept VALUES (1)")));
    expect((await engine.execute(text("SELECT count(*) FROM kept"))).scalar()).toSatisfy((n) => Number(n) === 1);
    expect(() => engine.updateExecutionOptions({ isolationLevel: "FASTEST" as never })).toThrow(ArgumentError);
    if (target.mode === "async" && target.database === "sqlite")
      expect(engine.syncEngine.getExecutionOptions()["third"]).toBe(3);
  });

  test("echo can be read and set", async () => {
    const lines: string[] = [];
    const engine = await openEngine(target, { logger: (line) => void lines.push(line) });
    const logged = async (): Promise<number> => {
      await engine.execute(text("SELECT 7"));
      return lines.splice(0).length;
    };
    expect([engine.echo, await logged()]).toEqual([false, 0]);
    engine.echo = true;
    expect([engine.echo, await logged()]).toEqual([true, 4]);
    engine.echo = "debug";
    expect([engine.executionOptions({}).echo, await logged()]).toEqual(["debug", 5]);
    engine.echo = false;
    expect([engine.echo, await logged()]).toEqual([false, 0]);
    expect(() => Object.assign(engine, { echo: "loud" })).toThrow(ArgumentError);
    const talking = await openEngine(target, { echo: true, logger: () => undefined });
    expect(talking.echo).toBe(true);
  });

  test("a block takes a function and nothing else", async () => {
    const connection = await orm.engine.connect();
    const session = orm.session();
    for (const call of [
      () => orm.engine.begin(true as never),
      () => orm.engine.connect({} as never),
      () => connection.begin(true as never),
      () => connection.beginNested("nested" as never),
      () => session.begin(true as never),
      () => session.beginNested(null as never),
    ])
      expect(await attempt(call)).toBeInstanceOf(ArgumentError);
    expect([connection.inTransaction(), session.inTransaction()]).toEqual([false, false]);
    await connection.close();
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("scalar() gives one value, scalars() a column, of a connection's statement", async () => {
    await orm.save(...[1, 2, 3].map((id) => new Author({ id, name: `a${id}` })));
    await using connection = await orm.engine.connect();
    expect(await connection.scalar(names)).toBe("a1");
    expect(await connection.scalar(select(Author.c.id).where(Author.c.id.gt(9)))).toBeNull();
    expect((await connection.scalars(names)).all()).toEqual(["a1", "a2", "a3"]);
    expect((await connection.scalars(select(Author.c.id, Author.c.name).orderBy(Author.c.id))).all()).toEqual([
      1, 2, 3,
    ]);
  });

  test("commit() keeps what was written, rollback() does not, and without a transaction both have nothing to do", async () => {
    await using connection = await orm.engine.connect();
    const sent = everything(orm.engine);
    await connection.commit();
    await connection.rollback();
    expect(sent()).toEqual([]);
    await connection.execute(insert(Author), { id: 1, name: "lost" });
    await connection.rollback();
    await connection.execute(insert(Author), { id: 2, name: "kept" });
    await connection.commit();
    expect(sent().filter((line) => !line.startsWith("INSERT"))).toEqual(["BEGIN", "ROLLBACK", "BEGIN", "COMMIT"]);
    expect((await connection.scalars(names)).all()).toEqual(["kept"]);
  });

  test("a connection tells its transaction and its innermost savepoint, the same object each time", async () => {
    await using connection = await orm.engine.connect();
    const told = (): readonly unknown[] => [
      connection.inTransaction(),
      connection.inNestedTransaction(),
      connection.getTransaction(),
      connection.getNestedTransaction(),
    ];
    expect(told()).toEqual([false, false, null, null]);
    const transaction = await connection.begin();
    expect(told()).toEqual([true, false, transaction, null]);
    const outer = await connection.beginNested();
    const inner = await connection.beginNested();
    expect(told()).toEqual([true, true, transaction, inner]);
    expect([transaction.nested, inner.nested, inner.isActive, inner.isValid]).toEqual([false, true, true, true]);
    await inner.rollback();
    expect(told()).toEqual([true, true, transaction, outer]);
    await outer.commit();
    expect(told()).toEqual([true, false, transaction, null]);
    await transaction.close();
    expect(told()).toEqual([false, false, null, null]);
    await connection.execute(names);
    expect([connection.inTransaction(), connection.getTransaction() === connection.getTransaction()]).toEqual([
      true,
      true,
    ]);
  });

  test("info belongs to the physical connection, invalidate() makes that another one", async () => {
    if (target.database === "sqlite") return; // a database in memory goes with its connection
    const engine = await openEngine(target);
    const connection = await engine.connect();
    connection.info["mark"] = 1;
    await connection.invalidate();
    expect([connection.invalidated, connection.closed]).toEqual([true, false]);
    await connection.execute(text("SELECT 1"));
    expect([connection.invalidated, connection.info]).toEqual([false, {}]);
    await connection.close();
    expect(connection.closed).toBe(true);
  });

  test("inspect() works inside of runSync(), over every driver in a generator function", async () => {
    function* tables(connection: ConnectionBase<"async">): Flow<readonly string[]> {
      return yield* awaitOnly(inspect(connection).getTableNames());
    }
    await using connection = await orm.engine.connect();
    expect(await connection.runSync(tables)).toContain("author");
    expect(connection.inTransaction()).toBe(true);
  });

  test("inspect() works inside of runSync() of connections and sessions, in plain functions", async () => {
    coloursDiffer("a sync session needs no runSync()");
    const ofConnection = (connection: Connection): readonly string[] => inspect(connection).getTableNames();
    if (target.mode === "sync") {
      using connection = (orm.engine as unknown as Engine).connect();
      expect(connection.runSync(ofConnection)).toContain("author");
      return;
    }
    const engine =
      target.database === "sqlite" ? orm.engine : createAsyncEngine(orm.engine.url, { sync: "worker", poolSize: 1 });
    const connection = await engine.connect();
    expect(await connection.runSync(ofConnection)).toContain("author");
    const columns = (own: Connection, table: string): readonly string[] =>
      inspect(own)
        .getColumns(table)
        .map(({ name }) => name);
    expect(await connection.runSync(columns, "author")).toEqual(["id", "name", "born"]);
    await connection.close();
    const session = new AsyncSession(engine);
    const ofSession = (sync: Session): readonly string[] => inspect(sync.connection()).getTableNames();
    expect(await session.runSync(ofSession)).toContain("author");
    expect(session.inTransaction()).toBe(true);
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
    if (engine === orm.engine) return;
    await engine.dispose();
    const unable = await orm.engine.connect();
    expect(await attempt(() => unable.runSync(ofConnection))).toBeInstanceOf(AwaitRequired);
    await unable.close();
  });

  if (target.mode === "async")
    test("syncEngine is the sync form over the same pool, where sync callers can be served", async () => {
      const isServed = target.database === "sqlite";
      const engine = isServed ? orm.engine : createAsyncEngine(orm.engine.url, { sync: "worker" });
      const { syncEngine } = engine;
      expect([syncEngine instanceof Engine, syncEngine.pool === engine.pool, engine.syncEngine === syncEngine]).toEqual(
        [true, true, true],
      );
      syncEngine.execute(insert(Author), { id: 1, name: "by the sync form" });
      expect((await engine.execute(names)).scalars().all()).toEqual(["by the sync form"]);
      Base.metadata.createAll(syncEngine);
      expect([new AsyncEngine(syncEngine).equals(engine), engine.pool.checkedOut()]).toEqual([true, 0]);
      if (isServed) return;
      await engine.dispose();
      expect(() => orm.engine.syncEngine).toThrow(AwaitRequired);
      expect(() => orm.engine.syncEngine).toThrow(/sync: "worker".*await the async engine's methods/s);
    });

  if (target.mode === "sync")
    test("async callbacks are refused in every sync block, which rolls back and gives the connection back", async () => {
      const engine = orm.engine as unknown as Engine;
      const late = async (): Promise<void> => undefined;
      // the compiler refuses each of them, too: test/types/wrong-programs
      const untyped = { late, write: writing(late) } as Readonly<Record<"late" | "write", never>>;
      const Sessions = sessionmaker(engine);
      const scoped = scopedSession(Sessions);
      const session = new Session(engine);
      const connection = engine.connect();
      const blocks: Readonly<Record<string, () => unknown>> = {
        "engine.begin": () => engine.begin(untyped.write),
        "engine.connect": () => engine.connect(untyped.write),
        "connection.begin": () => connection.begin(() => writing(late)(connection) as never),
        "connection.beginNested": () => connection.beginNested(() => writing(late)(connection) as never),
        "session.begin": () => session.begin(() => writing(late)(session) as never),
        "session.beginNested": () => session.beginNested(() => writing(late)(session) as never),
        "session.noAutoflush": () => session.noAutoflush(untyped.late),
        "sessionmaker.begin": () => Sessions.begin(untyped.write),
        "scopedSession.begin": () => scoped.begin(() => writing(late)(scoped) as never),
      };
      for (const [name, block] of Object.entries(blocks)) {
        expect(block, name).toThrow(AwaitRequired);
        connection.rollback();
        session.rollback();
      }
      scoped.remove();
      session.close();
      connection.close();
      expect(engine.pool.checkedOut()).toBe(0);
      expect(engine.execute(select(func.count(Author.c.id))).scalar()).toBe(0);
    });
});

let written = 0;

/** A body that writes a row and then answers with a promise. */
function writing(
  late: () => Promise<void>,
): (on: { execute(statement: never, params: never): unknown }) => Promise<void> {
  return (on) => {
    written += 1;
    on.execute(insert(Author) as never, { id: written, name: "lost" } as never);
    return late();
  };
}
