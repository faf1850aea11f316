import { expect, test } from "vitest";
import { listen } from "../../src/engine/index.ts";
import {
  DBAPIError,
  IntegrityError,
  OperationalError,
  PendingRollbackError,
  TimeoutError,
} from "../../src/errors/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import { awaitOnly, greenletSpawn } from "../../src/facade/greenlet.ts";
import type { Flow } from "../../src/flow/index.ts";
import { text } from "../../src/sql/index.ts";
import { describeTargets, type Target, testOn } from "../targets/index.ts";
import { openEngine, openEngineAt } from "./open-engine.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";

const insert = text("INSERT INTO item (id) VALUES (:id)");
const count = text("SELECT count(*) FROM item");

async function makeTable(engine: AsyncEngine): Promise<void> {
  const kind = engine.name === "mariadb" ? " ENGINE=InnoDB" : "";
  await engine.begin((conn) => conn.execute(text(`CREATE TABLE item (id INTEGER PRIMARY KEY)${kind}`)));
}

/** Leaves a connection in a state in which it refuses to begin a transaction. */
const beginFails: Readonly<Record<Target["database"], readonly string[]>> = {
  sqlite: ["BEGIN"],
  postgresql: ["BEGIN", "SELECT broken"],
  mariadb: ["XA START 'in the way'"],
};

/** Cuts a connection off, from another one. */
const kill = (engine: AsyncEngine, victim: AsyncConnection, target: Target): Promise<void> =>
  greenletSpawn(killFlow, engine, victim, target);

function* killFlow(engine: AsyncEngine, victim: AsyncConnection, target: Target): Flow<void> {
  const id = target.database === "postgresql" ? "pg_backend_pid()" : "connection_id()";
  const pid = Number((yield* awaitOnly(victim.execDriverSql(`SELECT ${id}`))).scalar());
  const sql = target.database === "postgresql" ? `SELECT pg_terminate_backend(${pid})` : `KILL ${pid}`;
  yield* awaitOnly(engine.execute(text(sql)));
}

async function caught(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}

