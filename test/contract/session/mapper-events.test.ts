// Events of mapped classes (spec B17, B29): who hears of rows and objects, when, and what a listener may do.
import {
  ArgumentError,
  type AsyncSession,
  declarativeBase,
  func,
  inspect,
  integer,
  insert,
  listen,
  many,
  maybe,
  select,
  string,
  Table,
  unlisten,
} from "athanor";
import { afterEach, describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();

class Author extends Base.mapped("authors", {
  id: integer().primaryKey(),
  name: string(40),
  slug: string(40).nullable(),
  rank: integer().serverDefault(7),
  get books() {
    return many(Book, { backPopulates: "author" });
  },
}) {
  get title() {
    return `the author ${this.name}`;
  }
}

class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  title: string(40),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return maybe(Author, { backPopulates: "books" });
  },
}) {}

class Node extends Base.mapped("nodes", {
  id: integer().primaryKey(),
  name: string(40),
  get parentId() {
    return integer().nullable().references(Node.c.id);
  },
  get parent() {
    return maybe(Node);
  },
}) {}

const audit = new Table("audit", Base.metadata, { id: integer().primaryKey(), text: string(80) });

const rowEvents = [
  "beforeInsert",
  "afterInsert",
  "beforeUpdate",
  "afterUpdate",
  "beforeDelete",
  "afterDelete",
] as const;

// listeners of classes outlive a test
let undo: (() => void)[] = [];
const on: typeof listen = (target, name, listener) => {
  listen(target, name, listener);
  undo.push(() => unlisten(target, name, listener));
};
afterEach(() => {
  for (const step of undo) step();
  undo = [];
});

interface Opened {
  readonly engine: AsyncEngine;
  readonly session: AsyncSession;
  readonly log: string[];
}

async function open(target: Target): Promise<Opened> {
  const engine = await openEngine(target);
  await Base.metadata.createAll(engine);
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ").slice(0, 1).join(" ")));
  return { engine, session: openSession(target, engine), log };
}

