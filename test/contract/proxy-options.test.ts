// The options of the proxy's methods (spec A0-09 … A0-16, A0-21 … A0-23), one by one, on both kinds of sessions.
import { expect, test } from "vitest";
import { ArgumentError, NoResultFound, StatementError } from "../../src/errors/index.ts";
import { type AsyncEngine, createAsyncEngine } from "../../src/facade/async-engine.ts";
import { AsyncSession } from "../../src/facade/async-session.ts";
import { inspect } from "../../src/facade/inspect.ts";
import type { Session } from "../../src/facade/session.ts";
import { isPromiseLike } from "../../src/flow/index.ts";
import { listen, type OrmExecute, selectinload } from "../../src/orm/index.ts";
import { SessionProxy } from "../../src/proxy/index.ts";
import { bindparam, func, insert, select, update } from "../../src/sql/index.ts";
import { describeTargets, testOn } from "../targets/index.ts";
import { openEngineAt } from "./open-engine.ts";
import { Author, Base, Book } from "./orm/library.ts";
import { attempt, plain, useOrm } from "./orm/open-orm.ts";
import { openSession } from "./session/open-session.ts";

type Proxy = SessionProxy<AsyncSession>;

const named = select(Author).where(Author.c.name.eq(bindparam("name")));
const idOf = select(Author.c.id).where(Author.c.name.eq(bindparam("name")));

