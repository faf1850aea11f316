import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { covered } from "./covered.ts";

const lines = [...numbered("A0", 44), ...numbered("A1", 60)];

function numbered(list: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${list}-${String(index + 1).padStart(2, "0")}`);
}

test("every line of the lists has a case", () => {
  expect(Object.keys(covered).sort()).toEqual([...lines].sort());
});

test.each(lines)("%s", (line) => {
  const cases = covered[line] ?? [];
  expect(cases.length).toBeGreaterThan(0);
  for (const [file, title] of cases) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    expect(source.includes(title), `${file} has no case ${JSON.stringify(title)}`).toBe(true);
  }
});
