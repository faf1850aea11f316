// Identity tokens (spec A0-12, B1): the same key from different databases is different objects of one session.
import { expect, test } from "vitest";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { Engine } from "../../../src/facade/engine.ts";
import { inspect } from "../../../src/facade/inspect.ts";
import { Session } from "../../../src/facade/session.ts";
import { ArgumentError } from "../../../src/errors/index.ts";
import { listen } from "../../../src/engine/index.ts";
import {
  awaitableAttrs,
  type BindRequest,
  declarativeBase,
  identityKey,
  listen as listenToSession,
  makeTransient,
  many,
  type OrmExecute,
  one,
  selectinload,
} from "../../../src/orm/index.ts";
import { integer, string, Table } from "../../../src/schema/index.ts";
import { deleteFrom, func, select, update } from "../../../src/sql/index.ts";
import { SessionProxy } from "../../../src/proxy/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { attempt } from "../orm/open-orm.ts";
import { openEngines } from "./open-engines.ts";

const Base = declarativeBase();
class City extends Base.mapped("shard_cities", {
  id: integer().primaryKey(),
  name: string(40),
  get people() {
    return many(Person, { backPopulates: "city", cascade: "all, delete-orphan" });
  },
  get visitors() {
    return many(Person, { secondary: visits });
  },
}) {}

class Person extends Base.mapped("shard_people", {
  id: integer().primaryKey(),
  name: string(40),
  get cityId() {
    return integer().references(City.c.id).nullable();
  },
  get city() {
    return one(City, { backPopulates: "people" });
  },
}) {}

const visits = new Table("shard_visits", Base.metadata, {
  city_id: integer().references("shard_cities.id").primaryKey(),
  person_id: integer().references("shard_people.id").primaryKey(),
});

interface Shards {
  readonly engines: Readonly<Record<"eu" | "us", AsyncEngine>>;
  readonly session: AsyncSession;
  readonly asked: BindRequest[];
  /** What was sent to each since it was asked last. */
  readonly sent: () => Readonly<Record<"eu" | "us", readonly string[]>>;
}