describeTargets("options through a session proxy", (target) => {
  const orm = useOrm(target, Base);
  const open = async (): Promise<Proxy> => {
    await orm.save(
      new Author({ id: 1, name: "a", books: [new Book({ id: 1, title: "x" })] }),
      new Author({ id: 2, name: "b" }),
    );
    return new SessionProxy(orm.session());
  };
  const sql = (): string[] => orm.log().map(plain);

  /** Changes a row past the session. */
  const rename = async (id: number, name: string): Promise<void> => {
    const other = orm.session();
    await other.execute(update(Author).where(Author.c.id.eq(id)).values({ name }));
    await other.commit();
    await other.close();
  };

  test("execute(), scalars() and scalar() take params: values by name, or a list of them", async () => {
    const proxy = await open();
    expect((await proxy.execute(idOf, { name: "b" })).all()).toEqual([[2]]);
    expect((await proxy.scalars(named, { name: "a" })).one()).toMatchObject({ id: 1 });
    expect(await proxy.scalar(idOf, { name: "a" })).toBe(1);
    expect(await proxy.scalar(idOf, { name: "nobody" })).toBeNull();
    expect(await attempt(() => proxy.execute(idOf, {}))).toBeInstanceOf(StatementError);
    const many = [
      { id: 7, name: "g" },
      { id: 8, name: "h" },
    ];
    expect((await proxy.execute(insert(Author), many)).rowcount).toBe(2);
    expect(await proxy.scalar(select(func.count(Author.c.id)))).toBe(4);
  });

  test("execute(), scalars() and scalar() take execution options: populateExisting, autoflush, names of your own", async () => {
    const proxy = await open();
    const author = (await proxy.scalars(named, { name: "a" })).one();
    author.name = "mine";
    proxy.autoflush = false;
    for (const read of [
      () => proxy.execute(select(Author), undefined, { populateExisting: true }),
      () => proxy.scalars(select(Author), undefined, { populateExisting: true }),
      () => proxy.scalar(select(Author).where(Author.c.id.eq(1)), undefined, { populateExisting: true }),
    ]) {
      author.name = "mine";
      await proxy.execute(select(Author));
      expect(author.name).toBe("mine");
      await read();
      expect(author.name).toBe("a");
    }
    proxy.autoflush = true;
    author.name = "flushed?";
    orm.log();
    const ids = select(Author.c.id);
    const unflushed = { autoflush: false };
    await proxy.execute(ids, undefined, unflushed);
    await proxy.scalars(ids, undefined, unflushed);
    await proxy.scalar(ids, undefined, unflushed);
    const sent = 'SELECT "author"."id" FROM "author"';
    expect(sql()).toEqual([sent, sent, sent]);
    await proxy.scalar(select(Author.c.id));
    expect(sql()[0]).toMatch(/^UPDATE/);
    const told: unknown[] = [];
    listen(proxy.session, "doOrmExecute", ((event: OrmExecute) => void told.push(event.executionOptions)) as never);
    await proxy.execute(select(Author.c.id), undefined, { audit: "one" } as object);
    expect(told).toMatchObject([{ audit: "one" }]);
  });

  testOn(
    target,
    ["many connections"],
    "statements, get() and connection() take bindArguments, which name the engine",
    async () => {
      const proxy = await open();
      const log: string[] = [];
      const own = openEngineAt(orm.engine.url, target);
      listen(own, "beforeCursorExecute", ({ sql: sent }) => void log.push(sent.replace(/[ (].*/s, "")));
      const bindArguments = { bind: own };
      await proxy.execute(select(Author.c.id), undefined, { bindArguments });
      await proxy.scalars(select(Author.c.id), undefined, { bindArguments });
      await proxy.scalar(select(Author.c.id), undefined, { bindArguments });
      await proxy.get(Author, 1, { bindArguments });
      expect(log).toEqual(["SELECT", "SELECT", "SELECT", "SELECT"]);
      expect(sql()).toEqual([]);
      const connection = await proxy.connection({ bindArguments });
      await connection.scalar(select(Author.c.id));
      expect([log.length, sql()]).toEqual([5, []]);
      expect(await proxy.connection()).not.toBe(connection);
      await proxy.close();
    },
  );

  test("get() and getOne() take options, which load along", async () => {
    const proxy = await open();
    for (const method of ["get", "getOne"] as const) {
      const author = (await proxy[method](Author, 1, { options: [selectinload(Author.c.books)] })) as Author;
      expect(sql()).toHaveLength(2);
      expect(author.books.map(({ title }) => title)).toEqual(["x"]);
      expect(sql()).toEqual([]);
      proxy.expungeAll();
    }
  });

  test("get() and getOne() take populateExisting, which reads again and overwrites", async () => {
    const proxy = await open();
    proxy.autoflush = false;
    for (const method of ["get", "getOne"] as const) {
      const author = await proxy.getOne(Author, 1);
      author.name = "mine";
      orm.log();
      expect([await proxy[method](Author, 1), author.name, sql()]).toEqual([author, "mine", []]);
      expect(await proxy[method](Author, 1, { populateExisting: true })).toBe(author);
      expect([author.name, sql().length]).toEqual(["a", 1]);
      author.name = "mine";
      await proxy[method](Author, 1, { executionOptions: { populateExisting: true } });
      expect(author.name).toBe("a");
      orm.log();
    }
  });

  test("get(), getOne() and refresh() take withForUpdate, which locks", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1);
    const lock = { sqlite: /^SELECT(?!.*FOR UPDATE)/s, postgresql: / FOR UPDATE$/, mariadb: / FOR UPDATE$/ }[
      target.database
    ];
    orm.log();
    await proxy.get(Author, 1, { withForUpdate: true });
    await proxy.getOne(Author, 1, { withForUpdate: true });
    await proxy.refresh(author, [], { withForUpdate: true });
    await proxy.refresh(author, ["name"], { withForUpdate: true });
    const sent = sql();
    expect(sent).toHaveLength(4);
    for (const statement of sent) expect(statement).toMatch(lock);
    if (target.database === "sqlite") return; // it locks whole files, by itself
    await proxy.get(Author, 1, { withForUpdate: { skipLocked: true } });
    expect(sql()[0]).toMatch(/ FOR UPDATE SKIP LOCKED$/);
  });

  test("get() and getOne() take an identityToken, under which the key is another object", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1);
    for (const method of ["get", "getOne"] as const) {
      const other = (await proxy[method](Author, 1, { identityToken: method })) as Author;
      expect([other === author, other.name, inspect(other).identityToken]).toEqual([false, "a", method]);
      expect(await proxy[method](Author, 1, { executionOptions: { identityToken: method } })).toBe(other);
    }
    expect(await proxy.get(Author, 99, { identityToken: "x" })).toBeNull();
    expect(await attempt(() => proxy.getOne(Author, 99, { identityToken: "x" }))).toBeInstanceOf(NoResultFound);
  });

  test("get() takes executionOptions: autoflush, and names of your own for listeners", async () => {
    const proxy = await open();
    proxy.add(new Author({ id: 9, name: "new" }));
    orm.log();
    expect(await proxy.get(Author, 9, { executionOptions: { autoflush: false } })).toBeNull();
    expect([sql().length, proxy.new.size, proxy.autoflush]).toEqual([1, 1, true]);
    const told: unknown[] = [];
    listen(proxy.session, "doOrmExecute", ((event: OrmExecute) => void told.push(event.executionOptions)) as never);
    await proxy.get(Author, 2, { executionOptions: { audit: "get" } });
    expect(told).toMatchObject([{ audit: "get" }]);
  });

  test("refresh() takes attributeNames, which are read and no others", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1);
    await proxy.rollback();
    await rename(1, "theirs");
    author.born = 7;
    proxy.autoflush = false;
    await proxy.refresh(author, ["name"]);
    expect([author.name, author.born]).toEqual(["theirs", 7]);
    await proxy.refresh(author, ["books"]);
    orm.log();
    expect([author.books.length, sql()]).toEqual([1, []]);
    await proxy.refresh(author);
    expect(author.born).toBeNull();
    expect(await attempt(() => proxy.refresh(author, ["nothing" as never]))).toBeInstanceOf(ArgumentError);
  });

  test("expire() takes attributeNames, which are read when they are asked for", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1);
    expect(proxy.expire(author, ["name"])).toBeUndefined();
    expect([...inspect(author).unloaded].sort()).toContain("name");
    expect(Object.hasOwn(author, "born")).toBe(true);
    expect(await proxy.loadAttribute(author, "name")).toBe("a");
  });

  test("isModified() takes includeCollections: false, which looks at columns and references only", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1, { options: [selectinload(Author.c.books)] });
    author.books.push(new Book({ id: 9, title: "y" }));
    expect([proxy.isModified(author), proxy.isModified(author, { includeCollections: false })]).toEqual([true, false]);
    author.name = "c";
    expect(proxy.isModified(author, { includeCollections: false })).toBe(true);
  });

  test("delete() loads what its cascades need to know, and answers nothing", async () => {
    const proxy = await open();
    const author = await proxy.getOne(Author, 1);
    const answer: unknown = proxy.delete(author);
    expect([isPromiseLike(answer), await answer]).toEqual([target.mode === "async", undefined]);
    orm.log();
    await proxy.flush();
    const sent = sql();
    expect(sent.at(-1)).toMatch(/^DELETE FROM "author"/);
    expect(sent.some((statement) => statement.startsWith("SELECT") && statement.includes('"book"'))).toBe(true);
    await proxy.commit();
    expect(await orm.rows(select(Book.c.authorId))).toEqual([null]);
  });

  test("merge() takes load: false, which asks the database nothing, and options, which load along", async () => {
    const proxy = await open();
    const detached = await proxy.getOne(Author, 1);
    proxy.expunge(detached);
    orm.log();
    const merged = await proxy.merge(detached, { load: false });
    expect([merged === detached, merged.name, proxy.has(merged), sql()]).toEqual([false, "a", true, []]);
    proxy.expungeAll();
    const loaded = await proxy.merge(detached, { options: [selectinload(Author.c.books)] });
    expect(sql()).toHaveLength(2);
    expect([loaded.books.length, sql()]).toEqual([1, []]);
    proxy.expungeAll();
    await proxy.merge(detached);
    expect(sql()).toHaveLength(1);
    detached.name = "changed";
    const refused = await attempt(() => proxy.merge(detached, { load: false }));
    expect(String(refused)).toMatch(/load: false takes the object for what its row is/);
  });

  test("connection() takes executionOptions for a connection that is not there yet", async () => {
    const proxy = await open();
    const level = target.database === "sqlite" ? "READ UNCOMMITTED" : "SERIALIZABLE";
    const connection = await proxy.connection({ executionOptions: { isolationLevel: level } });
    expect(await connection.getIsolationLevel()).toBe(level);
    const answer: unknown = proxy.connection();
    expect([isPromiseLike(answer), await answer]).toEqual([target.mode === "async", connection]);
    await proxy.close();
    const next = await proxy.connection();
    expect(await next.getIsolationLevel()).not.toBe(level);
  });

  test("reset() opens a session again that close() shut for good", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const proxy = new SessionProxy(orm.session({ closeResetsOnly: false }));
    await proxy.getOne(Author, 1);
    await proxy.close();
    expect(String(await attempt(() => proxy.get(Author, 1)))).toMatch(/permanently closed/);
    expect(await proxy.reset()).toBeUndefined();
    expect(await proxy.get(Author, 1)).toMatchObject({ name: "a" });
    expect(await proxy.reset()).toBeUndefined();
    expect([[...proxy], proxy.inTransaction(), orm.engine.pool.checkedOut()]).toEqual([[], false, 0]);
  });

  test("to await what answers at once is harmless", async () => {
    const proxy = await open();
    const author = new Author({ id: 7, name: "g" });
    const awaited = async (answer: unknown): Promise<unknown> => await answer;
    expect(await awaited(proxy.add(author))).toBeUndefined();
    expect(await awaited(proxy.addAll([author]))).toBeUndefined();
    await proxy.flush();
    expect(await awaited(proxy.expire(author))).toBeUndefined();
    expect(await awaited(proxy.expireAll())).toBeUndefined();
    expect(await awaited(proxy.isModified(author))).toBe(false);
    expect(await awaited(proxy.inTransaction())).toBe(true);
    expect(await awaited(proxy.inNestedTransaction())).toBe(false);
    expect(await awaited(proxy.expunge(author))).toBeUndefined();
    expect(await awaited(proxy.expungeAll())).toBeUndefined();
  });

  testOn(target, ["promises"], "stream() and streamScalars() take params and options, as execute() does", async () => {
    const proxy = await open();
    expect(await (await proxy.stream(idOf, { name: "b" })).all()).toEqual([[2]]);
    const author = await proxy.getOne(Author, 1);
    proxy.autoflush = false;
    author.name = "mine";
    const everyone = select(Author).orderBy(Author.c.id);
    const read = await proxy.streamScalars(everyone, undefined, { populateExisting: true, yieldPer: 1 });
    const sizes: number[] = [];
    for await (const part of read.partitions()) sizes.push(part.length);
    expect([sizes, author.name]).toEqual([[1, 1], "a"]);
    const other = await proxy.streamScalars(everyone, undefined, { identityToken: "streamed" });
    expect((await other.all()).map((each) => inspect(each).identityToken)).toEqual(["streamed", "streamed"]);
  });

  testOn(
    target,
    ["promises"],
    "runSync() calls a function with the sync session and arguments, and answers what it did",
    async () => {
      const count = (session: Session, least: number): number =>
        session.query(Author).filter(Author.c.id.ge(least)).count();
      await orm.save(new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" }));
      const engine = target.database === "sqlite" ? orm.engine : createAsyncEngine(orm.engine.url, { sync: "worker" });
      const proxy = new SessionProxy(new AsyncSession(engine));
      expect(await proxy.runSync(count, 2)).toBe(1);
      const added = await proxy.runSync((session) => {
        session.add(new Author({ id: 3, name: "c" }));
        session.flush();
        return session;
      });
      expect([added === proxy.session.syncSession, proxy.inTransaction()]).toEqual([true, true]);
      expect(await proxy.runSync(count, 1)).toBe(3);
      const failure = new RangeError("enough");
      const fails = (): never => {
        throw failure;
      };
      expect(await attempt(() => proxy.runSync(fails))).toBe(failure);
      await proxy.close();
      expect(engine.pool.checkedOut()).toBe(0);
      if (engine !== orm.engine) await engine.dispose();
    },
  );

  testOn(
    target,
    ["two-phase commit"],
    "prepare() does the first phase, after which only commit() or rollback() may follow",
    async () => {
      const xids: string[] = [];
      const engine: AsyncEngine = openEngineAt(orm.engine.url, target);
      listen(engine, "prepareTwophase", ({ xid }) => void xids.push(xid));
      const proxy = new SessionProxy(openSession(target, engine, { twophase: true }));
      proxy.add(new Author({ id: 1, name: "in two phases" }));
      const answer: unknown = proxy.prepare();
      expect([isPromiseLike(answer), await answer]).toEqual([target.mode === "async", undefined]);
      expect(xids).toHaveLength(1);
      expect(await orm.rows(select(Author.c.name))).toEqual([]);
      expect(String(await attempt(() => proxy.scalar(select(Author.c.id))))).toMatch(/prepared/);
      await proxy.commit();
      expect(await orm.rows(select(Author.c.name))).toEqual(["in two phases"]);
      proxy.add(new Author({ id: 2, name: "undone" }));
      await proxy.prepare();
      await proxy.rollback();
      await proxy.close();
      expect([xids.length, await orm.rows(select(Author.c.name))]).toEqual([2, ["in two phases"]]);
      expect(engine.pool.checkedOut()).toBe(0);
    },
  );
});
