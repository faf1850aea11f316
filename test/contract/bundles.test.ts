// Bundles: several columns as one object of the row, in connections, tracked and naked sessions (spec A2-17, SQL).
import {
  ArgumentError,
  bundle,
  deleteFrom,
  func,
  insert,
  integer,
  json,
  MetaData,
  select,
  string,
  Table,
  timestamp,
  union,
  UnmappedClassError,
  update,
} from "athanor";
import { expect, it } from "vitest";
import { describeTargets } from "../targets/index.ts";
import { alice, bob, LogLine, useShelf, Work, Writer } from "./naked/shelf.ts";
import { openEngine } from "./open-engine.ts";
import { plain } from "./orm/open-orm.ts";
import { openSession } from "./session/open-session.ts";

const joinedAt = new Date("2026-01-02T03:04:05.678Z");
const author = bundle("author", Writer.c.id, Writer.c.name, Writer.c.joinedAt, Writer.c.notes);
const plainAlice = { id: 1, name: "Alice", joinedAt, notes: { tags: ["a"] } };
const plainBob = { id: 2, name: "Bob", joinedAt: null, notes: null };
class Stranger {
  readonly id = 1;
}
const works = insert(Work).values([
  { id: 1, title: "On furnaces", writerId: 1 },
  { id: 2, title: "On salt", writerId: 1 },
]);

