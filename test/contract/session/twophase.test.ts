import {
  ArgumentError,
  declarativeBase,
  integer,
  InvalidRequestError,
  listen,
  NotSupportedError,
  select,
  Session,
  string,
  text,
} from "athanor";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { answerOf } from "../answer-of.ts";
import { openEngine } from "../open-engine.ts";
import { openEngines } from "./open-engines.ts";
import { openSession } from "./open-session.ts";

const Left = declarativeBase();
class Debit extends Left.mapped("debits", { id: integer().primaryKey(), note: string(40).unique() }) {}
const Right = declarativeBase();
class Credit extends Right.mapped("credits", { id: integer().primaryKey(), note: string(40).unique() }) {}

interface Opened {
  readonly left: AsyncEngine;
  readonly right: AsyncEngine;
  readonly session: AsyncSession;
  readonly log: string[];
}

async function open(target: Target): Promise<Opened> {
  const [left, right] = await openEngines(target, [Left.metadata, Right.metadata]);
  const log: string[] = [];
  for (const [name, engine] of [
    ["left", left],
    ["right", right],
  ] as const) {
    listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(`${name} ${sql.split(" ")[0] ?? ""}`));
    listen(engine, "prepareTwophase", () => void log.push(`${name} prepare`));
    listen(engine, "commit", () => void log.push(`${name} commit`));
    listen(engine, "rollback", () => void log.push(`${name} rollback`));
  }
  const binds = [
    [Left, left],
    [Right, right],
  ] as const;
  const session =
    target.mode === "sync"
      ? (new Session(null, { binds: binds as never, twophase: true }) as unknown as AsyncSession)
      : new AsyncSession(null, { binds, twophase: true });
  onTestFinished(async () => await session.close());
  return { left, right, session, log };
}

async function rowsIn({ left, right }: Opened): Promise<readonly number[]> {
  const debits = (await left.execute(select(Debit.c.id))).all();
  const credits = (await right.execute(select(Credit.c.id))).all();
  return [debits.length, credits.length];
}

/** The names of transactions of sessions that wait; MariaDB tells of all on the server. */
async function waitingIn(engine: AsyncEngine, xids: readonly string[]): Promise<readonly string[]> {
  const all = await engine.connect((connection) => connection.recoverTwophase());
  return all.filter((xid) => xids.includes(xid));
}

function noteXids(...engines: readonly AsyncEngine[]): readonly string[] {
  const xids: string[] = [];
  for (const engine of engines) listen(engine, "prepareTwophase", ({ xid }) => void xids.push(xid));
  return xids;
}

async function kill(engine: AsyncEngine, pid: number, target: Target): Promise<void> {
  const sql = target.database === "postgresql" ? `SELECT pg_terminate_backend(${pid})` : `KILL ${pid}`;
  await engine.connect((connection) => connection.execDriverSql(sql));
}

async function pidOf(session: AsyncSession, entity: typeof Debit | typeof Credit, target: Target): Promise<number> {
  const id = target.database === "postgresql" ? "pg_backend_pid()" : "connection_id()";
  return Number(await session.scalar(text(`SELECT ${id}`), undefined, { bindArguments: { mapper: entity } }));
}