/** Two databases with a city and two people each, under the same keys; a session that goes by the token. */
async function open(target: Target): Promise<Shards> {
  const [eu, us] = await openEngines(target, [Base.metadata]);
  const engines = { eu, us };
  const asked: BindRequest[] = [];
  const getBind = (request: BindRequest): never => {
    asked.push(request);
    return (request.identityToken === "us" ? us : eu) as never;
  };
  for (const [shard, engine] of Object.entries(engines)) {
    const own = make(target, engine, {});
    own.add(
      new City({
        id: 1,
        name: `city ${shard}`,
        people: [1, 2].map((id) => new Person({ id, name: `${shard} ${id}` })),
      }),
    );
    await own.commit();
    await own.close();
  }
  const log = { eu: [] as string[], us: [] as string[] };
  for (const shard of ["eu", "us"] as const)
    listen(engines[shard], "beforeCursorExecute", ({ sql }) => void log[shard].push(sql.replace(/[ (].*/s, "")));
  const sent = () => ({ eu: log.eu.splice(0), us: log.us.splice(0) });
  return { engines, session: make(target, null, { getBind }), asked, sent };
}

function make(target: Target, bind: AsyncEngine | null, options: object): AsyncSession {
  if (target.mode === "async") return new AsyncSession(bind, options);
  return new Session(bind as Engine | null, options) as unknown as AsyncSession;
}

const eu = { identityToken: "eu" };
const us = { identityToken: "us" };

describeTargets("identity tokens", (target) => {
  test("get() gives an object for each token, from where getBind sends it", async () => {
    const { session, asked, sent } = await open(target);
    const [left, right] = [await session.get(City, 1, eu), await session.get(City, 1, us)];
    expect([left?.name, right?.name]).toEqual(["city eu", "city us"]);
    expect(left).not.toBe(right);
    expect(await session.get(City, 1, us)).toBe(right);
    expect(sent()).toEqual({ eu: ["SELECT"], us: ["SELECT"] });
    const plainOne = await session.getOne(City, 1);
    expect(plainOne.name).toBe("city eu");
    expect([plainOne === left, session.identityMap.size]).toEqual([false, 3]);
    expect(asked.map(({ identityToken }) => identityToken)).toEqual(["eu", "us", undefined]);
    expect(inspect(left as City).identityKey).toEqual([City, [1], "eu"]);
    expect(inspect(right as City).identityToken).toBe("us");
    expect(session.identityMap.get(identityKey(City, 1, "us"))).toBe(right);
    expect(session.identityMap.get(identityKey(City, 1))).toBe(plainOne);
    expect(session.identityMap.get(identityKey(City, 1, "ap"))).toBeUndefined();
    expect(identityKey(right as City)).toEqual([City, [1], "us"]);
    await session.close();
  });

  test("it is an execution option of statements, streams, sessions and get(), too", async () => {
    const { engines, session } = await open(target);
    const cities = select(City).options(selectinload(City.c.people));
    const found = await session.scalars(cities, undefined, us);
    const city = found.one();
    expect([city.name, city.people.map(({ name }) => name)]).toEqual(["city us", ["us 1", "us 2"]]);
    expect(await session.scalar(cities.executionOptions(us))).toBe(city);
    expect(await session.getOne(City, 1, { executionOptions: us })).toBe(city);
    expect(await session.getOne(Person, 2, us)).toBe(city.people[1]);
    const streamed = await session.streamScalars(select(City), undefined, us);
    expect(await streamed.all()).toEqual([city]);
    const proxy = new SessionProxy(session);
    expect(await proxy.get(City, 1, us)).toBe(city);
    await session.close();
    const bound = make(target, engines.us, { executionOptions: us });
    const own = await bound.getOne(City, 1);
    expect([inspect(own).identityToken, await bound.scalar(select(City))]).toEqual(["us", own]);
    await bound.close();
  });

  test("what is loaded from an object is of its token: references, collections, columns, refreshes", async () => {
    const { session, sent } = await open(target);
    const [left, right] = [await session.getOne(City, 1, eu), await session.getOne(City, 1, us)];
    sent();
    const people = await Promise.all([awaitableAttrs(left).people, awaitableAttrs(right).people]);
    expect(people.map((list) => list.map(({ name }) => name))).toEqual([
      ["eu 1", "eu 2"],
      ["us 1", "us 2"],
    ]);
    expect(sent()).toEqual({ eu: ["SELECT"], us: ["SELECT"] });
    expect(people[1]?.[0]?.city).toBe(right);
    expect(sent()).toEqual({ eu: [], us: [] });
    const person = await session.getOne(Person, 1, us);
    expect(person).toBe(people[1]?.[0]);
    session.expire(right);
    await session.refresh(right);
    expect(right.name).toBe("city us");
    session.expire(right, ["name"]);
    expect(await awaitableAttrs(right).name).toBe("city us");
    expect(sent()).toEqual({ eu: [], us: ["SELECT", "SELECT"] });
    await session.close();
  });

  test("changes and deletions are written where the object is from", async () => {
    const { engines, session, sent } = await open(target);
    const [left, right] = [await session.getOne(City, 1, eu), await session.getOne(City, 1, us)];
    const guest = await session.getOne(Person, 1, us);
    (await awaitableAttrs(right).visitors).push(guest);
    left.name = "changed eu";
    right.name = "changed us";
    sent();
    await session.flush();
    expect(sent()).toEqual({ eu: ["UPDATE"], us: ["UPDATE", "INSERT"] });
    const [, leaving] = await awaitableAttrs(right).people;
    await session.delete(leaving as Person);
    right.visitors.splice(0);
    await session.commit();
    const names = async (engine: AsyncEngine): Promise<unknown> => [
      (await engine.execute(select(City.c.name))).scalars().all(),
      (await engine.execute(select(Person.c.name).orderBy(Person.c.id))).scalars().all(),
      (await engine.execute(select(func.count(visits.c.city_id)))).scalar(),
    ];
    expect(await names(engines.eu)).toEqual([["changed eu"], ["eu 1", "eu 2"], 0]);
    expect(await names(engines.us)).toEqual([["changed us"], ["us 1"], 0]);
    await session.close();
  });

  test("bulkSaveObjects() writes objects where they are from", async () => {
    const { engines, session } = await open(target);
    const [left, right] = [await session.getOne(City, 1, eu), await session.getOne(City, 1, us)];
    session.expungeAll();
    [left.name, right.name] = ["saved eu", "saved us"];
    await session.bulkSaveObjects([left, right]);
    await session.commit();
    const stored = async (engine: AsyncEngine) => (await engine.execute(select(City.c.name))).scalars().all();
    expect([await stored(engines.eu), await stored(engines.us)]).toEqual([["saved eu"], ["saved us"]]);
    await session.close();
  });

  test("a rollback puts objects back under their tokens", async () => {
    const { session } = await open(target);
    const [left, right] = [await session.getOne(City, 1, eu), await session.getOne(City, 1, us)];
    right.name = "changed";
    await session.flush();
    await session.delete(left);
    await session.flush();
    await session.rollback();
    expect([right.name, inspect(left).status]).toEqual(["city us", "persistent"]);
    expect([await session.get(City, 1, us), await session.get(City, 1, eu)]).toEqual([right, left]);
    await session.close();
  });

  test("statements that change rows are followed by the objects of their token", async () => {
    const { session } = await open(target);
    const [left, right] = [await session.getOne(City, 1, eu), await session.getOne(City, 1, us)];
    for (const synchronizeSession of ["evaluate", "fetch"] as const) {
      const name = `by ${synchronizeSession}`;
      const statement = update(City).where(City.c.id.eq(1)).values({ name });
      await session.execute(statement, undefined, { synchronizeSession, ...us });
      expect([left.name, right.name]).toEqual(["city eu", name]);
    }
    await session.execute(update(City), [{ id: 1, name: "by key" }], us);
    expect([left.name, right.name]).toEqual(["city eu", "by key"]);
    await session.execute(deleteFrom(Person).where(Person.c.id.gt(0)), undefined, us);
    const gone = deleteFrom(City).where(City.c.name.eq("by key"));
    await session.execute(gone, undefined, us);
    expect([inspect(left).status, inspect(right).status]).toEqual(["persistent", "deleted"]);
    await session.rollback();
    await session.close();
  });

  test("merge() and detached objects keep theirs, makeTransient() does not", async () => {
    const { session } = await open(target);
    const right = await session.getOne(City, 1, us);
    session.expunge(right);
    const again = await session.getOne(City, 1, us);
    right.name = "merged";
    expect(await session.merge(right)).toBe(again);
    expect(again.name).toBe("merged");
    session.expunge(again);
    session.add(right);
    expect(await session.get(City, 1, us)).toBe(right);
    expect(await attempt(async () => session.add(again))).toBeInstanceOf(Error);
    makeTransient(again);
    expect(inspect(again).identityToken).toBeNull();
    await session.close();
  });

  test("listeners of statements are told, and others than texts and numbers are refused", async () => {
    const { session } = await open(target);
    const told: unknown[] = [];
    const note = ({ executionOptions }: OrmExecute): void => void told.push(executionOptions.identityToken);
    listenToSession(session, "doOrmExecute", note as never);
    await session.get(City, 1, us);
    await session.scalars(select(City), undefined, eu);
    expect(told).toEqual(["us", "eu"]);
    for (const identityToken of [{}, true, Number.NaN]) {
      const bad = { identityToken: identityToken as never };
      expect(await attempt(() => session.get(City, 1, bad))).toBeInstanceOf(ArgumentError);
      expect(await attempt(() => session.scalars(select(City), undefined, bad))).toBeInstanceOf(ArgumentError);
    }
    expect(() => identityKey(City, 1, [] as never)).toThrow(ArgumentError);
    await session.close();
  });
});
