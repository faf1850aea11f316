// Every TypeScript block of the documentation compiles, runs on SQLite and prints what it says; links lead somewhere.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../examples/run-program.ts";
import { blocksOf, type Page, type Program, programsOf, readPages, root, updatePage } from "./pages.ts";

const folder = mkdtempSync(join(tmpdir(), "athanor-docs-"));
const pages = readPages();
const programs = pages.flatMap(programsOf);

beforeAll(() => {
  // What pages import, as an application has it installed.
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  for (const program of programs) {
    mkdirSync(folderOf(program));
    writeFileSync(fileOf(program), movable(program));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("blocks are of known kinds", () => {
  const known = /^(?:sh|sql|json|diff|text|mermaid|ts|ts program|ts no-run .+)$/;
  const infos = pages.flatMap(({ path, lines }) =>
    blocksOf(lines).map(({ info, from }) => ({ at: `${path}:${from}`, info })),
  );
  expect(infos.filter(({ info }) => !known.test(info))).toEqual([]);
});

test("all programs compile", async () => {
  const compilerOptions = {
    paths: { athanor: [join(root, "src/index.ts")], "athanor/*": [join(root, "src/*.ts")] },
    typeRoots: [join(root, "node_modules/@types")],
    experimentalDecorators: true,
  };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["*/main.mts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", folder, "--pretty", "false"]).catch(
    (error: { stdout: string }) => error,
  );
  expect(onPages(stdout)).toBe("");
});

describe("a program", () => {
  for (const program of programs) {
    const name = `${program.page}:${program.line}`;
    if (program.notRun !== null) {
      test(`${name} is not run, with a reason`, () => expect(program.notRun).toMatch(/\w+ \w+/));
      continue;
    }
    test(`${name} runs`, async () => {
      const { code, stdout, stderr } = await runProgram(fileOf(program), [], folderOf(program));
      expect({ code, stderr: onPages(stderr) }).toEqual({ code: 0, stderr: "" });
      const printed = stdout.split("\n").slice(0, -1);
      if (process.env["UPDATE_DOCS"] !== undefined) updatePage(program, printed);
      else expect(printed).toEqual(program.prints);
    });
  }
});

describe("links", () => {
  test.each(pages)("of $path lead somewhere", (page) => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

function folderOf({ page, line }: Program): string {
  return join(folder, `${page.replace(/\W+/g, "-")}-${line}`);
}

function fileOf(program: Program): string {
  return join(folderOf(program), "main.mts");
}

/** With imports of this repository's files, which a page writes from where it stands, in a form that holds anywhere. */
function movable({ page, source }: Program): string {
  return source.replaceAll(/(?<= from ")\.\.?\/[^"]+/g, (path) => join(root, dirname(page), path));
}

/** Messages with the names of pages for those of the files made of them. */
function onPages(text: string): string {
  return programs.reduce((message, program) => {
    const name = folderOf(program).slice(folder.length + 1);
    return message.replaceAll(new RegExp(`\\S*${name}/main\\.mts`, "g"), program.page);
  }, text);
}

function linksOf({ lines }: Page): string[] {
  return lines.flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link));
}

function leadsSomewhere({ path, lines }: Page, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [file = "", anchor] = link.split("#");
  const target = join(root, dirname(path), file);
  if (file !== "" && !existsSync(target)) return false;
  if (anchor === undefined) return true;
  const text = file === "" ? lines.join("\n") : readFileSync(target, "utf8");
  return [...text.matchAll(/^#+ (.*)$/gm)].some(([, heading = ""]) => anchorOf(heading) === anchor);
}

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}
