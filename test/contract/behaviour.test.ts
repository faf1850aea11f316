// Each statement of the table of conformance has cases, they exist, and docs/conformance.md says the same.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { expect, test } from "vitest";
import { type Behaviour, behaviour, type BehaviourSection } from "./behaviour.ts";

const page = resolve(import.meta.dirname, "../../docs/conformance.md");

test("each statement has a case, or a reason why there is none", () => {
  const wrong = numbered().filter(([, { cases, absent }]) => (cases.length === 0) !== (absent !== undefined));
  expect(wrong.map(([number]) => number)).toEqual([]);
});

test("sections and statements are there once", () => {
  const ids = behaviour.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  const said = numbered().map(([, { says }]) => says);
  expect(said).toEqual([...new Set(said)]);
});

test("each case that is named exists", () => {
  const named = numbered().flatMap(([number, { cases }]) => cases.map((name) => ({ number, name })));
  expect(named.filter(({ name }) => !caseExists(name))).toEqual([]);
});

test("a departure is named in a case that shows it", () => {
  const departures = numbered().filter(([, { departure }]) => departure !== undefined);
  expect(departures.length).toBeGreaterThan(0);
  expect(departures.filter(([, { cases }]) => !cases.some(namesDeparture)).map(([number]) => number)).toEqual([]);
});

test("a case that is not there is found missing", () => {
  const known = "session/states > takes no SQL once it is committed";
  expect([known, `${known}!`, known.slice(0, -1), "session/nowhere > a"].map(caseExists)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("the page of the documentation is the table", () => {
  if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(page, markdown());
  expect(readFileSync(page, "utf8")).toBe(markdown());
});

function numbered(): readonly (readonly [number: string, statement: Behaviour])[] {
  return behaviour.flatMap(({ id, statements }) =>
    statements.map((statement, index) => [`${id}.${index + 1}`, statement] as const),
  );
}

interface Case {
  readonly path: string;
  readonly title: string;
}

function caseOf(name: string): Case {
  const [file = "", ...title] = name.split(" > ");
  return { path: `${file}.test.ts`, title: title.join(" > ") };
}

const sources = new Map<string, string>();

function sourceOf(path: string): string {
  let source = sources.get(path);
  if (source === undefined) {
    const file = join(import.meta.dirname, path);
    source = existsSync(file) ? readFileSync(file, "utf8") : "";
    sources.set(path, source);
  }
  return source;
}

/** A case with this very title stands in the file: `it("…`, `test("…`, `it.each(cases)("…`, `it.runIf(condition)("…`. */
function caseExists(name: string): boolean {
  const { path, title } = caseOf(name);
  const quoted = title.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(String.raw`(?:\b(?:it|test)|\))\(\s*(["'\x60])${quoted}\1,`, "u").test(sourceOf(path));
}

/** The case, or the comment above it, says that it is a departure. */
function namesDeparture(name: string): boolean {
  const { path, title } = caseOf(name);
  const source = sourceOf(path);
  const at = source.indexOf(title);
  const next = source.slice(at).search(/\n\n[^\n]*\n?\s*(?:it|test|describe\w*)[.(]/u);
  const text = source.slice(source.lastIndexOf("\n\n", at), next < 0 ? undefined : at + next);
  return /\bdeparture\b/u.test(text);
}

function markdown(): string {
  return [
    "# Conformance",
    "",
    "What sessions of SQLAlchemy were seen to do, and what they do here. Each statement has cases: those in",
    "[test/contract](../test/contract) run on every database, in both colours, those in [test/unit](../test/unit) need none.",
    "*Departure* tells what is otherwise here, and why. The table is made of [behaviour.ts](../test/contract/behaviour.ts), and a",
    "test keeps both in step.",
    "",
    summary(),
    ...behaviour.flatMap(sectionLines),
    "",
  ].join("\n");
}

function summary(): string {
  const all = numbered().map(([, statement]) => statement);
  const departures = all.filter(({ departure }) => departure !== undefined).length;
  const absent = all.filter((statement) => statement.absent !== undefined).length;
  return `${all.length} statements: ${all.length - departures - absent} the same, ${departures} departures, ${absent} not there yet.`;
}

function sectionLines({ id, title, statements }: BehaviourSection): readonly string[] {
  const rows = statements.map(
    (statement, index) => `| ${id}.${index + 1} | ${textOf(statement)} | ${links(statement)} |`,
  );
  return ["", `## ${id}. ${title}`, "", "| | Statement | Cases |", "| --- | --- | --- |", ...rows];
}

function textOf({ says, departure, absent }: Behaviour): string {
  const more = departure === undefined ? "" : ` *Departure:* ${departure}.`;
  const missing = absent === undefined ? "" : ` *Not there yet:* ${absent}.`;
  return `${says}${more}${missing}`.replaceAll("|", String.raw`\|`);
}

/** One link for each file; titles would make the table unreadable. */
function links({ cases }: Behaviour): string {
  const paths = [...new Set(cases.map((name) => caseOf(name).path))];
  return paths.map((path) => `[${nameOf(path)}](${posix.join("../test/contract", path)})`).join(", ");
}

function nameOf(path: string): string {
  return path.replace(".test.ts", "").replace("../", "");
}
