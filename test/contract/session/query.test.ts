import { expect, test } from "vitest";
import { NotImplementedError } from "../../../src/errors/index.ts";
import { Query } from "../../../src/facade/query.ts";
import type { Session } from "../../../src/facade/session.ts";
import { joinedload, selectinload } from "../../../src/orm/index.ts";
import { func } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Letter } from "../orm/library.ts";
import { attempt, plain, useOrm } from "../orm/open-orm.ts";

interface Member {
  /** As it is written; the first word is its name. */
  readonly member: string;
  readonly of: (session: Session, austen: number) => unknown;
  /** What is sent; `*` for the author's columns. */
  readonly sent: string | readonly string[];
  /** What it finds: names of objects, other values as they are. */
  readonly found: unknown;
}

const authorColumns = '"author"."id", "author"."name", "author"."born"';
const all = 'SELECT * FROM "author"';
const ids = 'SELECT "author"."name" FROM "author"';

const at = (member: string, of: Member["of"], sent: Member["sent"], found: unknown): Member => ({
  member,
  of,
  sent,
  found,
});

const members: readonly Member[] = [
  at("all()", (s) => s.query(Author).all(), all, ["Austen", "Brontë", "Carroll"]),
  at(
    "filter(…)",
    (s) => s.query(Author).filter(Author.c.born.gt(1800), Author.c.name.ne("Carroll")).all(),
    `${all} WHERE "author"."born" > ? AND "author"."name" <> ?`,
    ["Brontë"],
  ),
  at("where(…)", (s) => s.query(Author).where(Author.c.born.lt(1800)).all(), `${all} WHERE "author"."born" < ?`, [
    "Austen",
  ]),
  at(
    "filterBy({ … })",
    (s) => s.query(Author).filterBy({ name: "Brontë", born: 1816 }).all(),
    `${all} WHERE "author"."name" = ? AND "author"."born" = ?`,
    ["Brontë"],
  ),
  at(
    "join(…)",
    (s) => s.query(Author).join(Author.c.books).filter(Book.c.title.eq("Emma")).all(),
    `${all} JOIN "book" ON "author"."id" = "book"."author_id" WHERE "book"."title" = ?`,
    ["Austen"],
  ),
  at(
    "outerJoin(…)",
    (s) => s.query(Author).outerJoin(Author.c.books).filter(Book.c.id.isNull()).orderBy(Author.c.id).all(),
    `${all} LEFT OUTER JOIN "book" ON "author"."id" = "book"."author_id" WHERE "book"."id" IS NULL ORDER BY "author"."id"`,
    ["Brontë", "Carroll"],
  ),
  at(
    "selectFrom(…)",
    (s) => s.query(func.count(Author.c.id)).selectFrom(Author).scalar(),
    'SELECT count("author"."id") FROM "author"',
    3,
  ),
  at("orderBy(…)", (s) => s.query(Author).orderBy(Author.c.born.desc()).all(), `${all} ORDER BY "author"."born" DESC`, [
    "Carroll",
    "Brontë",
    "Austen",
  ]),
  at(
    "groupBy(…)",
    (s) => s.query(Book.c.authorId, func.count(Book.c.id)).groupBy(Book.c.authorId).all().length,
    'SELECT "book"."author_id", count("book"."id") FROM "book" GROUP BY "book"."author_id"',
    1,
  ),
  at(
    "having(…)",
    (s) => s.query(Book.c.authorId).groupBy(Book.c.authorId).having(func.count(Book.c.id).gt(2)).all(),
    'SELECT "book"."author_id" FROM "book" GROUP BY "book"."author_id" HAVING count("book"."id") > ?',
    [],
  ),
  at(
    "distinct()",
    (s) => s.query(Book.c.authorId).distinct().all().length,
    'SELECT DISTINCT "book"."author_id" FROM "book"',
    1,
  ),
  at("limit(n)", (s) => s.query(Author).orderBy(Author.c.id).limit(1).all(), `${all} ORDER BY "author"."id" LIMIT ?`, [
    "Austen",
  ]),
  at(
    "offset(n)",
    (s) => s.query(Author).orderBy(Author.c.id).limit(5).offset(2).all(),
    `${all} ORDER BY "author"."id" LIMIT ? OFFSET ?`,
    ["Carroll"],
  ),
  at(
    "options(…)",
    (s) =>
      s
        .query(Author)
        .filterBy({ name: "Austen" })
        .options(joinedload(Author.c.books))
        .one()
        .books.map(({ title }) => title),
    'SELECT *, "book_1"."id", "book_1"."title", "book_1"."author_id" FROM "author" LEFT OUTER JOIN "book" AS "book_1" ON ' +
      '"author"."id" = "book_1"."author_id" WHERE "author"."name" = ? ORDER BY "book_1"."id"',
    ["Persuasion", "Emma"],
  ),
  at("executionOptions({ … })", (s) => s.query(Author).executionOptions({ yieldPer: 1 }).all().length, all, 3),
  at(
    "populateExisting()",
    (s, austen) => {
      const author = s.getOne(Author, austen);
      s.autoflush = false;
      author.name = "mine";
      return s.query(Author).filterBy({ born: 1775 }).populateExisting().one();
    },
    [`${all} WHERE "author"."id" = ?`, `${all} WHERE "author"."born" = ?`],
    "Austen",
  ),
  at("first()", (s) => s.query(Author).orderBy(Author.c.id).first(), `${all} ORDER BY "author"."id" LIMIT ?`, "Austen"),
  at(
    "one()",
    (s) => s.query(Author).filterBy({ name: "Carroll" }).one(),
    `${all} WHERE "author"."name" = ?`,
    "Carroll",
  ),
  at(
    "oneOrNone()",
    (s) => s.query(Author).filterBy({ name: "Nobody" }).oneOrNone(),
    `${all} WHERE "author"."name" = ?`,
    null,
  ),
  at(
    "scalar()",
    (s) => s.query(Author.c.name).filter(Author.c.born.eq(1816)).scalar(),
    `${ids} WHERE "author"."born" = ?`,
    "Brontë",
  ),
  at(
    "get(key)",
    (s, austen) => [s.query(Author).get(austen), s.query(Author).get(austen)],
    `${all} WHERE "author"."id" = ?`,
    ["Austen", "Austen"],
  ),
  at(
    "count()",
    (s) => s.query(Author).filter(Author.c.born.gt(1800)).count(),
    `SELECT count(*) FROM (${all} WHERE "author"."born" > ?) AS "anon_1"`,
    2,
  ),
  at(
    "exists()",
    (s) => Boolean(s.query(s.query(Author).filterBy({ name: "Nobody" }).exists()).scalar()),
    `SELECT EXISTS (${all} WHERE "author"."name" = ?)`,
    false,
  ),
  at(
    "update({ … })",
    (s) => s.query(Author).filter(Author.c.born.lt(1820)).update({ born: 1800 }),
    'UPDATE "author" SET "born" = ? WHERE "author"."born" < ?',
    2,
  ),
  at(
    "delete()",
    (s) => s.query(Book).filter(Book.c.title.eq("Emma")).delete(),
    'DELETE FROM "book" WHERE "book"."title" = ?',
    1,
  ),
  at(
    "Symbol.iterator: for … of",
    (s) => [...s.query(Author).orderBy(Author.c.name)],
    `${all} ORDER BY "author"."name"`,
    ["Austen", "Brontë", "Carroll"],
  ),
  at(
    "statement",
    (s) => s.scalars(s.query(Author).filterBy({ born: 1775 }).statement).all(),
    `${all} WHERE "author"."born" = ?`,
    ["Austen"],
  ),
  at(
    "withForUpdate()",
    (s) => s.query(Author.c.name).filter(Author.c.born.eq(0)).withForUpdate({}).statement.toNode().forUpdate !== null,
    [],
    true,
  ),
];