describeTargets("events of mapped classes", (target) => {
  describe("of rows being written", () => {
    it("come before the first and after the last statement of a class", async () => {
      const { session, log } = await open(target);
      session.addAll([new Author({ name: "a" }), new Author({ name: "b" })]);
      await session.commit();
      session.expungeAll();
      // neither the order of loading nor that of changing counts
      const known = (await session.scalars(select(Author).orderBy(Author.c.id.desc()))).all();
      for (const name of rowEvents) on(Author, name, ({ object }) => void log.push(`${name} ${object.name}`));
      log.length = 0;
      session.add(new Author({ name: "d" }));
      session.add(new Author({ name: "e" }));
      for (const author of known) author.name += "!";
      await session.flush();
      // new objects in the order of add(), then loaded ones by key; the statements the other way round (spec B8, B29)
      expect(log.filter((entry) => entry !== "UPDATE")).toEqual([
        "beforeInsert d",
        "beforeInsert e",
        "beforeUpdate a!",
        "beforeUpdate b!",
        ...log.filter((entry) => entry === "INSERT"),
        "afterInsert d",
        "afterInsert e",
        "afterUpdate a!",
        "afterUpdate b!",
      ]);
      expect(log.indexOf("UPDATE")).toBe(4);
      log.length = 0;
      for (const author of known) await session.delete(author);
      await session.flush();
      expect(log.filter((entry) => entry !== "SELECT")).toEqual([
        "beforeDelete a!",
        "beforeDelete b!",
        "DELETE",
        "afterDelete a!",
        "afterDelete b!",
      ]);
      await session.close();
    });

    it("stand in the order of a commit's events", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      for (const name of ["beforeCommit", "beforeFlush", "afterFlush", "afterFlushPostexec", "afterCommit"] as const)
        listen(session, name, () => void log.push(name));
      for (const name of rowEvents) on(Author, name, () => void log.push(name));
      await session.delete(author);
      log.length = 0;
      await session.commit();
      expect(log.filter((entry) => /^[a-z]/.test(entry))).toEqual([
        "beforeCommit",
        "beforeFlush",
        "beforeDelete",
        "afterDelete",
        "afterFlush",
        "afterFlushPostexec",
        "afterCommit",
      ]);
      await session.close();
    });

    it("let a listener change columns, which this flush writes", async () => {
      const { session } = await open(target);
      on(Author, "beforeInsert", ({ object }) => {
        object.slug = object.title.replaceAll(" ", "-");
      });
      on(Author, "beforeUpdate", ({ object }) => {
        object.slug = `${object.name} again`;
      });
      const author = new Author({ name: "Alice" });
      session.add(author);
      await session.flush();
      expect(await session.scalar(select(Author.c.slug))).toBe("the-author-Alice");
      author.name = "Bob";
      await session.flush();
      expect(await session.scalar(select(Author.c.slug))).toBe("Bob again");
      expect(session.dirty.size).toBe(0);
      await session.close();
    });

    it("see the keys of related objects", async () => {
      const { session } = await open(target);
      const keys: unknown[] = [];
      on(Book, "beforeInsert", ({ object }) => void keys.push(object.authorId));
      session.add(new Author({ name: "a", books: [new Book({ title: "b" })] }));
      await session.flush();
      expect(keys).toEqual([await session.scalar(select(Author.c.id))]);
      await session.close();
    });

    it("give a connection for statements in the same transaction, and the session", async () => {
      const { session } = await open(target);
      const sessions: object[] = [];
      if (target.mode === "sync") {
        on(Author, "afterInsert", ({ object, connection, session: given, entity }) => {
          sessions.push(given);
          void connection.execute(insert(audit).values({ text: `${entity.name} ${object.id}` }));
        });
      } else {
        on(Author, "afterInsert", async ({ object, connection, session: given, entity }) => {
          sessions.push(given);
          await connection.execute(insert(audit).values({ text: `${entity.name} ${object.id}` }));
          expect((await given.get(Author, object.id))?.name).toBe("a");
        });
      }
      const author = new Author({ name: "a" });
      session.add(author);
      await session.flush();
      const texts = select(audit.c.text);
      expect((await session.scalars(texts)).all()).toEqual([`Author ${author.id}`]);
      expect(sessions).toHaveLength(1);
      await session.rollback();
      expect((await session.scalars(texts)).all()).toEqual([]);
      await session.close();
    });

    it("fire only for objects whose own row is written", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      for (const name of rowEvents) on(Author, name, () => void log.push(name));
      log.length = 0;
      author.name = "a"; // departure from the reference: it fires for objects that were set to the same value, too
      author.books.push(new Book({ title: "b" }));
      expect(session.dirty.has(author)).toBe(true);
      await session.flush();
      expect(log.filter((entry) => rowEvents.includes(entry as never))).toEqual([]);
      await session.close();
    });

    it("do not fire where a reference is set to what its key says already", async () => {
      const { engine, session, log } = await open(target);
      session.add(new Author({ name: "a", books: [new Book({ title: "b" })] }));
      await session.commit();
      session.expungeAll();
      const author = (await session.scalars(select(Author))).one();
      await session.close();
      const other = openSession(target, engine);
      const book = (await other.scalars(select(Book))).one();
      for (const name of rowEvents) on(Book, name, () => void log.push(name));
      book.author = author; // it comes from outside, so that the session does not know yet whose book it is
      log.length = 0;
      await other.flush();
      expect([log, other.has(author), other.dirty.size]).toEqual([[], true, 0]);
      await other.close();
    });

    it("fire for layers of a class that refers to itself, each object once", async () => {
      const { session, log } = await open(target);
      for (const name of rowEvents) on(Node, name, ({ object }) => void log.push(`${name} ${object.name}`));
      const root = new Node({ name: "root" });
      const child = new Node({ name: "child", parent: root });
      session.addAll([child, root]);
      await session.flush();
      expect(log.filter((entry) => entry !== "SELECT")).toEqual([
        "beforeInsert root",
        "INSERT",
        "afterInsert root",
        "beforeInsert child",
        "INSERT",
        "afterInsert child",
      ]);
      await session.close();
    });

    it("that throw make the flush fail", async () => {
      const { engine, session } = await open(target);
      on(Author, "beforeInsert", ({ object }) => {
        if (object.name === "no") throw new RangeError("not this one");
      });
      session.addAll([new Author({ name: "yes" }), new Author({ name: "no" })]);
      await expect((async () => await session.flush())()).rejects.toThrow("not this one");
      expect(session.isActive).toBe(false);
      await session.rollback();
      expect(await session.scalar(select(func.count()).selectFrom(Author))).toBe(0);
      await session.close();
      expect(engine.pool.checkedOut()).toBe(0);
    });

    it("warn of what comes too late for the flush", async () => {
      const warnings: string[] = [];
      const engine = await openEngine(target, { logger: (message) => void warnings.push(message) });
      await Base.metadata.createAll(engine);
      const session = openSession(target, engine);
      on(Author, "beforeInsert", ({ object, session: given }) => {
        given.add(new Author({ name: `${object.name} again` }));
        unlistenAll();
      });
      const unlistenAll = (): void => undo.splice(0).forEach((step) => step());
      session.add(new Author({ name: "a" }));
      await session.flush();
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/session\.add\(\) is not supported within the execution stage of a flush/);
      // what was added is not lost: the next flush writes it
      await session.commit();
      expect(await session.scalar(select(func.count()).selectFrom(Author))).toBe(2);

      on(Author, "beforeUpdate", ({ object }) => void object.books.push(new Book({ title: "late" })));
      const [author] = (await session.scalars(select(Author).orderBy(Author.c.id))).all();
      if (author === undefined) throw new TypeError("there is an author");
      await session.loadAttribute(author, "books");
      author.name = "b";
      await session.flush();
      expect(warnings[1]).toMatch(/a change of Author\.books is not supported/);
      on(Author, "afterUpdate", ({ object, session: given }) => void given.delete(object));
      author.name = "c";
      await session.flush();
      expect(warnings.filter((warning) => /session\.delete\(\) is not supported/.test(warning))).toHaveLength(1);
      await session.close();
    });

    it("of a base are those of all its classes, and come first", async () => {
      const { session, log } = await open(target);
      on(Base, "beforeInsert", ({ object, entity }) => void log.push(`base ${entity.name} ${inspect(object).status}`));
      on(Author, "beforeInsert", () => void log.push("class"));
      log.length = 0;
      session.add(new Author({ name: "a", books: [new Book({ title: "b" })] }));
      await session.flush();
      expect(log.filter((entry) => entry !== "SELECT")).toEqual([
        "base Author pending",
        "class",
        "INSERT",
        "base Book pending",
        "INSERT",
      ]);
      await session.close();
    });

    it("tell which attributes a flush filled in", async () => {
      const { session, log } = await open(target);
      on(Author, "refreshFlush", ({ object, attributes }) => void log.push(`${object.rank} ${attributes.join()}`));
      log.length = 0;
      const author = new Author({ name: "a" });
      session.add(author);
      await session.flush();
      expect(log.filter((entry) => /^\d/.test(entry))).toEqual(["7 rank"]);
      author.name = "b";
      await session.flush();
      expect(log.filter((entry) => /^\d/.test(entry))).toEqual(["7 rank"]);
      await session.close();
    });
  });

  describe("of objects", () => {
    it("tell of loading and of reading again", async () => {
      const { engine, session, log } = await open(target);
      session.add(new Author({ name: "a", books: [new Book({ title: "b" })] }));
      await session.commit();
      await session.close();
      const other = openSession(target, engine);
      on(Author, "load", ({ object }) => void log.push(`load ${object.title}`));
      on(Author, "refresh", ({ object }) => void log.push(`refresh ${object.name}`));
      on(Author, "expire", ({ object, attributes }) => void log.push(`expire ${object.id} ${attributes.join()}`));
      on(Author, "init", () => void log.push("init"));
      listen(other, "loadedAsPersistent", ({ object }) => void log.push(`loaded ${(object as Author).name}`));
      log.length = 0;
      const author = (await other.scalars(select(Author))).one();
      expect(log).toEqual(["SELECT", "load the author a", "loaded a"]);
      log.length = 0;
      await other.scalars(select(Author));
      expect(log).toEqual(["SELECT"]);
      await other.refresh(author);
      other.expire(author, ["name"]);
      expect(await other.loadAttribute(author, "name")).toBe("a");
      await other.commit();
      await other.scalars(select(Author)); // it was stale
      expect(log).toEqual([
        "SELECT",
        "SELECT",
        "refresh a",
        `expire ${author.id} name`,
        "SELECT",
        "refresh a",
        "SELECT",
        "refresh a",
      ]);
      await other.close();
    });

    it("tell of related objects that come along, and of those of streams", async () => {
      const { engine, session, log } = await open(target);
      session.add(new Author({ name: "a", books: [new Book({ title: "b" }), new Book({ title: "c" })] }));
      await session.commit();
      await session.close();
      on(Book, "load", ({ object }) => void log.push(`load ${object.title}`));
      const other = openSession(target, engine);
      const author = (await other.scalars(select(Author))).one();
      log.length = 0;
      await other.loadAttribute(author, "books");
      expect(log.filter((entry) => entry.startsWith("load")).sort()).toEqual(["load b", "load c"]);
      await other.close();
      log.length = 0;
      const third = openSession(target, engine);
      const stream = await third.streamScalars(select(Book).orderBy(Book.c.id));
      for await (const book of stream) log.push(book.title);
      expect(log.filter((entry) => entry !== "SELECT").sort()).toEqual(["b", "c", "load b", "load c"]);
      await third.close();
    });

    it("let load() do what a constructor would", async () => {
      const { engine, session } = await open(target);
      session.add(new Author({ name: "a" }));
      await session.commit();
      await session.close();
      const marks = new WeakMap<object, string>();
      const mark = ({ object }: { readonly object: Author }): void => void marks.set(object, `${object.name}!`);
      on(Author, "load", mark);
      on(Author, "init", mark);
      const other = openSession(target, engine);
      const author = (await other.scalars(select(Author))).one();
      expect(marks.get(author)).toBe("a!");
      expect(marks.get(new Author({ name: "b" }))).toBe("null!"); // told before values are taken
      await other.close();
    });
  });
});

