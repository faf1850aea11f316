import { describe, expect, test } from "vitest";
import { TimeoutError } from "../../../src/errors/index.ts";
import { runAsync, runSync } from "../../../src/flow/index.ts";
import { NullPool, StaticPool } from "../../../src/pool/index.ts";
import { SqliteSource } from "./sqlite-poolable.ts";

describe("StaticPool", () => {
  test("those who can wait have the one connection in turn", async () => {
    const source = new SqliteSource();
    const pool = new StaticPool(source);
    let inside = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const handle = await runAsync(pool.checkoutFlow(true));
        expect(++inside).toBe(1);
        order.push(n);
        await new Promise((resolve) => setTimeout(resolve, n % 2));
        inside--;
        await runAsync(handle.checkinFlow());
      }),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(source.opened).toHaveLength(1);
    expect([pool.checkedIn(), pool.checkedOut()]).toEqual([1, 0]);
  });

  test("a wait ends with advice", async () => {
    const pool = new StaticPool(new SqliteSource(), { poolTimeout: 0.01 });
    await runAsync(pool.checkoutFlow(true));
    await expect(runAsync(pool.checkoutFlow(true))).rejects.toThrow(TimeoutError);
    await expect(runAsync(pool.checkoutFlow(true))).rejects.toThrow(/in memory has only one connection/);
  });

  test("synchronous users share it; it is reset when the last one leaves", () => {
    const source = new SqliteSource();
    const pool = new StaticPool(source);
    const [one, other] = [runSync(pool.checkoutFlow(false)), runSync(pool.checkoutFlow(false))];
    expect(one.connection).toBe(other.connection);
    runSync(one.checkinFlow());
    expect(source.opened[0]?.resets).toBe(0);
    expect(other.connection?.alive).toBe(true);
    runSync(other.checkinFlow());
    expect(source.opened[0]?.resets).toBe(1);
    expect(source.open).toBe(1);
    runSync(pool.disposeFlow());
    expect(source.open).toBe(0);
  });

  test("a failed connect lets the next one try", async () => {
    const source = new SqliteSource();
    source.failures = 1;
    source.slow = true;
    const pool = new StaticPool(source);
    const [first, second] = await Promise.allSettled([1, 2].map(() => runAsync(pool.checkoutFlow(true))));
    expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
    expect(pool.checkedOut()).toBe(1);
  });
});

describe("NullPool", () => {
  test("keeps nothing", () => {
    const source = new SqliteSource();
    const pool = new NullPool(source);
    const handles = [runSync(pool.checkoutFlow(false)), runSync(pool.checkoutFlow(false))];
    expect([source.open, pool.checkedOut()]).toEqual([2, 2]);
    for (const handle of handles) runSync(handle.checkinFlow());
    expect([source.open, pool.checkedOut(), pool.checkedIn()]).toEqual([0, 0, 0]);
  });
});
