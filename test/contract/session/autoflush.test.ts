// When a session writes by itself (spec B6): before what, before what not, and what it says when that fails.
import { awaitableAttrs, IntegrityError, insert, listen, select, text, update } from "athanor";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { Session } from "../../../src/facade/session.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter, Tag } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

describeTargets("autoflush", (target) => {
  const orm = useOrm(target, Base);
  const verbs = (): readonly string[] => orm.log().map((sql) => sql.split(" ")[0] ?? "");

  /** What is sent by an operation of a session that has something new. */
  async function sentBy(
    operation: (session: AsyncSession, author: Author) => unknown,
    options: { readonly autoflush?: boolean } = {},
  ): Promise<readonly string[]> {
    const session = orm.session(options);
    const author = await session.getOne(Author, 1);
    session.add(new Tag({ name: "new" }));
    orm.log();
    await operation(session, author);
    const sent = verbs();
    await session.close();
    return sent;
  }

  const saveAuthor = (): Promise<void> => orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }));

  test("comes before statements of every kind, also raw SQL and those that read nothing the flush writes", async () => {
    coloursDiffer("the legacy query is for sync sessions");
    await saveAuthor();
    const query = select(Author.c.name);
    expect(await sentBy((session) => session.execute(query))).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session) => session.scalars(query))).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session) => session.scalar(query))).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session) => session.execute(text("SELECT 1")))).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session) => session.execute(update(Author).values({ born: 1 })))).toEqual([
      "INSERT",
      "UPDATE",
    ]);
    expect(await sentBy((session) => session.execute(insert(Letter), [{ text: "a" }]))).toEqual(["INSERT", "INSERT"]);
    expect(await sentBy(async (session) => (await session.stream(query)).all())).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy(async (session) => (await session.streamScalars(query)).all())).toEqual(["INSERT", "SELECT"]);
    if (target.mode === "sync")
      expect(await sentBy((session) => (session as unknown as Session).query(Author).all())).toEqual([
        "INSERT",
        "SELECT",
      ]);
  });

  test("comes before relationships and expired columns are loaded, before refresh() and merge()", async () => {
    coloursDiffer("only a sync session loads an attribute when it is read");
    await saveAuthor();
    expect(await sentBy((_session, author) => awaitableAttrs(author).books)).toEqual(["INSERT", "SELECT"]);
    const expired = (session: AsyncSession, author: Author): unknown => {
      session.expire(author, ["name", "born"]);
      return session.loadAttribute(author, "name");
    };
    expect(await sentBy(expired)).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session, author) => session.refresh(author))).toEqual(["INSERT", "SELECT"]);
    expect(await sentBy((session) => session.merge(new Book({ id: 1, title: "x" })))).toEqual(["INSERT", "SELECT"]);
    if (target.mode === "sync") expect(await sentBy((_session, author) => author.books)).toEqual(["INSERT", "SELECT"]);
  });

  test("comes before get() only when that has to ask the database", async () => {
    await saveAuthor();
    // departure: a change of another object that is there cannot hide the row, so it waits; the reference writes it, too
    const changed = async (session: AsyncSession, author: Author): Promise<void> => {
      session.expunge([...session.new][0] as Tag);
      author.name = "changed";
      await session.get(Author, 2);
    };
    expect(await sentBy(changed)).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.get(Author, 1))).toEqual([]);
    expect(await sentBy((session) => session.get(Author, 2))).toEqual(["INSERT", "SELECT"]);
    const stale = async (session: AsyncSession): Promise<void> => {
      await session.commit();
      session.add(new Tag({ name: "newer" }));
      orm.log();
      await session.get(Author, 1);
    };
    expect(await sentBy(stale)).toEqual(["INSERT", "SELECT"]);
    const again = (session: AsyncSession): unknown => session.get(Author, 1, { populateExisting: true });
    expect(await sentBy(again)).toEqual(["INSERT", "SELECT"]);
  });

  test("off: nothing but beginNested() and commit() write", async () => {
    await saveAuthor();
    const off = { autoflush: false };
    expect(await sentBy((session) => session.scalars(select(Author.c.name)), off)).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.execute(text("SELECT 1")), off)).toEqual(["SELECT"]);
    expect(await sentBy((_session, author) => awaitableAttrs(author).books, off)).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.get(Author, 2), off)).toEqual(["SELECT"]);
    expect(await sentBy((session, author) => session.refresh(author), off)).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.merge(new Book({ id: 1, title: "x" })), off)).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.beginNested(), off)).toEqual(["INSERT"]);
    expect(await sentBy((session) => session.commit(), off)).toEqual(["INSERT"]);
  });

  test("can be turned off for one statement: by the call, by the statement", async () => {
    await saveAuthor();
    const query = select(Author.c.name);
    const without = { autoflush: false };
    expect(await sentBy((session) => session.scalars(query, undefined, without))).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.execute(text("SELECT 1"), undefined, without))).toEqual(["SELECT"]);
    expect(await sentBy((session) => session.execute(query.executionOptions(without)))).toEqual(["SELECT"]);
    expect(await sentBy(async (session) => (await session.stream(query, undefined, without)).all())).toEqual([
      "SELECT",
    ]);
  });

  test("is told and set by a property, which noAutoflush() leaves as it was", async () => {
    await saveAuthor();
    const session = orm.session({ autoflush: false });
    expect(session.autoflush).toBe(false);
    session.autoflush = true;
    session.add(new Tag({ name: "new" }));
    orm.log();
    await session.scalar(select(Author.c.name));
    expect(verbs()).toEqual(["INSERT", "SELECT"]);
    session.autoflush = false;
    await session.noAutoflush(() => {
      expect(session.autoflush).toBe(false);
    });
    expect(session.autoflush).toBe(false);
    expect(() => {
      session.autoflush = "yes" as never;
    }).toThrow(/session\.autoflush is true or false, not a string/);
  });

  test("is off within noAutoflush(), and on again after it, also when it throws", async () => {
    await saveAuthor();
    const session = orm.session();
    session.add(new Tag({ name: "new" }));
    const count = select(Tag.c.name);
    const quiet = await session.noAutoflush(() => session.scalars(count) as never);
    expect((quiet as { all(): unknown }).all()).toEqual([]);
    const failing = (): never => {
      throw new RangeError("of the program's");
    };
    expect(await attempt(() => session.noAutoflush(failing))).toBeInstanceOf(RangeError);
    const rejected = await attempt(() =>
      session.noAutoflush(
        () => session.noAutoflush(() => session.execute(text("SELECT nothing_such")) as never) as never,
      ),
    );
    expect(rejected).toBeInstanceOf(Error);
    if (target.database === "postgresql") await session.rollback();
    else expect((await session.scalars(count)).all()).toEqual(["new"]);
    session.add(new Tag({ name: "newer" }));
    expect((await session.scalars(count.where(Tag.c.name.eq("newer")))).all()).toEqual(["newer"]);
  });

  test("is not begun again while a flush is under way", async () => {
    await saveAuthor();
    const session = orm.session();
    const found: unknown[] = [];
    const read = select(Tag.c.name);
    listen(session, "afterFlush", ({ session: own }) => {
      own.add(new Tag({ name: "later" }));
      const note = (rows: { all(): unknown }): void => void found.push(rows.all());
      const answer: unknown = own.scalars(read);
      return answer instanceof Promise ? answer.then(note) : note(answer as { all(): unknown });
    });
    session.add(new Tag({ name: "first" }));
    await session.flush();
    expect(found).toEqual([["first"]]);
    expect(session.new.size).toBe(1);
    await session.rollback();
  });

  test("does not come before a new object loads a relationship by the key it was given", async () => {
    await saveAuthor();
    const session = orm.session();
    const book = new Book({ authorId: 1 });
    session.add(book);
    session.enableRelationshipLoading(book);
    orm.log();
    expect(((await awaitableAttrs(book).author) as Author).name).toBe("ann");
    expect(verbs()).toEqual(["SELECT"]);
    expect(session.new.has(book)).toBe(true);
  });

  test("does not come before what needs no SQL: a reference that is NULL, one to a loaded object", async () => {
    await orm.save(new Author({ id: 1, name: "ann", books: [new Book({ id: 1 })] }), new Book({ id: 2 }));
    const session = orm.session();
    const [author, owned, free] = [
      await session.getOne(Author, 1),
      await session.getOne(Book, 1),
      await session.getOne(Book, 2),
    ];
    session.add(new Tag({ name: "new" }));
    orm.log();
    expect(await awaitableAttrs(free).author).toBe(null);
    expect(free.author).toBe(null);
    expect(await awaitableAttrs(owned).author).toBe(author);
    expect(verbs()).toEqual([]);
    expect(session.new.size).toBe(1);
  });

  test("that fails says that it was one, and what to do; the error is the database's", async () => {
    await saveAuthor();
    const session = orm.session();
    session.add(new Author({ id: 1, name: "again" }));
    const early = await attempt(() => session.scalars(select(Book.c.id)));
    expect(early).toBeInstanceOf(IntegrityError);
    expect((early as Error).message).toMatch(/^\(raised by an autoflush; .*noAutoflush/u);
    await session.rollback();
    session.add(new Author({ id: 1, name: "again" }));
    const asked = await attempt(() => session.flush());
    expect(asked).toBeInstanceOf(IntegrityError);
    expect((asked as Error).message).not.toMatch(/autoflush/u);
    await session.rollback();
  });
});