describeTargets("an engine under faults", (target) => {
  testOn(target, ["connections that can be lost"], "a lost connection needs a rollback, then works again", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const events: boolean[] = [];
    listen(engine, "handleError", ({ isDisconnect }) => void events.push(isDisconnect));
    const conn = await engine.connect();
    const transaction = await conn.begin();
    await conn.execute(insert, { id: 1 });
    await kill(engine, conn, target);
    const error = (await caught(() => conn.execute(insert, { id: 2 }))) as DBAPIError;
    expect(error).toBeInstanceOf(DBAPIError);
    expect([error.isDisconnect, error.isRetryable, events]).toEqual([true, true, [true]]);
    expect([conn.invalidated, transaction.isActive, transaction.isValid, conn.inTransaction()]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    for (const use of [
      () => conn.execute(count),
      () => conn.commit(),
      () => conn.beginNested(),
      () => transaction.commit(),
    ]) {
      const pending = (await caught(use)) as PendingRollbackError;
      expect(pending).toBeInstanceOf(PendingRollbackError);
      expect([pending.code, pending.cause]).toEqual(["8s2b", error]);
      expect(pending.message).toContain("Can't reconnect until invalid transaction is rolled back");
    }
    await conn.rollback();
    expect(Number(await conn.scalar(count))).toBe(0);
    await conn.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  testOn(target, ["connections that can be lost"], "a lost connection takes its siblings out of the pool", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const others = await Promise.all([engine.connect(), engine.connect()]);
    for (const other of others) other.info["old"] = true;
    const conn = await engine.connect();
    await kill(engine, conn, target);
    for (const other of others) await other.close();
    await caught(() => conn.execute(count));
    await conn.close();
    for (const _ of [1, 2, 3]) {
      await engine.connect((next) => {
        expect(next.info["old"]).toBeUndefined();
      });
    }
    expect(engine.pool.checkedOut()).toBe(0);
  });

  testOn(
    target,
    ["connections that can be lost"],
    "a connection that died in the pool is replaced before anybody sees it",
    async () => {
      const engine = await openEngine(target, { poolPrePing: true });
      await makeTable(engine);
      const conn = await engine.connect();
      await conn.close();
      const victim = await engine.connect();
      const helper = await engine.connect();
      const id = target.database === "postgresql" ? "pg_backend_pid()" : "connection_id()";
      const pid = Number((await victim.execDriverSql(`SELECT ${id}`)).scalar());
      await victim.close();
      await helper.execDriverSql(
        target.database === "postgresql" ? `SELECT pg_terminate_backend(${pid})` : `KILL ${pid}`,
      );
      await helper.close();
      for (const _ of [1, 2, 3]) expect(Number((await engine.execute(count)).scalar())).toBe(0);
      expect(engine.pool.checkedOut()).toBe(0);
    },
  );

  testOn(target, ["connections that can be lost"], "a killed connection inside begin(fn) is cleaned up", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const work = async (): Promise<unknown> =>
      engine.begin(function* (conn) {
        yield* awaitOnly(conn.execute(insert, { id: 1 }));
        yield* killFlow(engine, conn, target);
        yield* awaitOnly(conn.execute(insert, { id: 2 }));
      });
    await expect(work()).rejects.toMatchObject({ isDisconnect: true });
    expect(engine.pool.checkedOut()).toBe(0);
    expect(Number((await engine.execute(count)).scalar())).toBe(0);
  });

  testOn(
    target,
    ["connections that can be lost"],
    "a COMMIT on a lost connection fails, and leaves nothing open",
    async () => {
      const engine = await openEngine(target);
      await makeTable(engine);
      const conn = await engine.connect();
      await conn.execute(insert, { id: 1 });
      await kill(engine, conn, target);
      await expect((async () => conn.commit())()).rejects.toMatchObject({ isDisconnect: true });
      expect(conn.inTransaction()).toBe(false);
      expect(Number(await conn.scalar(count))).toBe(0);
      await conn.close();
    },
  );

  testOn(target, ["deferred constraints"], "a COMMIT the database refuses leaves the connection clean", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    await engine.execute(
      text("CREATE TABLE child (item_id INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)"),
    );
    const conn = await engine.connect();
    await conn.execute(text("INSERT INTO child VALUES (9)"));
    await expect((async () => conn.commit())()).rejects.toThrow(IntegrityError);
    expect(conn.inTransaction()).toBe(false);
    await conn.execute(insert, { id: 1 });
    await conn.commit();
    await conn.close();
    expect(Number((await engine.execute(count)).scalar())).toBe(1);
    expect(Number((await engine.execute(text("SELECT count(*) FROM child"))).scalar())).toBe(0);
  });

  test("a failed statement never lets a COMMIT pass for a success", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    await conn.execute(insert, { id: 1 });
    await caught(() => conn.execute(insert, { id: 1 }));
    const outcome = await caught(() => conn.commit());
    if (target.database === "postgresql") {
      expect(outcome).toBeInstanceOf(PendingRollbackError);
      await conn.rollback();
    } else expect(outcome).toBeUndefined();
    // guarded by a savepoint it can be committed everywhere
    await conn.execute(insert, { id: 2 });
    const savepoint = await conn.beginNested();
    await caught(() => conn.execute(insert, { id: 2 }));
    await savepoint.rollback();
    await conn.commit();
    await conn.close();
    expect(Number((await engine.execute(count)).scalar())).toBe(target.database === "postgresql" ? 1 : 2);
  });

  test("a BEGIN that fails leaves no transaction behind", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    await caught(() => conn.driverConnection.executeScript(beginFails[target.database]));
    await expect((async () => conn.execute(count))()).rejects.toThrow(DBAPIError);
    // where BEGIN travels with the statement nobody knows which of the two failed
    await caught(() => conn.rollback());
    expect(conn.inTransaction()).toBe(false);
    if (target.database === "sqlite") await conn.driverConnection.executeScript("ROLLBACK");
    expect(Number(await conn.scalar(count))).toBe(0);
    await conn.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("a listener that throws keeps no rollback from the database: the next user of the connection gets nothing of it", async () => {
    const engine = await openEngine(target, { poolSize: 1, maxOverflow: 0 });
    await makeTable(engine);
    const refuse = (): void => {
      throw new RangeError("no rollback today");
    };
    const conn = await engine.connect();
    listen(conn, "rollback", refuse);
    listen(conn, "rollbackSavepoint", refuse);
    await conn.execute(insert, { id: 1 });
    const savepoint = await conn.beginNested();
    await conn.execute(insert, { id: 2 });
    expect(await caught(() => savepoint.rollback())).toBeInstanceOf(RangeError);
    expect([savepoint.isActive, Number(await conn.scalar(count))]).toEqual([false, 1]);
    expect(await caught(() => conn.rollback())).toBeInstanceOf(RangeError);
    expect(conn.inTransaction()).toBe(false);
    await conn.execute(insert, { id: 3 });
    // closing rolls back, too
    expect(await caught(() => conn.close())).toBeInstanceOf(RangeError);
    expect(engine.pool.checkedOut()).toBe(0);
    await engine.begin((next) => next.execute(insert, { id: 4 }));
    expect((await engine.execute(text("SELECT id FROM item"))).all()).toEqual([[4]]);
  });

  test("what follows DDL in a transaction is still rolled back", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    const transaction = await conn.begin();
    await conn.execute(insert, { id: 1 });
    await conn.execute(text("/* what */ -- follows\n CREATE TABLE other (x INTEGER)"));
    await conn.execute(insert, { id: 2 });
    if (target.database === "mariadb") await caught(() => conn.execute(text("CREATE TABLE other (x INTEGER)")));
    await conn.execute(insert, { id: 3 });
    await transaction.rollback();
    await conn.close();
    // MariaDB commits what precedes DDL, and nobody can prevent it
    expect(Number((await engine.execute(count)).scalar())).toBe(target.database === "mariadb" ? 2 : 0);
  });

  testOn(
    target,
    ["many writers", "waiting for a lock"],
    "a deadlock needs a rollback of the whole transaction",
    async () => {
      const engine = await openEngine(target);
      await makeTable(engine);
      await engine.execute(insert, [{ id: 1 }, { id: 2 }]);
      const lock = text("UPDATE item SET id = id WHERE id = :id");
      const [a, b] = await Promise.all([engine.connect(), engine.connect()]);
      await Promise.all([a.execute(lock, { id: 1 }), b.execute(lock, { id: 2 })]);
      const outcomes = await Promise.allSettled([a.execute(lock, { id: 2 }), b.execute(lock, { id: 1 })]);
      const loser = outcomes[0]?.status === "rejected" ? a : b;
      const reason = outcomes.find((outcome) => outcome.status === "rejected")?.reason as DBAPIError;
      expect([reason.constructor.name, reason.isRetryable]).toEqual(["SerializationError", true]);
      if (target.database === "mariadb")
        await expect(loser.execute(insert, { id: 3 })).rejects.toThrow(PendingRollbackError);
      await expect(loser.commit()).rejects.toThrow(PendingRollbackError);
      await loser.rollback();
      await loser.execute(insert, { id: 4 });
      await loser.commit();
      await Promise.all([a.close(), b.close()]);
      expect(Number((await engine.execute(count)).scalar())).toBe(3);
      expect(engine.pool.checkedOut()).toBe(0);
    },
  );

  testOn(
    target,
    ["waiting for a connection"],
    "an exhausted pool says who holds it, and works on afterwards",
    async () => {
      const engine = await openEngine(target, {
        poolSize: 1,
        maxOverflow: 0,
        poolTimeout: 0.05,
        echoPool: true,
        logger: () => {},
      });
      const holdIt = () => engine.connect();
      const held = await holdIt();
      const saveUser = async () => await engine.execute(text("SELECT 1"));
      const error = (await caught(saveUser)) as TimeoutError;
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error.message).toContain("connection timed out, timeout 0.05");
      expect(error.message).toContain("holdIt");
      expect(error.stack).toContain("saveUser");
      await held.close();
      expect(Number((await engine.execute(text("SELECT 1"))).scalar())).toBe(1);
    },
  );

  testOn(
    target,
    ["connections that can be lost"],
    "a server that cannot be reached is an OperationalError, and holds no slot",
    async () => {
      const engine = await openEngine(target);
      const url = engine.url.set({ host: "127.0.0.1", port: 1, password: "s3cret" });
      const away = openEngineAt(url, target, { poolSize: 1, maxOverflow: 0 });
      for (const _ of [1, 2, 3]) {
        const error = await caught(() => away.connect());
        expect(error).toBeInstanceOf(OperationalError);
        expect(String(error)).not.toContain("s3cret");
      }
      expect([away.pool.checkedOut(), away.pool.overflow()]).toEqual([0, -1]);
    },
  );

  testOn(
    target,
    ["many connections"],
    "dispose leaves the engine usable and its connections in use alone",
    async () => {
      const engine = await openEngine(target);
      await makeTable(engine);
      const conn = await engine.connect();
      await conn.execute(insert, { id: 1 });
      await engine.dispose();
      await conn.commit();
      await conn.close();
      expect([engine.pool.checkedIn(), engine.pool.checkedOut()]).toEqual([0, 0]);
      expect(Number((await engine.execute(count)).scalar())).toBe(1);
    },
  );

  test("every engine call in flight at once comes home", async () => {
    coloursDiffer("what is started at the same time is done one after the other by a sync caller");
    const engine = await openEngine(target, { poolSize: 3, maxOverflow: 2 });
    await makeTable(engine);
    const work = Array.from({ length: 60 }, (_, n) => async () => {
      if (n % 3 === 0) return engine.execute(insert, { id: n % 30 });
      if (n % 3 === 1) return engine.begin((conn) => conn.execute(insert, { id: 1000 + n }));
      return engine.connect((conn) => conn.execute(insert, { id: 2000 + n }));
    });
    const outcomes = await Promise.allSettled(work.map((run) => run()));
    expect(outcomes.filter(({ status }) => status === "rejected").length).toBe(10);
    expect(Number((await engine.execute(count)).scalar())).toBe(10 + 20);
    expect(engine.pool.checkedOut()).toBe(0);
  });
});
