// What the program prints: aligned text, and a progress bar where a terminal shows it.
import type { Committed, Moments } from "./changes.ts";
import type { Counts, LoadSummary } from "./load.ts";
import { type Answers, DEEPEST } from "./questions.ts";

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
  const steps = Math.max(longestChain.length - 1, 0);
  say(
    `\nLongest dependency chain: ${steps} steps${steps === DEEPEST ? " or more" : ""} (shortest way to the farthest package)`,
  );
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
  table([
    ["", "before", "inside", "after"],
    ...moments.map(({ what, before, inside, after }) => [what, before, inside, after]),
  ]);
}

export function reportEnd(streamed: number, statements: number, milliseconds: number): void {
  say(`\nStreamed ${streamed} versions`);
  say(`${statements} statements in ${(milliseconds / 1000).toFixed(2)} s`);
}

function sizeText({ bytes, known, versions }: Answers["size"]): string {
  if (known === 0) return "not known, nothing of it is installed beside the lockfile";
  return `${(Number(bytes) / 1e6).toFixed(1)} MB in ${known} of ${versions} versions; the others are not installed here`;
}

/** Text to the left, numbers with their headings to the right. */
function table(rows: readonly (readonly (string | number)[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const isNumber = widths.map((_, column) => typeof rows[1]?.[column] === "number");
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const [text, width] = [String(cell), widths[column] ?? 0];
      return isNumber[column] === true ? text.padStart(width) : text.padEnd(width);
    });
    say(`  ${cells.join("  ")}`.trimEnd());
  }
}

const BAR = 24; // characters

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Draws on a terminal and nowhere else, so that a redirected report has no control characters. */
export class ProgressBar {
  readonly #terminal: Terminal | null;
  #shown = "";

  constructor(stream: Terminal | null) {
    this.#terminal = stream?.isTTY === true ? stream : null;
  }

  show(step: string, done: number, total: number): void {
    if (this.#terminal === null) return;
    const filled = total === 0 ? BAR : Math.round((BAR * done) / total);
    const line = `${step.padEnd(10)} ${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${done}/${total}`;
    if (line === this.#shown) return;
    this.#terminal.write(`\r\u001b[K${line}`);
    this.#shown = line;
  }

  clear(): void {
    if (this.#shown !== "") this.#terminal?.write("\r\u001b[K");
    this.#shown = "";
  }
}
