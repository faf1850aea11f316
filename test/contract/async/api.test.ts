// What the async classes have besides what they share with the sync ones, and how they refuse what cannot work.
import { describe, expect, test } from "vitest";
import { listen } from "../../../src/engine/index.ts";
import {
  ArgumentError,
  AsyncMethodRequired,
  AwaitRequired,
  IntegrityError,
  InvalidRequestError,
  NoResultFound,
  NotLoadedError,
  ResourceClosedError,
} from "../../../src/errors/index.ts";
import { AsyncEngine, asyncEngineFromConfig, createAsyncEngine } from "../../../src/facade/async-engine.ts";
import {
  asyncObjectSession,
  asyncSession,
  AsyncSession,
  asyncSessionmaker,
} from "../../../src/facade/async-session.ts";
import { createEngine } from "../../../src/facade/engine.ts";
import { inspect } from "../../../src/facade/inspect.ts";
import { Session, sessionmaker } from "../../../src/facade/session.ts";
import { awaitableAttrs, defer } from "../../../src/orm/index.ts";
import { func, select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const one = select(func.count(Author.c.id));
const insert = text("INSERT INTO author (id, name) VALUES (:id, :name)");

describeTargets(
  "the async API",
  (target) => {
    const orm = useOrm(target, Base);

    test("a read that began a transaction by itself is taken over by begin(), a write is not", async () => {
      await using connection = await orm.engine.connect();
      expect((await connection.execute(text("SELECT 1"))).scalar()).toBe(1);
      await connection.begin(async (transaction) => {
        expect(connection.getTransaction()).toBe(transaction);
        await connection.execute(insert, { id: 1, name: "Bob" });
      });
      expect(connection.inTransaction()).toBe(false);
      await connection.scalar(one);
      await connection.execute(insert, { id: 2, name: "Eve" });
      const refused = await attempt(() => connection.begin());
      expect(refused).toBeInstanceOf(InvalidRequestError);
      expect(String(refused)).toMatch(/SELECT count.*INSERT INTO author/s);
      await connection.rollback();
    });

    test("a connection's stream is closed when its loop ends, also by an error", async () => {
      await orm.save(...[1, 2, 3].map((id) => new Author({ id, name: "a" })));
      await using connection = await orm.engine.connect();
      const stream = await connection.stream(select(Author.c.id));
      const failed = await attempt(async () => {
        for await (const _row of stream) throw new RangeError("enough");
      });
      expect(failed).toBeInstanceOf(RangeError);
      expect(await attempt(() => stream.fetchOne())).toBeInstanceOf(ResourceClosedError);
      const inBlock = await connection.streamScalars(select(Author.c.id).orderBy(Author.c.id));
      {
        await using ids = inBlock;
        expect(await ids.fetchMany(2)).toEqual([1, 2]);
      }
      expect(await attempt(() => inBlock.fetchOne())).toBeInstanceOf(ResourceClosedError);
      const read = await connection.stream(select(Author.c.id));
      expect([(await read.all()).length, await read.fetchOne(), read.closed]).toEqual([3, null, false]);
    });

    test("getRawConnection() answers the driver's, a new one when the last was invalidated", async () => {
      const connection = await orm.engine.connect();
      const first = await connection.getRawConnection();
      expect(first).toBe(connection.driverConnection);
      if (target.database !== "sqlite") {
        await connection.invalidate();
        expect(await connection.getRawConnection()).not.toBe(first);
      }
      await connection.close();
      expect(await attempt(() => connection.getRawConnection())).toBeInstanceOf(ResourceClosedError);
    });

    test("what would make execute() a stream is refused", async () => {
      const statement = select(Author.c.id).executionOptions({ streamResults: true });
      const session = orm.session();
      expect(await attempt(() => session.execute(statement))).toBeInstanceOf(AsyncMethodRequired);
      await session.close();
      await using connection = await orm.engine.connect();
      expect(await attempt(() => connection.execute(statement))).toBeInstanceOf(AsyncMethodRequired);
      connection.executionOptions({ streamResults: true });
      expect(await attempt(() => connection.execute(one))).toBeInstanceOf(AsyncMethodRequired);
      expect(await (await connection.stream(one)).scalar()).toBe(0);
    });

    test("a factory's call overrides its options, merges info, and configure() changes it", async () => {
      const Sessions = asyncSessionmaker(orm.engine, { expireOnCommit: false, info: { a: 1, b: 1 } });
      await using session = Sessions({ info: { b: 2 }, autoflush: false });
      expect([session.info, session.core.options.autoflush]).toEqual([{ a: 1, b: 2 }, false]);
      Sessions.configure({ autoflush: false });
      await using other = Sessions();
      expect([other.info, other.core.options.autoflush]).toEqual([{ a: 1, b: 1 }, false]);
      const author = await Sessions.begin((inner) => {
        const made = new Author({ id: 1, name: "kept" });
        inner.add(made);
        return made;
      });
      expect([author.name, inspect(author).status]).toEqual(["kept", "detached"]);
    });

    test("objects know their async session, and the sync form of it leads back", async () => {
      const session = orm.session();
      const author = new Author({ id: 1, name: "a" });
      expect(session.add(author)).toBeUndefined();
      expect(await (session.add(author) as unknown)).toBeUndefined(); // to await it is harmless
      expect([asyncObjectSession(author), inspect(author).session]).toEqual([session, session]);
      expect([session.syncSession instanceof Session, asyncSession(session.syncSession)]).toEqual([true, session]);
      await session.commit();
      await session.aclose();
      expect([asyncObjectSession(author), asyncObjectSession({})]).toEqual([null, null]);
    });

    test("what is not loaded says what to await; awaitableAttrs loads it once", async () => {
      await orm.save(new Author({ id: 1, name: "a", books: [new Book({ title: "x" })] }));
      const session = orm.session();
      const author = await session.getOne(Author, 1);
      expect(() => author.books).toThrow(NotLoadedError);
      orm.log();
      expect((await awaitableAttrs(author).books).map((book) => book.title)).toEqual(["x"]);
      await awaitableAttrs(author).books;
      expect(orm.log().length).toBe(1);
      session.expire(author, ["name"]);
      expect(() => author.name).toThrow(NotLoadedError);
      expect(await awaitableAttrs(author).name).toBe("a");
    });

    test("each kind of what is not loaded says so; what is known without the database is there", async () => {
      await orm.save(new Author({ id: 1, name: "a", born: 1775 }), new Book({ id: 1, title: "nobody's" }));
      const session = orm.session();
      const [author] = await session.scalars(select(Author).options(defer(Author.c.born)));
      if (author === undefined) throw new RangeError("there is an author");
      expect(() => author.born).toThrow(/undefer\(Author\.c\.born\)/);
      expect(await awaitableAttrs(author).born).toBe(1775);
      session.expire(author);
      expect(() => author.name).toThrow(/Author\.name is not loaded.*awaitableAttrs\(object\)\.name/);
      expect(() => author.profile).toThrow(/selectinload\(Author\.c\.profile\)/);
      const book = await session.getOne(Book, 1);
      orm.log();
      expect(book.author).toBeNull(); // its key is NULL
      const made = new Author({ id: 2, name: "b" });
      session.add(made);
      await session.flush();
      orm.log();
      expect([made.books, made.profile, orm.log()]).toEqual([[], null, []]); // nothing can refer to it yet
      await session.commit();
      expect(made.name).toBe("b"); // stale, and readable
    });

    test("a session is usable again after an IntegrityError in commit() and a rollback()", async () => {
      await orm.save(new Author({ id: 1, name: "a" }));
      const session = orm.session();
      session.add(new Author({ id: 1, name: "double" }));
      expect(await attempt(() => session.commit())).toBeInstanceOf(IntegrityError);
      await session.rollback();
      const missing = await session.execute(select(Author).where(Author.c.id.eq(99_999)));
      expect(() => missing.scalarOne()).toThrow(NoResultFound);
      expect(await session.scalar(one)).toBe(1);
    });

    test("listeners sit on async engines, connections and sessions themselves, and may be async", async () => {
      const heard: string[] = [];
      const later = (name: string) => async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        heard.push(name);
      };
      await using connection = await orm.engine.connect();
      listen(connection, "beforeCursorExecute", later("connection"));
      await connection.scalar(one);
      await connection.close();
      const session = orm.session();
      listen(session, "beforeCommit", later("session"));
      session.add(new Author({ id: 1, name: "a" }));
      await session.commit();
      expect(heard).toEqual(["connection", "session"]);
    });

    test("each colour refuses an engine of the other, and says which one it takes", async () => {
      expect(() => new Session(orm.engine as never)).toThrow(/given an async engine.*AsyncSession/);
      const sync = createEngine("sqlite://");
      expect(() => new AsyncSession(sync as never)).toThrow(/AsyncEngine expected/);
      const own = sync.connect();
      expect(() => new AsyncSession(own as never)).toThrow(ArgumentError);
      own.close();
      expect(() => asyncSessionmaker(sync as never)()).toThrow(/AsyncEngine expected/);
      const other = await orm.engine.connect();
      expect(() => new Session(other as never)).toThrow(/given an async connection/);
      await other.close();
      expect(() => sessionmaker(orm.engine as never)()).toThrow(/given an async engine/);
      expect(() => new AsyncSession(null, { binds: [[Author, sync as never]] })).toThrow(ArgumentError);
      expect(() => inspect(new Date())).toThrow(InvalidRequestError);
      // SQLAlchemy inspects no async engine
      expect(await inspect(orm.engine).getTableNames()).toContain("author");
      const late: unknown = async () => 1;
      expect(() => sync.begin(late as never)).toThrow(AwaitRequired);
    });

    test("metadata.createAll takes the async engine, and its sync form where there is one", async () => {
      await Base.metadata.createAll(orm.engine);
      await orm.engine.begin((connection) => connection.runSync(Base.metadata.createAll));
      if (target.database === "sqlite") Base.metadata.createAll(orm.engine.syncEngine);
      else
        expect(() => orm.engine.syncEngine).toThrow(/await the async engine's methods: metadata\.createAll\(engine\)/);
    });
  },
  ["promises"],
);

describe("async engines", () => {
  test("over one sync engine are equal, and have it as their sync form", () => {
    const sync = createEngine("sqlite://");
    const [a, b] = [new AsyncEngine(sync), new AsyncEngine(sync)];
    expect([a.equals(b), a.syncEngine === sync, a.pool === sync.pool]).toEqual([true, true, true]);
    const withOptions = a.executionOptions({ isolationLevel: "AUTOCOMMIT" });
    expect([a.equals(withOptions), withOptions.pool === a.pool]).toEqual([false, true]);
    expect([a.equals(createAsyncEngine("sqlite://")), a.equals(sync), a.equals(null)]).toEqual([false, false, false]);
    expect(() => new AsyncEngine("sqlite://" as never)).toThrow(/createAsyncEngine\(url\)/);
  });

  test("refuse server-side cursors for all, unknown options, and wrong values", () => {
    expect(() => createAsyncEngine("sqlite://", { serverSideCursors: true } as object)).toThrow(AsyncMethodRequired);
    expect(() => createAsyncEngine("sqlite://", { poolsize: 3 } as object)).toThrow(/Did you mean poolSize/);
    expect(() => createAsyncEngine("sqlite://", { poolSize: "many" as never })).toThrow(ArgumentError);
  });

  test("are read from the keys of a configuration that have the prefix", () => {
    const config = { "db.url": "sqlite://", "db.echo": "false", "db.queryCacheSize": "7", other: 1 };
    const engine = asyncEngineFromConfig(config, "db.");
    expect([engine.mode, engine.name]).toEqual(["async", "sqlite"]);
    expect(() => asyncEngineFromConfig({ "db.url": "sqlite://", "db.what": "1" }, "db.")).toThrow(ArgumentError);
  });
});
