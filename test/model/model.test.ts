import fc from "fast-check";
import { listen } from "../../src/engine/index.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AsyncEngine, createAsyncEngine } from "../../src/facade/async-engine.ts";
import { createEngine } from "../../src/facade/engine.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { empty } from "./empty.ts";
import { type Program, program, run } from "./program.ts";
import { metadata } from "./shapes.ts";
import type { Rig } from "./rig.ts";

const seed = Number(process.env["MODEL_SEED"] ?? Date.now() % 2_147_483_647);
const scale = Number(process.env["MODEL_RUNS"] ?? 1);
/** Runs in CI, by driver: 2,300 in all. */
const runs: Readonly<Record<string, number>> = {
  "better-sqlite3": 600,
  "node-sqlite": 300,
  pg: 150,
  mariadb: 150,
  mysql2: 50,
};

async function open(target: Target): Promise<AsyncEngine> {
  const url = await target.url();
  const engine = (target.mode === "sync" ? createEngine(url) : createAsyncEngine(url)) as AsyncEngine;
  await metadata.createAll(engine);
  return engine;
}

/** Fails with the seed and the shortest program that shows it, as source text. */
async function check(target: Target, engine: AsyncEngine, count: number): Promise<void> {
  const attempt = async (given: Program, begun?: (rig: Rig) => void): Promise<void> => {
    await empty(engine, target.database);
    await run(given, engine, target.mode, begun);
  };
  const result = await fc.check(
    fc.asyncProperty(program, (given) => attempt(given)),
    { seed, numRuns: count, ...(process.env["MODEL_PATH"] === undefined ? {} : { path: process.env["MODEL_PATH"] }) },
  );
  if (!result.failed) return;
  let lines: readonly string[] = [];
  let error: unknown = null;
  const [shortest] = result.counterexample ?? [];
  if (shortest !== undefined) {
    await attempt(shortest, (rig) => {
      lines = rig.lines;
    }).catch((caught: unknown) => {
      error = caught;
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  throw new Error(
    `${message}\n\nMODEL_SEED=${result.seed} MODEL_PATH=${result.counterexamplePath}\n\n${lines.join("\n")}\n`,
    { cause: error },
  );
}

test(`sync and async sessions send the same statements (seed ${seed})`, {
  timeout: 60_000 * Math.max(1, scale),
}, async () => {
  const sides = (["sync", "async"] as const).map((mode) => {
    const url = "sqlite+better-sqlite3:///:memory:";
    const engine = (mode === "sync" ? createEngine(url) : createAsyncEngine(url)) as AsyncEngine;
    const log: string[] = [];
    listen(
      engine,
      "beforeCursorExecute",
      ({ sql, params }) => void log.push(`${sql} ${JSON.stringify(params, plain)}`),
    );
    return { mode, engine, log };
  });
  for (const { engine } of sides) await metadata.createAll(engine);
  const property = fc.asyncProperty(program, async (given) => {
    for (const { mode, engine, log } of sides) {
      await empty(engine, "sqlite");
      log.length = 0;
      await run(given, engine, mode);
    }
    expect(sides[0]?.log).toEqual(sides[1]?.log);
  });
  await fc.assert(property, { seed, numRuns: Math.ceil(150 * scale) });
  for (const { engine } of sides) await engine.dispose();
});

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

describeTargets("random programs", (target) => {
  let engine: AsyncEngine;
  beforeAll(async () => {
    engine = await open(target);
  });
  afterAll(async () => {
    await engine?.dispose();
  });
  const count = Math.ceil((runs[target.driver] ?? 100) * scale);
  test(`${count} of them agree with the oracle (seed ${seed})`, { timeout: 60_000 * Math.max(1, scale) }, async () => {
    await check(target, engine, count);
    expect(engine.pool.checkedOut()).toBe(0);
  });
});