describeTargets("bundles", (target) => {
  const shelf = useShelf(target);

  /** Answers what a statement gives to a connection, a tracked session and a naked one: rows, records and keys. */
  const everywhere = async (statement: Parameters<typeof shelf.rows>[0]): Promise<readonly unknown[]> => {
    const answers: unknown[] = [];
    const holders = [
      () => shelf.engine.connect(),
      () => openSession(target, shelf.engine),
      () => shelf.factory().begin(),
    ];
    for (const open of holders) {
      await using holder = await open();
      const rows = (await holder.execute(statement)).all();
      const result = await holder.execute(statement);
      answers.push({ rows, keys: result.keys(), records: result.mappings().all() });
    }
    return answers;
  };

  it("are plain objects of their columns, the same in every kind of session", async () => {
    await shelf.run(alice, bob);
    const statement = select(author).orderBy(author.c.id);
    for (const answer of await everywhere(statement)) {
      expect(answer).toEqual({
        rows: [[plainAlice], [plainBob]],
        keys: ["author"],
        records: [{ author: plainAlice }, { author: plainBob }],
      });
    }
    const sent = [...new Set(shelf.log().map(plain))];
    expect(sent).toEqual([
      'SELECT "nk_writer"."id", "nk_writer"."name", "nk_writer"."joined_at", "nk_writer"."notes" FROM "nk_writer" ' +
        'ORDER BY "nk_writer"."id"',
    ]);
    await using naked = await shelf.factory().begin();
    const [first, second] = (await naked.scalars(statement)).all();
    expect(Object.getPrototypeOf(first)).toBe(Object.prototype);
    expect(first).not.toBe((await naked.scalars(statement)).first());
    expect(Object.keys(second ?? {})).toEqual(["id", "name", "joinedAt", "notes"]);
    expect(await naked.scalar(statement)).toEqual(plainAlice);
  });

  it("stand beside columns, labels and one another, and in one another", async () => {
    await shelf.run(alice, works);
    const work = bundle("work", Work.c.title, bundle("by", Writer.c.name, Writer.c.joinedAt), Work.c.id);
    const statement = select(Writer.c.id, work, func.upper(Work.c.title).as("shouted"), author)
      .join(Work, Work.c.writerId.eq(Writer.c.id))
      .orderBy("shouted");
    const row = [1, { title: "On furnaces", by: { name: "Alice", joinedAt }, id: 1 }, "ON FURNACES", { ...plainAlice }];
    for (const answer of await everywhere(statement)) {
      const { rows, keys } = answer as { rows: readonly unknown[]; keys: readonly string[] };
      expect(rows).toHaveLength(2);
      expect(rows[0]).toEqual(row);
      expect(keys).toEqual(["id", "work", "shouted", "author"]);
    }
    expect(Object.keys(row[1] as object)).toEqual(["title", "by", "id"]);
  });

  it("stand beside objects of mapped classes", async () => {
    await shelf.run(alice, works);
    const titled = bundle("titled", Work.c.id, func.length(Work.c.title).as("size"));
    const statement = select(titled, Writer, bundle("twice", bundle("inner", Writer.c.name)))
      .join(Writer, Work.c.writerId.eq(Writer.c.id))
      .orderBy(Work.c.id);
    {
      await using naked = await shelf.factory().begin();
      const [[size, writer, twice] = []] = (await naked.execute(statement)).all();
      expect([size, twice]).toEqual([{ id: 1, size: 11 }, { inner: { name: "Alice" } }]);
      expect(writer).toBeInstanceOf(Writer);
    }
    await using session = openSession(target, shelf.engine);
    const rows = (await session.execute(statement)).all();
    expect(rows.map(([bundled]) => bundled)).toEqual([
      { id: 1, size: 11 },
      { id: 2, size: 7 },
    ]);
    expect(rows[0]?.[1]).toBe(rows[1]?.[1]);
    expect(session.has(rows[0]?.[1] as object)).toBe(true);
    expect(rows[0]?.[2]).toEqual({ inner: { name: "Alice" } });
  });

  it("follow conditions on their columns, groups, limits and unions", async () => {
    await shelf.run(alice, bob, works);
    const named = bundle("named", Writer.c.name, func.count(Work.c.id).as("works"));
    const counted = select(named)
      .outerJoin(Work, Work.c.writerId.eq(Writer.c.id))
      .where(named.c.name.ne("Nobody"))
      .groupBy(named.c.name)
      .orderBy(named.c.works)
      .limit(5);
    for (const answer of await everywhere(counted)) {
      expect((answer as { rows: unknown }).rows).toEqual([[{ name: "Bob", works: 0 }], [{ name: "Alice", works: 2 }]]);
    }
    const names = bundle("n", Writer.c.name);
    const both = union(select(names), select(bundle("n", Work.c.title.as("name")))).orderBy(names.c.name);
    for (const answer of await everywhere(both)) {
      const read = (answer as { rows: readonly [{ name: string }][] }).rows.map(([{ name }]) => name);
      expect(read).toEqual(["Alice", "Bob", "On furnaces", "On salt"]);
    }
    // equal objects are equal rows
    await using session = await shelf.factory().begin();
    const twice = select(bundle("w", Writer.c.name)).join(Work, Work.c.writerId.eq(Writer.c.id));
    expect((await session.scalars(twice)).all()).toHaveLength(2);
    expect((await session.scalars(twice)).unique().all()).toEqual([{ name: "Alice" }]);
  });

  it("are returned by INSERT, UPDATE and DELETE", async () => {
    const key = bundle("key", Work.c.id, bundle("text", Work.c.title));
    const made = { id: 1, text: { title: "a" } };
    for (const open of [() => shelf.factory().begin(), () => openSession(target, shelf.engine)]) {
      await using holder = await open();
      const inserted = await holder.execute(insert(Work).values({ id: 1, title: "a" }).returning(key, Work.c.title));
      expect(inserted.all()).toEqual([[made, "a"]]);
      if (target.database !== "mariadb") {
        const changed = update(Work).values({ title: "b" }).returning(key);
        expect((await holder.execute(changed)).all()).toEqual([[{ id: 1, text: { title: "b" } }]]);
        await holder.execute(update(Work).values({ title: "a" }));
      }
      const [gone] = (await holder.execute(deleteFrom(Work).returning(Work, key))).mappings().all();
      expect(Object.keys(gone ?? {})).toEqual(["Work", "key"]);
      expect({ ...(gone as { Work?: object }).Work }).toEqual({ id: 1, title: "a", writerId: null });
      expect(gone?.key).toEqual(made);
    }
    await using session = openSession(target, shelf.engine);
    const many = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, title: `t${index}` }));
    const listed = await session.execute(insert(Work).returning(key), many);
    expect(listed.all()).toEqual(many.map(({ id, title }) => [{ id, text: { title } }]));
  });

  it("are streamed", async () => {
    await shelf.run(insert(Work).values(Array.from({ length: 12 }, (_, id) => ({ id: id + 1, title: `t${id}` }))));
    const statement = select(bundle("work", Work.c.id, bundle("text", Work.c.title))).orderBy(Work.c.id);
    for (const open of [() => shelf.factory().begin(), () => openSession(target, shelf.engine)]) {
      await using holder = await open();
      const seen: unknown[] = [];
      for await (const [work] of await holder.stream(statement, undefined, { yieldPer: 5 })) seen.push(work);
      expect(seen).toHaveLength(12);
      expect(seen[11]).toEqual({ id: 12, text: { title: "t11" } });
    }
  });

  it("read the same without generated code", async () => {
    const engine = await openEngine(target, { jit: false });
    const metadata = new MetaData();
    const things = new Table("bundled_things", metadata, {
      id: integer().primaryKey(),
      at: timestamp().nullable(),
      data: json().nullable(),
      text: string(20).nullable(),
    });
    await metadata.createAll(engine);
    const row = { id: 1, at: joinedAt, data: { a: [1] }, text: "x" };
    await engine.execute(insert(things).values(row));
    const statement = select(
      things.c.id,
      bundle("b", things.c.at, bundle("c", things.c.data, things.c.text), things.c.id),
    );
    const expected = [1, { at: joinedAt, c: { data: { a: [1] }, text: "x" }, id: 1 }];
    expect((await engine.execute(statement)).all()).toEqual([expected]);
    await using session = openSession(target, engine);
    expect((await session.execute(statement)).all()).toEqual([expected]);
    expect(await session.naked.first(statement)).toEqual(expected);
  });

  it("refuse what has no name or no column, and to be a column", async () => {
    const message = (make: () => unknown, Kind: abstract new (...args: never) => unknown = ArgumentError): string => {
      try {
        make();
      } catch (error) {
        expect(error).toBeInstanceOf(Kind);
        return (error as Error).message;
      }
      throw new Error("it was not refused");
    };
    expect(message(() => bundle("b"))).toBe('bundle("b") has no columns. Give at least one after the name.');
    expect(message(() => bundle(Writer.c.id as never, Writer.c.name))).toMatch(/^bundle\(\) takes a name first, not /);
    expect(message(() => bundle("b", Writer.c.id, Work.c.id))).toBe(
      'bundle("b") has two columns called id. Give one of them another name with .as("…").',
    );
    expect(message(() => bundle("b", Writer.c.id.add(1)))).toMatch(/expression 1 has no name.*\.as\("…"\)/);
    expect(message(() => bundle("b", Writer as never))).toMatch(/not the class Writer.*select it beside the bundle/);
    expect(message(() => bundle("b", Stranger as never), UnmappedClassError)).toMatch(/Stranger is not mapped/);
    expect(message(() => bundle("b", "id" as never))).toMatch(/takes columns such as User.c.id.*, not a string/);
    expect(message(() => (author.c as Record<string, unknown>)["nothing"], Error)).toMatch(
      /^bundle\("author"\) has no column "nothing"\. It has: id, name, joinedAt, notes\./,
    );
    const refused =
      /^The query has bundle\("author", …\), which makes an object of several columns; inside another query/;
    expect(message(() => select(author).orderBy("author"))).toBe(
      'orderBy("author"): that is a bundle, which has several columns. Order by those, such as author.c.id.',
    );
    expect(message(() => select(author).orderBy(author as never))).toMatch(
      /takes expressions such as .* of type Bundle/,
    );
    expect(message(() => select(author).subquery().c)).toMatch(refused);
    expect(message(() => select(author).cte("w").c)).toMatch(refused);
    expect(message(() => select(author).scalarSubquery())).toMatch(refused);
    expect(await shelf.rows(select(func.count()).selectFrom(select(author).subquery()))).toEqual([[0]]);
  });

  it("leave nothing in a session: what they hold is not tracked", async () => {
    await shelf.run(alice, insert(LogLine).values({ level: 1, text: null }));
    await using session = openSession(target, shelf.engine);
    const [found] = (await session.scalars(select(author))).all();
    if (found === undefined) throw new Error("no row");
    (found as { name: string }).name = "Changed";
    await session.commit();
    expect([...session]).toEqual([]);
    expect(await shelf.rows(select(Writer.c.name))).toEqual([["Alice"]]);
    // a table without a key is no hindrance
    expect((await session.scalars(select(bundle("line", LogLine.c.level, LogLine.c.text)))).all()).toEqual([
      { level: 1, text: null },
    ]);
  });
});
