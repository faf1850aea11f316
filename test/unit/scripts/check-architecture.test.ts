import { expect, test } from "vitest";
import { layerDiagram } from "../../../scripts/architecture/layer-diagram.ts";
import type { Exception } from "../../../scripts/architecture/rules.ts";
import { checkArchitecture, readSources } from "../../../scripts/check-architecture.ts";

const sound = {
  "src/index.ts": `export { run } from "./flow/run.ts";`,
  "src/flow/index.ts": `export { run } from "./run.ts";`,
  "src/flow/run.ts": `import type { Failure } from "../errors/index.ts";\nexport const run = (): Failure[] => [];`,
  "src/errors/index.ts": "export interface Failure { code: string }",
};

function problems(files: Record<string, string>, exceptions: readonly Exception[] = []): string[] {
  return checkArchitecture(readSources({ ...sound, ...files }), exceptions);
}

test("a sound tree has no problems", () => {
  expect(problems({})).toEqual([]);
});

test.each([
  ["a value", `import { run } from "../flow/index.ts";`],
  ["a type", `import type { run } from "../flow/index.ts";`],
  ["a type inside an expression", `export type Run = import("../flow/index.ts").run;`],
  ["a re-export", `export * from "../flow/index.ts";`],
  ["a dynamic import", `export const later = () => import("../flow/index.ts");`],
])("an upward import of %s is reported", (_what, text) => {
  expect(problems({ "src/errors/code.ts": text })).toEqual([
    "src/errors/code.ts:1: errors (rank 0) imports src/flow/index.ts of flow (rank 1) [layer]",
  ]);
});

test("layers of one rank do not import each other", () => {
  const files = { "src/pool/pool.ts": `import "../driver/index.ts";`, "src/driver/index.ts": "" };
  expect(problems(files)).toEqual([
    "src/pool/pool.ts:1: pool (rank 7) imports src/driver/index.ts of driver (rank 7) [layer]",
  ]);
});

test("another layer is imported through its index, by all but the entry points", () => {
  const text = `import { run } from "../flow/run.ts";`;
  expect(problems({ "src/sql/select.ts": text, "src/drivers/pg.ts": text })).toEqual([
    "src/sql/select.ts:1: imports src/flow/run.ts; another layer is imported through src/flow/index.ts [index]",
  ]);
});

test("files of one layer import each other across its folders", () => {
  const files = { "src/orm/flush/order.ts": `import "../state/history.ts";`, "src/orm/state/history.ts": "" };
  expect(problems(files)).toEqual([]);
});

test("a cycle of type imports is reported with its path", () => {
  const files = {
    "src/sql/a.ts": `import type { B } from "./b.ts";\nexport type A = B;`,
    "src/sql/b.ts": `import { c } from "./c.ts";\nexport type B = typeof c;`,
    "src/sql/c.ts": `import type { A } from "./a.ts";\nexport const c: A[] = [];`,
  };
  expect(problems(files)).toEqual([
    "src/sql/a.ts: import cycle: src/sql/a.ts → src/sql/b.ts → src/sql/c.ts → src/sql/a.ts [cycle]",
  ]);
});

test("a folder without a rank is reported", () => {
  expect(problems({ "src/extras/more.ts": "" })).toEqual([
    "src/extras/more.ts: src/extras/ has no rank in scripts/architecture/rules.ts [layer]",
  ]);
});

test("node:* is for a few layers, packages are for none", () => {
  const text = `import { connect } from "node:net";\nimport type { Client } from "pg";`;
  expect(problems({ "src/engine/engine.ts": text, "src/driver/load.ts": `import "node:module";` })).toEqual([
    "src/engine/engine.ts:1: imports node:net; only driver, context, cli, testing may import node:* [node-import]",
    "src/engine/engine.ts:2: imports the package pg; the library has no dependencies [package-import]",
  ]);
});

test("an import of a file that is not there is reported", () => {
  expect(problems({ "src/sql/select.ts": `import "./where.ts";` })).toEqual([
    "src/sql/select.ts:1: imports src/sql/where.ts, which is not in src/ [missing-file]",
  ]);
});

test.each(["new Function('return 1')", "Function('return 1')", "eval('1')", "globalThis.eval('1')"])(
  "%s is allowed in one file only",
  (code) => {
    const text = `export const one = ${code};`;
    expect(problems({ "src/hydrate/emit.ts": text, "src/hydrate/plan.ts": text })).toEqual([
      "src/hydrate/plan.ts:1: code from text is made in src/hydrate/emit.ts only [code-from-text]",
    ]);
  },
);

test("a bare Error is reported, also behind a comment", () => {
  const text = `// why\nexport function fail(): never { throw new Error("no"); }`;
  expect(problems({ "src/util/fail.ts": text })).toEqual([
    "src/util/fail.ts:2: throws a bare Error; src/errors/ has the classes [bare-error]",
  ]);
});

test("sizes count lines of code, not comments and blank lines", () => {
  const statements = (count: number) => "  void 0;\n\n  // why\n".repeat(count);
  const body = (count: number) => `export function long(): void {\n${statements(count)}}`;
  expect(problems({ "src/util/long.ts": body(58) })).toEqual([]);
  expect(problems({ "src/util/long.ts": body(59) })).toEqual([
    "src/util/long.ts:1: long has 61 lines, at most 60 [function-lines]",
  ]);
  expect(problems({ "src/util/long.ts": "/** why */\nexport {};\n".repeat(501) })).toEqual([
    "src/util/long.ts: 501 lines of code, at most 500 [file-lines]",
  ]);
});

test("any has a budget outside typing/", () => {
  const text = `export let a: any;\n${"export {};\n".repeat(99)}`;
  expect(problems({ "src/sql/typing/row.ts": text })).toEqual([]);
  expect(problems({ "src/sql/row.ts": text })).toEqual([
    "src: `any` stands 9.52 times per 1,000 lines outside typing/, budget 5 [any]",
  ]);
});

test("an exception covers its rule in its file, and is reported when it covers nothing", () => {
  const files = { "src/util/fail.ts": `export const fail = () => { throw new Error("no"); };` };
  const exception: Exception = { rule: "bare-error", file: "src/util/fail.ts", reason: "a test" };
  expect(problems(files, [exception])).toEqual([]);
  expect(problems({}, [exception])).toEqual(["src/util/fail.ts: the exception from [bare-error] is no longer needed"]);
});

test("the diagram shows the edges between layers once, from the top", () => {
  expect(layerDiagram(readSources(sound))).toBe("graph TD\n  entry --> flow\n  flow --> errors");
});
