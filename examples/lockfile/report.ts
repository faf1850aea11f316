// What the program prints: aligned text, and a progress bar where a terminal shows it.
import type { Committed, Moments } from "./changes.ts";
import type { Counts, LoadSummary } from "./load.ts";
import type { Answers } from "./questions.ts";

const say = (line = ""): void => console.log(line);

export function reportLoad({ packages, versions, dependencies }: LoadSummary, missing: readonly string[]): void {
  const row = (title: string, count: keyof Counts) => [title, packages[count], versions[count], dependencies[count]];
  say();
  table([
    ["Loaded", "packages", "versions", "dependencies"],
    row("in the lockfile", "found"),
    row("inserted", "inserted"),
    row("updated", "updated"),
    row("removed", "removed"),
  ]);
  for (const line of missing) say(`  not installed: ${line}`);
}

export function reportAnswers({ mostNeeded, longestChain, severalVersions, size }: Answers): void {
  say("\nPackages that most others depend on");
  for (const [name, dependents] of mostNeeded) say(`  ${String(dependents).padStart(4)}  ${name}`);
  say(`\nLongest dependency chain: ${Math.max(longestChain.length - 1, 0)} steps (the shortest way to the farthest package)`);
  for (const [step, [name, number]] of longestChain.entries()) say(`  ${"  ".repeat(step)}${name} ${number}`);
  say(`\nNames in several versions: ${severalVersions.size}`);
  for (const [name, numbers] of severalVersions) say(`  ${name}  ${numbers.join(", ")}`);
  say(`\nInstalled size: ${sizeText(size)}`);
}

export function reportCommitted({ deprecated, removed }: Committed): void {
  say("\nSecond transaction, committed");
  if (deprecated !== null) say(`  ${deprecated} is marked as deprecated`);
  if (removed !== null) say(`  ${removed} is removed, with its versions and their dependencies`);
}

export function reportRolledBack(moments: readonly Moments[]): void {
  say("\nThird transaction, rolled back");
  table([["", "before", "inside", "after"], ...moments.map(({ what, before, inside, after }) => [what, before, inside, after])]);
}

export function reportEnd(streamed: number, statements: number, milliseconds: number): void {
  say(`\nStreamed ${streamed} versions`);
  say(`${statements} statements in ${(milliseconds / 1000).toFixed(2)} s`);
}

function sizeText({ bytes, known, versions }: Answers["size"]): string {
  if (known === 0) return "not known, nothing of it is installed beside the lockfile";
  return `${(Number(bytes) / 1e6).toFixed(1)} MB in ${known} of ${versions} versions; the others are not installed here`;
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly (string | number)[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const [text, width] = [String(cell), widths[column] ?? 0];
      return column === 0 ? text.padEnd(width) : text.padStart(width);
    });
    say(`  ${cells.join("  ")}`.trimEnd());
  }
}

const BAR = 24; // characters

/** Draws on a terminal and nowhere else, so that a redirected report has no control characters. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  #shown = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(step: string, done: number, total: number): void {
    if (!this.#stream.isTTY) return;
    const filled = total === 0 ? BAR : Math.round((BAR * done) / total);
    const line = `${step.padEnd(10)} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${done}/${total}`;
    if (line === this.#shown) return;
    this.#stream.write(`\r\u001b[K${line}`);
    this.#shown = line;
  }

  clear(): void {
    if (this.#shown !== "") this.#stream.write("\r\u001b[K");
    this.#shown = "";
  }
}
