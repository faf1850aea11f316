import { PendingRollbackError } from "../../src/errors/index.ts";
import { literal, select } from "../../src/sql/index.ts";
import { agree, checkInside, checkOutside } from "./check.ts";
import { pick } from "./edits.ts";
import type { Rig } from "./rig.ts";
import type { Action } from "./steps.ts";
import type { Id } from "./world.ts";

/** Steps that the database refuses: the session rolls back and says so until it is told. */

interface Flaw {
  readonly id: Id;
  readonly name: string;
  /** What it was before. */
  readonly good: unknown;
}

const flaws: readonly ((rig: Rig, choice: number) => Flaw | undefined)[] = [
  (rig, choice) => flaw(rig, pick(rig.held("Item"), choice), "title", null),
  (rig, choice) => flaw(rig, pick(rig.held("Owner"), choice), "level", -1),
  (rig, choice) => {
    const taken = rig.world
      .ids("Item", rig.world.flushed)
      .filter(
        (id) => rig.world.now.rows.get(id)?.columns["serial"] === rig.world.flushed.rows.get(id)?.columns["serial"],
      )
      .find((id) => rig.world.now.rows.get(id)?.columns["serial"] != null && !rig.world.marked.has(id));
    const other = pick(
      rig.held("Item").filter((id) => id !== taken),
      choice,
    );
    const value = taken === undefined ? undefined : rig.world.row(taken).columns["serial"];
    return value === undefined ? undefined : flaw(rig, other, "serial", value);
  },
];

function flaw(rig: Rig, id: Id | undefined, name: string, value: unknown): Flaw | undefined {
  if (id === undefined) return undefined;
  const good = rig.world.row(id).columns[name];
  write(rig, { id, name, good: value });
  rig.world.setColumn(id, name, value);
  return { id, name, good };
}

function write(rig: Rig, { id, name, good }: Flaw): void {
  rig.say(`${rig.name(id)}.${name} = ${good === undefined ? "undefined" : JSON.stringify(good)};`);
  rig.object(id)[name] = good;
}

/** A new object would be refused again when it is added again. */
function mend(rig: Rig, flawed: Flaw): void {
  const outsider = rig.world.outside.get(flawed.id);
  if (outsider === undefined) return;
  write(rig, flawed);
  const columns = { ...outsider.row.columns, [flawed.name]: flawed.good };
  rig.world.outside.set(flawed.id, { ...outsider, row: { ...outsider.row, columns } });
}

const fail: Action = async (rig, { a, b, c }) => {
  await flushFirst(rig);
  const flawed = pick(flaws, a)?.(rig, b);
  if (flawed === undefined) return;
  const how = c % 2 === 0 ? "flush" : "commit";
  rig.say(`await session.${how}(); // fails`);
  const error = await caught(() => rig.session[how]());
  agree(
    `error of ${how}()`,
    (error as Error | null)?.name.endsWith("Violation") ? "a violation" : String(error),
    "a violation",
  );
  // a commit releases savepoints only after the flush
  const level = rig.world.depth;
  rig.world.rollback(level);
  const next = await caught(() => rig.session.scalar(select(literal(1))));
  agree("error of the next statement", next instanceof PendingRollbackError, true);
  agree("isActive", rig.session.isActive, false);
  if (level === 0) {
    rig.say("await session.rollback();");
    await rig.session.rollback();
    await checkOutside(rig);
    mend(rig, flawed);
    return;
  }
  rig.say(`await savepoint${level}.rollback();`);
  await rig.savepoints.pop()?.rollback();
  await checkInside(rig);
  mend(rig, flawed);
};

async function flushFirst(rig: Rig): Promise<void> {
  if (!rig.world.hasDeletions) return;
  await rig.session.flush();
  rig.say("await session.flush();");
  rig.flushed();
}

async function caught(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return null;
}

export const failures: Readonly<Record<string, Action>> = { fail };
