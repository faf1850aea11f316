import { createEngine, declarativeBase, integer, scopedSession, select, Session, sessionmaker, string } from "athanor";
import { describe, expect, it } from "vitest";

const Base = declarativeBase();
class Entry extends Base.mapped("entries", {
  id: integer().primaryKey(),
  text: string(40),
}) {}

describe.each(["better-sqlite3", "node-sqlite"])("a scoped session (sqlite, %s, sync)", (driver) => {
  it("is one session for each scope until it is removed", () => {
    using engine = createEngine(`sqlite+${driver}://`);
    Base.metadata.createAll(engine);
    let scope = "one";
    const session = scopedSession(sessionmaker(engine), () => scope);
    const first = session();
    expect(first).toBeInstanceOf(Session);
    expect(session()).toBe(first);
    expect(() => session({ autoflush: false })).toThrow(/has a session already/);
    session.add(new Entry({ text: "kept" }));
    expect(session.new.size).toBe(1);
    session.commit();
    scope = "two";
    const second = session({ autoflush: false });
    expect(second).not.toBe(first);
    expect(session.scalars(select(Entry.c.text)).all()).toEqual(["kept"]);
    session.remove();
    expect(session()).not.toBe(second);
    session.remove();
    scope = "one";
    expect(session()).toBe(first);
    session.remove();
    session.remove(); // there is nothing to remove: harmless
    session.configure({ autoflush: false });
    expect(session.autoflush).toBe(false);
    session.autoflush = true;
    expect([session.autoflush, session().autoflush]).toEqual([true, true]);
    session.remove();
    expect(session.autoflush).toBe(false);
    session.remove();
  });

  it("is one for the process without a scope", () => {
    using engine = createEngine(`sqlite+${driver}://`);
    const session = scopedSession(sessionmaker(engine));
    expect(session()).toBe(session());
    session.remove();
  });
});