describeTargets(
  "a session in two phases",
  (target) => {
    it("prepares all databases, then commits all", async () => {
      const opened = await open(target);
      const { session, log } = opened;
      session.addAll([new Debit({ note: "a" }), new Credit({ note: "a" })]);
      await session.commit();
      expect(log).toEqual([
        "left INSERT",
        "right INSERT",
        "left prepare",
        "right prepare",
        "left commit",
        "right commit",
      ]);
      expect(await rowsIn(opened)).toEqual([1, 1]);
      // the next transaction is one of its own
      session.add(new Debit({ note: "b" }));
      await session.commit();
      expect(await rowsIn(opened)).toEqual([2, 1]);
      await session.close();
      expect([opened.left.pool.checkedOut(), opened.right.pool.checkedOut()]).toEqual([0, 0]);
    });

    it("may prepare by itself: then only commit or rollback follow", async () => {
      const opened = await open(target);
      const { session, log } = opened;
      session.autoflush = false; // it writes in any case
      const xids = noteXids(opened.left, opened.right);
      for (const end of ["commit", "rollback"] as const) {
        session.addAll([new Debit({ note: end }), new Credit({ note: end })]);
        log.length = 0;
        await session.prepare();
        expect(log).toEqual(["left INSERT", "right INSERT", "left prepare", "right prepare"]);
        expect(session.getTransaction()?.isActive).toBe(false);
        log.length = 0;
        for (const use of [
          () => session.scalars(select(Debit)),
          () => session.get(Debit, 99),
          () => session.connection({ bindArguments: { mapper: Debit } }),
          () => session.beginNested(),
          () => session.prepare(),
          () => {
            session.add(new Debit({ note: "late" }));
            return session.flush();
          },
        ] as readonly (() => unknown)[]) {
          const error = await answerOf(use).catch((cause: unknown) => cause);
          expect(error).toBeInstanceOf(InvalidRequestError);
          expect(String(error)).toContain("in 'prepared' state; no further SQL can be emitted");
        }
        expect(log).toEqual([]);
        session.expungeAll();
        await session[end]();
        expect(log).toEqual([`left ${end}`, `right ${end}`]);
        expect(session.inTransaction()).toBe(false);
      }
      expect(await rowsIn(opened)).toEqual([1, 1]);
      for (const engine of [opened.left, opened.right]) expect(await waitingIn(engine, xids)).toEqual([]);
      await session.close();
    });

    it("prepares only as a whole, and only with the option", async () => {
      const { session, left } = await open(target);
      const outer = await session.begin();
      const nested = await session.beginNested();
      for (const use of [() => session.prepare(), () => nested.prepare()])
        await expect(answerOf(use)).rejects.toThrow(
          /'twophase' mode not enabled, or not root transaction; can't prepare/,
        );
      await nested.commit();
      await outer.prepare();
      await outer.commit();
      await expect(answerOf(() => outer.prepare())).rejects.toThrow(/This transaction is closed/);
      await session.close();
      const single = openSession(target, left);
      await expect(answerOf(() => single.prepare())).rejects.toThrow(InvalidRequestError);
      await single.close();
    });

    it("rolls all back when one cannot be prepared", async () => {
      const opened = await open(target);
      const { session, log } = opened;
      const xids = noteXids(opened.left, opened.right);
      const debit = new Debit({ note: "a" });
      session.addAll([debit, new Credit({ note: "a" })]);
      await session.flush();
      log.length = 0;
      await kill(opened.right, await pidOf(session, Credit, target), target);
      const error = (await answerOf(() => session.commit()).catch((cause: unknown) => cause)) as Error;
      expect((error as { isDisconnect?: boolean }).isDisconnect).toBe(true);
      expect(log).toContain("left prepare");
      expect(log).toContain("left rollback");
      expect(log).not.toContain("left commit");
      expect(session.inTransaction()).toBe(false);
      expect(session.has(debit)).toBe(false);
      expect(await rowsIn(opened)).toEqual([0, 0]);
      await expect.poll(() => waitingIn(opened.left, xids)).toEqual([]);
      // what failed can be tried again
      session.addAll([debit, new Credit({ note: "a" })]);
      await session.commit();
      expect(await rowsIn(opened)).toEqual([1, 1]);
      await session.close();
      expect([opened.left.pool.checkedOut(), opened.right.pool.checkedOut()]).toEqual([0, 0]);
    });

    it("rolls all back when a flush or a statement fails, also with a savepoint around it", async () => {
      const opened = await open(target);
      const { session } = opened;
      session.addAll([new Debit({ note: "same" }), new Credit({ note: "a" })]);
      await session.flush();
      const nested = await session.beginNested();
      session.add(new Debit({ note: "same" }));
      await expect(answerOf(() => session.flush())).rejects.toThrow(/unique|duplicate/i);
      await nested.rollback();
      session.add(new Debit({ note: "other" }));
      await session.commit();
      expect(await rowsIn(opened)).toEqual([2, 1]);
      session.addAll([new Credit({ note: "b" }), new Debit({ note: "same" })]);
      await expect(answerOf(() => session.commit())).rejects.toThrow(/unique|duplicate/i);
      await session.rollback();
      expect(await rowsIn(opened)).toEqual([2, 1]);
      await session.close();
    });

    it("commits the others when one connection is lost in the second phase, and names what waits", async () => {
      const opened = await open(target);
      const { left, right, session } = opened;
      const xids = noteXids(left);
      session.addAll([new Debit({ note: "a" }), new Credit({ note: "a" })]);
      await session.flush();
      const pid = await pidOf(session, Debit, target);
      await session.prepare();
      await kill(left, pid, target);
      const error = (await answerOf(() => session.commit()).catch((cause: unknown) => cause)) as Error;
      expect(error.message).toContain(`the two-phase transaction ${xids[0]} was prepared and waits in the database`);
      expect((await right.execute(select(Credit.c.id))).all().length).toBe(1);
      expect([left.pool.checkedOut(), right.pool.checkedOut(), session.inTransaction()]).toEqual([0, 0, false]);
      await expect.poll(() => waitingIn(left, xids)).toEqual([...xids]);
      await left.connect((connection) => connection.commitPrepared(xids[0] as string));
      expect(await rowsIn(opened)).toEqual([1, 1]);
      await session.close();
    });

    it("refuses a connection that is in a transaction of somebody else", async () => {
      const { left } = await open(target);
      const connection = await left.connect();
      await connection.execute(select(Debit.c.id));
      const session = openSession(target, connection, { twophase: true });
      await expect(answerOf(() => session.scalars(select(Debit)))).rejects.toThrow(
        /begins the transactions of its connections itself/,
      );
      await session.close();
      expect(connection.inTransaction()).toBe(true);
      await connection.close();
    });
  },
  ["two-phase commit"],
);

describeTargets("a session in two phases where there are none", (target) => {
  describe.runIf("two-phase commit" in target.lacks)("two phases", () => {
    it("are refused by name when the connection is first needed, which goes back to the pool", async () => {
      const engine = await openEngine(target);
      const session = openSession(target, engine, { twophase: true });
      const error = await Promise.resolve()
        .then(() => session.scalar(text("select 1")))
        .catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(NotSupportedError);
      expect(String(error)).toContain("sqlite has no two-phase commit");
      expect(engine.pool.checkedOut()).toBe(0);
      await session.close();
    });

    it("are an option that is true or false", async () => {
      const engine = await openEngine(target);
      expect(() => openSession(target, engine, { twophase: "yes" as never })).toThrow(ArgumentError);
    });
  });
});
