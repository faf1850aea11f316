// The file of results: one entry for each contest, replaced when it is held again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";

export interface Measured {
  readonly name: string;
  /** Of one run, or of one operation where the workload says so. */
  readonly milliseconds: number;
  /** Times as fast as the raw driver; null where there is none. */
  readonly ratio: number | null;
  readonly rounds?: readonly number[];
  readonly roundTrips?: number;
  /** By how much the process grew, in megabytes. */
  readonly megabytes?: number;
  /** Further figures, by their heading. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface Absence {
  readonly name: string;
  readonly reason: string;
  /** It took part and came to another result, or failed. */
  readonly isFailure: boolean;
}

export interface ContestResult {
  readonly name: string;
  readonly title: string;
  readonly database: string;
  readonly mode: string;
  readonly size: number;
  readonly rounds: number;
  readonly measured: readonly Measured[];
  readonly absent: readonly Absence[];
  readonly machine?: Machine;
}

export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** The average number of programs that wanted to run when the measurement began. */
  readonly load: number;
}

export interface Results {
  readonly versions: Readonly<Record<string, string>>;
  readonly contests: readonly ContestResult[];
}

export const resultsFolder: string = join(import.meta.dirname, "results");
const file = join(resultsFolder, "results.json");

export function machineNow(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function readResults(): Results {
  if (!existsSync(file)) return { versions: {}, contests: [] };
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

export function writeResults(fresh: readonly ContestResult[], versions: Results["versions"]): Results {
  const key = ({ name, database }: ContestResult): string => `${name} ${database}`;
  const contests = new Map([...readResults().contests, ...fresh].map((contest) => [key(contest), contest]));
  const results = { versions, contests: [...contests.values()] };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  return results;
}

/** The version that is installed here, found without the package's leave. */
export function versionOf(name: string): string {
  const resolved = createRequire(import.meta.url)
    .resolve.paths(name)
    ?.map((path) => join(path, name, "package.json"));
  const found = resolved?.find((path) => existsSync(path));
  if (found === undefined) return "missing";
  return (JSON.parse(readFileSync(found, "utf8")) as { version: string }).version;
}

export const benchFolder: string = dirname(resultsFolder);
