// Drivers are found in whatever form an application runs: bundled, CommonJS, with linked packages.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);

/** The library as its build makes it: one file of JavaScript. */
let library = "";
let application: string;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: ["src/index.ts"],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    write: false,
  });
  library = outputFiles[0]?.text ?? "";
});
beforeEach(() => {
  application = realpathSync(mkdtempSync(join(tmpdir(), "athanor-application-")));
});
afterEach(() => rmSync(application, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(application, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A package that tells where it was loaded from. */
function installDriver(folder: string): void {
  write(`${folder}/package.json`, '{"name":"pg","main":"index.js"}');
  write(`${folder}/index.js`, "exports.Client = class {}; console.log('loaded from', __dirname);");
}

function installLibrary(folder: string): void {
  write(`${folder}/package.json`, '{"name":"athanor","type":"module","exports":"./index.js"}');
  write(`${folder}/index.js`, library);
}

async function bundle(source: string, format: "esm" | "cjs"): Promise<string> {
  const output = join(application, "dist", format === "esm" ? "server.mjs" : "server.cjs");
  await build({ entryPoints: [source], bundle: true, format, platform: "node", outfile: output, logLevel: "silent" });
  rmSync(source);
  return output;
}

const report = `
  try {
    console.log("engine over", createAsyncEngine("postgresql://nowhere/app").driver);
  } catch (error) {
    console.log(error.name, error.message);
  }
`;
const esm = `import { createAsyncEngine } from "athanor";${report}`;
const cjs = `const { createAsyncEngine } = require("athanor");${report}`;

async function runNode(args: readonly string[], cwd = tmpdir()): Promise<string> {
  const { stdout } = await run(process.execPath, [...args], { cwd });
  return stdout.trim();
}

const loadedFrom = (folder: string) => `loaded from ${join(application, folder)}\nengine over pg`;

test.each(["esm", "cjs"] as const)("an application bundled with the library as %s", async (format) => {
  installLibrary("node_modules/athanor");
  const server = await bundle(write("src/server.js", esm), format);
  rmSync(join(application, "node_modules"), { recursive: true });
  installDriver("node_modules/pg");
  expect(await runNode([server])).toBe(loadedFrom("node_modules/pg"));
});

test("a bundle without its driver says what to install", async () => {
  installLibrary("node_modules/athanor");
  const server = await bundle(write("src/server.js", esm), "esm");
  const said = await runNode([server]);
  expect(said).toMatch(/^NoSuchModuleError .*the package pg, is not installed/);
  expect(said.split("\n")).toContain("    npm install pg");
});

test("a CommonJS application, also started as a folder", async () => {
  installLibrary("node_modules/athanor");
  installDriver("node_modules/pg");
  write("package.json", '{"main":"app.js"}');
  const main = write("app.js", cjs);
  expect(await runNode([main])).toBe(loadedFrom("node_modules/pg"));
  expect(await runNode([application])).toBe(loadedFrom("node_modules/pg"));
  expect(await runNode(["."], application)).toBe(loadedFrom("node_modules/pg"));
});

test("packages that are links into a store and do not see each other, as pnpm makes them", async () => {
  const store = "node_modules/.pnpm";
  installLibrary(`${store}/athanor@1/node_modules/athanor`);
  installDriver(`${store}/pg@8/node_modules/pg`);
  for (const [name, version] of [
    ["athanor", "athanor@1"],
    ["pg", "pg@8"],
  ] as const) {
    symlinkSync(join(application, store, version, "node_modules", name), join(application, "node_modules", name));
  }
  const main = write("main.mjs", esm);
  expect(await runNode([main])).toBe(loadedFrom(`${store}/pg@8/node_modules/pg`));

  // started by another package's command, the application is where one works
  const runner = write(`${store}/runner@1/node_modules/runner/cli.mjs`, "await import(process.argv[2]);");
  expect(await runNode([runner, main], application)).toBe(loadedFrom(`${store}/pg@8/node_modules/pg`));
});
