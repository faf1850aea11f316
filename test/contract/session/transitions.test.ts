// What changes the state of an object, and the events that tell of it (spec B1).
import { awaitableAttrs, inspect, listen, makeTransient, makeTransientToDetached, select, wasDeleted } from "athanor";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const objectEvents = [
  "beforeAttach",
  "afterAttach",
  "transientToPending",
  "pendingToTransient",
  "pendingToPersistent",
  "loadedAsPersistent",
  "persistentToTransient",
  "persistentToDeleted",
  "persistentToDetached",
  "deletedToPersistent",
  "deletedToDetached",
  "detachedToPersistent",
] as const;

/** What a session tells of single objects: `Author.transientToPending`. */
function told(session: AsyncSession): string[] {
  const log: string[] = [];
  for (const name of objectEvents)
    listen(session, name, ({ object }) => void log.push(`${object.constructor.name}.${name}`));
  return log;
}

const added = ["Author.beforeAttach", "Author.afterAttach", "Author.transientToPending"];
const back = ["Author.beforeAttach", "Author.afterAttach", "Author.detachedToPersistent"];

describeTargets("the state of an object", (target) => {
  const orm = useOrm(target, Base);
  const ann = (): Author => new Author({ id: 1, name: "ann" });

  async function pending(): Promise<readonly [AsyncSession, Author, string[]]> {
    const session = orm.session();
    const author = new Author({ name: "new" });
    session.add(author);
    return [session, author, told(session)];
  }

  async function persistent(): Promise<readonly [AsyncSession, Author, string[]]> {
    await orm.save(ann());
    const session = orm.session();
    return [session, await session.getOne(Author, 1), told(session)];
  }

  async function detached(): Promise<readonly [AsyncSession, Author, string[]]> {
    const [session, author] = await persistent();
    await session.close();
    const other = orm.session();
    return [other, author, told(other)];
  }

  /** Deleted by a flush of a transaction that is still open. */
  async function deleted(): Promise<readonly [AsyncSession, Author, string[]]> {
    const [session, author, log] = await persistent();
    await session.delete(author);
    await session.flush();
    log.length = 0;
    return [session, author, log];
  }

  test("one object from add() to the commit of its deletion: each change once, in order", async () => {
    const session = orm.session();
    const log = told(session);
    const author = new Author({ name: "a" });
    session.add(author);
    await session.flush();
    await session.delete(author);
    expect([inspect(author).status, [...session.deleted], session.has(author)]).toEqual(["persistent", [author], true]);
    await session.flush();
    expect([inspect(author).status, session.deleted.size, session.identityMap.size]).toEqual(["deleted", 0, 0]);
    await session.commit();
    expect(log).toEqual([
      ...added,
      "Author.pendingToPersistent",
      "Author.persistentToDeleted",
      "Author.deletedToDetached",
    ]);
    expect([inspect(author).status, inspect(author).session, wasDeleted(author)]).toEqual(["detached", null, true]);
  });

  test("transient to pending: add(), addAll(), a cascade, merge() of what has no row", async () => {
    const ways: readonly ((session: AsyncSession, author: Author) => unknown)[] = [
      (session, author) => session.add(author),
      (session, author) => session.addAll([author]),
      (session, author) => session.merge(author),
    ];
    for (const way of ways) {
      const session = orm.session();
      const log = told(session);
      await way(session, new Author({ name: "new" }));
      expect(log).toEqual(added);
      expect([...session.new].map((object) => inspect(object).status)).toEqual(["pending"]);
    }
    const session = orm.session();
    const log = told(session);
    const author = new Author({ name: "new", books: [new Book({})] });
    session.add(author);
    author.letters.push(new Letter({}));
    expect(log.filter((event) => event.endsWith("transientToPending"))).toEqual([
      "Author.transientToPending",
      "Book.transientToPending",
      "Letter.transientToPending",
    ]);
  });

  test("pending to transient: expunge(), expungeAll(), close(), rollback(), the loss of the only parent", async () => {
    const ways: readonly ((session: AsyncSession, author: Author) => unknown)[] = [
      (session, author) => session.expunge(author),
      (session) => session.expungeAll(),
      (session) => session.close(),
      (session) => session.reset(),
      (session) => session.rollback(),
    ];
    for (const way of ways) {
      const [session, author, log] = await pending();
      await way(session, author);
      expect(log).toEqual(["Author.pendingToTransient"]);
      expect([inspect(author).status, inspect(author).session, session.new.size]).toEqual(["transient", null, 0]);
    }
    const [session, author, log] = await pending();
    const letter = new Letter({ text: "l" });
    author.letters.push(letter);
    log.length = 0;
    author.letters.pop();
    expect([log, inspect(letter).status]).toEqual([["Letter.pendingToTransient"], "transient"]);
    expect([...session.new]).toEqual([author]);
  });

  test("a row becomes persistent when it is read: by a query, get(), a relationship", async () => {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }));
    const session = orm.session();
    const log = told(session);
    const author = await session.getOne(Author, 1);
    await awaitableAttrs(author).books;
    expect(log).toEqual(["Author.loadedAsPersistent", "Book.loadedAsPersistent"]);
    await session.scalars(select(Author));
    expect(log).toHaveLength(2);
    session.expungeAll();
    log.length = 0;
    await session.scalars(select(Author));
    expect(log).toEqual(["Author.loadedAsPersistent"]);
  });

  test("persistent to transient: the rollback of the transaction or savepoint that inserted it", async () => {
    for (const isNested of [false, true]) {
      const session = orm.session();
      const savepoint = isNested ? await session.beginNested() : session;
      const author = new Author({ name: "new" });
      session.add(author);
      await session.flush();
      expect(author.id).toBeGreaterThan(0);
      const log = told(session);
      await savepoint.rollback();
      expect(log).toEqual(["Author.persistentToTransient"]);
      // departure (DESIGN 3): objects return to what they were, so that a generated key goes; in the reference it stays
      expect([inspect(author).status, inspect(author).session, { ...author }]).toEqual([
        "transient",
        null,
        { name: "new" },
      ]);
    }
  });

  test("what a flush had inserted when it failed was never told to be persistent: pending to transient", async () => {
    await orm.save(new Author({ id: 101, name: "ann" }));
    const session = orm.session();
    const author = new Author({ name: "inserted first", books: [new Book({ title: "x" })] });
    session.addAll([author, new Author({ id: 101, name: "refused" })]);
    const log = told(session);
    const statuses: unknown[] = [];
    listen(session, "pendingToTransient", ({ object }) => void statuses.push(inspect(object).status));
    orm.log();
    expect(await attempt(() => session.flush())).toBeInstanceOf(Error);
    expect(orm.log().filter((sql) => sql.startsWith("INSERT")).length).toBe(2);
    expect([log.toSorted(), statuses]).toEqual([
      ["Author.pendingToTransient", "Author.pendingToTransient", "Book.pendingToTransient"],
      ["transient", "transient", "transient"],
    ]);
    await session.rollback();
    expect([log.length, { ...author }]).toEqual([3, { name: "inserted first" }]);
    // so it is when a listener refuses what was written
    const refuse = (): void => {
      throw new RangeError("not today");
    };
    listen(session, "afterFlush", refuse);
    session.add(author);
    log.length = 0;
    expect(await attempt(() => session.flush())).toBeInstanceOf(RangeError);
    expect(log.toSorted()).toEqual(["Author.pendingToTransient", "Book.pendingToTransient"]);
  });

  test("persistent to deleted, and back: rollback() of the transaction or savepoint that deleted it", async () => {
    for (const isNested of [false, true]) {
      const [session, author, log] = await persistent();
      const savepoint = isNested ? await session.beginNested() : session;
      await session.delete(author);
      expect(log).toEqual([]);
      await session.flush();
      expect(log.splice(0)).toEqual(["Author.persistentToDeleted"]);
      expect([inspect(author).status, session.has(author), session.deleted.size]).toEqual(["deleted", false, 0]);
      await savepoint.rollback();
      expect(log).toEqual(["Author.deletedToPersistent"]);
      expect([inspect(author).status, await session.get(Author, 1)]).toEqual(["persistent", author]);
      await session.close();
      const cleaning = orm.session();
      await cleaning.delete(await cleaning.getOne(Author, 1));
      await cleaning.commit();
    }
  });

  test("deleted to detached: commit(), expunge(), close()", async () => {
    for (const way of ["commit", "close"] as const) {
      const [session, author, log] = await deleted();
      await session[way]();
      expect(log).toEqual(["Author.deletedToDetached"]);
      expect([inspect(author).status, inspect(author).session]).toEqual(["detached", null]);
      if (way === "commit") continue;
      // it was rolled back: the row is there, and so may be the object
      const other = orm.session();
      await other.delete(author);
      await other.commit();
    }
    const [session, author, log] = await deleted();
    session.expunge(author);
    expect([log, inspect(author).status]).toEqual([["Author.deletedToDetached"], "detached"]);
    await session.commit();
    // the commit deleted the row, whoever has the object
    expect(wasDeleted(author)).toBe(true);
    expect(() => session.add(author)).toThrow(/was deleted/);
  });

  test("inserted and deleted in one transaction: its rollback takes back the one, then the other", async () => {
    const session = orm.session();
    const author = new Author({ name: "a" });
    session.add(author);
    await session.flush();
    await session.delete(author);
    await session.flush();
    const log = told(session);
    await session.rollback();
    expect(log).toEqual(["Author.deletedToPersistent", "Author.persistentToTransient"]);
    expect([inspect(author).status, { ...author }]).toEqual(["transient", { name: "a" }]);
  });

  test("persistent to detached: expunge(), expungeAll(), close(), reset(), invalidate()", async () => {
    const ways: readonly ((session: AsyncSession, author: Author) => unknown)[] = [
      (session, author) => session.expunge(author),
      (session) => session.expungeAll(),
      (session) => session.close(),
      (session) => session.reset(),
    ];
    for (const way of ways) {
      const [session, author, log] = await persistent();
      await way(session, author);
      expect(log).toEqual(["Author.persistentToDetached"]);
      expect([inspect(author).status, inspect(author).session, author.name]).toEqual(["detached", null, "ann"]);
      await session.close();
      const cleaning = orm.session();
      await cleaning.delete(await cleaning.getOne(Author, 1));
      await cleaning.commit();
    }
  });

  // departure (DESIGN 3): what happened to its row meanwhile is not known, so whoever asks for it reads it anew
  test("an object that comes back to a session is stale", async () => {
    const [session, author] = await detached();
    const elsewhere = orm.session();
    (await elsewhere.getOne(Author, 1)).name = "theirs";
    await elsewhere.commit();
    session.add(author);
    expect([author.name, inspect(author).stale, session.isModified(author)]).toEqual(["ann", true, false]);
    orm.log();
    expect(await session.get(Author, 1)).toBe(author);
    expect([author.name, orm.log().length]).toEqual(["theirs", 1]);
  });

  test("detached to persistent: add(), and delete(), which marks it too", async () => {
    const [session, author, log] = await detached();
    session.add(author);
    expect([log, inspect(author).status, session.has(author)]).toEqual([back, "persistent", true]);
    session.expunge(author);
    log.length = 0;
    await session.delete(author);
    expect([log, inspect(author).status, [...session.deleted]]).toEqual([back, "persistent", [author]]);
    await session.commit();
    expect(await orm.rows(select(Author.c.id))).toEqual([]);
  });

  test("a listener that hears of it first can keep an object out", async () => {
    const session = orm.session();
    listen(session, "beforeAttach", ({ object }) => {
      if ((object as Author).name === "no") throw new RangeError("not this one");
    });
    const author = new Author({ name: "no" });
    expect(await attempt(() => session.add(author))).toBeInstanceOf(RangeError);
    expect([inspect(author).status, session.has(author), session.new.size]).toEqual(["transient", false, 0]);
    author.name = "yes";
    session.add(author);
    await session.commit();
    expect(await orm.rows(select(Author.c.name))).toEqual(["yes"]);
  });

  test("makeTransient() forgets session, key, row, deletion and what was expired; a copy can be inserted", async () => {
    const [session, author, log] = await persistent();
    session.expire(author, ["born"]);
    makeTransient(author);
    expect(log).toEqual(["Author.persistentToDetached"]);
    expect([inspect(author).status, inspect(author).identity, author.id, author.born]).toEqual([
      "transient",
      null,
      1,
      null,
    ]);
    author.id = 2;
    session.add(author);
    await session.commit();
    expect(await orm.rows(select(Author.c.id, Author.c.name).orderBy(Author.c.id))).toEqual([
      [1, "ann"],
      [2, "ann"],
    ]);
    await session.delete(author);
    await session.flush();
    makeTransient(author);
    expect([wasDeleted(author), inspect(author).status]).toEqual([false, "transient"]);
    session.add(author); // what was deleted can be inserted again, in the same transaction
    await session.commit();
    expect(await orm.rows(select(Author.c.id).orderBy(Author.c.id))).toEqual([1, 2]);
  });

  test("makeTransient() is not taken back by the rollback of a transaction that wrote the object", async () => {
    const [session, author] = await persistent();
    author.name = "changed";
    await session.flush();
    makeTransient(author);
    await session.rollback();
    expect([inspect(author).status, inspect(author).identity, author.name]).toEqual(["transient", null, "changed"]);
    expect(await attempt(() => session.delete(author))).toMatchObject({
      message: expect.stringMatching(/is not persisted/) as string,
    });
    author.id = 2;
    session.add(author);
    await session.commit();
    expect(await orm.rows(select(Author.c.id, Author.c.name).orderBy(Author.c.id))).toEqual([
      [1, "ann"],
      [2, "changed"],
    ]);
  });

  test("what is made transient and added again is new, whatever the transaction had done with it: told, and taken back", async () => {
    for (const way of ["delete", "change", "insert"] as const) {
      const [session, author, log] = way === "insert" ? await pending() : await persistent();
      if (way === "delete") await session.delete(author);
      else author.name = "changed";
      await session.flush();
      if (way === "insert") session.expunge(author);
      makeTransient(author);
      author.id = 7;
      session.add(author);
      log.length = 0;
      await session.flush();
      expect([way, log.splice(0)]).toEqual([way, ["Author.pendingToPersistent"]]);
      await session.rollback();
      expect([way, log]).toEqual([way, ["Author.persistentToTransient"]]);
      expect([author.id, author.name, inspect(author).status]).toEqual([
        7,
        way === "delete" ? "ann" : "changed",
        "transient",
      ]);
      await session.close();
      const cleaning = orm.session();
      for (const left of await cleaning.scalars(select(Author))) await cleaning.delete(left);
      await cleaning.commit();
    }
  });

  test("makeTransientToDetached() takes a new object with a key, and no other", async () => {
    const [session, author] = await persistent();
    for (const unfit of [author, new Author({ name: "no key" })])
      expect(() => makeTransientToDetached(unfit)).toThrow(
        /takes a new Author with a primary key that is in no session/,
      );
    session.expunge(author);
    const known = new Author({ id: 1, name: "ignored" });
    makeTransientToDetached(known);
    expect([inspect(known).status, [...inspect(known).unloaded]]).toEqual([
      "detached",
      expect.arrayContaining(["name", "born", "books"]),
    ]);
    session.add(known);
    orm.log();
    expect(await awaitableAttrs(known).name).toBe("ann");
    expect(orm.log()).toHaveLength(1);
  });
});
