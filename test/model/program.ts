import fc from "fast-check";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { checkOutside } from "./check.ts";
import { Rig, type RigOptions } from "./rig.ts";
import { actions, type Step } from "./steps.ts";

/** A program: how its session is made, and its steps. */
export interface Program {
  readonly autoflush: boolean;
  readonly expireOnCommit: boolean;
  readonly steps: readonly Step[];
}

/** How often each kind comes, of about a hundred. */
const weights: Readonly<Record<string, number>> = {
  make: 18,
  setColumn: 8,
  mutate: 4,
  refer: 7,
  move: 8,
  assign: 3,
  link: 6,
  rekey: 3,
  remove: 5,
  again: 3,
  query: 4,
  get: 3,
  load: 4,
  refresh: 2,
  expire: 2,
  flush: 4,
  flushSome: 4,
  commit: 5,
  rollback: 4,
  beginNested: 6,
  release: 4,
  rollbackTo: 4,
  close: 1,
  fail: 3,
  changeOutside: 2,
  merge: 2,
};

const number = fc.nat({ max: 1023 });

const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.entries(weights).map(([kind, weight]) => ({
    arbitrary: fc.record({ kind: fc.constant(kind), a: number, b: number, c: number }),
    weight,
  })),
);

export const program: fc.Arbitrary<Program> = fc.record({
  autoflush: fc.boolean(),
  expireOnCommit: fc.boolean(),
  steps: fc.array(step, { minLength: 4, maxLength: 40, size: "max" }),
});

/** Runs a program to its end; throws where something disagrees. `rig` is told, so that a caller can print the lines. */
export async function run(
  { steps, ...options }: Program,
  engine: AsyncEngine,
  mode: RigOptions["mode"],
  begun: (rig: Rig) => void = () => {},
): Promise<void> {
  const rig = new Rig(engine, { ...options, mode });
  begun(rig);
  try {
    for (const one of steps) await actions[one.kind]?.(rig, one);
    await actions["commit"]?.(rig, { kind: "commit", a: 0, b: 0, c: 0 });
  } finally {
    await rig.session.close();
  }
  rig.letGo();
  rig.world.close();
  await checkOutside(rig);
}
