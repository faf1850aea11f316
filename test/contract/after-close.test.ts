// What is closed says so, of every class that can be (spec A1-16, A1-31, A1-38, A1-39, A1-55).
import { expect, test } from "vitest";
import { InvalidRequestError, ResourceClosedError } from "../../src/errors/index.ts";
import { type AsyncScopedSession, asyncScopedSession } from "../../src/facade/async-scoped-session.ts";
import { asyncSessionmaker } from "../../src/facade/async-session.ts";
import { type AsyncDriverPool, createAsyncPoolFromUrl, createPoolFromUrl } from "../../src/facade/driver-pool.ts";
import { scopedSession } from "../../src/facade/scoped-session.ts";
import { sessionmaker } from "../../src/facade/session.ts";
import { QueuePool } from "../../src/pool/index.ts";
import { select, text } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";
import { Author, Base } from "./orm/library.ts";
import { attempt, useOrm } from "./orm/open-orm.ts";

const one = text("SELECT 1");

describeTargets("after a close", (target) => {
  const orm = useOrm(target, Base);

  test("a connection refuses whatever would need it, and closes again without a word", async () => {
    const connection = await orm.engine.connect();
    await connection.execute(one);
    await connection.close();
    const calls: Readonly<Record<string, () => unknown>> = {
      execute: () => connection.execute(one),
      scalar: () => connection.scalar(one),
      scalars: () => connection.scalars(one),
      stream: () => connection.stream(one),
      streamScalars: () => connection.streamScalars(one),
      execDriverSql: () => connection.execDriverSql("SELECT 1"),
      begin: () => connection.begin(),
      beginNested: () => connection.beginNested(),
      beginTwophase: () => connection.beginTwophase(),
      recoverTwophase: () => connection.recoverTwophase(),
      commitPrepared: () => connection.commitPrepared("x"),
      rollbackPrepared: () => connection.rollbackPrepared("x"),
      commit: () => connection.commit(),
      rollback: () => connection.rollback(),
      executionOptions: () => connection.executionOptions({}),
      getRawConnection: () => connection.getRawConnection(),
      driverConnection: () => connection.driverConnection,
      info: () => connection.info,
      invalidate: () => connection.invalidate(),
      runSync: () => connection.runSync(Base.metadata.createAll),
    };
    for (const [name, call] of Object.entries(calls)) {
      const refused = await attempt(call);
      expect(refused, name).toBeInstanceOf(ResourceClosedError);
      expect(String(refused), name).toMatch(/This Connection is closed/);
    }
    expect([connection.closed, connection.invalidated, connection.inTransaction()]).toEqual([true, false, false]);
    expect([connection.getTransaction(), connection.getNestedTransaction()]).toEqual([null, null]);
    expect(await connection.close()).toBeUndefined();
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("a transaction and a savepoint are over: commit() says so, rollback() and close() have nothing to do", async () => {
    const connection = await orm.engine.connect();
    const transaction = await connection.begin();
    const savepoint = await connection.beginNested();
    await connection.execute(one);
    await connection.close();
    for (const ended of [savepoint, transaction]) {
      expect([ended.isActive, ended.isValid, ended.isOver]).toEqual([false, false, true]);
      expect(await attempt(() => ended.commit())).toBeInstanceOf(InvalidRequestError);
      expect(await attempt(() => ended.rollback())).toBeUndefined();
      expect(await attempt(() => ended.close())).toBeUndefined();
    }
    const other = await orm.engine.connect();
    const done = await other.begin();
    await done.commit();
    expect(await attempt(() => done.commit())).toBeInstanceOf(InvalidRequestError);
    await other.close();
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("an engine opens other connections, and those in use go on", async () => {
    const engine = await openEngine(target);
    const before = await engine.connect();
    await before.execute(one);
    await engine.dispose();
    if (target.database !== "sqlite") {
      await before.execute(one);
      expect((await engine.execute(one)).all()).toHaveLength(1);
    }
    await before.close();
    expect(engine.pool.checkedOut()).toBe(0);
    expect((await engine.execute(one)).all()).toHaveLength(1);
    await engine.dispose();
    await engine.dispose();
  });

  test("dispose({ close: false }) forgets the free connections, which stay as they are", async () => {
    const engine = await openEngine(target, { poolClass: QueuePool });
    const connection = await engine.connect();
    const { driverConnection } = connection;
    await connection.close();
    await engine.dispose({ close: false });
    expect([engine.pool.checkedIn(), driverConnection.alive]).toEqual([0, true]);
    const next = await engine.connect();
    expect(next.driverConnection).not.toBe(driverConnection);
    await next.close();
    await driverConnection.close();
  });

  test("a raw connection is none any more", async () => {
    const raw = await orm.engine.rawConnection();
    await raw.close();
    expect(() => raw.driverConnection).toThrow(ResourceClosedError);
    expect(() => raw.raw).toThrow(ResourceClosedError);
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });

  test("a pool without an engine gives out others, and what it gave out is none any more", async () => {
    const url = await target.url();
    const pool = (target.mode === "sync" ? createPoolFromUrl(url) : createAsyncPoolFromUrl(url)) as AsyncDriverPool;
    const raw = await pool.connect();
    await raw.close();
    await pool.dispose();
    expect([pool.checkedIn(), pool.checkedOut()]).toEqual([0, 0]);
    expect(() => raw.driverConnection).toThrow(ResourceClosedError);
    const next = await pool.connect();
    expect(next.driverConnection.alive).toBe(true);
    await next.close();
    await pool.dispose();
  });

  test("the transaction of a session is over with it", async () => {
    const session = orm.session();
    const transaction = await session.begin();
    const savepoint = await session.beginNested();
    await session.close();
    for (const ended of [transaction, savepoint]) {
      expect([ended.isActive, ended.isValid]).toEqual([false, false]);
      expect(await attempt(() => ended.commit())).toBeInstanceOf(ResourceClosedError);
      expect(await attempt(() => ended.rollback())).toBeUndefined();
    }
    expect([session.getTransaction(), session.getNestedTransaction()]).toEqual([null, null]);
  });

  test("a scoped session makes another after remove()", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const scoped =
      target.mode === "sync"
        ? (scopedSession(sessionmaker(orm.engine as never)) as unknown as AsyncScopedSession)
        : asyncScopedSession(asyncSessionmaker(orm.engine), () => "one");
    const first = scoped();
    const author = await scoped.getOne(Author, 1);
    await scoped.remove();
    expect([first.has(author), first.inTransaction(), orm.engine.pool.checkedOut()]).toEqual([false, false, 0]);
    expect([scoped() === first, await scoped.get(Author, 1)]).toMatchObject([false, { name: "a" }]);
    await scoped.remove();
  });

  test("a session with closeResetsOnly: false refuses everything but reset()", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const session = orm.session({ closeResetsOnly: false });
    const author = await session.getOne(Author, 1);
    await session.close();
    const calls: Readonly<Record<string, () => unknown>> = {
      add: () => session.add(new Author({ id: 2, name: "b" })),
      addAll: () => session.addAll([new Author({ id: 2, name: "b" })]),
      delete: () => session.delete(author),
      execute: () => session.execute(select(Author)),
      scalar: () => session.scalar(select(Author)),
      scalars: () => session.scalars(select(Author)),
      stream: () => session.stream(select(Author)),
      streamScalars: () => session.streamScalars(select(Author)),
      get: () => session.get(Author, 1),
      getOne: () => session.getOne(Author, 1),
      merge: () => session.merge(author),
      commit: () => session.commit(),
      begin: () => session.begin(),
      beginNested: () => session.beginNested(),
      connection: () => session.connection(),
      bulkInsertMappings: () => session.bulkInsertMappings(Author, [{ id: 2, name: "b" }]),
    };
    for (const [name, call] of Object.entries(calls))
      expect(String(await attempt(call)), name).toMatch(/permanently closed/);
    expect([session.inTransaction(), [...session], orm.engine.pool.checkedOut()]).toEqual([false, [], 0]);
    await session.reset();
    expect(await session.get(Author, 1)).toMatchObject({ name: "a" });
    await session.close();
    expect(await orm.rows(select(Author.c.id))).toEqual([1]);
  });

  test("a session that may be used again begins anew", async () => {
    await orm.save(new Author({ id: 1, name: "a" }));
    const session = orm.session();
    const before = await session.getOne(Author, 1);
    await session.close();
    const again = await session.getOne(Author, 1);
    expect([again === before, session.has(before), session.has(again)]).toEqual([false, false, true]);
  });

  test("results and streams refuse to be read; what was read before stays", async () => {
    await orm.save(...[1, 2, 3].map((id) => new Author({ id, name: "a" })));
    await using connection = await orm.engine.connect();
    const read = await connection.execute(select(Author.c.id));
    await read.close();
    expect(read.closed).toBe(true);
    const stream = await connection.stream(select(Author.c.id).orderBy(Author.c.id));
    expect(await stream.fetchOne()).toEqual([1]);
    await stream.close();
    const scalars = await connection.streamScalars(select(Author.c.id));
    await scalars.close();
    for (const closed of [read, stream]) {
      for (const call of [
        () => closed.all(),
        () => closed.fetchOne(),
        () => closed.fetchMany(2),
        () => closed.first(),
        () => closed.one(),
        () => closed.oneOrNone(),
        () => closed.scalar(),
        () => closed.mappings().all(),
        () => closed.scalars().all(),
      ])
        expect(await attempt(call)).toBeInstanceOf(ResourceClosedError);
      expect(await attempt(() => closed.close())).toBeUndefined();
    }
    for (const call of [() => scalars.all(), () => scalars.first(), () => scalars.one(), () => scalars.fetchMany(1)])
      expect(await attempt(call)).toBeInstanceOf(ResourceClosedError);
  });
});
