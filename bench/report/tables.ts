// The tables of docs/performance.md, between two marks.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, type ContestResult, type Machine, type Measured, type Results } from "../results.ts";
import { digits, headingOf, timeText } from "./print.ts";

const page = join(benchFolder, "../docs/performance.md");
const [begin, end] = ["<!-- begin of the tables: npm run bench -- --docs -->", "<!-- end of the tables -->"];

export function writeTables({ contests, versions }: Results): void {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the marks ${begin} and ${end}`);
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const parts = [conditions(contests), `Versions: ${list.join(", ")}.`, ...contests.map(section)];
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${parts.join("\n\n")}\n\n${text.slice(to)}`);
}

/** A load of half the cores or more means that others had their share of them. */
function conditions(contests: readonly ContestResult[]): string {
  const machines = contests.map(({ machine }) => machine).filter((machine) => machine !== undefined);
  const [one] = machines;
  if (one === undefined) return "";
  const isBusy = (machine: Machine): boolean => machine.load >= machine.cores / 2;
  const modes = [...new Set(contests.map(({ mode }) => mode))].join(" and ");
  const busy = machines.some(isBusy)
    ? ` **The machine was shared with other work (load ${Math.max(...machines.map(({ load }) => load))} on ${one.cores} cores): these figures are provisional.**`
    : "";
  const dates = [...new Set(machines.map(({ date }) => date))].join(", ");
  return `Measured on ${dates} with Node ${one.node.slice(1)} on ${one.cores} cores (${one.processor}), ${modes} run.${busy}`;
}

function section(contest: ContestResult): string {
  const heading = `### ${headingOf(contest)}`;
  const missing = contest.absent.map(
    ({ name, reason, isFailure }) => `${name} is left out: ${isFailure ? "it failed: " : ""}${reason.split("\n")[0]}.`,
  );
  return [heading, table(contest.measured), ...missing].join("\n\n");
}

function table(measured: readonly Measured[]): string {
  const sorted = measured.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const has = (field: "ratio" | "roundTrips" | "megabytes"): boolean => sorted.some((line) => line[field] != null);
  const figures = [...new Set(sorted.flatMap((line) => Object.keys(line.figures ?? {})))];
  const headings = [
    "",
    "time",
    ...(has("ratio") ? ["× raw"] : []),
    ...(has("roundTrips") ? ["round trips"] : []),
    ...(has("megabytes") ? ["memory grew by"] : []),
    ...figures,
  ];
  const rows = sorted.map((line) => [
    line.name,
    timeText(line.milliseconds),
    ...(has("ratio") ? [line.ratio?.toFixed(2) ?? ""] : []),
    ...(has("roundTrips") ? [String(line.roundTrips ?? "")] : []),
    ...(has("megabytes") ? [line.megabytes === undefined ? "" : `${Math.round(line.megabytes)} MB`] : []),
    ...figures.map((name) => (line.figures?.[name] === undefined ? "" : digits(line.figures[name]))),
  ]);
  const rule = headings.map((_, column) => (column === 0 ? "---" : "---:"));
  return [headings, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
