import type { ContestResult, Measured } from "../results.ts";

/** A time with three digits that count, and its unit. */
export function timeText(milliseconds: number): string {
  const [value, unit] = milliseconds < 1 ? [milliseconds * 1000, "µs"] : [milliseconds, "ms"];
  return `${digits(value)} ${unit}`;
}

export const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);

export function headingOf({ title, database }: ContestResult): string {
  return `${title}${databaseNames[database] === undefined ? "" : `, ${databaseNames[database]}`}`;
}

const databaseNames: Readonly<Record<string, string>> = { postgresql: "PostgreSQL", sqlite: "SQLite" };

export function printContest(contest: ContestResult): void {
  const { name, rounds, measured, absent } = contest;
  console.log(`\n${name}: ${headingOf(contest)} (${rounds} rounds)`);
  for (const line of measured) console.log(`  ${line.name.padEnd(40)} ${factsOf(line).join("  ")}`);
  for (const line of absent) console.log(`  ${line.name.padEnd(40)} ${line.isFailure ? "FAILED: " : ""}${line.reason}`);
}

function factsOf({ milliseconds, ratio, roundTrips, megabytes, figures }: Measured): string[] {
  return [
    timeText(milliseconds).padStart(10),
    ...(ratio === null ? [] : [`${ratio.toFixed(2)} × raw`]),
    ...(roundTrips === undefined ? [] : [`${roundTrips} round trips`]),
    ...(megabytes === undefined ? [] : [`${Math.round(megabytes)} MB`]),
    ...Object.entries(figures ?? {}).map(([what, value]) => `${digits(value)} ${what}`),
  ];
}
