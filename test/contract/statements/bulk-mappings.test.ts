// Rows written without objects (spec B15), as the legacy methods of sessions do it; options that listeners add.
import { ArgumentError, listen, type OrmExecute, select } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

describeTargets("rows written without objects", (target) => {
  const orm = useOrm(target, Base);
  const verbs = (): readonly string[] => orm.log().map((sql) => sql.split(" ")[0] ?? "");
  const rows = (): Promise<readonly unknown[]> => orm.rows(select(Author.c.name, Author.c.born).orderBy(Author.c.name));

  test("bulkInsertMappings() inserts records, and hands out the keys when it is asked to", async () => {
    const session = orm.session();
    session.add(new Book({ title: "not flushed for this" }));
    const given = [{ name: "ann", born: 1 }, { name: "ben" }, { name: "cat", born: 3 }];
    await session.bulkInsertMappings(Author, given);
    expect(new Set(verbs())).toEqual(new Set(["INSERT"]));
    expect([session.new.size, [...session.identityMap].length]).toEqual([1, 0]);
    const keyed: { id?: number; name: string }[] = [{ name: "dan" }, { name: "eve" }];
    await session.bulkInsertMappings(Author, keyed, { returnDefaults: true });
    const found = (
      await session.scalars(
        select(Author.c.id)
          .where(Author.c.name.in(["dan", "eve"]))
          .orderBy(Author.c.id),
      )
    ).all();
    expect(keyed.map(({ id }) => id)).toEqual(found);
    await session.commit();
    expect(await rows()).toEqual([
      ["ann", 1],
      ["ben", null],
      ["cat", 3],
      ["dan", null],
      ["eve", null],
    ]);
  });

  test("bulkUpdateMappings() updates rows by key, objects in memory too, and needs the keys", async () => {
    await orm.save(new Author({ id: 101, name: "ann" }), new Author({ id: 102, name: "ben" }));
    const session = orm.session();
    const ann = await session.getOne(Author, 101);
    orm.log();
    await session.bulkUpdateMappings(Author, [
      { id: 101, born: 1 },
      { id: 102, born: 2 },
    ] as never);
    expect(verbs()).toEqual(["UPDATE"]);
    expect([ann.born, session.isModified(ann)]).toEqual([1, false]);
    const error = await attempt(() => session.bulkUpdateMappings(Author, [{ born: 3 }] as never));
    expect((error as { code?: string }).code).toBe("bupq");
    await session.commit();
    expect(await rows()).toEqual([
      ["ann", 1],
      ["ben", 2],
    ]);
  });

  test("bulkSaveObjects() inserts new objects and updates changed ones, which stay outside", async () => {
    await orm.save(new Author({ id: 101, name: "ann", born: 1 }));
    const reading = orm.session();
    const ann = await reading.getOne(Author, 101);
    await reading.close();
    ann.born = 5;
    const fresh = new Author({ name: "new", books: [new Book({ title: "relationships are not followed" })] });
    const session = orm.session();
    orm.log();
    await session.bulkSaveObjects([fresh, ann], { returnDefaults: true });
    expect(verbs()).toEqual(["INSERT", "UPDATE"]);
    expect([session.has(fresh), session.has(ann), typeof fresh.id]).toEqual([false, false, "number"]);
    await session.commit();
    expect(await rows()).toEqual([
      ["ann", 5],
      ["new", null],
    ]);
    expect(await orm.rows(select(Book.c.id))).toEqual([]);
  });

  test("what is no list, or holds what is no row, is refused before anything is sent", async () => {
    const session = orm.session();
    const row = { id: 1, name: "a" };
    const wrong: readonly (() => unknown)[] = [
      () => session.bulkInsertMappings(Author, row as never),
      () => session.bulkInsertMappings(Author, [row, null] as never),
      () => session.bulkUpdateMappings(Author, row as never),
      () => session.bulkUpdateMappings(Author, [1] as never),
      () => session.bulkSaveObjects(new Author(row) as never),
    ];
    for (const call of wrong) expect(await attempt(call), String(call)).toBeInstanceOf(ArgumentError);
    const refused = await attempt(() => session.bulkInsertMappings(Author, row as never));
    expect((refused as Error).message).toMatch(/bulkInsertMappings\(\) takes a list of rows, not .*: \[row\]/);
    expect(((await attempt(() => session.bulkUpdateMappings(Author, [1] as never))) as Error).message).toMatch(
      /row 0 is a value of type number/,
    );
    expect(orm.log()).toEqual([]);
  });

  test("a listener adds options for the execution it hears of", async () => {
    await orm.save(new Author({ id: 101, name: "ann" }));
    const session = orm.session();
    const ann = await session.getOne(Author, 101);
    const heard: unknown[] = [];
    listen(session, "doOrmExecute", ((event: OrmExecute) => {
      event.updateExecutionOptions({ populateExisting: true, autoflush: false });
      heard.push(event.executionOptions);
    }) as never);
    ann.name = "unwritten";
    orm.log();
    await session.scalars(select(Author), undefined, { yieldPer: 5 });
    expect(verbs()).toEqual(["SELECT"]);
    expect(ann.name).toBe("ann");
    expect(heard).toEqual([expect.objectContaining({ yieldPer: 5, populateExisting: true, autoflush: false })]);
  });
});
