import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { runAsync } from "../../../src/flow/index.ts";
import { QueuePool } from "../../../src/pool/index.ts";
import { SqliteSource } from "./sqlite-poolable.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("a connection nobody holds any more comes back by itself, reset and reported", async () => {
  const source = new SqliteSource();
  const pool = new QueuePool(source, { poolSize: 1, maxOverflow: 0 });
  const problems: string[] = [];
  pool.listen({ problem: (message) => problems.push(message) });
  const forget = async () => void (await runAsync(pool.checkoutFlow(true)));
  await forget();
  expect(pool.checkedOut()).toBe(1);
  for (let tries = 0; tries < 50 && pool.checkedOut() > 0; tries++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect([pool.checkedOut(), pool.checkedIn(), source.opened[0]?.resets]).toEqual([0, 1, 1]);
  expect(problems.join()).toContain("nobody had closed");
});
