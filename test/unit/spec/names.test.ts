import { describe, expect, test } from "vitest";
import { caseSource } from "./case-source.ts";
import { type Case, covered } from "./covered.ts";
import { nameless, names, places } from "./names.ts";

const lines = Object.entries(names);

test("each line of the two lists has names, or a reason for having none", () => {
  expect([...Object.keys(names), ...Object.keys(nameless)].sort()).toEqual(Object.keys(covered).sort());
});

describe.each(lines)("%s", (line, ofLine) => {
  test.each(ofLine.flatMap(([place, ...all]) => all.map((name) => [name, place] as const)))(
    "%s is there (%s), and a case of the line uses it",
    (name, place) => {
      expect(name in (places[place] as object), `${place} has no ${name}`).toBe(true);
      const cases = covered[line] ?? [];
      const used = new RegExp(`(?<![\\w$])${name}(?![\\w$])`);
      const users = cases.filter(([file, title]) => used.test(caseSource(file, title) ?? ""));
      expect(users.length, `no case of ${line} uses ${name}: ${describeCases(cases)}`).toBeGreaterThan(0);
    },
  );
});

test.each(Object.entries(covered))("the cases of %s are there", (_line, cases) => {
  for (const [file, title] of cases) expect(caseSource(file, title), `${file} has no case ${title}`).not.toBeNull();
});

function describeCases(cases: readonly Case[]): string {
  return cases.map(([file, title]) => `${file} ${title}`).join("; ");
}
