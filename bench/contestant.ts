// What an adapter file provides: one contestant, and for each workload it takes part in a task.
import type { DatabaseName } from "./schema.ts";

export type MaybePromise<T> = T | Promise<T>;

export interface Task {
  /** What has to be there before each run; not measured. */
  before?(): MaybePromise<void>;
  /** The work. What it answers is compared with what the others answer. */
  run(): MaybePromise<unknown>;
  /** Lets go of what the task holds. */
  end?(): MaybePromise<void>;
}

/** @param size how many rows, or repetitions, as the workload says. */
export type MakeTask = (size: number) => MaybePromise<Task>;

export type WorkloadName =
  | "get"
  | "get-16"
  | "rows-10k"
  | "rows-100k"
  | "eager"
  | "insert-flat"
  | "insert-graph"
  | "update"
  | "flush-10k"
  | "flush-100k"
  | "build"
  | "request"
  | "order-entry"
  | "stream"
  /** Loads as many posts into a unit of work and answers what keeps them; who has none answers the rows of "rows-100k". */
  | "hold";

export interface Contestant {
  readonly tasks: Partial<Readonly<Record<WorkloadName, MakeTask>>>;
  close(): MaybePromise<void>;
}

export interface Adapter {
  readonly name: string;
  /** Whose version is reported; null for what is measured from this repository. */
  readonly package: string | null;
  readonly databases: readonly DatabaseName[];
  /** Why it stays out of workloads that others of its kind take part in. */
  readonly lacks?: Partial<Readonly<Record<WorkloadName, string>>>;
  open(database: DatabaseName, url: string): MaybePromise<Contestant>;
}

/** The connections that pools may open, and the requests that are in flight at once. */
export const IN_FLIGHT = 16;

/** The key that the nth of many gets asks for. */
export const keyOf = (index: number): number => ((index * 7919) % 100_000) + 1;

/** Calls `work` for 0 … `times - 1`, `IN_FLIGHT` of them at once. */
export async function inFlight<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < times; start += IN_FLIGHT) {
    const length = Math.min(IN_FLIGHT, times - start);
    results.push(...(await Promise.all(Array.from({ length }, (_, offset) => work(start + offset)))));
  }
  return results;
}

/** Rows grouped by a key, for those who put collections together by hand. */
export function grouped<T>(rows: readonly T[], key: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
