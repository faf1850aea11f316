// The package as an application gets it: built, packed, installed into an empty folder and used from there.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entries } from "../../scripts/entries.ts";
import { programsOf, readPages } from "../docs/pages.ts";
import { describeRunners } from "./runners.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "athanor-package-"));
const names = Object.keys(entries).map((name) => name.replace(/^\./, "athanor"));

let tarball = "";
let unpackedSize = 0;

beforeAll(async () => {
  await run("npm", ["run", "build"], { cwd: root });
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const [packed] = JSON.parse(stdout) as [{ filename: string; unpackedSize: number }];
  tarball = join(folder, packed.filename);
  unpackedSize = packed.unpackedSize;
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("publint and attw find nothing", async () => {
  await run(bin("publint"), ["--strict", root]);
  await run(bin("attw"), [tarball, "--profile", "esm-only"]);
});

test("the unpacked package stays below 3 MB", () => {
  expect(unpackedSize).toBeLessThan(3_000_000);
});

const selectOne = `
  const engine = createEngine("sqlite+node-sqlite:///:memory:");
  const connection = engine.connect();
  console.log(connection.execute(text("select 1")).scalar());
  connection.close();
  engine.dispose();
`;

describe("in an ESM application", () => {
  test("it runs a statement", async () => {
    const application = await install("esm", "module");
    const program = `import { createEngine, text } from "athanor";\n${selectOne}`;
    expect(await runProgram(application, "main.js", program)).toBe("1");
  });

  test("every entry point is importable, and no other file", async () => {
    const application = await install("entries", "module");
    const program = [...names.map((name) => `await import("${name}");`), `await import("athanor/dist/index.js");`];
    await expect(runProgram(application, "main.js", program.join("\n"))).rejects.toThrow(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
    expect(await runProgram(application, "fine.js", program.slice(0, -1).join("\n"))).toBe("");
  });

  test("a fresh import is measured", async () => {
    const application = await install("timing", "module");
    const program = `const from = performance.now(); await import("athanor"); console.log(performance.now() - from);`;
    const times: number[] = [];
    for (let round = 0; round < 5; round++) times.push(Number(await runProgram(application, "main.js", program)));
    console.log(`import("athanor"): ${Math.min(...times).toFixed(1)} ms, the best of ${times.length} fresh processes`);
    expect(times.every((time) => time > 0)).toBe(true);
  });
});

test("a CommonJS application can require it", async () => {
  const application = await install("commonjs", "commonjs");
  const program = `const { createEngine, text } = require("athanor");\n${selectOne}`;
  expect(await runProgram(application, "main.js", program)).toBe("1");
});

test.each(["typescript-5.9", "typescript-6.0", "typescript"])(
  "its declarations are sound under %s",
  async (compiler) => {
    const application = await install(compiler, "module");
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    };
    writeFileSync(join(application, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    writeFileSync(
      join(application, "main.ts"),
      names.map((name, index) => `export * as entry${index} from "${name}";`).join("\n"),
    );
    const tsc = join(root, "node_modules", compiler, "bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", application]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  },
);

test.each(["typescript-5.9", "typescript-6.0", "typescript"])(
  "the examples and the documentation compile against its declarations under %s",
  async (compiler) => {
    const application = await install(`examples-${compiler}`, "module");
    for (const name of readdirSync(join(root, "node_modules"))) {
      const place = join(application, "node_modules", name);
      if (!existsSync(place)) symlinkSync(join(root, "node_modules", name), place);
    }
    cpSync(join(root, "examples"), join(application, "examples"), { recursive: true });
    mkdirSync(join(application, "docs"));
    // a page about the house shows its inside, which is not in the package
    const programs = readPages()
      .flatMap(programsOf)
      .filter(({ source }) => !source.includes(' from "../'));
    for (const { page, line, source } of programs) {
      writeFileSync(join(application, "docs", `${page.replaceAll(/\W/g, "-")}-${line}.mts`), source);
    }
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      types: ["node"],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      experimentalDecorators: true,
      skipLibCheck: true,
    };
    writeFileSync(
      join(application, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["examples", "docs"] }),
    );
    const tsc = join(root, "node_modules", compiler, "bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", application]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe("");
  },
);

describeRunners((name) => install(name, "module"));

function bin(name: string): string {
  return join(root, "node_modules/.bin", name);
}

async function install(name: string, type: "module" | "commonjs"): Promise<string> {
  const application = join(folder, name);
  mkdirSync(application);
  writeFileSync(join(application, "package.json"), JSON.stringify({ name, private: true, type }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-package-lock", tarball], { cwd: application });
  return application;
}

async function runProgram(application: string, file: string, text: string): Promise<string> {
  writeFileSync(join(application, file), text);
  const { stdout } = await run(process.execPath, [file], { cwd: application });
  return stdout.trim();
}