function shown(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(shown);
  return answer instanceof Author ? answer.name : answer;
}

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

  test.each(members)("$member sends what it says", async ({ member, of, sent, found }) => {
    const [austen] = await saved();
    const session = open();
    const name = /\w+/.exec(member)?.[0] ?? "";
    expect(name === "Symbol" || name in Query.prototype).toBe(true);
    orm.log();
    const answer = of(session, austen);
    const log = orm.log().map(plain);
    expect(log).toEqual([sent].flat().map((sql) => sql.replace("SELECT *", `SELECT ${authorColumns}`)));
    expect(shown(answer)).toEqual(found);
  });

  test("every member of a query has a case", () => {
    const tried = members.map(({ member }) => /\w+/.exec(member)?.[0] ?? "");
    const own = Object.getOwnPropertyNames(Query.prototype).filter((name) => name !== "constructor");
    expect(own.filter((name) => !tried.includes(name))).toEqual([]);
  });

  test("withForUpdate() locks, where the database has such locks", async () => {
    await saved();
    open().query(Author).withForUpdate().first();
    const end = target.database === "sqlite" ? /LIMIT \?$/ : /LIMIT \? FOR UPDATE$/;
    expect(plain(orm.log().at(-1) ?? "")).toMatch(end);
  });

  async function saved(): Promise<readonly [number]> {
    const books = ["Persuasion", "Emma"].map((title) => new Book({ title }));
    const austen = new Author({ name: "Austen", born: 1775, books });
    await orm.save(austen, new Author({ name: "Brontë", born: 1816 }), new Author({ name: "Carroll", born: 1832 }));
    return [austen.id];
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
