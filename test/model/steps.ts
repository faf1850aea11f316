import { agree, checkInside, checkOutside } from "./check.ts";
import { edits } from "./edits.ts";
import { failures } from "./failures.ts";
import { loads } from "./loads.ts";
import { others } from "./others.ts";
import type { Rig } from "./rig.ts";

/** One step of a program: what kind, and numbers that choose among what there is. */
export interface Step {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Does a step to the session and to the world; a step that finds nothing to work with does nothing. */
export type Action = (rig: Rig, step: Step) => Promise<void>;

const MOST_SAVEPOINTS = 3;

const life: Readonly<Record<string, Action>> = {
  flush: async (rig) => {
    rig.say("await session.flush();");
    await rig.session.flush();
    rig.flushed();
    await checkInside(rig);
  },
  /** Of some objects, and then of all: together they do what one flush does. */
  flushSome: async (rig, { a }) => {
    const some = [...rig.session].filter((_object, index) => ((a >> (index % 10)) & 1) === 1);
    rig.say(`await session.flush([${some.map((object) => rig.name(rig.idOf(object) ?? null)).join(", ")}]);`);
    rig.isPartly = true;
    try {
      await rig.session.flush(some);
    } finally {
      rig.isPartly = false;
    }
    await life["flush"]?.(rig, { kind: "flush", a: 0, b: 0, c: 0 });
  },
  commit: async (rig) => {
    rig.say("await session.commit();");
    await rig.session.commit();
    rig.flushed();
    rig.world.commit();
    rig.savepoints.length = 0;
    await checkOutside(rig);
  },
  rollback: async (rig) => {
    rig.say("await session.rollback();");
    await rig.session.rollback();
    rig.world.rollback(0);
    rig.savepoints.length = 0;
    await checkOutside(rig);
  },
  beginNested: async (rig) => {
    if (rig.world.depth >= MOST_SAVEPOINTS) return;
    rig.say(`const savepoint${rig.world.depth + 1} = await session.beginNested();`);
    rig.savepoints.push(await rig.session.beginNested());
    rig.flushed();
    rig.world.begin();
  },
  release: async (rig) => {
    const savepoint = rig.savepoints.pop();
    if (savepoint === undefined) return;
    rig.say(`await savepoint${rig.world.depth}.commit();`);
    await savepoint.commit();
    rig.flushed();
    rig.world.release();
    await checkInside(rig);
  },
  rollbackTo: async (rig, { a }) => {
    if (rig.savepoints.length === 0) return;
    const level = 1 + (a % rig.savepoints.length);
    rig.say(`await savepoint${level}.rollback();`);
    await rig.savepoints[level - 1]?.rollback();
    rig.savepoints.length = level - 1;
    rig.world.rollback(level);
    await checkInside(rig);
  },
  close: async (rig) => {
    rig.say("await session.close();");
    await rig.session.close();
    rig.savepoints.length = 0;
    rig.letGo();
    rig.world.close();
    agree("objects of a closed session", [...rig.session].length, 0);
    await checkOutside(rig);
  },
};

export const actions: Readonly<Record<string, Action>> = { ...life, ...edits, ...loads, ...failures, ...others };
