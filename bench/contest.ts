// One workload on one database: everybody is checked, then all are measured in turn, round after round.
import type { Adapter } from "./contestant.ts";
import type { RemoteContestant, Taken } from "./remote-contestant.ts";
import type { Absence, ContestResult, Measured } from "./results.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Admin, Mode, Workload } from "./workloads.ts";

export interface Entrant {
  readonly adapter: Adapter;
  readonly contestant: RemoteContestant;
}

export interface ContestOptions {
  readonly mode: Mode;
  readonly admin: Admin;
  /** Round trips counted since the last call; null without a proxy. */
  readonly countRoundTrips: (() => Promise<number>) | null;
}

interface Lane {
  readonly name: string;
  readonly contestant: RemoteContestant;
  readonly times: number[];
  readonly cpuTimes: number[];
  roundTrips: number | null;
  /** What its last run took as a whole. */
  lastMilliseconds: number;
  /** Its runs take too long for one in every round: it is measured once. */
  readonly isSlow: boolean;
}

/**
 * Each contestant first works for `warmUpMilliseconds`, so that even what a run does once is done by compiled code; then come
 * the measured rounds, at most `rounds` and at least `least`, for `milliseconds`. Whose runs take longer than `slow` is
 * measured once. Runs shorter than `refill` are preceded by one more in each round: the processor's caches are full of what the
 * contestant before has done, which is no part of anybody's work.
 */
const limits = {
  quick: { warmUpMilliseconds: 200, rounds: 9, least: 3, milliseconds: 1_200, slow: 400, refill: 0 },
  full: { warmUpMilliseconds: 1_200, rounds: 31, least: 5, milliseconds: 14_000, slow: 28_000, refill: 400 },
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
    ({ name, times, cpuTimes, roundTrips }): Measured => ({
      name,
      milliseconds: median(times) / divisor,
      ratio: raw === undefined ? null : medianRatio(raw.times, times),
      rounds: times.map((time) => time / divisor),
      ...(roundTrips === null ? {} : { roundTrips }),
      ...(workload.repeats === undefined ? {} : { figures: { "ms of CPU": median(cpuTimes) } }),
    }),
  );
  for (const { contestant } of admitted.lanes) await contestant.end();
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
    const { name } = adapter;
    try {
      if (workload.reset !== undefined) await admin.exec(workload.reset.sql(admin.database, size));
      const repeats = workload.repeats?.[mode] ?? 1;
      if (!(await contestant.make(workload.name, size, repeats))) {
        const reason = adapter.lacks?.[workload.task];
        if (reason !== undefined) absent.push({ name, reason, isFailure: false });
        continue;
      }
      await contestant.prepare();
      await countRoundTrips?.();
      const { milliseconds } = await contestant.run();
      const isSlow = milliseconds * repeats > limits[mode].slow;
      const roundTrips = (await countRoundTrips?.()) ?? null;
      const digest = await contestant.digest();
      expected ??= digest;
      if (digest !== expected) throw new Error(`another result than ${lanes[0]?.name}: ${digest} for ${expected}`);
      const lastMilliseconds = milliseconds * repeats;
      lanes.push({ name, contestant, times: [], cpuTimes: [], roundTrips, lastMilliseconds, isSlow });
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
  options: ContestOptions,
): Promise<Absence[]> {
  const { warmUpMilliseconds, rounds, least, milliseconds, refill } = limits[options.mode];
  const quick = lanes.filter(({ isSlow }) => !isSlow);
  const failures = await runAgain(workload, quick, size, options);
  for (const lane of quick) {
    const warmUntil = performance.now() + warmUpMilliseconds;
    while (performance.now() < warmUntil) await runOnce(workload, lane, size, options);
  }
  const until = performance.now() + milliseconds;
  for (let round = 0; round < rounds && (round < least || performance.now() < until); round += 1) {
    for (const lane of inTurn(round === 0 ? lanes : quick, round)) {
      if (lane.lastMilliseconds < refill) await runOnce(workload, lane, size, options);
      const { milliseconds, cpu } = await runOnce(workload, lane, size, options);
      lane.times.push(milliseconds);
      lane.cpuTimes.push(cpu);
    }
  }
  return failures;
}

/** In the second run, too, all must have done the same: what is found unchanged is left alone by some. */
async function runAgain(
  workload: Workload,
  lanes: readonly Lane[],
  size: number,
  options: ContestOptions,
): Promise<Absence[]> {
  const failures: Absence[] = [];
  let expected: string | null = null;
  for (const lane of lanes) {
    const { name, contestant } = lane;
    await runOnce(workload, lane, size, options);
    const digest = await contestant.digest();
    expected ??= digest;
    if (digest !== expected)
      failures.push({ name, reason: `in a later run: ${digest} for ${expected}`, isFailure: true });
  }
  return failures;
}

async function runOnce(
  workload: Workload,
  lane: Lane,
  size: number,
  { admin, mode, countRoundTrips }: ContestOptions,
): Promise<Taken> {
  if (workload.reset?.when === "each") await admin.exec(workload.reset.sql(admin.database, size));
  await lane.contestant.prepare();
  await countRoundTrips?.();
  const taken = await lane.contestant.run();
  lane.lastMilliseconds = taken.milliseconds * (workload.repeats?.[mode] ?? 1);
  // of the last run: by then statements are prepared and connections open
  if (countRoundTrips !== null) lane.roundTrips = await countRoundTrips();
  return taken;
}

/** Each round begins with another one, so that nobody always follows the same neighbour. */
function inTurn(lanes: readonly Lane[], round: number): readonly Lane[] {
  const shift = lanes.length === 0 ? 0 : round % lanes.length;
  return [...lanes.slice(shift), ...lanes.slice(0, shift)];
}
