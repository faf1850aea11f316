import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { frameworks } from "./frameworks/index.ts";
import { runLoad } from "./load.ts";
import { Base } from "./notes.ts";

const poolOptions = { poolSize: 10, maxOverflow: 0, poolTimeout: 20 };
/** SQLite has one writer, and its drivers wait for a lock in the thread that would have to release it. */
const oneWriter = { ...poolOptions, poolSize: 1 };
/** `npm run test:load` goes on for this long with each framework; otherwise a hundred requests do. */
const seconds = Number(process.env["LOAD_SECONDS"] ?? 0);
const clients = seconds > 0 ? 50 : 25;
const requests = 100;
const patience = 30_000 + seconds * 2_000;

describeTargets(
  "requests that fail and clients that go",
  (target) => {
    const some = target.driver === "pg" ? frameworks : frameworks.slice(0, 1);
    it.each(some)(
      "leak nothing and commit what succeeded: $name",
      async (framework) => {
        await expectSound(framework, await openEngine(target, poolOptions));
      },
      patience,
    );
  },
  ["many connections", "promises"],
);

describe("requests that fail and clients that go (sqlite, a file)", () => {
  const folder = mkdtempSync(join(tmpdir(), "athanor-load-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(frameworks)(
    "leak nothing and commit what succeeded: $name",
    async (framework) => {
      const file = join(folder, `${framework.name.replaceAll(/\W/g, "-")}.db`);
      const engine = createAsyncEngine(`sqlite+better-sqlite3:///${file}`, oneWriter);
      await expectSound(framework, engine);
      await engine.dispose();
    },
    patience,
  );
});

async function expectSound(framework: (typeof frameworks)[number], engine: AsyncEngine): Promise<void> {
  await Base.metadata.dropAll(engine);
  await Base.metadata.createAll(engine);
  const until = Date.now() + seconds * 1000;
  const goesOn = (sent: number): boolean => (seconds > 0 ? Date.now() < until : sent < requests);
  const report = await runLoad(framework, engine, { clients, goesOn });
  if (seconds > 0) console.log(`${framework.name}, ${engine.driver}: ${seconds} s, ${clients} clients`, report);
  expect(report).toMatchObject({ wrong: [], leaked: 0 });
  expect(report.sent).toBeGreaterThanOrEqual(requests);
  // More rows than successes are those of clients that went while the commit was under way.
  expect(report.rows).toBeGreaterThanOrEqual(report.succeeded);
  expect(report.rows).toBeLessThanOrEqual(report.succeeded + report.aborted);
  expect(report.failed).toBeGreaterThanOrEqual(requests / 10);
  await Base.metadata.dropAll(engine);
}
