import { afterEach, expect, test } from "vitest";
import { type DBAPIError, OperationalError } from "../../src/errors/index.ts";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { text } from "../../src/sql/index.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { CutProxy } from "./cut-proxy.ts";
import { openEngineAt } from "./open-engine.ts";

const count = text("SELECT count(*) FROM item");
const insert = text("INSERT INTO item (id, name) VALUES (:id, :name)");
const returning = text("INSERT INTO item (id, name) VALUES (:id, :name) RETURNING id");
const rows = Array.from({ length: 20_000 }, (_, n) => ({ id: n + 1, name: `row ${n}` }));

let proxy: CutProxy;
let engine: AsyncEngine;

/** An engine with three kept connections, behind a proxy. */
async function open(target: Target): Promise<void> {
  proxy = await CutProxy.to(await target.url());
  engine = openEngineAt(proxy.url, target, { poolSize: 3, maxOverflow: 0, poolTimeout: 5 });
  await engine.begin((conn) => conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(200))")));
  const kept = await Promise.all([engine.connect(), engine.connect(), engine.connect()]);
  for (const conn of kept) await conn.close();
}

afterEach(async () => {
  // before the engine is closed, so that nothing waits for a server that is gone
  proxy.cut();
});

async function caught(body: () => unknown): Promise<DBAPIError> {
  try {
    await body();
  } catch (error) {
    return error as DBAPIError;
  }
  throw new Error("expected a failure");
}

/** While the server is away everything fails alike; once it is back, the pool serves all its slots. */
async function expectRecovery(left: number): Promise<void> {
  expect(engine.pool.checkedOut()).toBe(0);
  for (const _ of [1, 2, 3, 4]) {
    const error = await caught(() => engine.execute(count));
    expect(error).toBeInstanceOf(OperationalError);
    expect(error.isDisconnect).toBe(true);
  }
  expect(engine.pool.checkedOut()).toBe(0);
  await proxy.restore();
  const counts = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => Number((await engine.execute(count)).scalar())));
  expect(counts).toEqual(new Array(6).fill(left));
  expect([engine.pool.checkedOut(), engine.pool.checkedIn()]).toEqual([0, 3]);
}

describeTargets(
  "a server that goes away",
  (target) => {
    test("in the middle of a list of parameters", async () => {
      await open(target);
      proxy.cutAfter(150_000, "to server");
      const error = await caught(() => engine.execute(insert, rows));
      expect(error).toBeInstanceOf(OperationalError);
      expect([error.isDisconnect, error.isRetryable]).toEqual([true, true]);
      expect(error.sql).toContain("INSERT INTO item");
      await expectRecovery(0);
    });

    test("in the middle of a list of parameters whose rows come back", async () => {
      await open(target);
      proxy.cutAfter(20_000, "to client");
      const error = await caught(() => engine.execute(returning, rows));
      expect([error.isDisconnect, error.isRetryable]).toEqual([true, true]);
      await expectRecovery(0);
    });

    test("in the middle of a stream", async () => {
      await open(target);
      await engine.execute(insert, rows);
      proxy.cutAfter(100_000, "to client");
      let seen = 0;
      const error = await caught(() =>
        engine.connect(async (conn) => {
          for await (const _row of await conn.stream(text("SELECT * FROM item, (SELECT 1 UNION SELECT 2) AS twice")))
            seen++;
        }),
      );
      expect([error.isDisconnect, error.isRetryable]).toEqual([true, true]);
      expect(seen).toBeGreaterThan(0);
      await expectRecovery(rows.length);
    });

    test("while everybody is idle, or in a transaction", async () => {
      await open(target);
      const conn = await engine.connect();
      await conn.execute(insert, rows[0]);
      proxy.cut("close");
      const error = await caught(() => conn.execute(count));
      expect(error.isDisconnect).toBe(true);
      await conn.close();
      await expectRecovery(0);
    });
  },
  ["connections that can be lost", "faults from the same thread"],
);
