// Test files run in processes of their own: each leaves its name in a folder, and goes on when all of them are there.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const files = ["one", "two", "three", "four"];

export async function meet(name) {
  const folder = process.env.MEETING;
  writeFileSync(join(folder, name), "");
  const until = Date.now() + 20_000;
  while (readdirSync(folder).length < files.length) {
    if (Date.now() > until) throw new Error(`${name} is not run beside the others: ${readdirSync(folder).join(", ")}`);
    await sleep(5);
  }
}
