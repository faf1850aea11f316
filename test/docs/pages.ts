// The pages of the documentation and the programs in them.
//
// The ```ts blocks of a page, one after the other, are one program. "```ts program" begins another one on the same page;
// "```ts no-run" and a reason is a program of its own, in the midst of another, that is checked but not run. What a
// program prints stands in it as comments: console.log(1 + 1); // → 2. UPDATE_DOCS=1 writes these comments anew, to be
// read before they are kept.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export interface Page {
  readonly path: string;
  readonly lines: readonly string[];
}

export interface Program {
  readonly page: string;
  /** Its first line on the page, counted from 1. */
  readonly line: number;
  /** As long as the page, so that positions in messages are those on the page. */
  readonly source: string;
  /** Why it is not run. */
  readonly notRun: string | null;
  readonly prints: readonly string[];
}

export function readPages(): Page[] {
  const paths = [
    "README.md",
    "CONTRIBUTING.md",
    "examples/README.md",
    ...globSync("docs/**/*.md", { cwd: root }).sort(),
  ];
  return paths.map((path) => ({ path, lines: readFileSync(join(root, path), "utf8").split("\n") }));
}

interface Block {
  readonly info: string;
  /** Of its first line of code, counted from 0. */
  readonly from: number;
  readonly to: number;
}

export function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; from: number } | null = null;
  for (const [index, line] of lines.entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) continue;
    if (open === null) open = { info: (fence[1] ?? "").trim(), from: index + 1 };
    else {
      blocks.push({ ...open, to: index });
      open = null;
    }
  }
  return blocks;
}

export function programsOf({ path, lines }: Page): Program[] {
  const groups: Block[][] = [];
  let current: Block[] | null = null;
  for (const block of blocksOf(lines).filter(({ info }) => /^ts\b/.test(info))) {
    if (block.info === "ts" && current !== null) current.push(block);
    else {
      groups.push([block]);
      if (!block.info.startsWith("ts no-run")) current = groups.at(-1) ?? null;
    }
  }
  return groups.map((blocks) => program(path, lines, blocks));
}

function program(page: string, lines: readonly string[], blocks: readonly Block[]): Program {
  const kept = lines.map((line, index) => (blocks.some(({ from, to }) => index >= from && index < to) ? line : ""));
  const [first] = blocks;
  return {
    page,
    line: (first?.from ?? 0) + 1,
    source: kept.join("\n"),
    notRun: /^ts no-run ?(.*)$/.exec(first?.info ?? "")?.[1] ?? null,
    prints: kept.flatMap((line) => PRINTS.exec(line)?.[1] ?? []),
  };
}

const PRINTS = /\/\/ → ?(.*)$/;

/** Puts what a program printed into the comments of its page. */
export function updatePage({ page, source }: Program, printed: readonly string[]): void {
  const path = join(root, page);
  const inSource = source.split("\n");
  const next = printed.values();
  const lines = readFileSync(path, "utf8").split("\n");
  const updated = lines.map((line, index) =>
    PRINTS.test(inSource[index] ?? "") ? line.replace(PRINTS, () => `// → ${next.next().value ?? ""}`) : line,
  );
  writeFileSync(path, updated.join("\n"));
}
