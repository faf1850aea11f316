import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Case, covered } from "./covered.ts";
import { coveredContexts, leftOutContexts } from "./covered-contexts.ts";
import { coveredNaked, leftOutNaked } from "./covered-naked.ts";

type Map = Readonly<Record<string, readonly Case[]>>;

const lists: readonly { list: string; count: number; map: Map; leftOut: Readonly<Record<string, string>> }[] = [
  { list: "A0", count: 44, map: covered, leftOut: {} },
  { list: "A1", count: 60, map: covered, leftOut: {} },
  { list: "A2", count: 32, map: coveredNaked, leftOut: leftOutNaked },
  { list: "A3", count: 60, map: coveredContexts, leftOut: leftOutContexts },
];

/** A whole title and not a part of one; or a row of a table of cases, `method: "get"`. */
function hasCase(file: string, title: string): boolean {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  if (/^\w+: "\w+"$/.test(title)) return source.includes(`{ ${title},`) || source.includes(`  ${title},\n`);
  return ['"', "'", "`"].some((quote) => source.includes(quote + title + quote));
}

describe.each(lists)("$list", ({ list, count, map, leftOut }) => {
  const lines = Array.from({ length: count }, (_, index) => `${list}-${String(index + 1).padStart(2, "0")}`);
  const own = (names: object): readonly string[] => Object.keys(names).filter((name) => name.startsWith(`${list}-`));

  test("each line has a case, or a reason for having none", () => {
    expect([...own(map), ...own(leftOut)].sort()).toEqual(lines);
  });

  test.each(own(map))("%s", (line) => {
    const cases = map[line] ?? [];
    expect(cases.length).toBeGreaterThan(0);
    for (const [file, title] of cases)
      expect(hasCase(file, title), `${file} has no case ${JSON.stringify(title)}`).toBe(true);
  });
});
