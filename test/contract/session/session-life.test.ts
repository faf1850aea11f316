import {
  declarativeBase,
  inspect,
  integer,
  InvalidRequestError,
  listen,
  makeTransient,
  makeTransientToDetached,
  many,
  maybe,
  PendingRollbackError,
  select,
  string,
  text,
} from "athanor";
import { describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { SessionOptions } from "../../../src/orm/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Author extends Base.mapped("authors", {
  id: integer().primaryKey(),
  name: string(40).unique(),
  get books() {
    return many(Book, { backPopulates: "author" });
  },
}) {}
class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  title: string(40),
  get authorId() {
    return integer().references(Author.c.id).nullable();
  },
  get author() {
    return maybe(Author, { backPopulates: "books" });
  },
}) {}

const everyEvent = [
  "beforeFlush",
  "afterFlush",
  "afterFlushPostexec",
  "beforeCommit",
  "afterCommit",
  "afterRollback",
  "afterSoftRollback",
  "afterBegin",
  "afterTransactionCreate",
  "afterTransactionEnd",
  "beforeAttach",
  "afterAttach",
  "transientToPending",
  "pendingToTransient",
  "pendingToPersistent",
  "persistentToTransient",
  "persistentToDeleted",
  "persistentToDetached",
  "deletedToPersistent",
  "deletedToDetached",
  "detachedToPersistent",
] as const;

interface Opened {
  readonly engine: AsyncEngine;
  readonly session: AsyncSession;
  /** Statements and events as they come. */
  readonly log: string[];
  /** Another session on the same engine. */
  other(options?: SessionOptions): AsyncSession;
}

async function open(target: Target, options: SessionOptions = {}): Promise<Opened> {
  const engine = await openEngine(target);
  await Base.metadata.createAll(engine);
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0] ?? ""));
  listen(engine, "savepoint", () => void log.push("SAVEPOINT"));
  listen(engine, "releaseSavepoint", () => void log.push("RELEASE"));
  listen(engine, "rollbackSavepoint", () => void log.push("ROLLBACK TO"));
  listen(engine, "commit", () => void log.push("COMMIT"));
  listen(engine, "rollback", () => void log.push("ROLLBACK"));
  const session = openSession(target, engine, options);
  for (const name of everyEvent) listen(session, name, () => void log.push(name));
  return { engine, session, log, other: (given = {}) => openSession(target, engine, given) };
}

function statements(log: readonly string[]): readonly string[] {
  return log.filter((entry) => /^[A-Z]/.test(entry));
}

