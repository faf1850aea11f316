// Whatever a program does, the events of an object lead from each of its states to the next, and inspect() agrees (spec B1).
import { deleteFrom, inspect, listen, makeTransient } from "athanor";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { SessionTransactionBase } from "../../../src/orm/session/session-transaction.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

/** By event: from which state, to which. */
const changes = {
  transientToPending: ["transient", "pending"],
  pendingToTransient: ["pending", "transient"],
  pendingToPersistent: ["pending", "persistent"],
  persistentToTransient: ["persistent", "transient"],
  persistentToDeleted: ["persistent", "deleted"],
  persistentToDetached: ["persistent", "detached"],
  deletedToPersistent: ["deleted", "persistent"],
  deletedToDetached: ["deleted", "detached"],
  detachedToPersistent: ["detached", "persistent"],
} as const;

type Savepoint = SessionTransactionBase<"async">;

interface World {
  readonly session: AsyncSession;
  /** Has objects that the first one has not; it sends nothing, as a database in memory has one connection. */
  readonly other: AsyncSession;
  readonly objects: readonly Author[];
  readonly savepoints: Savepoint[];
}

const steps: Readonly<Record<string, (world: World, place: number) => unknown>> = {
  add: ({ session, objects }, place) => session.add(objects[place] as Author),
  delete: ({ session, objects }, place) => session.delete(objects[place] as Author),
  expunge: ({ session, objects }, place) => session.expunge(objects[place] as Author),
  change: ({ objects }, place) => {
    (objects[place] as Author).name += "!";
  },
  // another object with the same key: a flush fails with it, or gives it the row of one that is deleted
  clash: ({ objects }, place) => {
    const [here, there] = [objects[place] as Author, objects[(place + 1) % objects.length] as Author];
    if (inspect(here).status === "transient") here.id = there.id ?? 500 + place;
  },
  flush: ({ session }) => session.flush(),
  commit: ({ session }) => session.commit(),
  rollback: ({ session }) => session.rollback(),
  beginNested: async ({ session, savepoints }) => void savepoints.push(await session.beginNested()),
  release: ({ savepoints }) => savepoints.pop()?.commit(),
  rollbackTo: ({ savepoints }) => savepoints.pop()?.rollback(),
  close: ({ session }) => session.close(),
  makeTransient: ({ objects }, place) => makeTransient(objects[place] as Author),
  addElsewhere: ({ other, objects }, place) => other.add(objects[place] as Author),
  expungeElsewhere: ({ other, objects }, place) => other.expunge(objects[place] as Author),
  closeElsewhere: ({ other }) => other.close(),
};

const step = fc.tuple(fc.constantFrom(...Object.keys(steps), "add", "flush", "delete", "flush"), fc.nat({ max: 3 }));
const program = fc.array(step, { minLength: 5, maxLength: 40, size: "max" });

// the same in every run, so that both colours send the same; another one when it is wanted
const seed = Number(process.env["TRANSITIONS_SEED"] ?? 20_261_128);

describeTargets("the states of objects", (target) => {
  const warnings: string[] = [];
  const orm = useOrm(target, Base, { logger: (message) => void warnings.push(message) });

  async function run(given: readonly (readonly [string, number])[]): Promise<void> {
    const cleaning = orm.session();
    await cleaning.execute(deleteFrom(Author));
    cleaning.addAll([new Author({ id: 901, name: "first" }), new Author({ id: 902, name: "second" })]);
    await cleaning.commit();
    await cleaning.close();
    const [session, other] = [orm.session(), orm.session()];
    try {
      await follow({ session, other }, given);
    } finally {
      await session.close();
      await other.close();
    }
  }

  async function follow(
    { session, other }: Pick<World, "session" | "other">,
    given: readonly (readonly [string, number])[],
  ): Promise<void> {
    const objects = [
      await session.getOne(Author, 901),
      await session.getOne(Author, 902),
      new Author({ name: "new" }),
      new Author({ name: "newer" }),
    ];
    const states = new Map<object, string>(objects.map((object) => [object, inspect(object).status]));
    for (const [name, [from, to]] of Object.entries(changes)) {
      const heard = ({ object }: { readonly object: object }): void => {
        expect(states.get(object), `before ${name}`).toBe(from);
        states.set(object, to);
      };
      for (const each of [session, other]) listen(each, name as keyof typeof changes, heard);
    }
    const world = { session, other, objects, savepoints: [] };
    for (const [name, place] of given) {
      const error = await attempt(() => steps[name]?.(world, place));
      if (error instanceof Error && error.name === "AssertionError") throw error;
      for (const object of objects) {
        const { status, session: owner } = inspect(object);
        // it was taken out before it was made transient, or what had inserted it was rolled back: no session has it to tell of
        if (states.get(object) === "detached" && status === "transient") states.set(object, status);
        expect(status, `after ${name}`).toBe(states.get(object));
        const isIn = status === "pending" || status === "persistent";
        expect(session.has(object) || other.has(object), `after ${name}`).toBe(isIn);
        expect(owner !== null, `after ${name}`).toBe(isIn || status === "deleted");
      }
    }
  }

  test(`are what their events told (seed ${seed})`, { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(program, run), { seed, numRuns: target.database === "sqlite" ? 150 : 40 });
  });
});
