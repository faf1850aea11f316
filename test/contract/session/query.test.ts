import { expect, test } from "vitest";
import { NotImplementedError } from "../../../src/errors/index.ts";
import type { Session } from "../../../src/facade/session.ts";
import { selectinload } from "../../../src/orm/index.ts";
import { func } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter } from "../orm/library.ts";
import { attempt, plain, useOrm } from "../orm/open-orm.ts";

describeTargets("the legacy query", (target) => {
  const orm = useOrm(target, Base);

  if (target.mode === "async") {
    test("is refused by async sessions, with what to write instead", () => {
      const query = (): unknown => orm.session().query(Author as never);
      expect(query).toThrow(NotImplementedError);
      expect(query).toThrow("await session.scalars(select(Author).where(…))");
    });
    return;
  }

  const open = (): Session => orm.session() as unknown as Session;

  async function saved(): Promise<void> {
    const books = ["Persuasion", "Emma"].map((title) => new Book({ title }));
    await orm.save(
      new Author({ name: "Austen", born: 1775, books }),
      new Author({ name: "Brontë", born: 1816 }),
      new Author({ name: "Carroll", born: 1832 }),
    );
  }

  test("filters, orders, limits and iterates", async () => {
    await saved();
    const session = open();
    const query = session.query(Author).filter(Author.c.born.gt(1700)).orderBy(Author.c.born.desc());
    expect(orm.log()).toEqual([]);
    expect(query.all().map((author) => author.name)).toEqual(["Carroll", "Brontë", "Austen"]);
    expect([...query.offset(1).limit(1)].map((author) => author.name)).toEqual(["Brontë"]);
    expect(query.first()?.name).toBe("Carroll");
    expect(plain(orm.log().at(-1) ?? "")).toMatch(/ORDER BY "?author"?\."?born"? DESC\s+LIMIT \?/u);
    expect(session.query(Author).filterBy({ name: "Brontë", born: 1816 }).one().born).toBe(1816);
    expect(session.query(Author).filterBy({ name: "Nobody" }).oneOrNone()).toBeNull();
    expect(session.query(Author).filterBy({ name: "Nobody" }).first()).toBeNull();
    expect(await attempt(() => session.query(Author).one())).toMatchObject({ code: "mrow" });
  });

  test("gives objects of one class, values of one column, rows of several", async () => {
    await saved();
    const session = open();
    const [austen] = session.query(Author).filterBy({ name: "Austen" }).options(selectinload(Author.c.books)).all();
    expect(austen?.books.map((book) => book.title)).toEqual(["Persuasion", "Emma"]);
    expect(session.query(Author).filterBy({ name: "Austen" }).one()).toBe(austen);
    expect(session.query(Author.c.name).orderBy(Author.c.id).all()).toEqual(["Austen", "Brontë", "Carroll"]);
    expect(session.query(func.count(Author.c.id)).scalar()).toBe(3);
    const rows = session.query(Author, Book.c.title).join(Author.c.books).orderBy(Book.c.id).all();
    expect(rows).toEqual([
      [austen, "Persuasion"],
      [austen, "Emma"],
    ]);
    const counts = session
      .query(Author.c.name, func.count(Book.c.id))
      .outerJoin(Author.c.books)
      .groupBy(Author.c.name)
      .having(func.count(Book.c.id).gt(0));
    expect(counts.all()).toEqual([["Austen", 2]]);
  });

  test("counts, tells whether there are rows, and looks up by key", async () => {
    await saved();
    const session = open();
    const old = session.query(Author).filter(Author.c.born.lt(1820)).orderBy(Author.c.name);
    expect(old.count()).toBe(2);
    expect(old.limit(1).count()).toBe(1);
    expect(Boolean(session.query(old.exists()).scalar())).toBe(true);
    const { id } = old.first() as Author;
    expect(session.query(Author).get(id)?.name).toBe("Austen");
    expect(session.query(Author).get(id + 77)).toBeNull();
    expect(await attempt(() => old.get(id))).toMatchObject({ message: expect.stringContaining("oneOrNone()") });
  });

  test("updates and deletes by one statement, and keeps objects in step", async () => {
    await saved();
    const session = open();
    const austen = session.query(Author).filterBy({ name: "Austen" }).one();
    orm.log();
    expect(session.query(Author).filter(Author.c.born.lt(1820)).update({ born: 1800 })).toBe(2);
    expect(austen.born).toBe(1800);
    expect(session.query(Letter).delete()).toBe(0);
    expect(session.query(Author).filterBy({ name: "Carroll" }).delete({ synchronizeSession: "fetch" })).toBe(1);
    session.commit();
    expect(session.query(Author).count()).toBe(2);
    const limited = await attempt(() => session.query(Author).limit(1).delete());
    expect(limited).toMatchObject({ message: expect.stringContaining("deleteFrom(User).where(…)") });
  });

  test("is made of a SELECT that can be used elsewhere", async () => {
    await saved();
    const session = open();
    const query = session.query(Author).filter(Author.c.born.lt(1800));
    expect(session.scalars(query.statement).one().name).toBe("Austen");
    expect(await attempt(() => session.query(Author.c.name).filterBy({ name: "x" } as never))).toMatchObject({
      message: expect.stringContaining("session.query(User)"),
    });
  });
});