describeTargets("session life", (target) => {
  describe("object states", () => {
    it("tells of each transition in order", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      expect(inspect(author).transient).toBe(true);
      session.add(author);
      expect(inspect(author).pending).toBe(true);
      expect(log.splice(0)).toEqual(["afterTransactionCreate", "beforeAttach", "afterAttach", "transientToPending"]);
      await session.flush();
      expect(inspect(author).persistent).toBe(true);
      expect(log.splice(0)).toEqual([
        "beforeFlush",
        "afterBegin",
        "INSERT",
        "afterFlush",
        "pendingToPersistent",
        "afterFlushPostexec",
      ]);
      await session.delete(author);
      expect(inspect(author).persistent).toBe(true);
      expect([...session.deleted]).toEqual([author]);
      await session.flush();
      expect(inspect(author).deleted).toBe(true);
      expect(session.deleted.size).toBe(0);
      log.length = 0;
      await session.commit();
      expect(inspect(author).detached).toBe(true);
      expect(log).toEqual(["beforeCommit", "COMMIT", "afterCommit", "deletedToDetached", "afterTransactionEnd"]);
      await session.close();
    });

    it("detaches a deleted object after the commit also without expireOnCommit", async () => {
      const { session } = await open(target, { expireOnCommit: false });
      const author = new Author({ name: "a" });
      session.add(author);
      await session.flush();
      await session.delete(author);
      await session.commit();
      // departure from the reference (DESIGN 3): there it stays "deleted" and linked to the session
      expect(inspect(author).detached).toBe(true);
      expect(inspect(author).session).toBe(null);
      await session.close();
    });

    it("undoes delete() by add() before the flush", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      await session.delete(author);
      session.add(author);
      expect(session.deleted.size).toBe(0);
      log.length = 0;
      await session.flush();
      expect(statements(log)).toEqual([]);
      await session.close();
    });

    it("refuses what does not fit an object's state", async () => {
      const { session, other } = await open(target);
      const author = new Author({ name: "a" });
      expect(() => session.expunge(author)).toThrow(/not present in this session/);
      await expect((async () => await session.delete(author))()).rejects.toThrow(/is not persisted/);
      session.add(author);
      const refreshed = await (async () => await session.refresh(author))().catch((error: unknown) => error);
      expect(refreshed).toBeInstanceOf(InvalidRequestError);
      expect(String(refreshed)).toMatch(/not persistent within this Session/);
      expect(() => session.expire(author)).toThrow(InvalidRequestError);
      expect(() => session.expire(author)).toThrow(/not persistent within this Session/);
      const second = other();
      expect(() => second.add(author)).toThrow(/already belongs to another session/);
      await session.commit();
      await session.delete(author);
      await session.flush();
      expect(() => session.add(author)).toThrow(/was deleted.*makeTransient/);
      await session.rollback();
      session.expunge(author);
      const twin = await session.get(Author, author.id);
      expect(twin).not.toBe(author);
      expect(() => session.add(author)).toThrow(/already present in this session/);
      await session.close();
      await second.close();
    });

    it("makes objects transient, and transient ones detached", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      const { id } = author;
      makeTransient(author);
      expect(inspect(author).transient).toBe(true);
      expect(author).toEqual({ id, name: "a" });

      const known = new Author({ id, name: "ignored" });
      makeTransientToDetached(known);
      expect(inspect(known).detached).toBe(true);
      expect([...inspect(known).unloaded].sort()).toEqual(["books", "name"]);
      session.add(known);
      log.length = 0;
      expect(await session.loadAttribute(known, "name")).toBe("a");
      expect(statements(log)).toEqual(["SELECT"]);
      expect(() => makeTransientToDetached(known)).toThrow(/new Author/);
      await session.close();
    });

    it("gives null for a row that is gone", async () => {
      const { session, other } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      const second = other();
      await second.execute(text("DELETE FROM authors"));
      await second.commit();
      await second.close();
      expect(await session.get(Author, author.id)).toBe(null);
      await session.close();
    });
  });

  describe("beginning and ending", () => {
    it("sends nothing and begins nothing for what needs no database", async () => {
      const { session, log } = await open(target);
      expect(session.inTransaction()).toBe(false);
      await session.flush();
      await session.rollback();
      expect(session.inTransaction()).toBe(false);
      expect(log).toEqual([]);
      await session.commit();
      expect(log).toEqual(["afterTransactionCreate", "beforeCommit", "afterCommit", "afterTransactionEnd"]);
      await session.close();
    });

    it("needs begin() each time with autobegin: false", async () => {
      const { session } = await open(target, { autobegin: false });
      expect(() => session.add(new Author({ name: "a" }))).toThrow(/Autobegin is disabled/);
      await expect((async () => await session.scalar(text("select 1")))()).rejects.toThrow(/Autobegin is disabled/);
      await session.begin();
      session.add(new Author({ name: "a" }));
      await session.commit();
      await expect((async () => await session.scalar(text("select 1")))()).rejects.toThrow(/Autobegin is disabled/);
      await session.begin();
      expect((await session.scalars(select(Author.c.name))).all()).toEqual(["a"]);
      await session.close();
    });

    it("refuses begin() while a transaction is open, also one that began by itself", async () => {
      const { session } = await open(target);
      session.add(new Author({ name: "a" }));
      await expect((async () => await session.begin())()).rejects.toThrow(/already begun on this Session/);
      await session.close();
    });

    it("keeps what was committed inside a block, and refuses to go on in it", async () => {
      const { session, other } = await open(target);
      const body = async (): Promise<void> => {
        session.add(new Author({ name: "kept" }));
        await session.commit();
        await session.scalar(text("select 1"));
      };
      await expect(
        (async () => await session.begin(target.mode === "sync" ? (syncBody as never) : body))(),
      ).rejects.toThrow(/Can't operate on closed transaction inside a block/);
      function syncBody(): void {
        session.add(new Author({ name: "kept" }));
        void session.commit();
        void session.scalar(text("select 1"));
      }
      await session.close();
      const second = other();
      expect((await second.scalars(select(Author.c.name))).all()).toEqual(["kept"]);
      await second.close();
    });

    it("closes for good with closeResetsOnly: false, until reset()", async () => {
      const { session } = await open(target, { closeResetsOnly: false });
      await session.scalar(text("select 1"));
      await session.close();
      await expect((async () => await session.scalar(text("select 1")))()).rejects.toThrow(/permanently closed/);
      expect(() => session.add(new Author({ name: "a" }))).toThrow(/permanently closed/);
      await session.reset();
      expect(await session.scalar(text("select 1"))).toBe(1);
      await session.reset();
    });

    it("discards the connection on invalidate()", async () => {
      const { session, engine, log } = await open(target);
      const author = new Author({ name: "a" });
      session.add(author);
      await session.commit();
      await session.scalar(text("select 1"));
      log.length = 0;
      await session.invalidate();
      expect(log).toContain("persistentToDetached");
      expect(inspect(author).detached).toBe(true);
      expect(engine.pool.checkedOut()).toBe(0);
      await session.close();
    });
  });

  describe("savepoints", () => {
    it("sends SAVEPOINT only when the level uses a connection", async () => {
      const { session, log } = await open(target);
      await session.scalar(text("select 1"));
      log.length = 0;
      const idle = await session.beginNested();
      await idle.commit();
      expect(statements(log)).toEqual([]);
      const used = await session.beginNested();
      session.add(new Author({ name: "a" }));
      await used.commit();
      expect(statements(log)).toEqual(["SAVEPOINT", "INSERT", "RELEASE"]);
      await session.close();
    });

    it("flushes first, also with autoflush off", async () => {
      const { session, log } = await open(target, { autoflush: false });
      session.add(new Author({ name: "a" }));
      const nested = await session.beginNested();
      expect(statements(log)).toEqual(["INSERT"]);
      await nested.rollback();
      await session.commit();
      expect((await session.scalars(select(Author.c.name))).all()).toEqual(["a"]);
      await session.close();
    });

    it("reverts objects created, changed and deleted inside; the others keep their state", async () => {
      const { session } = await open(target);
      const [one, two, three] = ["one", "two", "three"].map((name) => new Author({ name }));
      session.addAll([one as Author, two as Author, three as Author]);
      await session.flush();
      const nested = await session.beginNested();
      const created = new Author({ name: "created" });
      session.add(created);
      (one as Author).name = "changed";
      await session.delete(two as Author);
      await session.flush();
      expect(created.id).toBeGreaterThan(0);
      await nested.rollback();
      // departure (DESIGN 3): objects return to what they were, generated keys go; and they are stale, not expired
      expect([inspect(created).status, created.id]).toEqual(["transient", null]);
      expect([inspect(one as Author).status, (one as Author).name, inspect(one as Author).stale]).toEqual([
        "persistent",
        "one",
        true,
      ]);
      expect([inspect(two as Author).status, (two as Author).name]).toEqual(["persistent", "two"]);
      expect(inspect(three as Author).stale).toBe(false);
      await session.commit();
      expect((await session.scalars(select(Author.c.name).orderBy(Author.c.id))).all()).toEqual([
        "one",
        "two",
        "three",
      ]);
      await session.close();
    });

    it("counts a released savepoint's changes for the level around it", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "before" });
      session.add(author);
      await session.commit();
      const outer = await session.beginNested();
      const inner = await session.beginNested();
      author.name = "after";
      author.books.push(new Book({ title: "b" }));
      await inner.commit();
      await outer.rollback();
      expect([author.name, author.books.length]).toEqual(["before", 0]);
      await session.commit();
      expect((await session.scalars(select(Author.c.name))).all()).toEqual(["before"]);
      await session.close();
    });
  });

  describe("a flush that fails", () => {
    async function failed(): Promise<Opened & { readonly error: unknown }> {
      const opened = await open(target);
      opened.session.add(new Author({ name: "same" }));
      await opened.session.commit();
      opened.session.add(new Author({ name: "same" }));
      const error = await (async () => await opened.session.flush())().catch((cause: unknown) => cause);
      return { ...opened, error };
    }

    it("rolls back at once and refuses to go on until rollback()", async () => {
      const { session, error, engine, log } = await failed();
      expect(statements(log).slice(-2)).toEqual(["INSERT", "ROLLBACK"]);
      expect((error as Error).constructor.name).toBe("UniqueViolation");
      expect(session.isActive).toBe(false);
      expect(session.inTransaction()).toBe(true);
      expect(engine.pool.checkedOut()).toBe(0);
      for (const use of [
        () => session.scalar(text("select 1")),
        () => session.commit(),
        () => session.beginNested(),
        () => session.get(Author, 99),
      ]) {
        const refused = await (async () => await use())().catch((cause: unknown) => cause);
        expect(refused).toBeInstanceOf(PendingRollbackError);
        expect((refused as PendingRollbackError).code).toBe("7s2a");
        expect((refused as Error).cause).toBe(error);
        // it quotes the first error
        expect((refused as Error).message).toContain((error as Error).message.split("\n")[0]);
      }
      await session.rollback();
      expect(session.isActive).toBe(true);
      expect(await session.scalar(text("select 1"))).toBe(1);
      await session.close();
    });

    it("costs only the savepoint when it happens inside one", async () => {
      const { session } = await open(target);
      session.add(new Author({ name: "outer" }));
      await session.flush();
      const nested = await session.beginNested();
      session.add(new Author({ name: "outer" }));
      await expect((async () => await session.flush())()).rejects.toThrow(/unique|duplicate/i);
      await nested.rollback();
      await session.commit();
      expect((await session.scalars(select(Author.c.name))).all()).toEqual(["outer"]);
      await session.close();
    });
  });

  describe("rollback", () => {
    it("restores attributes, collections, new and deleted objects", async () => {
      const { session, log } = await open(target);
      const author = new Author({ name: "a", books: [new Book({ title: "one" }), new Book({ title: "two" })] });
      const gone = new Author({ name: "gone" });
      session.addAll([author, gone]);
      await session.commit();
      const books = [...author.books];
      const added = new Book({ title: "three" });
      author.name = "b";
      author.books.push(added);
      author.books.splice(0, 1);
      await session.delete(gone);
      await session.flush();
      author.name = "c";
      log.length = 0;
      await session.rollback();
      expect(log.slice(0, 2)).toEqual(["ROLLBACK", "afterRollback"]);
      expect(log.slice(-2)).toEqual(["afterTransactionEnd", "afterSoftRollback"]);
      expect(author.name).toBe("a");
      expect([...author.books]).toEqual(books);
      expect(books.map((book) => [book.author, book.authorId])).toEqual(books.map(() => [author, author.id]));
      expect([inspect(added).status, added.id]).toEqual(["transient", null]);
      expect(inspect(gone).persistent).toBe(true);
      expect(inspect(author).stale).toBe(true);
      expect(session.dirty.size).toBe(0);
      await session.close();
    });

    it("inserts an object again that a rollback made new", async () => {
      const { session } = await open(target);
      const author = new Author({ name: "a", books: [new Book({ title: "b" })] });
      session.add(author);
      await session.flush();
      await session.rollback();
      session.add(author);
      await session.commit();
      const found = (await session.execute(select(Author.c.name, Book.c.title).join(Author.c.books))).all();
      expect(found).toEqual([["a", "b"]]);
      await session.close();
    });
  });
});
