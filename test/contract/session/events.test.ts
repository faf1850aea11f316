import {
  ArgumentError,
  AsyncSession,
  asyncSessionmaker,
  declarativeBase,
  deleteFrom,
  func,
  inspect,
  integer,
  listen,
  select,
  Session,
  sessionmaker,
  string,
  unlisten,
  update,
} from "athanor";
import { expect, it, onTestFinished } from "vitest";
import type { AsyncSession as AsyncSessionType } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Entry extends Base.mapped("entries", {
  id: integer().primaryKey(),
  text: string(40),
}) {}

describeTargets("session events", (target) => {
  it("let a listener query and add during a flush, through the session it is given", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const counts: unknown[] = [];
    const count = select(func.count()).selectFrom(Entry);
    if (target.mode === "sync") {
      listen(session, "beforeFlush", ({ session: given }) => {
        counts.push((given as unknown as Session).scalar(count));
        (given as unknown as Session).add(new Entry({ text: "by the listener" }));
      });
    } else {
      listen(session, "beforeFlush", async ({ session: given }) => {
        counts.push(await given.scalar(count));
        given.add(new Entry({ text: "by the listener" }));
      });
    }
    session.add(new Entry({ text: "by the program" }));
    await session.flush();
    await session.commit();
    expect(counts).toEqual([0]);
    const texts = (await session.scalars(select(Entry.c.text).orderBy(Entry.c.id))).all();
    expect(texts).toEqual(["by the program", "by the listener"]);
    await session.close();
  });

  it("are heard on one session, on its factory and on its class, until unlisten", async () => {
    const engine = await openEngine(target);
    const heard: string[] = [];
    const make = target.mode === "sync" ? sessionmaker(engine as never) : asyncSessionmaker(engine);
    const ofClass = (): void => void heard.push("class");
    const session = make() as AsyncSessionType;
    const SessionClass = target.mode === "sync" ? Session : AsyncSession;
    listen(SessionClass, "beforeCommit", ofClass);
    listen(make, "beforeCommit", () => void heard.push("factory"));
    listen(session, "beforeCommit", () => void heard.push("session"));
    await session.commit();
    unlisten(SessionClass, "beforeCommit", ofClass);
    await session.commit();
    await (make() as AsyncSessionType).commit();
    expect(heard).toEqual(["class", "factory", "session", "factory", "session", "factory"]);
    await session.close();
  });

  it("before a flush may add, change and delete: the flush writes all of it, and tells of it afterwards", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const [changed, gone] = [new Entry({ id: 1, text: "changed" }), new Entry({ id: 2, text: "gone" })];
    session.addAll([changed, gone]);
    await session.commit();
    const sent: string[] = [];
    listen(engine, "beforeCursorExecute", ({ sql }) => void sent.push(sql.split(" ")[0] ?? ""));
    const added = new Entry({ id: 4, text: "by the listener" });
    listen(session, "beforeFlush", ({ session: given, new: known }) => {
      sent.push(`before ${known.length}`);
      given.add(added);
      changed.text = "again";
      return given.delete(gone);
    });
    const told: unknown[] = [];
    listen(session, "afterFlush", (event) => void told.push(event.new, event.dirty, event.deleted));
    const own = new Entry({ id: 3, text: "by the program" });
    session.add(own);
    await session.flush();
    expect(sent).toEqual(["before 1", "UPDATE", "INSERT", "DELETE"]);
    expect(told).toEqual([[own, added], [changed], [gone]]);
    await session.commit();
    const rows = (await session.execute(select(Entry.c.id, Entry.c.text).orderBy(Entry.c.id))).all();
    expect(rows).toEqual([
      [1, "again"],
      [3, "by the program"],
      [4, "by the listener"],
    ]);
    await session.close();
  });

  it("after a flush: the first before objects are told of, the second with all in place, and what it changes waits", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const entry = new Entry({ text: "a" });
    const seen: unknown[] = [];
    listen(session, "afterFlush", ({ new: written }) => void seen.push("afterFlush", written));
    listen(session, "pendingToPersistent", ({ object }) => void seen.push("pendingToPersistent", object));
    listen(session, "afterFlushPostexec", ({ session: given }) => {
      seen.push("afterFlushPostexec", inspect(entry).status, given.new.size, given.dirty.size);
      entry.text = "b";
    });
    session.add(entry);
    await session.flush();
    expect(seen).toEqual([
      "afterFlush",
      [entry],
      "pendingToPersistent",
      entry,
      "afterFlushPostexec",
      "persistent",
      0,
      0,
    ]);
    expect([...session.dirty]).toEqual([entry]);
    await session.commit();
    expect((await session.scalars(select(Entry.c.text))).all()).toEqual(["b"]);
    await session.close();
  });

  // departure: listeners of the reference are plain functions, of async sessions too
  it.runIf(target.mode === "async")("inside operations are waited for: what comes next comes after", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const log: string[] = [];
    const late = (name: string) => async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      log.push(name);
    };
    const ofSession = [
      "doOrmExecute",
      "afterBulkUpdate",
      "afterBulkDelete",
      "beforeFlush",
      "afterFlush",
      "afterFlushPostexec",
      "beforeCommit",
      "afterCommit",
      "afterRollback",
      "afterSoftRollback",
      "afterBegin",
    ] as const;
    const ofClass = [
      "beforeInsert",
      "afterInsert",
      "beforeUpdate",
      "afterUpdate",
      "beforeDelete",
      "afterDelete",
      "load",
      "refresh",
    ] as const;
    for (const name of ofSession) listen(session, name, late(name) as never);
    const heard = ofClass.map((name) => [name, late(name)] as const);
    for (const [name, listener] of heard) listen(Entry, name, listener);
    onTestFinished(() => {
      for (const [name, listener] of heard) unlisten(Entry, name, listener);
    });
    listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0] ?? ""));
    listen(engine, "commit", () => void log.push("COMMIT"));
    listen(engine, "rollback", () => void log.push("ROLLBACK"));

    const entry = new Entry({ id: 1, text: "a" });
    session.add(entry);
    await session.commit();
    expect(log.splice(0)).toEqual([
      "beforeCommit",
      "beforeFlush",
      "afterBegin",
      "beforeInsert",
      "INSERT",
      "afterInsert",
      "afterFlush",
      "afterFlushPostexec",
      "COMMIT",
      "afterCommit",
    ]);
    await session.scalars(select(Entry));
    expect(log.splice(0)).toEqual(["doOrmExecute", "afterBegin", "SELECT", "refresh"]);
    entry.text = "b";
    await session.flush();
    await session.delete(entry);
    await session.flush();
    expect(log.splice(0)).toEqual([
      "beforeFlush",
      "beforeUpdate",
      "UPDATE",
      "afterUpdate",
      "afterFlush",
      "afterFlushPostexec",
      "beforeFlush",
      "beforeDelete",
      "DELETE",
      "afterDelete",
      "afterFlush",
      "afterFlushPostexec",
    ]);
    await session.rollback();
    expect(log.splice(0)).toEqual(["ROLLBACK", "afterRollback", "afterSoftRollback"]);
    session.expungeAll();
    await session.get(Entry, 1);
    expect(log.splice(0)).toEqual(["doOrmExecute", "afterBegin", "SELECT", "load"]);
    await session.execute(update(Entry).values({ text: "c" }).where(Entry.c.id.eq(1)));
    await session.execute(deleteFrom(Entry).where(Entry.c.id.eq(1)));
    expect(log).toEqual(["doOrmExecute", "UPDATE", "afterBulkUpdate", "doOrmExecute", "DELETE", "afterBulkDelete"]);
    await session.close();
  });

  it("in the middle of plain calls refuse listeners that answer with promises, and lose no error", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    for (const name of ["beforeAttach", "afterAttach", "transientToPending", "afterTransactionCreate"] as const) {
      const session = openSession(target, engine);
      const listener = async (): Promise<void> => {
        throw new RangeError("nobody would hear of it");
      };
      listen(session, name, listener);
      const refused = (): void => session.add(new Entry({ text: "a" }));
      expect(refused, name).toThrow(ArgumentError);
      unlisten(session, name, listener);
      await session.close();
    }
    const session = openSession(target, engine);
    const listener = async (): Promise<void> => undefined;
    listen(session, "pendingToPersistent", listener);
    session.add(new Entry({ text: "a" }));
    await expect((async () => await session.flush())()).rejects.toThrow(
      /A listener of "pendingToPersistent" answered with a promise/,
    );
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  it("that throw make the operation fail and roll it back", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    listen(session, "afterFlush", () => {
      throw new RangeError("not today");
    });
    session.add(new Entry({ text: "never" }));
    await expect((async () => await session.commit())()).rejects.toThrow("not today");
    await session.rollback();
    expect(await session.scalar(select(func.count()).selectFrom(Entry))).toBe(0);
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  it("that throw after the database has answered leave objects as the database has them", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const entry = new Entry({ text: "first" });
    session.add(entry);
    const late = (): void => {
      throw new RangeError("too late");
    };
    listen(session, "afterCommit", late);
    await expect((async () => await session.commit())()).rejects.toThrow("too late");
    unlisten(session, "afterCommit", late);
    await session.rollback();
    // it was committed: a rollback cannot make it new again
    expect([inspect(entry).status, session.inTransaction()]).toEqual(["persistent", false]);

    listen(session, "afterRollback", late);
    entry.text = "second";
    await session.flush();
    await expect((async () => await session.rollback())()).rejects.toThrow("too late");
    expect([entry.text, session.inTransaction(), session.dirty.size]).toEqual(["first", false, 0]);
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  it("of one object that throw do not keep the others from being put back", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const entries = ["a", "b", "c"].map((text) => new Entry({ text }));
    session.addAll(entries);
    await session.flush();
    const refuse = (): void => {
      throw new RangeError("not this one");
    };
    listen(session, "persistentToTransient", refuse);
    await expect((async () => await session.rollback())()).rejects.toThrow("not this one");
    expect(entries.map((entry) => [inspect(entry).status, entry.id])).toEqual(entries.map(() => ["transient", null]));
    expect(session.inTransaction()).toBe(false);
    await session.close();
    expect(engine.pool.checkedOut()).toBe(0);
  });

  it("do not exist under other names", async () => {
    const engine = await openEngine(target);
    const session = openSession(target, engine);
    expect(() => listen(session, "beforeFlushing" as never, () => undefined)).toThrow(/did you mean "beforeFlush"/i);
    await session.close();
  });
});