describe("events of classes without a database", () => {
  const LocalBase = declarativeBase();

  it("tell of the first object, of each one, and let values be changed", () => {
    class Thing extends LocalBase.mapped("things", { id: integer().primaryKey(), name: string(20) }) {}
    const log: string[] = [];
    listen(Thing, "firstInit", ({ entity }) => void log.push(`first ${entity.name}`));
    listen(Thing, "init", ({ object, values }) => {
      log.push(`init ${object instanceof Thing}`);
      values["name"] ??= "by the listener";
    });
    expect(new Thing({ id: 1 } as never).name).toBe("by the listener");
    expect(new Thing({ name: "own" }).name).toBe("own");
    expect(log).toEqual(["first Thing", "init true", "init true"]);
  });

  it("tell when a class was worked out", () => {
    class Thing extends LocalBase.mapped("other_things", { id: integer().primaryKey() }) {}
    const log: unknown[] = [];
    listen(LocalBase, "mapperConfigured", ({ entity }) => void log.push(entity));
    const made = [new Thing({ id: 1 }), new Thing({ id: 2 })];
    expect(made).toHaveLength(2);
    expect(log).toEqual([Thing]);
  });

  it("refuse names that do not exist, listing those that do", () => {
    const wrong = (): void => listen(Author, "beforeSave" as never, () => undefined);
    expect(wrong).toThrow(ArgumentError);
    expect(wrong).toThrow(/Known: beforeInsert, afterInsert, .*expire/);
    expect(() => listen(Author.c.name as never, "set" as never, () => undefined)).toThrow(/plain property.*validates/);
    expect(() => listen({} as never, "load" as never, () => undefined)).toThrow(/or another thing that has events/);
  });

  it("refuse promises where nobody could wait", () => {
    class Thing extends LocalBase.mapped("third_things", { id: integer().primaryKey() }) {}
    listen(Thing, "init", async () => {
      await Promise.reject(new RangeError("later"));
    });
    expect(() => new Thing({ id: 1 })).toThrow(/answered with a promise/);
  });
});
