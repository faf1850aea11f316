import { expect, test } from "vitest";
import { NullPool, QueuePool, StaticPool } from "../../src/pool/index.ts";
import { type AsyncDriverPool, createAsyncPoolFromUrl, createPoolFromUrl } from "../../src/facade/driver-pool.ts";
import { createAsyncEngine } from "../../src/facade/async-engine.ts";
import { createEngine } from "../../src/facade/engine.ts";
import { text } from "../../src/sql/index.ts";
import type { DriverPoolOptions } from "../../src/engine/index.ts";
import { describeTargets, type Target, testOn } from "../targets/index.ts";
import { openEngineAt } from "./open-engine.ts";

const plainly = { prepare: false, exactIntegers: false };

describeTargets("a pool without an engine", (target) => {
  const make = (url: string, options: DriverPoolOptions = {}): AsyncDriverPool =>
    target.mode === "sync"
      ? (createPoolFromUrl(url, options) as unknown as AsyncDriverPool)
      : createAsyncPoolFromUrl(url, options);

  test("gives out connections of the driver, and takes them back", async () => {
    const pool = make(await target.url());
    expect([pool.checkedOut(), pool.checkedIn(), pool.url.dialect]).toEqual([0, 0, dialectOf(target)]);
    const first = await pool.connect();
    first.info["seen"] = true;
    const { rows } = await first.driverConnection.execute("SELECT 1", [], plainly);
    expect(rows.map((row) => row.map(Number))).toEqual([[1]]);
    expect(pool.checkedOut()).toBe(1);
    await first.close();
    const second = await pool.connect();
    expect(second.info).toEqual({ seen: true });
    await second.close();
    expect([pool.checkedOut(), pool.checkedIn()]).toEqual([0, 1]);
    await pool.dispose();
    expect(pool.checkedIn()).toBe(0);
  });

  test("serves engines as their pool", async () => {
    const url = await target.url();
    const pool = make(url, { poolResetOnReturn: "rollback" });
    const [one, other] = [openEngineAt(url, target, { pool }), openEngineAt(url, target, { pool })];
    await one.begin((conn) => conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY)")));
    await one.execute(text("INSERT INTO item (id) VALUES (:id)"), { id: 7 });
    expect((await other.execute(text("SELECT id FROM item"))).scalar()).toBe(7);
    expect([one.pool, other.pool]).toEqual([pool, pool]);
    expect([pool.checkedOut(), pool.checkedIn()]).toEqual([0, 1]);
    await pool.dispose();
  });

  test("rolls back what was left open on a connection", async () => {
    const pool = make(await target.url());
    const first = await pool.connect();
    await first.driverConnection.executeScript(["CREATE TABLE item (id INTEGER PRIMARY KEY)"]);
    await first.driverConnection.executeScript("BEGIN");
    await first.driverConnection.execute("INSERT INTO item VALUES (1)", [], plainly);
    await first.close();
    const second = await pool.connect();
    expect((await second.driverConnection.execute("SELECT id FROM item", [], plainly)).rows).toEqual([]);
    await second.close();
    await pool.dispose();
  });

  testOn(target, ["many connections", "waiting for a connection"], "holds to its size", async () => {
    const pool = make(await target.url(), { poolSize: 1, maxOverflow: 0, poolTimeout: 0.05 });
    const only = await pool.connect();
    await expect(pool.connect()).rejects.toThrow(/QueuePool limit of size 1 overflow 0 reached/);
    await only.close();
    await (await pool.connect()).close();
    await pool.dispose();
  });
});

function dialectOf({ database }: Target): string {
  return database;
}

test("the class of the pool is that of an engine of the URL, or the one asked for", async () => {
  const options = { poolClass: NullPool };
  for (const [url, expected, given] of [
    ["sqlite:///:memory:", StaticPool, {}],
    ["sqlite:///shop.db", QueuePool, {}],
    ["postgresql://h/shop", QueuePool, {}],
    ["sqlite:///shop.db", NullPool, options],
  ] as const) {
    expect(createAsyncPoolFromUrl(url, given).status()).toBe(statusOf(expected));
  }
});

function statusOf(Class: typeof NullPool | typeof QueuePool | typeof StaticPool): string {
  return new Class({ connectFlow: unused, resetFlow: unused }).status();
}

function unused(): never {
  throw new Error("nothing is to be opened here");
}

test("wrong options and URLs are refused, naming the function", () => {
  expect(() => createPoolFromUrl("sqlite:///:memory:", { echo: true } as never)).toThrow(
    'createPoolFromUrl has no option "echo".',
  );
  expect(() => createAsyncPoolFromUrl("sqlite:///:memory:", { poolSize: -1 })).toThrow(
    "The option poolSize of createAsyncPoolFromUrl must be a whole number from 0, not -1.",
  );
  expect(() => createPoolFromUrl("shop.db")).toThrow(/This is not a database URL/);
  expect(() => createPoolFromUrl("sqlite:///:memory:", null as never)).toThrow(
    "The options of createPoolFromUrl are an object.",
  );
});

test("engines refuse a pool of another database, and sync ones a pool that must be waited for", () => {
  const pool = createAsyncPoolFromUrl("postgresql://h/shop");
  expect(() => createAsyncEngine("sqlite:///:memory:", { pool })).toThrow(
    "The pool given has connections to postgresql, and the engine's URL says sqlite.",
  );
  expect(() => createEngine("postgresql://h/shop", { pool })).toThrow(/must be waited for.*createPoolFromUrl\(\)/);
  expect(createAsyncEngine("postgresql://h/shop", { pool }).pool).toBe(pool);
});
