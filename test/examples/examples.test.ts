// The examples run, on every database, and the lockfile's answers are the same everywhere.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import { ProgressBar } from "../../examples/lockfile/report.ts";
import { ownMariadbDatabase, ownPostgresqlDatabase } from "../targets/own-database.ts";
import { pairs } from "./pairs.ts";
import { type Run, runProgram } from "./run-program.ts";

const examples = resolve(import.meta.dirname, "../../examples");
const folder = mkdtempSync(join(tmpdir(), "athanor-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Server {
  readonly name: string;
  readonly skipped: string | null;
  url(): Promise<string>;
}

const servers: readonly Server[] = [
  { name: "postgresql", skipped: reason("postgresql"), url: () => ownPostgresqlDatabase("pg") },
  { name: "mariadb", skipped: reason("mariadb"), url: () => ownMariadbDatabase("mariadb") },
];

function reason(server: "postgresql" | "mariadb"): string | null {
  const provided = inject(server);
  return "skipped" in provided ? provided.skipped : null;
}

/** Runs `cases` for each server of this run; the others show as skipped, with the reason. */
function describeServers(cases: (server: Server) => void): void {
  for (const server of servers) {
    if (server.skipped === null) describe(`on ${server.name}`, () => cases(server));
    else describe.skip(`on ${server.name}: ${server.skipped}`, () => cases(server));
  }
}

function succeeded({ code, stdout, stderr }: Run): string {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("the quick starts", () => {
  const output = "Hi Alice [ 'On furnaces' ]\nAlice wrote On furnaces\nOn furnaces\n";

  test.each(["quickstart-async.ts", "quickstart-sync.ts"])("%s runs on SQLite", async (file) => {
    expect(succeeded(await runProgram(join(examples, file)))).toBe(output);
  });

  test("differ in nothing but await and the names of the two forms", () => {
    const plain = (file: string) =>
      readFileSync(join(examples, file), "utf8")
        .replaceAll(/\/\/.*|\b(?:await|async) /g, "")
        .replaceAll("asyncSessionmaker", "sessionmaker")
        .replaceAll("createAsyncEngine", "createEngine")
        .replaceAll(/\((session\.(?:execute|scalars)\(.*\))\)\.all/g, "$1.all")
        .replaceAll("for await", "for")
        .split("\n")
        .sort();
    expect(plain("quickstart-sync.ts")).toEqual(plain("quickstart-async.ts"));
  });

  describeServers((server) => {
    test("the async one prints the same", async () => {
      const url = await server.url();
      expect(succeeded(await runProgram(join(examples, "quickstart-async.ts"), [url]))).toBe(output);
    });
  });
});

const programs = pairs.map(([name, lines, ofSync = lines]) => ({ name, lines, ofSync }));

describe.each(programs)("the example of $name", ({ name, lines, ofSync }) => {
  for (const colour of ["async", "sync"]) {
    const program = join(examples, `${name}-${colour}.ts`);
    const output = `${(colour === "sync" ? ofSync : lines).join("\n")}\n`;
    test(`runs in ${colour} form on SQLite`, async () => {
      expect(succeeded(await runProgram(program))).toBe(output);
    });
    describeServers((server) => {
      test(`runs in ${colour} form`, async () => {
        expect(succeeded(await runProgram(program, [await server.url()]))).toBe(output);
      });
    });
  }
});

test("each program in two forms is tried", () => {
  const named = readdirSync(examples).flatMap((file) => /^(.+)-(?:a?sync)\.ts$/u.exec(file)?.[1] ?? []);
  expect([...new Set(named)].sort()).toEqual([...pairs.map(([name]) => name), "quickstart"].sort());
  expect(named).toHaveLength(2 * (pairs.length + 1));
});

describe("the naked example", () => {
  const program = join(examples, "naked.ts");
  const output = "mail: task 2 is taken\nprint: task 3 is taken\nmail: task 2 is waiting\nmail: task 1 is waiting\n";

  test("gives what the database answered, on SQLite", async () => {
    expect(succeeded(await runProgram(program))).toBe(output);
  });

  describeServers((server) => {
    test("the same, where UPDATE returns rows", async () => {
      const run = await runProgram(program, [await server.url()]);
      if (server.name === "mariadb") expect(run.stderr).toContain("UnsupportedCompilationError");
      else expect(succeeded(run)).toBe(output);
    });
  });
});

describe("the lockfile example", () => {
  const program = join(examples, "lockfile/main.ts");
  const sqlite = (name: string) => `sqlite:///${join(folder, name)}`;
  const run = (...args: readonly string[]) => runProgram(program, args);
  let first: Promise<string> | undefined;
  const firstRun = () => (first ??= run("--url", sqlite("first.db")).then(succeeded));

  test("answers, changes, rolls back and streams, in less than 5 seconds", async () => {
    const report = await firstRun();
    expect(Number(/ statements in ([\d.]+) s/.exec(report)?.[1])).toBeLessThan(5);
    const { versions } = counts(report, "inserted");
    expect(versions).toBeGreaterThan(200);
    expect(answers(report)).toMatch(/Longest dependency chain: \d+ steps/);
    expect(Number(/Streamed (\d+) versions/.exec(report)?.[1])).toBeGreaterThan(200);
  });

  test("shows that objects go back with the transaction", async () => {
    const lines =
      /rolled back\n([^]*?)\n\n/
        .exec(await firstRun())?.[1]
        ?.split("\n")
        .slice(1) ?? [];
    const moments = lines.map((line) => line.trim().split(/ {2,}/).slice(1));
    expect(moments.length).toBeGreaterThan(3);
    for (const [before, inside, after] of moments) {
      expect(inside).not.toBe(before);
      expect(after).toBe(before);
    }
  });

  test("updates on a second run, with the same answers", async () => {
    const before = await firstRun();
    const again = succeeded(await run("--url", sqlite("first.db")));
    expect(answers(again)).toBe(answers(before));
    expect(counts(again, "in the lockfile")).toEqual(counts(before, "in the lockfile"));
    expect(counts(again, "inserted").packages).toBe(1);
    expect(counts(again, "updated").versions).toBeGreaterThan(0);
    expect(counts(again, "removed")).toEqual({ packages: 0, versions: 0, dependencies: 0 });
  });

  test("removes what another lockfile does not have", async () => {
    const small = join(folder, "small-lock.json");
    const packages = { "": { version: "1.0.0", dependencies: { a: "1" } }, "node_modules/a": { version: "1.0.0" } };
    writeFileSync(small, JSON.stringify({ name: "small", lockfileVersion: 3, packages }));
    const url = sqlite("switched.db");
    const before = counts(succeeded(await run("--url", url)), "inserted");
    const report = succeeded(await run("--url", url, "--file", small));
    expect(counts(report, "inserted")).toEqual({ packages: 2, versions: 2, dependencies: 1 });
    // its own second transaction has removed one package before
    expect(counts(report, "removed").packages).toBe(before.packages - 1);
    expect(report).toContain("Longest dependency chain: 1 steps");
    expect(report).toContain("Streamed 1 versions");
  });

  test("draws no progress bar and prints no SQL unless asked", async () => {
    const { stderr, stdout } = await run("--url", sqlite("echo.db"), "--echo");
    expect(stderr).toContain("INSERT INTO");
    expect(stdout + stderr).not.toContain("\u001b");
    expect(await firstRun()).not.toContain("INSERT INTO");
  });

  describeServers((server) => {
    test("it gives the same answers, twice", async () => {
      const url = await server.url();
      const expected = answers(await firstRun());
      expect(answers(succeeded(await run("--url", url)))).toBe(expected);
      expect(answers(succeeded(await run("--url", url)))).toBe(expected);
    });
  });

  describe("says in a line what is wrong", () => {
    test.each<[string, string[], number, string]>([
      ["an unknown option", ["--fiel", "x"], 2, "Unknown option '--fiel'"],
      ["an option without a value", ["--file"], 2, "--file"],
      ["an argument", ["lockfile"], 2, "Unexpected argument 'lockfile'"],
      ["a file that is not there", ["--file", "/nowhere/lock.json"], 1, "there is no file /nowhere/lock.json"],
      ["a file that is no lockfile", ["--file", program], 1, "is not a package-lock.json"],
      ["no URL", ["--url", "shop.db"], 1, "not a database URL"],
      ["an unknown dialect", ["--url", "oracle://localhost/shop"], 1, "no dialect"],
      ["an unreachable server", ["--url", "postgresql://127.0.0.1:1/shop"], 1, "ECONNREFUSED"],
    ])("%s", async (_name, args, code, message) => {
      const failed = await run(...args);
      expect(failed.code).toBe(code);
      expect(failed.stderr.split("\n")[0]).toContain(message);
      expect(failed.stderr).not.toMatch(/^ +at /m);
    });
  });

  test("draws a progress bar on a terminal", () => {
    const written: string[] = [];
    const bar = new ProgressBar({ isTTY: true, write: (text) => written.push(text) });
    bar.show("streaming", 1, 2);
    bar.show("streaming", 1, 2);
    bar.clear();
    bar.clear();
    expect(written).toEqual(["\r\u001b[Kstreaming  ████████████░░░░░░░░░░░░ 1/2", "\r\u001b[K"]);
  });

  test("explains itself", async () => {
    expect(succeeded(await run("--help"))).toContain("usage: npm start");
  });
});

function answers(report: string): string {
  const [found] = /^Packages that most[^]*?(?=\nSecond transaction)/m.exec(report) ?? [""];
  expect(found).not.toBe("");
  return found;
}

interface RowCounts {
  readonly packages: number;
  readonly versions: number;
  readonly dependencies: number;
}

function counts(report: string, row: string): RowCounts {
  const line = new RegExp(`^  ${row} +(\\d+) +(\\d+) +(\\d+)$`, "m").exec(report) ?? [];
  const [, packages, versions, dependencies] = line.map(Number);
  return {
    packages: packages ?? Number.NaN,
    versions: versions ?? Number.NaN,
    dependencies: dependencies ?? Number.NaN,
  };
}
