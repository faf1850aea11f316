import {
  declarativeBase,
  integer,
  InvalidRequestError,
  listen,
  NoResultFound,
  ObjectDeletedError,
  select,
  selectinload,
  string,
  text,
  unlisten,
} from "athanor";
import { beforeEach, describe, expect, it } from "vitest";
import { deleteFrom, update } from "../../../src/sql/index.ts";
import { awaitableAttrs } from "../../../src/orm/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book, Profile, Shelf } from "../orm/library.ts";
import { plain, useOrm } from "../orm/open-orm.ts";

const Other = declarativeBase();
class Country extends Other.mapped("country", { code: string(10).primaryKey(), name: string(40) }) {}
class Gauge extends Other.mapped("gauge", { id: integer().primaryKey(), level: integer() }, { alwaysRefresh: true }) {}

const ids = Array.from({ length: 16 }, (_each, index) => index + 1);
const byId = select(Author).orderBy(Author.c.id);

describeTargets("reads started together", (target) => {
  describe.runIf(target.mode === "async")("in an async session", () => {
    const orm = useOrm(target, Base);
    /** The statements sent: their first word and the table read. */
    const sent = (): readonly string[] =>
      orm.log().map((sql) => {
        const [, table = ""] = /(?:FROM|INTO|UPDATE) "(\w+)"/u.exec(plain(sql)) ?? [];
        return `${sql.split(/\s/u)[0]} ${table}`.trim();
      });

    beforeEach(async () => {
      await orm.save(
        ...ids.map(
          (id) =>
            new Author({
              id,
              name: `n${id}`,
              books: [new Book({ id, title: `t${id}` }), new Book({ id: 100 + id, title: `u${id}` })],
              profile: new Profile({ id, motto: `m${id}` }),
            }),
        ),
      );
    });

    it("look-ups by key are one statement", async () => {
      const session = orm.session();
      const found = await Promise.all(ids.map((id) => session.get(Author, id)));
      expect(found.map((author) => author?.name)).toEqual(ids.map((id) => `n${id}`));
      const [sql, ...more] = orm.log();
      expect(more).toEqual([]);
      expect(plain(sql as string)).toMatch(/WHERE "author"\."id" (IN \(|= ANY)/u);
      // and none for what is there
      expect(await Promise.all(ids.map((id) => session.get(Author, id)))).toEqual(found);
      expect(await Promise.all([session.get(Author, 3), session.get(Author, 3)])).toEqual([found[2], found[2]]);
      expect(orm.log()).toEqual([]);
    });

    it("one alone is the statement it always was", async () => {
      const session = orm.session();
      await session.get(Author, 1);
      await session.get(Author, 2);
      expect(orm.log().map((sql) => /= (\?|\$1)$/u.test(sql.trim()))).toEqual([true, true]);
    });

    it("gives each caller its own: rows, no row, the same key twice, the identity map", async () => {
      const session = orm.session();
      const first = await session.get(Author, 1);
      orm.log();
      const [known, missing, second, again, third] = await Promise.all([
        session.get(Author, 1),
        session.get(Author, 999),
        session.get(Author, 2),
        session.get(Author, 2),
        session.getOne(Author, { id: 3 }),
      ]);
      expect([known, missing]).toEqual([first, null]);
      expect([second?.name, third.name]).toEqual(["n2", "n3"]);
      expect(again).toBe(second);
      expect(sent()).toEqual(["SELECT author"]);
    });

    it("refuses to each caller what only it asked wrongly", async () => {
      const session = orm.session();
      const results = await Promise.allSettled([
        session.get(Author, 1),
        session.get(Author, [1, 2] as never),
        session.getOne(Author, 999),
        session.get(Author, Symbol("no key") as never),
        session.get(Author, 2),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        "fulfilled",
        "rejected",
        "rejected",
        "rejected",
        "fulfilled",
      ]);
      const [, shape, none] = results.map((result) => (result.status === "rejected" ? result.reason : null) as unknown);
      expect(shape).toBeInstanceOf(InvalidRequestError);
      expect(none).toBeInstanceOf(NoResultFound);
      expect(await session.get(Author, 3)).not.toBe(null);
    });

    it("several classes: one statement for each, whatever the order", async () => {
      const session = orm.session();
      const found = await Promise.all(
        [1, 2, 3].flatMap((id): Promise<object | null>[] => [session.get(Author, id), session.get(Book, id)]),
      );
      expect(found.map((each) => each?.constructor)).toEqual([Author, Book, Author, Book, Author, Book]);
      expect(sent()).toEqual(["SELECT author", "SELECT book"]);
    });

    it("what else is started between them is done between them", async () => {
      const session = orm.session();
      await Promise.all([
        session.get(Author, 1),
        session.get(Author, 2),
        session.scalars(select(Book).where(Book.c.id.eq(1))),
        session.get(Author, 3),
        session.get(Author, 4),
        session.get(Author, 5, { options: [selectinload(Author.c.profile)] }),
        session.get(Author, 6),
        session.get(Author, 7),
      ]);
      const sequence = ["SELECT author", "SELECT book", "SELECT author", "SELECT author", "SELECT profile"];
      expect(sent()).toEqual([...sequence, "SELECT author"]);
      const connection = await session.connection();
      await Promise.all([
        session.get(Author, 8),
        connection.execute(text("SELECT 1")),
        session.get(Author, 9),
        session.get(Author, 10),
      ]);
      expect(sent()).toEqual(["SELECT author", "SELECT", "SELECT author"]);
      await Promise.all([
        session.get(Author, 11),
        session.rollback(),
        session.get(Author, 1), // read anew: the transaction ended
        session.get(Author, 2),
      ]);
      expect(sent()).toEqual(["SELECT author", "SELECT author"]);
    });

    it("flushes once before, what a look-up may miss", async () => {
      const session = orm.session();
      const added = new Author({ id: 50, name: "new" });
      session.add(added);
      const found = await Promise.all([session.get(Author, 1), session.get(Author, 50), session.get(Author, 2)]);
      expect(found.map((author) => author?.name)).toEqual(["n1", "new", "n2"]);
      expect(found[1]).toBe(added);
      expect(sent()).toEqual(["INSERT author", "SELECT author"]);
      // given another key, not flushed
      added.id = 51;
      expect(await Promise.all([session.get(Author, 51), session.get(Author, 52)])).toEqual([added, null]);
    });

    it("a stale object whose row is gone is let go of", async () => {
      const session = orm.session();
      const [one, two] = await Promise.all([session.get(Author, 1), session.get(Author, 2)]);
      await session.commit();
      const other = orm.session();
      await other.execute(deleteFrom(Book).where(Book.c.authorId.eq(1)));
      await other.execute(deleteFrom(Profile).where(Profile.c.authorId.eq(1)));
      await other.execute(deleteFrom(Author).where(Author.c.id.eq(1)));
      await other.execute(update(Author).where(Author.c.id.eq(2)).values({ name: "other" }));
      await other.commit();
      expect(await Promise.all([session.get(Author, 1), session.get(Author, 2)])).toEqual([null, two]);
      expect(session.has(one as Author)).toBe(false);
      expect(two?.name).toBe("other");
    });

    it("keys of several columns", async () => {
      await orm.save(
        ...[1, 2, 3].map((number) => new Shelf({ building: "A|", number, label: `s${number}` })),
        new Shelf({ building: "B", number: 1, label: "b" }),
      );
      const session = orm.session();
      const found = await Promise.all([
        session.get(Shelf, ["A|", 2]),
        session.get(Shelf, { building: "B", number: 1 }),
        session.get(Shelf, ["A|", 3]),
      ]);
      expect(found.map((shelf) => shelf?.label)).toEqual(["s2", "b", "s3"]);
      expect(sent()).toEqual(["SELECT shelf"]);
    });

    it("a relationship of many objects is one statement, several are one each", async () => {
      const session = orm.session();
      const authors = (await session.scalars(byId)).all();
      orm.log();
      const books = await Promise.all(authors.map((author) => awaitableAttrs(author).books));
      expect(books.map((each) => each.map((book) => book.title))).toEqual(ids.map((id) => [`t${id}`, `u${id}`]));
      expect(sent()).toEqual(["SELECT book"]);
      session.expireAll();
      const both = await Promise.all(
        authors.map(async (author) => {
          const [profile, own] = await Promise.all([awaitableAttrs(author).profile, awaitableAttrs(author).books]);
          return [profile?.motto, own.length];
        }),
      );
      expect(both).toEqual(ids.map((id) => [`m${id}`, 2]));
      expect(sent()).toEqual(["SELECT profile", "SELECT book"]);
    });

    it("callers that go on alike stay together", async () => {
      const session = orm.session();
      const mottos = await Promise.all(
        ids.map(async (id) => {
          const book = await session.getOne(Book, id);
          const author = await awaitableAttrs(book).author;
          const profile = author === null ? null : await awaitableAttrs(author).profile;
          return profile?.motto;
        }),
      );
      expect(mottos).toEqual(ids.map((id) => `m${id}`));
      expect(sent()).toEqual(["SELECT book", "SELECT author", "SELECT profile"]);
    });

    it("expired columns of many objects are one statement", async () => {
      const session = orm.session();
      const authors = (await session.scalars(byId)).all();
      await Promise.all([session.flush(), session.flush()]);
      for (const author of authors) session.expire(author);
      orm.log();
      const names = await Promise.all(authors.map((author) => awaitableAttrs(author).name));
      expect(names).toEqual(ids.map((id) => `n${id}`));
      expect(sent()).toEqual(["SELECT author"]);
    });

    it("tells those whose row is gone, and only them", async () => {
      const session = orm.session();
      const profiles = (await session.scalars(select(Profile).orderBy(Profile.c.id).limit(3))).all();
      const [, second, third] = profiles as [Profile, Profile, Profile];
      for (const profile of profiles) session.expire(profile);
      await session.execute(deleteFrom(Profile).where(Profile.c.id.eq(2)), {}, { synchronizeSession: false });
      session.expunge(third);
      const results = await Promise.allSettled([
        ...profiles.map((profile) => session.loadAttribute(profile, "motto")),
        session.loadAttribute(second, "authorId"),
      ]);
      const outcomes = results.map((result) => (result.status === "rejected" ? String(result.reason) : result.value));
      expect(outcomes[0]).toBe("m1");
      expect(outcomes[1]).toMatch(/row of this Profile \(key 2\) is gone, so its motto/u);
      expect(outcomes[2]).toMatch(/not persistent within this Session/u);
      expect(outcomes[3]).toMatch(/so its authorId/u);
      expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(ObjectDeletedError);
    });

    it("an error of the statement goes to all that it was for, with the place of the first; the next are not touched", async () => {
      const session = orm.session();
      await session.flush();
      await session.get(Book, 1);
      const fail = ({ sql }: { readonly sql: string }): void => {
        if (!plain(sql).includes('FROM "author"')) return;
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 60;
        const error = new RangeError("refused");
        Error.stackTraceLimit = stackTraceLimit;
        throw error;
      };
      listen(orm.engine, "beforeCursorExecute", fail);
      async function firstCaller(): Promise<unknown> {
        return await session.get(Author, 1);
      }
      const results = await Promise.allSettled([
        firstCaller(),
        session.get(Book, 2),
        session.get(Author, 2),
        session.get(Book, 3),
      ]);
      unlisten(orm.engine, "beforeCursorExecute", fail);
      expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
      const [first, , third] = results as readonly [PromiseRejectedResult, unknown, PromiseRejectedResult, unknown];
      expect(third.reason).toBe(first.reason);
      expect((first.reason as Error).stack).toContain("firstCaller");
      expect((await session.get(Author, 3))?.name).toBe("n3");
    });

    it("listeners of statements hear of one", async () => {
      const session = orm.session();
      const heard: unknown[] = [];
      listen(session, "doOrmExecute", (event) => {
        heard.push([event.isRelationshipLoad, event.isColumnLoad, event.lazyLoadedFrom]);
      });
      const [first, second] = await Promise.all([session.get(Author, 1), session.get(Author, 2)]);
      expect(heard.splice(0)).toEqual([[false, false, null]]);
      await Promise.all([awaitableAttrs(first as Author).books, awaitableAttrs(second as Author).books]);
      expect(heard).toEqual([[true, false, first]]);
    });

    it('with concurrency: "raise" the second is refused, as any other operation', async () => {
      const session = orm.session({ concurrency: "raise" });
      const results = await Promise.allSettled([session.get(Author, 1), session.get(Author, 2)]);
      expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
      expect(String((results[1] as PromiseRejectedResult).reason)).toContain(
        "session.get() called while session.get()",
      );
    });
  });

  describe.runIf(target.mode === "async")("of other classes", () => {
    const orm = useOrm(target, Other);

    it("texts that only the database takes for equal find what they find alone", async () => {
      await orm.save(new Country({ code: "fr", name: "France" }), new Country({ code: "it", name: "Italy" }));
      const names = async (codes: readonly string[], together: boolean): Promise<readonly unknown[]> => {
        const session = orm.session();
        const found: unknown[] = [];
        if (together) found.push(...(await Promise.all(codes.map((code) => session.get(Country, code)))));
        else for (const code of codes) found.push(await session.get(Country, code));
        await session.close();
        return found.map((country) => (country as Country | null)?.name ?? null);
      };
      const codes = ["fr", "FR", "IT", "xx"];
      expect(await names(codes, true)).toEqual(await names(codes, false));
      orm.log();
      expect(await names(["xx", "yy", "zz"], true)).toEqual([null, null, null]);
      expect(orm.log().length).toBe(1);
    });

    it("a class that is always read again is read by one statement", async () => {
      await orm.save(new Gauge({ id: 1, level: 1 }), new Gauge({ id: 2, level: 2 }));
      const session = orm.session();
      await Promise.all([session.get(Gauge, 1), session.get(Gauge, 2)]);
      await session.execute(update(Gauge).values({ level: 7 }), {}, { synchronizeSession: false });
      orm.log();
      const gauges = await Promise.all([session.get(Gauge, 1), session.get(Gauge, 2)]);
      expect(gauges.map((gauge) => gauge?.level)).toEqual([7, 7]);
      expect(orm.log().length).toBe(1);
    });
  });

  describe.runIf(target.mode === "sync")("in a sync session", () => {
    const orm = useOrm(target, Base);

    it("are done one after the other", async () => {
      await orm.save(new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" }));
      const session = orm.session();
      const found = await Promise.all([session.get(Author, 1), session.get(Author, 2)]);
      expect(found.map((author) => author?.name)).toEqual(["a", "b"]);
      expect(orm.log().length).toBe(2);
    });
  });
});
