import { expect, test } from "vitest";
import { listen } from "../../../src/engine/index.ts";
import { declarativeBase } from "../../../src/orm/index.ts";
import { integer, json, string, timestamp } from "../../../src/schema/index.ts";
import { func, select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { useOrm } from "../orm/open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

const Base = declarativeBase();

class Note extends Base.mapped("note", {
  id: integer().primaryKey(),
  text: string(100).nullable(),
  at: timestamp().nullable(),
  data: json<{ list: number[] }>().nullable(),
}) {}

const letters = Array.from({ length: 33 }, (_letter, index) => `c${index}` as const);

/** More columns than have a bit each. */
class Wide extends Base.mapped("wide", {
  id: integer().primaryKey(),
  ...Object.fromEntries(letters.map((name) => [name, integer().nullable()])),
}) {
  declare c0: number | null;
  declare c31: number | null;
  declare c32: number | null;
}

let whenNumbered: (() => void) | null = null;

/** The program's own function runs while a flush is under way. */
class Numbered extends Base.mapped("numbered", {
  id: integer().primaryKey(),
  name: string(20),
  changes: integer()
    .default(0)
    .onUpdate(() => {
      whenNumbered?.();
      return 1;
    }),
}) {}

const at = new Date("2026-01-02T03:04:05.678Z");

describeTargets("finding changes", (target) => {
  const orm = useOrm(target, Base);
  const updates = (): number => orm.log().filter((sql) => sql.startsWith("UPDATE")).length;

  test.each([0, 1, 2, 3])(
    "what is assigned after %d turns of an INSERT is written by the next flush",
    async (turns) => {
      const session = orm.session();
      const note = new Note({ text: "a", at: new Date(at), data: { list: [1] } });
      session.add(note);
      const flushing = session.flush();
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      note.text = "b";
      note.at?.setUTCFullYear(2030);
      note.data?.list.push(2);
      await flushing;
      await session.commit();
      const [written] = (await orm.rows(select(Note))) as [Note];
      expect([written.text, written.at?.getUTCFullYear(), written.data?.list]).toEqual(["b", 2030, [1, 2]]);
    },
  );

  test.each([0, 1, 2])("what is assigned after %d turns of a lone object's UPDATE is, too", async (turns) => {
    await orm.save(new Note({ id: 1, text: "a", at: new Date(at), data: { list: [1] } }));
    const session = orm.session();
    const note = await session.getOne(Note, 1);
    note.text = func.upper("b") as never; // a statement of its own, with an expression in it
    note.data?.list.push(2);
    const flushing = session.flush();
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    note.at?.setUTCFullYear(2030);
    note.data?.list.push(3);
    await flushing;
    expect(note.text).toBe("B");
    await session.commit();
    const [written] = (await orm.rows(select(Note))) as [Note];
    expect([written.text, written.at?.getUTCFullYear(), written.data?.list]).toEqual(["B", 2030, [1, 2, 3]]);
  });

  test("changes in place are found at each flush, and only they", async () => {
    await orm.save(...Array.from({ length: 5 }, () => new Note({ text: "a", at: new Date(at), data: { list: [1] } })));
    const session = orm.session();
    const notes = (await session.scalars(select(Note).orderBy(Note.c.id))).all();
    await session.flush();
    notes[0]?.at?.setUTCFullYear(2030);
    notes[1]?.data?.list.push(2);
    await session.flush();
    expect(updates()).toBe(2);
    notes[0]?.at?.setUTCFullYear(2031);
    await session.flush();
    expect(updates()).toBe(1);
    await session.commit();
    expect(updates()).toBe(0);
    const years = await orm.rows(select(Note.c.at).orderBy(Note.c.id));
    expect(years.map((each) => (each as Date).getUTCFullYear())).toEqual([2031, 2026, 2026, 2026, 2026]);
    expect((await orm.rows(select(Note.c.data).orderBy(Note.c.id)))[1]).toEqual({ list: [1, 2] });
  });

  test("an object of which only a part is loaded is written where it was assigned to", async () => {
    await orm.save(new Note({ text: "a", at }), new Note({ text: "b", at }));
    const session = orm.session();
    const [first, second] = (await session.scalars(select(Note).orderBy(Note.c.id))).all();
    session.expire(first as Note, ["text", "at"]);
    session.expire(second as Note, ["text"]);
    await session.flush();
    expect(orm.log().filter((sql) => sql.startsWith("UPDATE"))).toEqual([]);
    (first as Note).text = "c";
    (second as Note).at = new Date(0);
    await session.commit();
    expect(await orm.rows(select(Note.c.text, Note.c.at).orderBy(Note.c.id))).toEqual([
      ["c", at],
      ["b", new Date(0)],
    ]);
  });

  test("undefined is no change of NULL, and NULL where there was a value", async () => {
    await orm.save(new Note({ text: "a" }));
    const session = orm.session();
    const note = (await session.scalars(select(Note))).one();
    note.at = undefined as never;
    note.data = undefined as never;
    expect(session.dirty.size).toBe(0);
    await session.flush();
    note.text = undefined as never;
    await session.commit();
    expect(note.text).toBeNull();
    expect(updates()).toBe(1);
    expect(await orm.rows(select(Note.c.text))).toEqual([null]);
  });

  test("objects of many columns are grouped by what changed", async () => {
    await orm.save(...Array.from({ length: 6 }, () => new Wide({ c0: 0 } as never)));
    const session = orm.session();
    const all = (await session.scalars(select(Wide).orderBy(Wide.c.id))).all();
    all.forEach((wide, index) => {
      wide.c0 = index + 1;
      if (index % 2 === 0) wide.c32 = index;
    });
    await session.commit();
    expect(updates()).toBe(2);
    const { c0, c31, c32 } = Wide.c as unknown as Record<"c0" | "c31" | "c32", typeof Wide.c.id>;
    expect(await orm.rows(select(c0, c31, c32).orderBy(Wide.c.id))).toEqual(
      all.map((_wide, index) => [index + 1, null, index % 2 === 0 ? index : null]),
    );
  });

  test("what the program changes while a flush is under way is not taken for written", async () => {
    await orm.save(new Note({ text: "a", at: new Date(at), data: { list: [] } }));
    const session = orm.session();
    const note = (await session.scalars(select(Note))).one();
    let isFirst = true;
    listen(await session.connection(), "beforeCursorExecute", ({ sql }) => {
      if (!sql.startsWith("UPDATE") || !isFirst) return;
      isFirst = false;
      note.text = "later";
      note.at?.setUTCFullYear(2040);
      note.data?.list.push(1);
    });
    note.text = "now";
    note.at?.setUTCFullYear(2030);
    note.data?.list.push(0);
    await session.flush();
    expect([...session.dirty]).toEqual([note]);
    await session.commit();
    expect(await orm.rows(select(Note.c.text, Note.c.at, Note.c.data))).toEqual([
      ["later", new Date("2040-01-02T03:04:05.678Z"), { list: [0, 1] }],
    ]);
  });

  test("a commit writes what a listener of its connection changed during its flush", async () => {
    await orm.save(new Note({ text: "a" }), new Note({ text: "b" }));
    const session = orm.session();
    const [first, second] = (await session.scalars(select(Note).orderBy(Note.c.id))).all();
    let isFirst = true;
    listen(await session.connection(), "afterCursorExecute", ({ sql }) => {
      if (!sql.startsWith("UPDATE") || !isFirst || second === undefined) return;
      isFirst = false;
      second.text = "d";
    });
    if (first !== undefined) first.text = "c";
    await session.commit();
    expect(await orm.rows(select(Note.c.text).orderBy(Note.c.id))).toEqual(["c", "d"]);
  });

  test.each([0, 1, 2, 3])("what is assigned after %d turns of a commit is not lost", async (turns) => {
    coloursDiffer("an async commit takes turns, in one of which the object changes");
    await orm.save(new Note({ text: "a", data: { list: [] } }));
    const session = orm.session();
    const note = (await session.scalars(select(Note))).one();
    note.text = "b";
    const committing = session.commit();
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    note.text = "c";
    note.data?.list.push(1);
    await committing;
    expect([note.text, note.data]).toEqual(["c", { list: [1] }]);
    await session.commit();
    expect(await orm.rows(select(Note.c.text, Note.c.data))).toEqual([["c", { list: [1] }]]);
    expect(session.dirty.size).toBe(0);
  });

  test("a commit writes what a function of the program's changed during its flush", async () => {
    await orm.save(new Numbered({ name: "a" }), new Note({ text: "a" }));
    const session = orm.session();
    const numbered = (await session.scalars(select(Numbered))).one();
    const note = (await session.scalars(select(Note))).one();
    whenNumbered = () => {
      note.text = "b";
    };
    numbered.name = "b";
    await session.commit();
    whenNumbered = null;
    expect(await orm.rows(select(Note.c.text))).toEqual(["b"]);
  });
});
