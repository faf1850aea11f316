// docs/errors.md and the classes of src/errors say the same, both ways.
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import * as errors from "../../../src/errors/index.ts";

const root = resolve(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/errors.md"), "utf8");
// ### `argu` ArgumentError, or with a situation: ### `8s2b` PendingRollbackError: the transaction is lost
const headings = [...page.matchAll(/^### `(\w+)` (\w+)(: .+)?$/gm)].map(([, code = "", name = "", situation]) => ({
  code,
  name,
  situation: situation ?? null,
}));

const classes = Object.entries(errors).filter(([, value]) => isErrorClass(value)) as [
  string,
  typeof errors.AthanorError,
][];

function isErrorClass(value: unknown): boolean {
  return (
    typeof value === "function" && (value === errors.AthanorError || value.prototype instanceof errors.AthanorError)
  );
}

/** Codes that a single `throw` gives instead of its class's: `new PendingRollbackError(message, { code: "8s2b" })`. */
function codesOfSituations(): string[] {
  const sources = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.includes("errors/"));
  const codes = sources.flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/\bcode: "([a-z0-9]{4})"/g)].map(([, code = ""]) => code),
  );
  return [...new Set(codes)].sort();
}

test("there are classes and headings to compare", () => {
  expect(classes.length).toBeGreaterThan(30);
  expect(headings.length).toBeGreaterThanOrEqual(classes.length);
});

test("every line that looks like a heading is one", () => {
  expect(page.match(/^###.*$/gm)).toHaveLength(headings.length);
});

describe("classes", () => {
  test("have a code of their own", () => {
    const codes = classes.map(([, errorClass]) => errorClass.code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
    for (const [, errorClass] of classes) expect(Object.hasOwn(errorClass, "code"), errorClass.name).toBe(true);
  });

  test("have a heading, and headings a class", () => {
    const documented = headings
      .filter(({ situation }) => situation === null)
      .map(({ code, name }) => `${code} ${name}`);
    expect(documented.sort()).toEqual(classes.map(([name, errorClass]) => `${errorClass.code} ${name}`).sort());
  });
});

describe("situations", () => {
  const situations = headings.filter(({ situation }) => situation !== null);

  test("have a heading, and headings a place in the source", () => {
    expect(situations.map(({ code }) => code).sort()).toEqual(codesOfSituations());
  });

  test("name a class", () => {
    const names = classes.map(([name]) => name);
    for (const { name } of situations) expect(names).toContain(name);
  });

  test("have a code that is no class's", () => {
    const codes = classes.map(([, errorClass]) => errorClass.code);
    for (const { code } of situations) expect(codes).not.toContain(code);
  });
});
