// The fixtures of athanor/testing under the test runners that applications use: each runs runners/suite as a process of
// its own, against the built package, and the rows that it leaves are looked at from here.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { declarativeBase, insert, integer, select, string } from "../../src/index.ts";
import { installApart } from "../apart/install.ts";
import { sharedUrl } from "../contract/context/open-connect.ts";
import { openEngineAt } from "../contract/open-engine.ts";
import { describeTargets, type Target } from "../targets/index.ts";

const root = resolve(import.meta.dirname, "../..");
const suite = join(import.meta.dirname, "runners");
const jest = await installApart("jest");

interface Runner {
  readonly name: "jest" | "node" | "vitest";
  /** Where its packages are installed. */
  readonly packages: readonly string[];
  /** Why it cannot be had in this run. */
  readonly skipped?: string;
  /** What comes after `node`. Four files wait for each other, so four have to run at once. */
  command(cache: string): readonly string[];
  /** Where it says how many tests passed. */
  readonly passed: RegExp;
}

const runners: readonly Runner[] = [
  {
    name: "jest",
    packages: "folder" in jest ? [join(jest.folder, "node_modules")] : [],
    ...("skipped" in jest && { skipped: jest.skipped }),
    command: (cache) => [
      "--experimental-vm-modules",
      "../node_modules/jest/bin/jest.js",
      `--config={"transform":{},"watchman":false}`,
      "--maxWorkers=4",
      "--testTimeout=30000",
      // In its cache it finds how long files took, and runs short ones one after the other.
      `--cacheDirectory=${cache}`,
    ],
    passed: /^Tests: +(\d+) passed, \1 total$/m,
  },
  {
    name: "node",
    packages: [],
    command: () => ["--test", "--test-concurrency=4", "--test-reporter=tap"],
    passed: /^# tests (\d+)\n(?:#.*\n)*# pass \1\n# fail 0$/m,
  },
  {
    name: "vitest",
    packages: [join(root, "node_modules")],
    command: () => ["../node_modules/vitest/vitest.mjs", "run", "--maxWorkers=4", "--testTimeout=30000"],
    passed: /^ +Tests +(\d+) passed \(\1\)$/m,
  },
];

const Base = declarativeBase();
class User extends Base.mapped("users", { id: integer().primaryKey(), name: string(50) }) {}

/** @param install makes an application that has the built package, and answers its folder. */
export function describeRunners(install: (name: string) => Promise<string>): void {
  describe.each(runners)("its fixtures for tests, under $name", (runner) => {
    let application: Promise<string> | null = null;
    const folder = (): Promise<string> => (application ??= applicationFor(runner, install));
    if (runner.skipped === undefined) targetCases(runner, folder);
    else test.skip(`cannot be tried: ${runner.skipped}`);
  });
}

function targetCases(runner: Runner, application: () => Promise<string>): void {
  describeTargets("keep tests apart", (target) => {
    const name = "in files that run at the same time, by a rollback or by real commits";
    const isUsual = [...(target.mode === "async" ? ["better-sqlite3", "mariadb"] : []), "pg"].includes(target.driver);
    // Of the sync form only its worker thread may be something to a runner.
    if (runner.name !== "node" && !isUsual) return test.skip(`${name}: a driver is nothing to a runner`);
    test(name, { timeout: 90_000 }, async () => {
      const [shared, three, four] = [await usersOf(target), await usersOf(target), await usersOf(target)];
      await shared.add("there before");
      const environment = {
        COLOUR: target.mode,
        SHARED_URL: shared.url,
        URL_OF_three: three.url,
        URL_OF_four: four.url,
      };
      const output = await run(runner, await application(), environment);
      // Four cases in each file of the one kind, three in each of the other.
      expect(runner.passed.exec(output)?.[1], output).toBe("14");
      expect(output).not.toMatch(/warning/i);
      expect(await shared.all()).toEqual([[1, "there before"]]);
      expect([await three.all(), await four.all()]).toEqual([[[1, "three, last"]], [[1, "four, last"]]]);
    });
  });
}

/** A database with the suite's table in it, looked at by a connection that no runner has. */
async function usersOf(target: Target): Promise<{
  readonly url: string;
  add(name: string): Promise<unknown>;
  all(): Promise<unknown>;
}> {
  const url = await sharedUrl(target);
  const engine = openEngineAt(url, target);
  await Base.metadata.createAll(engine);
  return {
    url,
    add: async (name) => await engine.begin((connection) => connection.execute(insert(User).values({ name }))),
    all: async () => (await engine.execute(select(User.c.id, User.c.name).orderBy(User.c.id))).all(),
  };
}

async function applicationFor({ name, packages }: Runner, install: (name: string) => Promise<string>): Promise<string> {
  const application = await install(`tests-${name}`);
  const folder = join(application, "suite");
  cpSync(join(suite, "suite"), folder, { recursive: true });
  cpSync(join(suite, `${name}.js`), join(folder, "runner.js"));
  for (const place of packages) link(place, join(application, "node_modules"), [name, `@${name}`]);
  link(join(root, "node_modules"), join(application, "node_modules"), ["better-sqlite3", "mariadb", "mysql2", "pg"]);
  return folder;
}

function link(from: string, to: string, names: readonly string[]): void {
  for (const name of names) if (existsSync(join(from, name))) symlinkSync(join(from, name), join(to, name), "junction");
}

/** What it printed; how it ended shows there. */
async function run({ command }: Runner, cwd: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const meetings = join(cwd, "../meetings");
  mkdirSync(meetings, { recursive: true });
  const meeting = mkdtempSync(join(meetings, "at-"));
  const own = { ...ownEnvironment(), ...environment, MEETING: meeting };
  const args = ["--disable-warning=ExperimentalWarning", ...command(`${meeting}.cache`)];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env: own, timeout: 80_000 }, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error === null ? "" : `\nended with ${error.code ?? error.signal}`}`);
    });
  });
}

/** Without what tells a program that a runner started it. */
function ownEnvironment(): Record<string, string | undefined> {
  const runs = /^(?:VITEST|JEST|NODE_TEST|NODE_ENV$|TEST$|TINYPOOL|FORCE_COLOR$)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !runs.test(name))), NO_COLOR: "1" };
}
