import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { text } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const insert = text("INSERT INTO item (id) VALUES (:id)");
const select = text("SELECT id FROM item WHERE id = :id");
const ROUNDS = 10_000;

/** One of everything that takes a connection, and gives it back. */
async function use(engine: AsyncEngine, n: number): Promise<void> {
  switch (n % 5) {
    case 0:
      return void (await engine.execute(select, { id: 1 }));
    case 1:
      return void (await engine.begin((conn) => conn.execute(select, { id: n })));
    case 2: {
      const conn = await engine.connect();
      await conn.beginNested();
      await conn.execute(select, { id: n });
      return conn.close();
    }
    case 3:
      return void (await (async () => engine.execute(insert, { id: 1 }))().catch(() => undefined));
    default: {
      const conn = await engine.connect();
      await (await conn.stream(select, { id: 1 })).fetchOne();
      return conn.close();
    }
  }
}

async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

describeTargets("ten thousand checkouts", (target) => {
  test("leave nothing behind", { timeout: 120_000 }, async () => {
    coloursDiffer("the heap is measured, which a log would fill");
    const engine = await openEngine(target, { poolSize: 2 });
    await engine.begin((conn) => conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY)")));
    await engine.execute(insert, { id: 1 });
    let n = 0;
    while (n < 1000) await use(engine, n++);
    const before = await heapUsed();
    while (n < 1000 + ROUNDS) await use(engine, n++);
    const growth = (await heapUsed()) - before;
    expect(growth).toBeLessThan(ROUNDS * 100); // bytes: an object kept for each round would be more
    expect([engine.pool.checkedOut(), engine.pool.checkedIn()]).toEqual([0, 1]);
  });
});
