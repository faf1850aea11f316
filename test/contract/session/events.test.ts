import {
  AsyncSession,
  asyncSessionmaker,
  declarativeBase,
  func,
  inspect,
  integer,
  listen,
  select,
  Session,
  sessionmaker,
  string,
  unlisten,
} from "athanor";
import { expect, it } from "vitest";
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
