// Streaming, where memory is measured too: each contestant in a process of its own, which this file is when started as a
// program.
import { readFileSync, writeFileSync } from "node:fs";
import { loadAdapter } from "./adapters/index.ts";
import type { Adapter } from "./contestant.ts";
import { inOwnProcess, report } from "./own-process.ts";
import type { Absence, ContestResult, Measured } from "./results.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Admin, Mode } from "./workloads.ts";

export const STREAMED = { quick: 200_000, full: 1_000_000 } as const;
const ROUNDS = { quick: 1, full: 3 } as const;

interface Report {
  readonly milliseconds: number;
  readonly megabytes: number;
}

export async function holdStreaming(
  all: readonly Adapter[],
  url: string,
  { admin: { database }, mode }: { readonly admin: Admin; readonly mode: Mode },
): Promise<ContestResult> {
  const size = STREAMED[mode];
  const reports = new Map<string, Report[]>();
  const absent: Absence[] = [];
  for (const { name, lacks } of all) {
    if (lacks?.stream === undefined) reports.set(name, []);
    else absent.push({ name, reason: lacks.stream, isFailure: false });
  }
  for (let round = 0; round < ROUNDS[mode]; round += 1) {
    for (const [name, own] of reports) {
      const args = [name, database, url, String(size)];
      const told = await inOwnProcess(import.meta.filename, args).catch((error: unknown) => String(error));
      // null for who has no such task
      if (typeof told === "object" && told !== null) own.push(told as Report);
      else reports.delete(name);
      if (typeof told === "string") absent.push({ name, reason: told.slice(0, 500), isFailure: true });
    }
  }
  const times = (own: readonly Report[]): number[] => own.map((report) => report.milliseconds);
  const [raw] = [...reports.values()].map(times);
  const measured = [...reports].map(([name, own]): Measured => {
    const ratio = raw === undefined ? null : medianRatio(raw, times(own));
    const megabytes = median(own.map((report) => report.megabytes));
    return { name, milliseconds: median(times(own)), ratio, rounds: times(own), megabytes };
  });
  const title = `${size.toLocaleString("en")} rows of 4 columns streamed, 1,000 at a time`;
  return { name: "stream", title, database, mode, size, rounds: ROUNDS[mode], measured, absent };
}

async function stream(name: string, database: "postgresql" | "sqlite", url: string, size: number): Promise<void> {
  await import("./library.ts");
  const contestant = await (await loadAdapter(name)).open(database, url);
  const make = contestant.tasks.stream;
  if (make === undefined) report(null);
  // some rows first, so that code is loaded and statements are known
  await (await make(10_000)).run();
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  forgetHighest();
  const task = await make(size);
  const start = performance.now();
  const sum = await task.run();
  const milliseconds = performance.now() - start;
  const megabytes = Math.max(0, highest() / 1024 - before / 2 ** 20);
  if (sum !== (size * (size + 1)) / 2) throw new Error(`the keys of ${size} rows add up to ${String(sum)}`);
  report({ milliseconds, megabytes });
}

/** From here on; where there is no such file, the highest counts from the process's beginning. */
function forgetHighest(): void {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

/** In kilobytes. What `resourceUsage()` says on Linux begins with the memory of the process that started this one. */
function highest(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

if (import.meta.main) {
  const [name = "", database = "", url = "", size = "0"] = process.argv.slice(2);
  await stream(name, database as "postgresql" | "sqlite", url, Number(size));
}
