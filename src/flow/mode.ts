import type { Flow } from "./flow.ts";
import { runAsync } from "./run-async.ts";
import { runSync } from "./run-sync.ts";

/** The two colours of the public API. */
export type Mode = "sync" | "async";

/** What a method answers: the value itself in a sync class, a promise of it in an async one. */
export type Answer<M extends Mode, T> = M extends "sync" ? T : Promise<T>;

/** Drives flows in one colour. */
export interface Runner<M extends Mode> {
  readonly mode: M;
  run<T>(flow: Flow<T>): Answer<M, T>;
}

/** Drives flows at once; refuses a flow that has to wait. */
export const syncRunner: Runner<"sync"> = { mode: "sync", run: runSync };

/** Drives flows by awaiting what they yield. */
export const asyncRunner: Runner<"async"> = { mode: "async", run: runAsync };
