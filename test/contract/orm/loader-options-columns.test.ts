import { expect, test } from "vitest";
import { ArgumentError, NotLoadedError } from "../../../src/errors/index.ts";
import {
  aliased,
  awaitableAttrs,
  declarativeBase,
  defer,
  joinedload,
  loadOnly,
  many,
  maybe,
  selectinload,
  undefer,
  undeferGroup,
} from "../../../src/orm/index.ts";
import { integer, string } from "../../../src/schema/index.ts";
import { select, text, union } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";

const Base = declarativeBase();

class Person extends Base.mapped("person", {
  id: integer().primaryKey(),
  name: string(20),
  city: string(20).nullable(),
  bio: string(100).nullable().deferred(),
  photo: string(100).nullable().deferred("media"),
  voice: string(100).nullable().deferred("media"),
  get notes() {
    return many(Note, { backPopulates: "person", orderBy: Note.c.id });
  },
}) {}

class Note extends Base.mapped(
  "note",
  {
    id: integer().primaryKey(),
    title: string(20),
    text: string(100).nullable(),
    version: integer(),
    get personId() {
      return integer().nullable().references(Person.c.id);
    },
    get person() {
      return maybe(Person, { backPopulates: "notes" });
    },
  },
  { versionIdCol: "version" },
) {}

