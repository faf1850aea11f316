import { expect, test } from "vitest";
import { ArgumentError, InvalidRequestError } from "../../../src/errors/index.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import {
  aliased,
  awaitableAttrs,
  declarativeBase,
  immediateload,
  joinedload,
  lazyload,
  listen,
  many,
  maybe,
  selectinload,
  subqueryload,
  withLoaderCriteria,
} from "../../../src/orm/index.ts";
import { boolean, integer, string } from "../../../src/schema/index.ts";
import { func, type Select, select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { attempt, useOrm } from "./open-orm.ts";

const Base = declarativeBase();

class Forum extends Base.mapped("forum", {
  id: integer().primaryKey(),
  name: string(20),
  get threads() {
    return many(Thread, { backPopulates: "forum", orderBy: Thread.c.id });
  },
}) {}

class Thread extends Base.mapped("thread", {
  id: integer().primaryKey(),
  title: string(20),
  hidden: boolean().default(false),
  get forumId() {
    return integer().nullable().references(Forum.c.id);
  },
  get forum() {
    return maybe(Forum, { backPopulates: "threads" });
  },
}) {}

describeTargets("withLoaderCriteria (B14, B15)", (target) => {
  const orm = useOrm(target, Base);
  const forums = select(Forum).orderBy(Forum.c.name);
  const threads = select(Thread).orderBy(Thread.c.title);
  const visible = withLoaderCriteria(Thread, (thread) => thread.hidden.eq(false));
  const read = async <T extends object, K extends keyof T>(object: T, key: K): Promise<T[K]> =>
    target.mode === "sync" ? object[key] : await awaitableAttrs(object)[key];
  const save = (): Promise<void> =>
    orm.save(
      new Forum({ name: "f", threads: [new Thread({ title: "a" }), new Thread({ title: "b", hidden: true })] }),
      new Forum({ name: "g", threads: [new Thread({ title: "c", hidden: true })] }),
    );
  const titles = async (session: AsyncSession, query: typeof threads): Promise<readonly string[]> =>
    (await session.scalars(query)).all().map((thread) => thread.title);

  test("holds wherever the class stands: selected, counted, joined, in subqueries and in columns alone", async () => {
    await save();
    const session = orm.session();
    expect(await titles(session, threads.options(visible))).toEqual(["a"]);
    expect(await session.scalar(select(func.count()).selectFrom(Thread).options(visible))).toBe(1);
    expect((await session.scalars(select(Thread.c.title).options(visible))).all()).toEqual(["a"]);
    const joined = select(Forum.c.name, Thread.c.title).join(Forum.c.threads).orderBy(Forum.c.name);
    expect((await session.execute(joined.options(visible))).all()).toEqual([["f", "a"]]);
    const outer = select(Forum.c.name, Thread.c.title)
      .join(Forum.c.threads, { isOuter: true })
      .orderBy(Forum.c.name)
      .options(visible);
    expect((await session.execute(outer)).all()).toEqual([
      ["f", "a"],
      ["g", null],
    ]);
    const within = forums.where(Forum.c.id.in(select(Thread.c.forumId))).options(visible);
    expect((await session.scalars(within)).all().map((forum) => forum.name)).toEqual(["f"]);
    const having = forums.where(Forum.c.threads.any()).options(visible);
    expect((await session.scalars(having)).all().map((forum) => forum.name)).toEqual(["f"]);
    const plainJoin = select(Forum.c.name).join(Thread).options(visible);
    expect((await session.scalars(plainJoin)).all()).toEqual(["f"]);
    expect(
      await attempt(() => session.execute(select(Forum.c.name).join(Thread, { isOuter: true }).options(visible))),
    ).toBeInstanceOf(InvalidRequestError);
  });

  test("aliases are left alone unless includeAliases", async () => {
    await save();
    const [session, other] = [orm.session(), aliased(Thread)];
    const query = select(other.c.title).orderBy(other.c.title);
    expect((await session.scalars(query.options(visible))).all()).toEqual(["a", "b", "c"]);
    const all = withLoaderCriteria(Thread, Thread.c.hidden.eq(false), { includeAliases: true });
    expect((await session.scalars(query.options(all))).all()).toEqual(["a"]);
  });

  test("holds for what comes with the objects, by every strategy, and with the values of each execution", async () => {
    await save();
    for (const load of [selectinload, joinedload, subqueryload, immediateload, lazyload]) {
      for (const title of ["a", "c"]) {
        const session = orm.session();
        const only = withLoaderCriteria(Thread, Thread.c.title.eq(title));
        const found = (await session.scalars(forums.options(load(Forum.c.threads), only))).all();
        const lists: (readonly string[])[] = [];
        for (const forum of found) lists.push((await read(forum, "threads")).map((thread) => thread.title));
        expect(lists, load.name).toEqual(title === "a" ? [["a"], []] : [[], ["c"]]);
        await session.close();
      }
    }
  });

  test("a reference under criteria is asked for, though the session has the object", async () => {
    await save();
    const session = orm.session();
    await session.scalars(forums);
    const none = withLoaderCriteria(Forum, Forum.c.name.ne("f"));
    const [a] = (await session.scalars(threads.options(none))).all() as [Thread];
    expect(await read(a, "forum")).toBeNull();
  });

  test("propagateToLoaders: false ends with the query", async () => {
    await save();
    const lengths: number[] = [];
    for (const propagateToLoaders of [true, false]) {
      const session = orm.session();
      const option = withLoaderCriteria(Thread, (thread) => thread.hidden.eq(false), { propagateToLoaders });
      const [forum] = (await session.scalars(forums.options(option))).all() as [Forum];
      lengths.push((await read(forum, "threads")).length);
      await session.close();
    }
    expect(lengths).toEqual([1, 2]);
  });

  test("a doOrmExecute listener adds it to every query, lazy loads included", async () => {
    await save();
    const session = orm.session();
    const loads: boolean[] = [];
    listen(session, "doOrmExecute", (event) => {
      if (!event.isSelect || event.isColumnLoad) return;
      loads.push(event.isRelationshipLoad);
      event.statement = (event.statement as Select).options(
        withLoaderCriteria(Thread, (thread) => thread.hidden.eq(false), { propagateToLoaders: false }),
      );
    });
    expect(await titles(session, threads)).toEqual(["a"]);
    session.expungeAll();
    const [forum] = (await session.scalars(forums)).all() as [Forum];
    expect((await read(forum, "threads")).map((thread) => thread.title)).toEqual(["a"]);
    session.expungeAll();
    const [eager] = (await session.scalars(forums.options(selectinload(Forum.c.threads)))).all() as [Forum];
    expect(eager.threads.map((thread) => thread.title)).toEqual(["a"]);
    expect(loads).toEqual([false, false, true, false, true]);
  });

  test("get and refresh are by key, whatever the criteria", async () => {
    await save();
    const session = orm.session();
    const [, hidden] = (await session.scalars(threads)).all() as [Thread, Thread];
    await session.refresh(hidden);
    expect(hidden.title).toBe("b");
  });

  test("takes a condition of a mapped class", () => {
    expect(() => withLoaderCriteria(Thread, "hidden" as never)).toThrow(ArgumentError);
    expect(() => withLoaderCriteria({} as never, Thread.c.hidden.eq(false))).toThrow(/not mapped/u);
  });
});
