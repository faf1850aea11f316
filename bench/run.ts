// A whole run: databases, contests one after the other, reports.
import { loadAdapters } from "./adapters/index.ts";
import type { Adapter } from "./contestant.ts";
import { type ContestOptions, type Entrant, hold } from "./contest.ts";
import { type OpenDatabase, openDatabase } from "./databases.ts";
import { measureImports } from "./imports.ts";
import { startProxy } from "./proxy.ts";
import { type Place, RemoteContestant } from "./remote-contestant.ts";
import { printContest } from "./report/print.ts";
import { writePictures } from "./report/pictures.ts";
import { writeTables } from "./report/tables.ts";
import { type ContestResult, machineNow, readResults, versionOf, writeResults } from "./results.ts";
import { holdMemory } from "./memory.ts";
import { measureScopes } from "./scope.ts";
import { holdStreaming, STREAMED } from "./stream.ts";
import { measureTypeChecking } from "./type-checking.ts";
import { type Mode, type Workload, workloads } from "./workloads.ts";

export interface RunOptions {
  readonly mode: Mode;
  readonly only: readonly string[];
  readonly docs: boolean;
  readonly report: boolean;
}

/** @returns the exit code: 1 when somebody failed or came to another result than the others. */
export async function run(options: RunOptions): Promise<number> {
  const fresh = options.report ? [] : await measure(options);
  if (fresh.length === 0 && !options.report) {
    console.error(`bench: no contest is named ${options.only.join(" or ")}; see --help`);
    return 1;
  }
  const names = (await loadAdapters()).map((adapter) => adapter.package).filter((name) => name !== null);
  const versions = Object.fromEntries(names.map((name) => [name, versionOf(name)]));
  const results = options.report ? readResults() : writeResults(fresh, versions);
  writePictures(results);
  if (options.docs) writeTables(results);
  return fresh.some(({ absent }) => absent.some(({ isFailure }) => isFailure)) ? 1 : 0;
}

async function measure({ mode, only }: RunOptions): Promise<ContestResult[]> {
  const isWanted = (name: string): boolean => only.length === 0 || only.some((start) => name.startsWith(start));
  const machine = machineNow();
  const adapters = await loadAdapters();
  const held: ContestResult[] = [];
  const note = (contest: ContestResult): void => {
    printContest(contest);
    held.push({ ...contest, machine });
  };
  for (const name of ["postgresql", "sqlite"] as const) {
    const isRun = (workload: Workload): boolean =>
      isWanted(workload.name) && (mode === "full" || only.length > 0 || workload.isLarge !== true);
    const wanted = workloads.filter((workload) => isRun(workload) && workload.databases.includes(name));
    const streams = isWanted("stream");
    const isMemoryWanted = only.length > 0 ? isWanted("memory") : mode === "full";
    if (wanted.length === 0 && !streams && !isMemoryWanted) continue;
    const database = await openDatabase(name, streams ? STREAMED[mode] : 1000);
    try {
      const takingPart = adapters.filter((adapter) => adapter.databases.includes(name));
      await holdAll(wanted, takingPart, { database, mode, note });
      const place = { url: database.url, admin: database.admin, mode };
      if (streams) note(await holdStreaming(takingPart, database.url, { admin: database.admin, mode }));
      if (isMemoryWanted) for await (const contest of holdMemory(takingPart, place)) note(contest);
    } finally {
      await database.close();
    }
  }
  if (isWanted("scope")) for await (const contest of measureScopes(mode)) note(contest);
  if (isWanted("import")) note(await measureImports(mode));
  if (isWanted("types")) for (const contest of await measureTypeChecking(mode)) note(contest);
  return held;
}

interface Setting {
  readonly database: OpenDatabase;
  readonly mode: Mode;
  note(contest: ContestResult): void;
}

async function holdAll(
  wanted: readonly Workload[],
  adapters: readonly Adapter[],
  { database: { admin, url }, mode, note }: Setting,
): Promise<void> {
  const { database } = admin;
  const direct = wanted.filter((workload) => workload.latency === undefined);
  if (direct.length > 0) {
    await withEntrants(adapters, { database, url, adminUrl: url }, async (entrants) => {
      const options: ContestOptions = { mode, admin, countRoundTrips: null };
      for (const workload of direct) note(await hold(workload, entrants, options));
    });
  }
  for (const workload of wanted) {
    if (workload.latency === undefined) continue;
    const proxy = await startProxy(url, workload.latency);
    await withEntrants(adapters, { database, url: proxy.url, adminUrl: url }, async (entrants) => {
      note(await hold(workload, entrants, { mode, admin, countRoundTrips: () => proxy.takeRoundTrips() }));
    });
    proxy.stop();
  }
}

async function withEntrants(
  adapters: readonly Adapter[],
  place: Place,
  work: (entrants: readonly Entrant[]) => Promise<void>,
): Promise<void> {
  const entrants: Entrant[] = [];
  for (const adapter of adapters)
    entrants.push({ adapter, contestant: await RemoteContestant.start(adapter.name, place) });
  await work(entrants);
  for (const { contestant } of entrants) await contestant.stop();
}
