// One workload on one database: everybody is checked, then all are measured in turn, round after round.
import type { Adapter, Contestant, Task } from "./contestant.ts";
import type { Absence, ContestResult, Measured } from "./results.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Admin, Mode, Workload } from "./workloads.ts";

export interface Entrant {
  readonly adapter: Adapter;
  readonly contestant: Contestant;
}

export interface ContestOptions {
  readonly mode: Mode;
  readonly admin: Admin;
  /** Round trips counted since the last call; null without a proxy. */
  readonly countRoundTrips: (() => Promise<number>) | null;
}

interface Lane {
  readonly name: string;
  readonly task: Task;
  readonly times: number[];
  roundTrips: number | null;
  /** One run is longer than all rounds should be: it is measured once. */
  readonly isSlow: boolean;
}

/** Unmeasured rounds, after the one that checks results, let the JavaScript engine's compiler and the caches settle. */
const limits = {
  quick: { warmUp: 1, rounds: 9, least: 2, milliseconds: 1_500 },
  full: { warmUp: 2, rounds: 31, least: 5, milliseconds: 20_000 },
} as const;

export async function hold(
  workload: Workload,
  entrants: readonly Entrant[],
  options: ContestOptions,
): Promise<ContestResult> {
  const { admin, mode } = options;
  const size = workload.size[mode][admin.database];
  const admitted = await admit(workload, entrants, size, options);
  const failures = await measure(workload, admitted.lanes, size, options);
  const lanes = admitted.lanes.filter(({ name }) => !failures.some((failure) => failure.name === name));
  const absent = [...admitted.absent, ...failures];
  const raw = lanes.find(({ name }) => name === entrants[0]?.adapter.name);
  const divisor = workload.isPerOperation ? size : 1;
  const measured = lanes.map(
    ({ name, times, roundTrips }): Measured => ({
      name,
      milliseconds: median(times) / divisor,
      ratio: raw === undefined ? null : medianRatio(raw.times, times),
      rounds: times.map((time) => time / divisor),
      ...(roundTrips === null ? {} : { roundTrips }),
    }),
  );
  for (const { task } of admitted.lanes) await task.end?.();
  const { name, title } = workload;
  return { name, title, database: admin.database, mode, size, rounds: lanes[0]?.times.length ?? 0, measured, absent };
}

/** Each contestant runs once, alone, and must come to what the first came to. */
async function admit(
  workload: Workload,
  entrants: readonly Entrant[],
  size: number,
  { admin, mode, countRoundTrips }: ContestOptions,
): Promise<{ lanes: Lane[]; absent: Absence[] }> {
  const lanes: Lane[] = [];
  const absent: Absence[] = [];
  let expected: string | null = null;
  for (const { adapter, contestant } of entrants) {
    const make = contestant.tasks[workload.task];
    const { name } = adapter;
    if (make === undefined) {
      const reason = adapter.lacks?.[workload.task];
      if (reason !== undefined) absent.push({ name, reason, isFailure: false });
      continue;
    }
    try {
      if (workload.reset !== undefined) await admin.exec(workload.reset.sql(admin.database, size));
      const task = await make(size);
      await task.before?.();
      await countRoundTrips?.();
      const start = performance.now();
      const answer = await task.run();
      const isSlow = performance.now() - start > limits[mode].milliseconds * 2;
      const roundTrips = (await countRoundTrips?.()) ?? null;
      const digest = await workload.digest(answer, admin, size);
      expected ??= digest;
      if (digest !== expected) throw new Error(`another result than ${lanes[0]?.name}: ${digest} for ${expected}`);
      lanes.push({ name, task, times: [], roundTrips, isSlow });
    } catch (error) {
      absent.push({ name, reason: String(error).slice(0, 500), isFailure: true });
    }
  }
  return { lanes, absent };
}

async function measure(
  workload: Workload,
  lanes: readonly Lane[],
  size: number,
  { admin, mode, countRoundTrips }: ContestOptions,
): Promise<Absence[]> {
  const failures: Absence[] = [];
  const { warmUp, rounds, least, milliseconds } = limits[mode];
  const until = performance.now() + milliseconds;
  for (let round = -warmUp; round < rounds; round += 1) {
    if (round >= least && performance.now() > until) break;
    let expected: string | null = null;
    for (const lane of inTurn(lanes, round + warmUp)) {
      if (lane.isSlow && round !== 0) continue;
      if (workload.reset?.when === "each") await admin.exec(workload.reset.sql(admin.database, size));
      await lane.task.before?.();
      await countRoundTrips?.();
      // what the one before left behind is not this one's to clear away
      globalThis.gc?.({ type: "minor" });
      const start = performance.now();
      const answer = await lane.task.run();
      const time = performance.now() - start;
      // of the last run: by then statements are prepared and connections open
      if (countRoundTrips !== null) lane.roundTrips = await countRoundTrips();
      if (round >= 0) lane.times.push(time);
      else {
        // in the second run, too, all must have done the same: what is found unchanged is left alone by some
        const digest = await workload.digest(answer, admin, size);
        expected ??= digest;
        if (digest !== expected)
          failures.push({ name: lane.name, reason: `in a later run: ${digest} for ${expected}`, isFailure: true });
      }
    }
  }
  return failures;
}

/** Each round begins with another one, so that nobody always follows the same neighbour. */
function inTurn(lanes: readonly Lane[], round: number): readonly Lane[] {
  const shift = lanes.length === 0 ? 0 : round % lanes.length;
  return [...lanes.slice(shift), ...lanes.slice(0, shift)];
}
