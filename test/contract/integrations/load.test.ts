import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { describeFrameworks } from "./frameworks/describe-frameworks.ts";
import { frameworks } from "./frameworks/index.ts";
import { askMuch, runLoad } from "./load.ts";
import { Base } from "./notes.ts";

const poolOptions = { poolSize: 10, maxOverflow: 0, poolTimeout: 20 };
/** SQLite has one writer, and its drivers wait for a lock in the thread that would have to release it. */
const oneWriter = { ...poolOptions, poolSize: 1 };
const clients = 25;
/** `npm run bench:web` goes on for 20 seconds with each framework. */
const requests = 100;

describeTargets(
  "requests that fail and clients that go",
  (target) => {
    const some = target.driver === "pg" ? frameworks : frameworks.slice(0, 1);
    describeFrameworks(some, (framework) => {
      it("leak nothing and commit what succeeded", async () => {
        await expectSound(framework, await openEngine(target, poolOptions));
      });
    });
  },
  ["many connections", "promises"],
);

describe("requests that fail and clients that go (sqlite, a file)", () => {
  const folder = mkdtempSync(join(tmpdir(), "athanor-load-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describeFrameworks(frameworks, (framework) => {
    it("leak nothing and commit what succeeded", async () => {
      const file = join(folder, `${framework.name.replaceAll(/\W/g, "-")}.db`);
      const engine = createAsyncEngine(`sqlite+better-sqlite3:///${file}`, oneWriter);
      await expectSound(framework, engine);
      await engine.dispose();
    });
  });
});

async function expectSound(framework: (typeof frameworks)[number], engine: AsyncEngine): Promise<void> {
  await Base.metadata.dropAll(engine);
  await Base.metadata.createAll(engine);
  const report = await runLoad(framework, engine, (url) =>
    askMuch(url, { clients, goesOn: (sent) => sent < requests }),
  );
  expect(report).toMatchObject({ sent: requests, wrong: [], leaked: 0 });
  // More rows than successes are those of clients that went while the commit was under way.
  expect(report.rows).toBeGreaterThanOrEqual(report.succeeded);
  expect(report.rows).toBeLessThanOrEqual(report.succeeded + report.aborted);
  expect(report.failed).toBeGreaterThanOrEqual(requests / 10);
  await Base.metadata.dropAll(engine);
}
