import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { TimeoutError } from "../../../src/errors/index.ts";
import { runAsync, runSync } from "../../../src/flow/index.ts";
import { type PooledConnection, type PoolOptions, QueuePool } from "../../../src/pool/index.ts";
import { type SqlitePoolable, SqliteSource } from "./sqlite-poolable.ts";

type Handle = PooledConnection<SqlitePoolable>;

function makePool(options: PoolOptions = {}) {
  const source = new SqliteSource();
  const pool = new QueuePool(source, options);
  const problems: string[] = [];
  pool.listen({ problem: (message) => problems.push(message) });
  const take = () => runSync(pool.checkoutFlow(false));
  const takeLater = () => runAsync(pool.checkoutFlow(true));
  const give = (handle: Handle, clean = false) => runSync(handle.checkinFlow(clean));
  return { source, pool, problems, take, takeLater, give };
}

const idOf = (handle: Handle) => handle.connection?.id;

describe("QueuePool", () => {
  test("opens connections when they are needed and keeps them", () => {
    const { source, pool, take, give } = makePool();
    expect(source.opened).toHaveLength(0);
    const first = take();
    give(first);
    expect(idOf(take())).toBe(1);
    expect(source.opened).toHaveLength(1);
    expect([pool.size(), pool.checkedIn(), pool.checkedOut(), pool.overflow()]).toEqual([5, 0, 1, -4]);
    expect(pool.status()).toBe(
      "Pool size: 5  Connections in pool: 0 Current Overflow: -4 Current Checked out connections: 1",
    );
  });

  test("is first in, first out unless told otherwise", () => {
    for (const [poolUseLifo, expected] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const { take, give } = makePool({ poolUseLifo });
      const handles = [take(), take()];
      for (const handle of handles) give(handle);
      expect(idOf(take())).toBe(expected);
    }
  });

  test("closes what comes back beyond its size", () => {
    const { source, pool, take, give } = makePool({ poolSize: 1, maxOverflow: 1 });
    const handles = [take(), take()];
    expect(pool.overflow()).toBe(1);
    for (const handle of handles) give(handle);
    expect([source.open, pool.checkedIn(), pool.overflow()]).toEqual([1, 1, 0]);
  });

  test("has no limit with maxOverflow -1, and keeps any number with poolSize 0", () => {
    const overflowing = makePool({ poolSize: 1, maxOverflow: -1 });
    const handles = Array.from({ length: 30 }, overflowing.take);
    for (const handle of handles) overflowing.give(handle);
    expect(overflowing.source.open).toBe(1);
    const keeping = makePool({ poolSize: 0 });
    const kept = Array.from({ length: 30 }, keeping.take);
    for (const handle of kept) keeping.give(handle);
    expect(keeping.source.open).toBe(30);
  });

  test("a synchronous caller is refused at once, and told why", () => {
    const { take } = makePool({ poolSize: 1, maxOverflow: 0 });
    take();
    expect(take).toThrow(TimeoutError);
    expect(take).toThrow(/QueuePool limit of size 1 overflow 0 reached, .*synchronous call cannot wait/);
  });

  test("waiters are served in order", async () => {
    const { pool, take, takeLater, give } = makePool({ poolSize: 1, maxOverflow: 0 });
    const held = take();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (n) => {
      const handle = await takeLater();
      order.push(n);
      give(handle);
    });
    expect(order).toEqual([]);
    give(held);
    // who comes now stands behind those who wait
    const comeLate = async () => {
      const handle = await takeLater();
      order.push(4);
      give(handle);
    };
    const late = comeLate();
    await Promise.all([...waiting, late]);
    expect(order).toEqual([1, 2, 3, 4]);
    expect([pool.checkedOut(), pool.checkedIn()]).toEqual([0, 1]);
  });

  test("a wait ends with an error that names who holds what and where it was asked for", async () => {
    const { takeLater, give } = makePool({ poolSize: 1, maxOverflow: 0, poolTimeout: 0.02, captureStacks: true });
    const holdConnection = () => takeLater();
    const held = await holdConnection();
    const saveUser = async () => await takeLater();
    const error = (await saveUser().catch((reason: unknown) => reason)) as TimeoutError;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.code).toBe("3o7r");
    expect(error.message).toContain("QueuePool limit of size 1 overflow 0 reached, connection timed out, timeout 0.02");
    expect(error.message).toMatch(/In use since 0\.\d s, taken\n.*holdConnection/s);
    expect(error.stack).toContain("saveUser");
    give(held);
    give(await takeLater());
  });

  test("a wait that is over leaves no timer behind", async () => {
    const { take, takeLater, give } = makePool({ poolSize: 1, maxOverflow: 0, poolTimeout: 1000 });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const held = take();
    const waiting = takeLater();
    expect(timers()).toBe(before + 1);
    give(held);
    give(await waiting);
    expect(timers()).toBe(before);
  });

  test("a failed connect gives its slot to the next in line", async () => {
    const { source, pool, takeLater, give } = makePool({ poolSize: 1, maxOverflow: 0, poolTimeout: 1 });
    source.slow = true;
    source.failures = 1;
    const [first, second] = await Promise.allSettled([takeLater(), takeLater()]);
    expect(first).toMatchObject({ status: "rejected", reason: { message: "no route to database" } });
    expect(second?.status).toBe("fulfilled");
    if (second?.status === "fulfilled") await runAsync(second.value.checkinFlow());
    expect([pool.checkedOut(), pool.checkedIn(), pool.overflow()]).toEqual([0, 1, 0]);
    give(await takeLater().then((handle) => ((source.slow = false), handle)));
  });

  test("resets what was not ended, and only that", () => {
    const { source, take, give } = makePool();
    give(take());
    expect(source.opened[0]?.resets).toBe(1);
    give(take(), true);
    expect(source.opened[0]?.resets).toBe(1);
  });

  test("a connection that cannot be reset never comes back", () => {
    const { source, problems, pool, take, give } = makePool();
    source.onReset = () => {
      throw new TypeError("still busy");
    };
    give(take());
    expect([source.open, pool.checkedIn(), pool.checkedOut()]).toEqual([0, 0, 0]);
    expect(problems.join()).toContain("could not be reset");
    expect(idOf(take())).toBe(2);
  });

  test("giving back twice is harmless and reported", () => {
    const { pool, problems, take, give } = makePool();
    const handle = take();
    give(handle);
    give(handle);
    expect([pool.checkedIn(), pool.checkedOut()]).toEqual([1, 0]);
    expect(problems.join()).toContain("twice");
    expect(handle.connection).toBeNull();
  });

  test("replaces connections that are known to be dead, too old, or silent to a ping", async () => {
    const dead = makePool();
    dead.give(dead.take());
    (dead.source.opened[0] as SqlitePoolable).lost = true;
    expect(idOf(dead.take())).toBe(2);

    const aged = makePool({ poolRecycle: 0 });
    aged.give(aged.take());
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(idOf(aged.take())).toBe(2);

    const silent = makePool({ poolPrePing: true });
    const handles = [silent.take(), silent.take()];
    for (const handle of handles) silent.give(handle);
    (silent.source.opened[0] as SqlitePoolable).ping = () => {
      throw new TypeError("no answer");
    };
    // the second connection is of the same generation, so it is not trusted either
    expect([idOf(silent.take()), idOf(silent.take())]).toEqual([3, 4]);
    expect(silent.source.open).toBe(2);
  });

  test("invalidateAll replaces older connections, also those in use", () => {
    const { source, pool, take, give } = makePool();
    const [kept, held] = [take(), take()];
    give(kept);
    pool.invalidateAll();
    give(held);
    expect(source.opened[1]?.alive).toBe(false);
    expect(idOf(take())).toBe(3);
  });

  test("an invalidated handle opens another connection in the same slot", () => {
    const { pool, take, give } = makePool();
    const handle = take();
    handle.info["x"] = 1;
    runSync(handle.invalidateFlow());
    expect(handle.connection).toBeNull();
    expect(runSync(handle.reconnectFlow()).id).toBe(2);
    expect(handle.info).toEqual({});
    give(handle);
    expect([pool.checkedIn(), pool.overflow()]).toEqual([1, -4]);
  });

  test("dispose closes the free ones, later those in use, and the pool goes on", () => {
    const { source, pool, take, give } = makePool();
    const [kept, held] = [take(), take()];
    give(kept);
    runSync(pool.disposeFlow());
    expect([source.open, pool.checkedIn()]).toEqual([1, 0]);
    give(held);
    expect([source.open, pool.checkedIn(), pool.overflow()]).toEqual([0, 0, -5]);
    give(take());
    expect(source.open).toBe(1);
    runSync(pool.disposeFlow(false));
    expect([source.open, pool.checkedIn()]).toEqual([1, 0]);
  });

  test("who waited goes on in its own async context", async () => {
    const { take, takeLater, give } = makePool({ poolSize: 1, maxOverflow: 0 });
    const context = new AsyncLocalStorage<string>();
    const held = take();
    const waiting = context.run("requester", async () => {
      const handle = await takeLater();
      give(handle);
      return context.getStore();
    });
    context.run("returner", () => give(held));
    expect(await waiting).toBe("requester");
  });

  test("never opens more than allowed, whoever fails and leaves", async () => {
    const { source, pool, takeLater } = makePool({ poolSize: 2, maxOverflow: 1, poolTimeout: 5 });
    source.slow = true;
    source.failures = 20;
    let most = 0;
    const work = async (n: number) => {
      const handle = await takeLater();
      most = Math.max(most, source.open);
      if (n % 7 === 0) await runAsync(handle.invalidateFlow());
      await new Promise((resolve) => setTimeout(resolve, n % 3));
      await runAsync(handle.checkinFlow());
    };
    await Promise.allSettled(Array.from({ length: 200 }, (_, n) => work(n)));
    expect(most).toBeLessThanOrEqual(3);
    expect(pool.checkedOut()).toBe(0);
    expect(source.open).toBe(pool.checkedIn());
  });
});
