import { expect, test } from "vitest";
import { listen } from "../../src/engine/index.ts";
import {
  ArgumentError,
  DBAPIError,
  IntegrityError,
  InvalidRequestError,
  NotSupportedError,
  PendingRollbackError,
} from "../../src/errors/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import { text } from "../../src/sql/index.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { answerOf } from "./answer-of.ts";
import { openEngine } from "./open-engine.ts";

const insert = text("INSERT INTO item (id) VALUES (:id)");
const ids = text("SELECT id FROM item ORDER BY id");

async function open(target: Target): Promise<AsyncEngine> {
  const engine = await openEngine(target);
  await engine.begin((conn) => conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY)")));
  return engine;
}

async function idsIn(engine: AsyncEngine): Promise<number[]> {
  return (await engine.execute(ids)).scalars().all().map(Number);
}

/** Those of this test alone: MariaDB tells of all on the server. */
async function waiting(engine: AsyncEngine, mark: string): Promise<readonly string[]> {
  const found = await engine.connect((conn) => conn.recoverTwophase());
  return found.filter((xid) => xid.startsWith(mark)).sort();
}

async function kill(engine: AsyncEngine, pid: number, target: Target): Promise<void> {
  const sql = target.database === "postgresql" ? `SELECT pg_terminate_backend(${pid})` : `KILL ${pid}`;
  await engine.connect((conn) => conn.execDriverSql(sql));
}

async function pidOf(conn: AsyncConnection, target: Target): Promise<number> {
  const id = target.database === "postgresql" ? "pg_backend_pid()" : "connection_id()";
  return Number((await conn.execDriverSql(`SELECT ${id}`)).scalar());
}

let marks = 0;
const newMark = (target: Target) => `it's \\ ${target.driver} ${process.pid} ${++marks}`;

