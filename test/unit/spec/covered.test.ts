import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Case, covered } from "./covered.ts";
import { coveredContexts, leftOutContexts } from "./covered-contexts.ts";
import { coveredNaked, leftOutNaked } from "./covered-naked.ts";

interface Lists {
  readonly lines: readonly string[];
  readonly cases: Readonly<Record<string, readonly Case[]>>;
  readonly leftOut: Readonly<Record<string, string>>;
}

const maps: Readonly<Record<string, Lists>> = {
  "proxy and async API": { lines: [...numbered("A0", 44), ...numbered("A1", 60)], cases: covered, leftOut: {} },
  "naked sessions": { lines: numbered("A2", 32), cases: coveredNaked, leftOut: leftOutNaked },
  contexts: { lines: numbered("A3", 60), cases: coveredContexts, leftOut: leftOutContexts },
};

function numbered(list: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${list}-${String(index + 1).padStart(2, "0")}`);
}

/** A whole title and not a part of one; or a row of a table of cases, `method: "get"`. */
function hasCase(file: string, title: string): boolean {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  if (/^\w+: "\w+"$/.test(title)) return source.includes(`{ ${title},`) || source.includes(`  ${title},\n`);
  return ['"', "'", "`"].some((quote) => source.includes(quote + title + quote));
}

describe.each(Object.entries(maps))("%s", (_, { lines, cases, leftOut }) => {
  test("each line has a case, or a reason for having none", () => {
    expect([...Object.keys(cases), ...Object.keys(leftOut)].sort()).toEqual([...lines].sort());
  });

  test.each(Object.entries(cases))("%s", (_line, ofLine) => {
    expect(ofLine.length).toBeGreaterThan(0);
    for (const [file, title] of ofLine)
      expect(hasCase(file, title), `${file} has no case ${JSON.stringify(title)}`).toBe(true);
  });
});