for (const jit of [true, false]) {
  describeTargets(`which columns are loaded (B14)${jit ? "" : ", interpreted"}`, (target) => {
    const orm = useOrm(target, Base, { jit });
    const people = select(Person).orderBy(Person.c.name);
    const own = (object: object): readonly string[] => Object.keys(object);
    const read = async <T extends object, K extends keyof T>(object: T, key: K): Promise<T[K]> =>
      target.mode === "sync" ? object[key] : await awaitableAttrs(object)[key];
    const save = async (): Promise<void> => {
      await orm.save(
        new Person({
          name: "a",
          city: "c",
          bio: "b",
          photo: "p",
          voice: "v",
          notes: [new Note({ title: "t", text: "x" }), new Note({ title: "u", text: "y" })],
        }),
        new Person({ name: "z" }),
      );
    };

    test("deferred columns are loaded when they are read, alone or with their group", async () => {
      await save();
      const session = orm.session();
      const [a] = (await session.scalars(people)).all() as [Person];
      expect(own(a)).toEqual(["id", "name", "city"]);
      expect(orm.log().map(plain)[0]).not.toMatch(/bio|photo|voice/u);
      if (target.mode === "async") {
        const error = await attempt(() => a.bio);
        expect(error).toBeInstanceOf(NotLoadedError);
        expect((error as Error).message).toContain("awaitableAttrs(object).bio");
        expect((error as Error).message).toContain("undefer(Person.c.bio)");
      }
      expect(await read(a, "bio")).toBe("b");
      const [sql, ...more] = orm.log().map(plain);
      expect([more, /"bio"/u.test(sql as string), /name|photo/u.test(sql as string)]).toEqual([[], true, false]);
      expect([await read(a, "photo"), a.voice]).toEqual(["p", "v"]);
      expect(orm.log()).toHaveLength(1);
    });

    test("an object that lacks only deferred columns is there: get sends nothing, changes are written", async () => {
      await save();
      const session = orm.session();
      const [a] = (await session.scalars(people)).all() as [Person];
      orm.log();
      expect(await session.get(Person, a.id)).toBe(a);
      const again = (await session.scalars(select(Note).options(selectinload(Note.c.person)))).all();
      expect(again[0]?.person).toBe(a);
      expect(orm.log()).toHaveLength(1);
      a.bio = "new";
      a.name = "b";
      await session.commit();
      expect(orm.log().map(plain)[0]).toMatch(
        /^UPDATE "person" SET ("name" = \?, "bio" = \?|"bio" = \?, "name" = \?)/u,
      );
      expect(await orm.rows(select(Person.c.name, Person.c.bio, Person.c.photo).where(Person.c.id.eq(a.id)))).toEqual([
        ["b", "new", "p"],
      ]);
    });

    test("undefer, undeferGroup and undefer('*') load with the query what the mapping leaves out", async () => {
      await save();
      for (const [option, keys] of [
        [undefer(Person.c.bio), ["id", "name", "city", "bio"]],
        [undeferGroup("media"), ["id", "name", "city", "photo", "voice"]],
        [undefer("*"), ["id", "name", "city", "bio", "photo", "voice"]],
      ] as const) {
        const session = orm.session();
        const [a] = (await session.scalars(people.options(option))).all() as [Person];
        expect(own(a)).toEqual(keys);
        expect(orm.log()).toHaveLength(1);
        await session.close();
      }
    });

    test("defer leaves a column out; with raiseload reading it throws, as long as the object lives", async () => {
      await save();
      const session = orm.session();
      const query = people.options(defer(Person.c.city), defer(Person.c.bio, { raiseload: true }));
      const [a] = (await session.scalars(query)).all() as [Person];
      expect(own(a)).toEqual(["id", "name"]);
      expect(await read(a, "city")).toBe("c");
      const error = await attempt(() => a.bio);
      expect(error).toBeInstanceOf(NotLoadedError);
      expect((error as Error).message).toContain("Person.bio is not available due to raiseload");
      await session.refresh(a, ["bio"]);
      expect(a.bio).toBe("b");
    });

    test("loadOnly loads these columns, the key and the version; below a relationship and of aliases too", async () => {
      await save();
      const session = orm.session();
      const query = people.options(
        loadOnly(Person.c.name),
        selectinload(Person.c.notes).loadOnly(Note.c.title, { raiseload: true }),
      );
      const [a] = (await session.scalars(query)).all() as [Person];
      expect(orm.log()).toHaveLength(2);
      expect(own(a)).toEqual(["id", "name"]);
      const [note] = a.notes as [Note];
      expect(own(note)).toEqual(["id", "title", "version"]);
      expect(((await attempt(() => note.text)) as Error).message).toContain("due to raiseload");
      expect(note.person).toBe(a);
      note.title = "changed";
      await session.commit();
      await session.close();
      const [other, writer] = [orm.session(), aliased(Person, "writer")];
      const rows = await other.scalars(
        select(writer)
          .where(writer.c.name.eq("a"))
          .options(loadOnly(writer.c.city), joinedload(writer.c.notes).defer(Note.c.text)),
      );
      const person = rows.one();
      expect([own(person), person.notes.map(own)]).toEqual([
        ["id", "city"],
        [
          ["id", "title", "version", "personId"],
          ["id", "title", "version", "personId"],
        ],
      ]);
      expect(person.notes[0]?.title).toBe("changed");
    });

    test("a key that was left out is read first where a relationship needs it", async () => {
      await save();
      const session = orm.session();
      const note = (await session.scalars(select(Note).options(loadOnly(Note.c.title)).limit(1))).one();
      orm.log();
      expect((await read(note, "person"))?.name).toBe("a");
      expect(orm.log()).toHaveLength(2);
    });

    test("a further query adds what an object lacks and leaves alone what it has", async () => {
      await save();
      const session = orm.session();
      const [a] = (await session.scalars(people.options(loadOnly(Person.c.name)))).all() as [Person];
      await session.execute(text("UPDATE person SET name = 'other', city = 'new'"));
      await session.scalars(people);
      expect([a.name, a.city]).toEqual(["a", "new"]);
      await session.scalars(people.options(undefer("*")), undefined, { populateExisting: true });
      expect([a.name, a.bio]).toEqual(["other", "b"]);
    });

    test("expired columns come back together, without those that are deferred; refresh keeps to what was loaded", async () => {
      await save();
      const session = orm.session();
      const [a] = (await session.scalars(people)).all() as [Person];
      session.expire(a);
      orm.log();
      expect(await read(a, "name")).toBe("a");
      expect(own(a).toSorted()).toEqual(["city", "id", "name"]);
      expect(orm.log()).toHaveLength(1);
      await read(a, "bio");
      await session.execute(text("UPDATE person SET name = 'n', bio = 'm'"));
      orm.log();
      await session.refresh(a);
      expect([a.name, a.bio, own(a).includes("photo")]).toEqual(["n", "m", false]);
      expect(orm.log()).toHaveLength(1);
    });

    test("stale objects with more columns than a query reads stay stale, and readable", async () => {
      await save();
      const session = orm.session();
      const [a] = (await session.scalars(people)).all() as [Person];
      await session.commit();
      await session.scalars(people.options(loadOnly(Person.c.name)));
      expect(a.city).toBe("c");
      await session.execute(text("UPDATE person SET city = 'later'"));
      await session.scalars(people);
      expect(a.city).toBe("later");
    });

    test("a UNION and RETURNING give whole objects", async () => {
      await save();
      const session = orm.session();
      const both = union(select(Person).where(Person.c.name.eq("a")), select(Person).where(Person.c.name.eq("z")));
      expect((await session.scalars(both)).all().map((person) => own(person as object).length)).toEqual([6, 6]);
    });

    test("a new object has its deferred columns; a detached one cannot load them", async () => {
      const session = orm.session();
      const made = new Person({ name: "q", bio: "mine" });
      session.add(made);
      await session.commit();
      expect(made.bio).toBe("mine");
      await session.close();
      const other = orm.session();
      const [person] = (await other.scalars(people)).all() as [Person];
      other.expunge(person);
      person.name = "r";
      other.add(person);
      await other.commit();
      expect(await orm.rows(select(Person.c.name, Person.c.bio))).toEqual([["r", "mine"]]);
    });

    test("what is no column of a mapped class is refused", () => {
      expect(() => defer(Person.c.notes as never)).toThrow(ArgumentError);
      expect(() => loadOnly()).toThrow(ArgumentError);
      expect(() => loadOnly(Person.c.name, Note.c.text)).toThrow(/columns of one class/u);
      expect(() => selectinload(Person.c.notes).defer(Person.c.name)).toThrow(/does not follow/u);
    });
  });
}