describeTargets(
  "a two-phase transaction",
  (target) => {
    test("is prepared and committed, or rolled back before or after that", async () => {
      const engine = await open(target);
      const mark = newMark(target);
      const conn = await engine.connect();
      const committed = await conn.beginTwophase(`${mark} a`);
      expect([committed.xid, committed.isPrepared, conn.getTransaction()]).toEqual([`${mark} a`, false, committed]);
      await conn.execute(insert, { id: 1 });
      const savepoint = await conn.beginNested();
      await conn.execute(insert, { id: 2 });
      await savepoint.rollback();
      await committed.prepare();
      expect([committed.isPrepared, committed.isActive, conn.inTransaction()]).toEqual([true, true, true]);
      expect(await waiting(engine, mark)).toEqual([`${mark} a`]);
      await committed.commit();
      expect([committed.isActive, conn.inTransaction()]).toEqual([false, false]);

      const early = await conn.beginTwophase(`${mark} b`);
      await conn.execute(insert, { id: 3 });
      await early.rollback();
      const late = await conn.beginTwophase(`${mark} c`);
      await conn.execute(insert, { id: 4 });
      await late.prepare();
      await late.rollback();
      const inOne = await conn.beginTwophase();
      expect(inOne.xid).toMatch(/^athanor_[0-9a-f-]{36}$/);
      await conn.execute(insert, { id: 5 });
      await inOne.commit();
      await conn.execute(insert, { id: 6 });
      await conn.commit();
      await conn.close();
      expect(await idsIn(engine)).toEqual([1, 5, 6]);
      expect(await waiting(engine, mark)).toEqual([]);
      expect(engine.pool.checkedOut()).toBe(0);
    });

    test("that nobody ended is rolled back when the connection is closed", async () => {
      const engine = await open(target);
      const mark = newMark(target);
      for (const isPrepared of [false, true]) {
        const conn = await engine.connect();
        const transaction = await conn.beginTwophase(`${mark} ${isPrepared}`);
        await conn.execute(insert, { id: 1 });
        if (isPrepared) await transaction.prepare();
        await conn.close();
        expect(transaction.isActive).toBe(false);
      }
      expect([await idsIn(engine), await waiting(engine, mark)]).toEqual([[], []]);
    });

    test("takes no statement once it is prepared, and begins in no other transaction", async () => {
      const engine = await open(target);
      const conn = await engine.connect();
      await conn.execute(ids);
      await expect(answerOf(() => conn.beginTwophase())).rejects.toThrow(InvalidRequestError);
      await conn.rollback();
      const ordinary = conn.beginTwophase.bind(conn);
      await expect(answerOf(() => ordinary(""))).rejects.toThrow(ArgumentError);
      await expect(answerOf(() => ordinary("x".repeat(300)))).rejects.toThrow(/at most \d+ bytes.* has 300/);
      const transaction = await conn.beginTwophase();
      await conn.execute(insert, { id: 1 });
      await expect(answerOf(() => conn.recoverTwophase())).rejects.toThrow(/in no transaction/);
      await transaction.prepare();
      await expect(answerOf(() => conn.execute(ids))).rejects.toThrow(
        /is prepared: nothing but commit\(\) or rollback\(\)/,
      );
      await expect(answerOf(() => conn.beginNested())).rejects.toThrow(InvalidRequestError);
      await expect(answerOf(() => transaction.prepare())).rejects.toThrow(InvalidRequestError);
      await conn.commit();
      await expect(answerOf(() => transaction.prepare())).rejects.toThrow(/inactive/);
      await conn.close();
      const free = await engine.executionOptions({ isolationLevel: "AUTOCOMMIT" }).connect();
      await expect(answerOf(() => free.beginTwophase())).rejects.toThrow(/Under AUTOCOMMIT/);
      await free.close();
      expect(await idsIn(engine)).toEqual([1]);
    });

    test("survives its connection, and is committed or rolled back by another", async () => {
      const engine = await open(target);
      const mark = newMark(target);
      for (const [xid, id] of [
        [`${mark} kept`, 1],
        [`${mark} undone`, 2],
      ] as const) {
        const conn = await engine.connect();
        const pid = await pidOf(conn, target);
        await conn.rollback();
        const transaction = await conn.beginTwophase(xid);
        await conn.execute(insert, { id });
        await transaction.prepare();
        await kill(engine, pid, target);
        const lost = await caught(() => transaction.commit());
        expect(lost).toBeInstanceOf(DBAPIError);
        expect((lost as DBAPIError).isDisconnect).toBe(true);
        const pending = await caught(() => transaction.commit());
        expect(pending).toBeInstanceOf(PendingRollbackError);
        expect(String(pending)).toContain(`${xid} was prepared and waits in the database`);
        await transaction.rollback();
        await conn.close();
      }
      expect(engine.pool.checkedOut()).toBe(0);
      // MariaDB notices a killed connection only after a while
      await expect.poll(() => waiting(engine, mark)).toEqual([`${mark} kept`, `${mark} undone`]);
      const finder = await engine.connect();
      await finder.commitPrepared(`${mark} kept`);
      await finder.rollbackPrepared(`${mark} undone`);
      await expect(answerOf(() => finder.commitPrepared(`${mark} kept`))).rejects.toThrow(DBAPIError);
      await finder.execute(ids);
      await expect(answerOf(() => finder.commitPrepared("any"))).rejects.toThrow(/in no transaction/);
      await finder.close();
      expect([await idsIn(engine), await waiting(engine, mark)]).toEqual([[1], []]);
    });

    test("that cannot be prepared is rolled back", async () => {
      const engine = await open(target);
      const mark = newMark(target);
      const conn = await engine.connect();
      const failed = await conn.beginTwophase(`${mark} f`);
      await conn.execute(insert, { id: 1 });
      await expect(answerOf(() => conn.execute(insert, { id: 1 }))).rejects.toThrow(IntegrityError);
      if (target.database === "postgresql") {
        // there PREPARE would answer ROLLBACK, and nobody would know
        await expect(answerOf(() => failed.prepare())).rejects.toThrow(PendingRollbackError);
        await failed.rollback();
      } else {
        await failed.prepare();
        await failed.rollback();
      }
      const other = await engine.connect();
      const first = await conn.beginTwophase(`${mark} g`);
      await conn.execute(insert, { id: 2 });
      await first.prepare();
      // the name is taken, and whose it is must come to no harm
      const second = await other.beginTwophase(`${mark} g`);
      const taken = answerOf(async () => {
        await other.execute(insert, { id: 3 });
        await second.prepare();
      });
      await expect(taken).rejects.toThrow(DBAPIError);
      await second.rollback();
      await other.execute(insert, { id: 4 });
      await other.commit();
      await first.commit();
      await conn.close();
      await other.close();
      expect(await idsIn(engine)).toEqual([2, 4]);
      expect([await waiting(engine, mark), engine.pool.checkedOut()]).toEqual([[], 0]);
    });

    test("without a statement is one all the same, and listeners hear of it", async () => {
      const engine = await open(target);
      const mark = newMark(target);
      const log: string[] = [];
      listen(engine, "begin", () => void log.push("begin"));
      listen(engine, "prepareTwophase", ({ xid }) => void log.push(`prepare ${xid}`));
      listen(engine, "commit", () => void log.push("commit"));
      const conn = await engine.connect();
      const transaction = await conn.beginTwophase(mark);
      await transaction.prepare();
      await transaction.commit();
      const empty = await conn.beginTwophase();
      await empty.commit();
      await conn.close();
      expect(log).toEqual(["begin", `prepare ${mark}`, "commit", "begin", "commit"]);
    });

    test("spans databases: all of them commit, or none", async () => {
      const engines = [await open(target), await open(target)] as const;
      for (const fails of [true, false]) {
        const conns = await Promise.all(engines.map((engine) => engine.connect()));
        const transactions = await Promise.all(conns.map((conn) => conn.beginTwophase()));
        try {
          for (const conn of conns) await conn.execute(insert, { id: 1 });
          if (fails) await conns[1]?.execute(insert, { id: 1 });
          for (const transaction of transactions) await transaction.prepare();
          for (const transaction of transactions) await transaction.commit();
        } catch (error) {
          expect(error).toBeInstanceOf(IntegrityError);
          for (const transaction of transactions) await transaction.rollback();
        }
        for (const conn of conns) await conn.close();
        for (const engine of engines) expect(await idsIn(engine)).toEqual(fails ? [] : [1]);
      }
    });
  },
  ["two-phase commit"],
);

describeTargets("two-phase commit where there is none", (target) => {
  test.runIf("two-phase commit" in target.lacks)("is refused by name", async () => {
    const engine = await open(target);
    const conn = await engine.connect();
    for (const use of [
      () => conn.beginTwophase(),
      () => conn.recoverTwophase(),
      () => conn.commitPrepared("x"),
      () => conn.rollbackPrepared("x"),
    ] as (() => unknown)[]) {
      const error = await caught(use);
      expect(error).toBeInstanceOf(NotSupportedError);
      expect(String(error)).toContain("sqlite has no two-phase commit");
    }
    expect(conn.inTransaction()).toBe(false);
    await conn.close();
  });
});

async function caught(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}
