// What naked sessions answer (spec A2-10 … A2-25).
import {
  aliased,
  ArgumentError,
  bindparam,
  type ColumnBuilder,
  deleteFrom,
  func,
  insert,
  inspect,
  listen,
  NotLoadedError,
  ResourceClosedError,
  select,
  selectinload,
  type Table,
  text,
  UnsupportedCompilationError,
  update,
  validates,
} from "athanor";
import { insert as insertOnDuplicate } from "athanor/mysql";
import { toInsert } from "athanor/naked";
import { insert as insertOnConflict } from "athanor/sqlite";
import { expect, it } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { alice, Base, bob, errorOf, LogLine, type Session, useShelf, Work, Writer } from "./shelf.ts";

const writers = select(Writer).orderBy(Writer.c.id);
const joinedAt = new Date("2026-01-02T03:04:05.678Z");
const plainAlice = { id: 1, name: "Alice", active: true, joinedAt, notes: { tags: ["a"] } };
const plainBob = { id: 2, name: "Bob", active: false, joinedAt: null, notes: null };
const works = insert(Work).values([
  { id: 1, title: "On furnaces", writerId: 1 },
  { id: 2, title: "On salt", writerId: 1 },
  { id: 3, title: "Anonymous", writerId: null },
]);

describeTargets("rows of naked sessions", (target) => {
  const shelf = useShelf(target);
  const inSession = async <T>(body: (session: Session) => Promise<T>): Promise<T> => {
    await using session = await shelf.factory().begin();
    const answer = await body(session);
    await session.commit();
    return answer;
  };

  it("hold a plain object of the class for each row, made without its constructor", async () => {
    await shelf.run(alice, bob);
    const result = await inSession((session) => session.scalars(writers));
    const [first, second] = result.all();
    if (first === undefined || second === undefined) throw new Error("rows are missing");
    expect(first).toBeInstanceOf(Writer);
    expect(Object.getPrototypeOf(first)).toBe(Writer.prototype);
    expect(first.shout()).toBe("ALICE!");
    expect({ ...first }).toEqual(plainAlice);
    expect({ ...second }).toEqual(plainBob);
    expect(Object.keys(first)).toEqual(["id", "name", "active", "joinedAt", "notes"]);
    expect(JSON.parse(JSON.stringify(second))).toEqual(plainBob);
    expect(structuredClone(first)).toEqual(plainAlice);
  });

  it("are made without the class's own code: no fields, validators or listeners run", async () => {
    await shelf.run(alice);
    const ran: string[] = [];
    class Watched extends Base.mappedTo(
      Writer.table as Table<{ id: ColumnBuilder<number>; name: ColumnBuilder<string> }>,
    ) {
      readonly extra: string = String(ran.push("field"));
      constructor(init: { id: number; name: string }) {
        super(init);
        ran.push("constructor");
      }
    }
    validates(Watched, "name", () => void ran.push("validator"));
    const heard = (["init", "load", "refresh"] as const).map((name) => [name, () => void ran.push(name)] as const);
    for (const [name, listener] of heard) listen(Watched, name, listener);
    await inSession(async (session) => {
      const found = await session.scalar(select(Watched));
      expect(found).toBeInstanceOf(Watched);
      expect({ ...found }).toEqual(plainAlice);
      expect(ran).toEqual([]);
    });
    // they would be heard otherwise
    expect(new Watched({ id: 2, name: "Bob" }).extra).toBe("3");
    expect(ran).toEqual(["init", "validator", "field", "constructor"]);
  });

  it("hold distinct objects, also for one row read twice and for equal rows", async () => {
    await shelf.run(alice, works);
    await inSession(async (session) => {
      const [again, before] = [await session.scalar(writers), await session.scalar(writers)];
      expect(again).not.toBe(before);
      expect(again).toEqual(before);
      const joined = select(Writer).join(Work, Work.c.writerId.eq(Writer.c.id));
      const [one, two, ...none] = (await session.scalars(joined)).all();
      expect(none).toEqual([]);
      expect(one).not.toBe(two);
      expect(one).toEqual(two);
      // a later statement refreshes nothing that was read before
      await session.execute(update(Writer).values({ name: "Alicia" }));
      expect((await session.scalar(writers))?.name).toBe("Alicia");
      expect(one?.name).toBe("Alice");
    });
  });

  it("are read from tables without a primary key, duplicates and all", async () => {
    const lines = [
      { level: 1, text: "same" },
      { level: 1, text: "same" },
      { level: 2, text: null },
    ];
    await shelf.run(insert(LogLine).values(lines));
    const read = await inSession((session) => session.scalars(select(LogLine).orderBy(LogLine.c.level)));
    const objects = read.all();
    expect(objects.map((line) => ({ ...line }))).toEqual(lines);
    expect(new Set(objects).size).toBe(3);
  });

  it("belong to no session: changing an object changes nothing, and nothing is known of it", async () => {
    await shelf.run(alice);
    await inSession(async (session) => {
      const writer = await session.scalar(writers);
      if (writer === null) throw new Error("no row");
      writer.name = "Changed";
      shelf.log();
      const known = inspect(writer);
      expect([known.identity, known.session, known.transient]).toEqual([null, null, true]);
    });
    expect(shelf.log()).toEqual([]);
    expect(await shelf.rows(select(Writer.c.name))).toEqual([["Alice"]]);
  });

  it("come without relationships: reading one says what to do", async () => {
    await shelf.run(alice);
    const writer = await inSession((session) => session.scalar(writers));
    const error = await errorOf(() => (writer as unknown as Writer).works);
    expect(error).toBeInstanceOf(NotLoadedError);
    expect((error as Error).message).toBe(
      "Writer.works is not loaded: this Writer was read by a naked session, which loads no relationships. Join and select " +
        "both classes, select(Writer, Work).join(Writer.c.works), or read the object with a tracked session.",
    );
    expect("works" in (writer as object)).toBe(true);
    expect((Writer.prototype as { readonly works?: unknown }).works).toBeUndefined();
    const options = await errorOf(() =>
      inSession((session) => session.scalars(writers.options(selectinload(Writer.c.works)))),
    );
    expect(options).toBeInstanceOf(ArgumentError);
    expect((options as Error).message).toMatch(/^A naked session loads no relationships, so it cannot follow .options/);
  });

  it("hold what is selected: objects, columns, labels, and several of each", async () => {
    await shelf.run(alice, bob, works);
    await inSession(async (session) => {
      const both = select(Writer, Work.c.title, Work, func.length(Work.c.title).as("size"))
        .join(Work, Work.c.writerId.eq(Writer.c.id))
        .orderBy(Work.c.id);
      const rows = (await session.tuples(both)).all();
      expect(rows.map(([writer, title, work, size]) => [writer.name, title, { ...work }, size])).toEqual([
        ["Alice", "On furnaces", { id: 1, title: "On furnaces", writerId: 1 }, 11],
        ["Alice", "On salt", { id: 2, title: "On salt", writerId: 1 }, 7],
      ]);
      const [record] = (await session.execute(both)).mappings().all();
      expect(Object.keys(record ?? {})).toEqual(["Writer", "title", "Work", "size"]);
      // of several elements, scalars() gives the first of each row
      expect((await session.scalars(both)).all().map((writer) => writer.name)).toEqual(["Alice", "Alice"]);
      const plain = await session.execute(select(Writer.c.name.as("who"), func.count().as("n")).groupBy(Writer.c.name));
      expect(plain.mappings().all()).toHaveLength(2);
    });
  });

  it("hold null for the absent side of an outer join", async () => {
    await shelf.run(alice, works, insert(LogLine).values({ level: 1, text: null }));
    await inSession(async (session) => {
      const outer = select(Work, Writer).outerJoin(Writer, Work.c.writerId.eq(Writer.c.id)).orderBy(Work.c.id);
      const rows = (await session.execute(outer)).all();
      expect(rows.map(([work, writer]) => [work.id, writer === null ? null : writer.name])).toEqual([
        [1, "Alice"],
        [2, "Alice"],
        [3, null],
      ]);
      const lines = select(Work.c.id, LogLine).outerJoin(LogLine, LogLine.c.level.eq(Work.c.id)).orderBy(Work.c.id);
      const found = (await session.execute(lines)).all().map(([, line]) => line && { ...line });
      expect(found).toEqual([{ level: 1, text: null }, null, null]);
    });
  });

  it("are read through aliases, subqueries and CTEs", async () => {
    await shelf.run(alice, bob, works);
    await inSession(async (session) => {
      const other = aliased(Writer, "other");
      const pairs = select(Writer, other).join(other, other.c.id.gt(Writer.c.id));
      const [[left, right] = []] = (await session.execute(pairs)).all();
      expect([left?.name, right?.name]).toEqual(["Alice", "Bob"]);
      const longest = aliased(Writer, select(Writer).where(Writer.c.active.eq(true)).subquery("longest"));
      expect({ ...(await session.scalar(select(longest))) }).toEqual(plainAlice);
      const named = aliased(Writer, select(Writer).cte("named"));
      const found = select(named, Work).join(Work, Work.c.writerId.eq(named.c.id)).where(Work.c.id.eq(2));
      const [writer, work] = (await session.one(found)) as readonly [Writer, Work];
      expect([writer.joinedAt, work.title]).toEqual([joinedAt, "On salt"]);
      const union = select(Writer)
        .where(Writer.c.id.eq(1))
        .unionAll(select(Writer).where(Writer.c.id.eq(1)));
      expect((await session.scalars(union)).all().map(({ name }) => name)).toEqual(["Alice", "Alice"]);
    });
    const lacking = await errorOf(() => aliased(Writer, select(Writer.c.id).subquery()));
    expect((lacking as Error).message).toMatch(/^This query cannot stand for Writer: it has no column "name"/);
  });

  it("take parameters by name, or a list of them", async () => {
    await inSession(async (session) => {
      await session.execute(insert(Writer), [
        { id: 1, name: "Alice" },
        { id: 2, name: "Bob" },
      ]);
      const byName = select(Writer).where(Writer.c.name.eq(bindparam("name")));
      expect((await session.scalar(byName, { name: "Bob" }))?.id).toBe(2);
      expect(await session.scalar(byName, { name: "Nobody" })).toBeNull();
      expect(await session.first(byName, { name: "Nobody" })).toBeNull();
      const [first] = (await session.first(byName, { name: "Alice" })) ?? [];
      expect(first?.active).toBe(true);
      expect(await errorOf(() => session.one(byName, { name: "Nobody" }))).toMatchObject({ code: "nrow" });
      expect(await errorOf(() => session.one(select(Writer)))).toMatchObject({ code: "mrow" });
      expect(await session.scalar(text("SELECT count(*) FROM nk_writer WHERE id > :least"), { least: 1 })).toBe(1);
    });
  });

  it("of INSERT … RETURNING hold objects; flat: true gives plain columns", async () => {
    await inSession(async (session) => {
      const statement = alice.returning(Writer);
      const [writer] = await session.one(statement);
      expect(writer).toBeInstanceOf(Writer);
      expect({ ...writer }).toEqual(plainAlice);
      const many = insert(Work).values([{ title: "a" }, { title: "b" }]);
      const made = (await session.scalars(many.returning(Work))).all();
      expect(made.map(({ title, writerId }) => [title, writerId])).toEqual([
        ["a", null],
        ["b", null],
      ]);
      const flat = await session.execute(bob.returning(Writer), undefined, { flat: true });
      expect(flat.mappings().all()).toEqual([plainBob]);
      const read = await session.execute(writers, undefined, { flat: true });
      expect(read.all()[0]).toEqual(Object.values(plainAlice));
    });
  });

  it("of UPDATE and DELETE … RETURNING hold what the database has", async () => {
    await shelf.run(alice, bob);
    await inSession(async (session) => {
      const before = await session.scalar(writers);
      const renamed = update(Writer)
        .where(Writer.c.id.eq(1))
        .values({ name: Writer.c.name.concat("!") })
        .returning(Writer);
      if (target.database === "mariadb") {
        expect(await errorOf(() => session.scalars(renamed))).toBeInstanceOf(UnsupportedCompilationError);
      } else {
        const [writer] = (await session.scalars(renamed)).all();
        expect([before?.name, writer?.name, writer === before]).toEqual(["Alice", "Alice!", false]);
      }
      const gone = deleteFrom(Writer).where(Writer.c.id.eq(2)).returning(Writer, Writer.c.id.add(1));
      expect((await session.execute(gone)).all().map(([object, next]) => [{ ...object }, next])).toEqual([
        [plainBob, 3],
      ]);
    });
  });

  it("of other changes are none: there is a count", async () => {
    await shelf.run(alice, bob);
    await inSession(async (session) => {
      const result = await session.execute(update(Writer).values({ active: true }));
      expect([result.rowcount, result.returnsRows]).toEqual([2, false]);
      expect(await errorOf(() => result.all())).toBeInstanceOf(ResourceClosedError);
      expect((await session.execute(deleteFrom(Writer))).rowcount).toBe(2);
    });
  });

  it("of an upsert hold what the database has in the end", async () => {
    await shelf.run(alice);
    await inSession(async (session) => {
      const rows = [
        { id: 1, name: "Alice II", active: true, joinedAt: null, notes: null },
        { id: 3, name: "Carol", active: true, joinedAt: null, notes: null },
      ];
      const onDuplicate = insertOnDuplicate(Writer).values(rows);
      const onConflict = insertOnConflict(Writer).values(rows);
      const upsert =
        target.database === "mariadb"
          ? onDuplicate.onDuplicateKeyUpdate({ name: onDuplicate.inserted.name }).returning(Writer)
          : onConflict
              .onConflictDoUpdate({ indexElements: ["id"], set: { name: onConflict.excluded.name } })
              .returning(Writer);
      const read = (await session.scalars(upsert)).all();
      expect(
        read.map(({ id, name, joinedAt: since }) => [id, name, since]).sort(([a], [b]) => Number(a) - Number(b)),
      ).toEqual([
        [1, "Alice II", joinedAt],
        [3, "Carol", null],
      ]);
    });
  });

  it("are streamed, a few at a time", async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, title: `work ${index + 1}` }));
    await shelf.run(insert(Work).values(many));
    await inSession(async (session) => {
      const statement = select(Work).orderBy(Work.c.id);
      const stream = await session.stream(statement, undefined, { yieldPer: 10 });
      const sizes: number[] = [];
      const ids: number[] = [];
      for await (const rows of stream.partitions()) {
        sizes.push(rows.length);
        for (const [work] of rows) ids.push(work.id);
      }
      expect(sizes).toEqual([10, 10, 5]);
      expect(ids).toEqual(many.map(({ id }) => id));
      const byOption = await session.stream(statement.executionOptions({ yieldPer: 20 }));
      expect(await byOption.fetchMany()).toHaveLength(20);
      await byOption.close();
      let seen = 0;
      for await (const work of (await session.stream(statement)).scalars() as AsyncIterable<Work>) {
        expect(work).toBeInstanceOf(Work);
        if ((seen += 1) === 3) break;
      }
      // the connection is free again
      expect(await session.scalar(select(func.count()).selectFrom(Work))).toBe(25);
    });
  });

  it("are inserted from objects", async () => {
    await inSession(async (session) => {
      const writer = new Writer({ id: 7, name: "Grace", notes: { tags: [] } });
      expect(toInsert(writer)).toEqual({ id: 7, name: "Grace", notes: { tags: [] } });
      await session.execute(insert(Writer).values(toInsert(writer)));
      const read = await session.scalar(writers);
      if (read === null) throw new Error("no row");
      expect({ ...read }).toEqual({ id: 7, name: "Grace", active: true, joinedAt: null, notes: { tags: [] } });
      await session.execute(insert(Writer).values(toInsert(Object.assign(read, { id: 8 }))));
      await session.execute(insert(Writer), [toInsert(Object.assign(read, { id: 9 }))]);
      expect(await session.scalar(select(func.count()).selectFrom(Writer))).toBe(3);
      const work = new Work({ title: "On salt", writer: writer });
      const error = await errorOf(() => toInsert(work));
      expect((error as Error).message).toMatch(
        /^Work\.writer holds an object, and toInsert\(\) gives columns only\. Set writerId/,
      );
      expect(toInsert(new Work({ title: "x", writerId: undefined as never }))).toEqual({ title: "x" });
    });
    expect(await errorOf(() => toInsert(5 as never))).toBeInstanceOf(ArgumentError);
  });
});
