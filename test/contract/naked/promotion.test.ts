// Naked and tracked sessions side by side: session.naked, add and merge of naked objects, the scenario of A2-24.
import {
  awaitableAttrs,
  func,
  inspect,
  insert,
  InvalidRequestError,
  select,
  StaleDataError,
  UnsupportedCompilationError,
  update,
} from "athanor";
import { InvalidSessionState } from "athanor/naked";
import { expect, it } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { openSession } from "../session/open-session.ts";
import { alice, bob, errorOf, LogLine, Page, useShelf, Work, Writer } from "./shelf.ts";

const writers = select(Writer).orderBy(Writer.c.id);

describeTargets("naked objects in tracked sessions", (target) => {
  const shelf = useShelf(target);

  const read = async (): Promise<Writer> => {
    await using session = await shelf.factory().begin();
    return (await session.scalar(writers)) as Writer;
  };
  const inSession = async (body: (session: AsyncSession) => Promise<void>): Promise<void> => {
    const session = openSession(target, shelf.engine);
    try {
      await body(session);
    } finally {
      await session.close();
    }
  };

  it("that are added without a change are not written", async () => {
    await shelf.run(alice, insert(Work).values({ id: 1, title: "On salt", writerId: 1 }));
    const writer = await read();
    await inSession(async (session) => {
      session.add(writer);
      expect(inspect(writer).persistent).toBe(true);
      expect(session.has(writer)).toBe(true);
      shelf.log();
      await session.flush();
      const [select1, ...none] = shelf.log();
      expect(select1).toMatch(/^SELECT /);
      expect(none).toEqual([]);
      expect([...session.dirty]).toEqual([]);
      await session.flush();
      expect(shelf.log()).toEqual([]);
      // one object for each row, and its relationships
      expect(await session.get(Writer, 1)).toBe(writer);
      const works = target.mode === "sync" ? writer.works : await awaitableAttrs(writer).works;
      expect(works.map(({ title }) => title)).toEqual(["On salt"]);
    });
  });

  it("that were changed are compared with their rows: only what differs is written", async () => {
    await shelf.run(alice, bob);
    const [changedBefore, changedAfter] = await (async () => {
      await using session = await shelf.factory().begin();
      return (await session.scalars(writers)).all() as Writer[];
    })();
    if (changedBefore === undefined || changedAfter === undefined) throw new Error("rows are missing");
    await inSession(async (session) => {
      changedBefore.name = "Alicia";
      session.addAll([changedBefore, changedAfter]);
      changedAfter.active = true;
      shelf.log();
      await session.flush();
      const [selected, ...written] = shelf.log();
      expect(selected).toMatch(/^SELECT .* IN |^SELECT .* ANY/s);
      expect(written.every((sql) => sql.startsWith("UPDATE ") && !/joined_at|notes/.test(sql))).toBe(true);
      await session.commit();
    });
    expect(await shelf.rows(select(Writer.c.name, Writer.c.active).orderBy(Writer.c.id))).toEqual([
      ["Alicia", true],
      ["Bob", true],
    ]);
  });

  it("keep their values when the transaction is rolled back before a flush", async () => {
    await shelf.run(alice);
    const writer = await read();
    await inSession(async (session) => {
      session.add(writer);
      writer.name = "Alicia";
      await session.rollback();
      expect(writer.name).toBe("Alicia");
      await session.commit();
    });
    expect(await shelf.rows(select(Writer.c.name))).toEqual([["Alicia"]]);
  });

  it("can be deleted", async () => {
    await shelf.run(alice);
    const writer = await read();
    await inSession(async (session) => {
      await session.delete(writer);
      await session.commit();
      expect(inspect(writer).detached).toBe(true);
    });
    expect(await shelf.rows(writers)).toEqual([]);
  });

  it("whose row is gone are refused at the flush", async () => {
    await shelf.run(alice);
    const writer = await read();
    await shelf.run(update(Writer).values({ id: 5 }));
    await inSession(async (session) => {
      session.add(writer);
      const error = await errorOf(() => session.flush());
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect((error as Error).message).toMatch(/the row of this Writer \(key 1\) is gone/);
    });
  });

  it("are refused at the flush when their row has another version by then", async () => {
    await shelf.run(insert(Page).values({ id: 1, text: "a", version: 1 }));
    const readPage = async (): Promise<Page> => {
      await using naked = await shelf.factory().begin();
      return (await naked.scalar(select(Page))) as Page;
    };
    const [first, second] = [await readPage(), await readPage()];
    await inSession(async (session) => {
      first.text = "b";
      session.add(first);
      await session.commit();
      expect(first.version).toBe(2);
    });
    await inSession(async (session) => {
      second.text = "c";
      session.add(second);
      const error = await errorOf(() => session.commit());
      expect(error).toBeInstanceOf(StaleDataError);
      expect((error as Error).message).toMatch(
        /^The Page with key 1 was read in version 1, but its row has version 2\./,
      );
    });
    expect(await shelf.rows(select(Page.c.text))).toEqual([["b"]]);
  });

  it("that meet an object of the same key are refused; merged, they bring it up to date", async () => {
    await shelf.run(alice);
    const writer = await read();
    writer.name = "Alicia";
    await inSession(async (session) => {
      const own = await session.getOne(Writer, 1);
      expect(((await errorOf(() => session.add(writer))) as Error).message).toMatch(/already present in this session/);
      const merged = await session.merge(writer);
      expect(merged).toBe(own);
      expect(merged.name).toBe("Alicia");
      expect([...session.dirty]).toEqual([own]);
      // the object itself stays what it was
      expect(inspect(writer).transient).toBe(true);
      await session.commit();
    });
    expect(await shelf.rows(select(Writer.c.name))).toEqual([["Alicia"]]);
  });

  it("without a row are inserted by merge, and without a key of their own by add", async () => {
    await shelf.run(alice);
    const writer = await read();
    writer.id = 9;
    await inSession(async (session) => {
      await session.merge(writer);
      await session.commit();
    });
    expect(await shelf.rows(select(Writer.c.id).orderBy(Writer.c.id))).toEqual([[1], [9]]);
    await shelf.run(insert(Work).values({ title: "On salt" }));
    await using naked = await shelf.factory().begin();
    const work = (await naked.scalar(select(Work))) as Work;
    await naked.close();
    (work as { id: number | null }).id = null;
    await inSession(async (session) => {
      session.add(work);
      expect(inspect(work).pending).toBe(true);
      await session.commit();
    });
    expect(await shelf.rows(select(func.count()).selectFrom(Work))).toEqual([[2]]);
  });

  it("are refused where a session cannot keep them", async () => {
    await shelf.run(insert(LogLine).values({ level: 1, text: null }), alice);
    await using naked = await shelf.factory().begin();
    const line = await naked.scalar(select(LogLine));
    const writer = (await naked.scalar(writers)) as Writer;
    await naked.close();
    await inSession(async (session) => {
      expect(((await errorOf(() => session.add(line as object))) as Error).message).toMatch(
        /^LogLine has no primary key/,
      );
      const work = new Work({ title: "x" });
      expect(((await errorOf(() => ((work as { writer: unknown }).writer = writer))) as Error).message).toBe(
        "Work.writer holds objects of Writer, not a Writer that a naked session read: add() it to the session first.",
      );
      (writer as { works: unknown }).works = [];
      expect(((await errorOf(() => session.add(writer))) as Error).message).toMatch(
        /^Writer\.works was set on an object of a naked session/,
      );
    });
  });

  it("are what session.naked gives, on the session's own transaction", async () => {
    await inSession(async (session) => {
      session.add(new Writer({ id: 1, name: "Alice" }));
      const { naked } = session;
      expect(session.naked).toBe(naked);
      expect(naked.state).toBe("open");
      expect(((await errorOf(() => naked.conn)) as Error).message).toMatch(/^This naked session has no connection yet/);
      shelf.log();
      // it sends what it is given: no flush before
      expect(await naked.scalar(select(func.count()).selectFrom(Writer))).toBe(0);
      expect(shelf.log()).toHaveLength(1);
      expect(naked.conn).toBe(await session.connection());
      await session.flush();
      const found = await naked.scalar(writers);
      expect(found?.name).toBe("Alice");
      expect(session.has(found as object)).toBe(false);
      await session.rollback();
      expect(naked.state).toBe("closed");
      expect(await errorOf(() => naked.scalars(writers))).toBeInstanceOf(InvalidSessionState);
      expect(session.naked).not.toBe(naked);
    });
    expect(await shelf.rows(writers)).toEqual([]);
  });

  it("committed through session.naked are those of the session", async () => {
    await inSession(async (session) => {
      session.add(new Writer({ id: 1, name: "Alice" }));
      await session.naked.execute(bob);
      await session.naked.commit();
      expect(session.inTransaction()).toBe(false);
    });
    expect(await shelf.rows(select(Writer.c.name).orderBy(Writer.c.id))).toEqual([["Alice"], ["Bob"]]);
    await inSession(async (session) => {
      // a change past the session is seen when it next asks
      const writer = await session.getOne(Writer, 1);
      await session.naked.execute(update(Writer).values({ name: "X" }));
      expect((await session.getOne(Writer, 1)).name).toBe("X");
      expect(writer.name).toBe("X");
      await session.naked.rollback();
    });
    await inSession(async (session) => {
      await session.begin();
      await session.beginNested();
      expect(await session.naked.scalar(select(Writer.c.name).where(Writer.c.id.eq(1)))).toBe("Alice");
    });
  });

  it("changed by UPDATE … IN (a window) RETURNING are as the database has them (A2-24)", async () => {
    await shelf.run(alice, bob, insert(Writer).values({ id: 3, name: "Carol" }));
    const place = func.rowNumber().over({ orderBy: [Writer.c.id.desc()] });
    const ranked = select(Writer.c.id, place.as("place")).subquery();
    const last = select(ranked.c.id).where(ranked.c.place.eq(1));
    const statement = update(Writer)
      .where(Writer.c.id.in(last))
      .values({ name: Writer.c.name.concat("!") });
    await inSession(async (session) => {
      const older = await session.getOne(Writer, 3);
      expect(older.name).toBe("Carol");
      if (target.database === "mariadb") {
        expect(await errorOf(() => session.naked.scalars(statement.returning(Writer)))).toBeInstanceOf(
          UnsupportedCompilationError,
        );
        return;
      }
      const [newer] = (await session.naked.scalars(statement.returning(Writer))).all();
      expect([newer?.name, newer === older, older.name]).toEqual(["Carol!", false, "Carol"]);
      // DESIGN section 3: a tracked session's own RETURNING refreshes the copy it holds
      const [same] = (await session.scalars(statement.returning(Writer))).all();
      expect([same === older, older.name]).toEqual([true, "Carol!!"]);
    });
  });

  it("stream over the session's transaction, among its own statements", async () => {
    await shelf.run(alice, bob);
    await inSession(async (session) => {
      const stream = await session.naked.stream(writers, undefined, { yieldPer: 1 });
      const names: string[] = [];
      for await (const [writer] of stream) {
        const same = await session.getOne(Writer, writer.id);
        expect(same).not.toBe(writer);
        names.push(writer.name);
      }
      expect(names).toEqual(["Alice", "Bob"]);
      // and ends with it
      const cut = await session.naked.stream(writers, undefined, { yieldPer: 1 });
      expect((await cut.fetchOne())?.[0].name).toBe("Alice");
      await session.commit();
      expect(await errorOf(() => cut.fetchOne())).toBeInstanceOf(InvalidSessionState);
    });
  });
});
