// Classes of a program's own: those of a factory's sessions, and those of the sync form of async sessions.
import { expect, test } from "vitest";
import { listen } from "../../../src/orm/index.ts";
import { ArgumentError } from "../../../src/errors/index.ts";
import { AsyncSession, asyncSession, asyncSessionmaker } from "../../../src/facade/async-session.ts";
import { createEngine, type Engine } from "../../../src/facade/engine.ts";
import { createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { Session, sessionmaker } from "../../../src/facade/session.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";

class Signing extends Session {
  readonly signed: string[] = [];
  sign(author: Author): string {
    this.add(author);
    this.signed.push(author.name);
    return author.name;
  }
}

class Counting extends AsyncSession {
  commits = 0;
  override commit(): Promise<void> {
    this.commits += 1;
    return super.commit();
  }
}

class CountingSync extends Session {
  commits = 0;
  override commit(): void {
    this.commits += 1;
    super.commit();
  }
}

describeTargets("classes of sessions", (target) => {
  const orm = useOrm(target, Base);

  test("a factory makes sessions of its option class, whose listeners hear of them", async () => {
    const Sessions = (target.mode === "sync"
      ? sessionmaker(orm.engine as unknown as Engine, { class: CountingSync })
      : asyncSessionmaker(orm.engine, { class: Counting })) as unknown as ReturnType<
      typeof asyncSessionmaker<Counting>
    >;
    let heard = 0;
    listen(Sessions, "afterCommit", () => void (heard += 1));
    const session = Sessions();
    expect(session).toBeInstanceOf(target.mode === "sync" ? CountingSync : Counting);
    session.add(new Author({ id: 1, name: "a" }));
    await session.commit();
    expect([session.commits, heard]).toEqual([1, 1]);
    await session.close();
    await Sessions.begin((own) => own.get(Author, 1));
    expect(heard).toBe(2);
  });

  testOn(target, ["promises"], "syncSessionClass is what functions given to runSync get", async () => {
    const session = new AsyncSession(orm.engine, { syncSessionClass: Signing, info: { from: "test" } });
    const { syncSession } = session;
    expect(syncSession).toBeInstanceOf(Signing);
    expect([session.syncSession === syncSession, asyncSession(syncSession) === session]).toEqual([true, true]);
    expect(syncSession.info).toBe(session.info);
    const sign = (sync: Session, name: string): string => (sync as Signing).sign(new Author({ id: 1, name }));
    expect(await session.runSync(sign, "Alice")).toBe("Alice");
    expect((syncSession as Signing).signed).toEqual(["Alice"]);
    await session.commit();
    expect(await session.get(Author, 1)).toMatchObject({ name: "Alice" });
    await session.close();
    const made = asyncSessionmaker(orm.engine, { syncSessionClass: Signing })();
    expect(made.syncSession).toBeInstanceOf(Signing);
    const plainOne = new AsyncSession(orm.engine);
    expect(plainOne.syncSession).not.toBeInstanceOf(Signing);
  });
});

test("classes that cannot serve are refused, and say why", () => {
  const engine = createAsyncEngine("sqlite://");
  const refused = (syncSessionClass: unknown, message: RegExp): void => {
    const make = (): unknown => new AsyncSession(engine, { syncSessionClass: syncSessionClass as never });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  };
  class Choosing extends Session {
    override getBind(): never {
      throw new RangeError("not asked");
    }
  }
  refused(Author, /extends Session, and Author does not/);
  refused(AsyncSession, /extends Session, and AsyncSession does not/);
  refused("Session", /syncSessionClass of a session must be a function/);
  refused(Choosing, /getBind\(\) of its own/);
  const own = createEngine("sqlite://");
  class Forgetful extends Session {
    constructor() {
      super(own);
    }
  }
  const session = new AsyncSession(engine, { syncSessionClass: Forgetful });
  expect(() => session.syncSession).toThrow(/Forgetful.*does not hand on its first argument/);
  expect(() => new Session(own, { syncSessionClass: Signing })).toThrow(/option of async sessions/);
  class Deaf extends AsyncSession {
    constructor() {
      super(engine);
    }
  }
  expect(() => asyncSessionmaker(engine, { class: Deaf })()).toThrow(
    /Deaf keeps the factory's listeners.*\(bind, options, hub\)/,
  );
  expect(() => asyncSessionmaker(engine, { class: Session as never })).toThrow(/class that extends AsyncSession/);
  expect(() => sessionmaker(own, { class: AsyncSession as never })).toThrow(/class that extends Session/);
});
