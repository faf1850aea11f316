import type { Flow } from "../../flow/index.ts";
import type { Component } from "../../util/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { unlinkFlow } from "./association-rows.ts";
import type { FlushHost } from "./flush-host.ts";
import { preUpdateFlow, referrersOf, removeFlow } from "./remove-objects.ts";
import { saveBatchFlow, waitsFor } from "./save-objects.ts";
import { byMapper, type States, statesOf } from "./states-by-mapper.ts";
import { deletedHolders } from "./unique-values.ts";
import type { WorkPlan } from "./work-plan.ts";

/**
 * Deletions come last in a flush, except for objects whose unique values others take in it: their rows go first, with
 * the rows that refer to them, as far as nothing of that has to wait for an insertion.
 */
export function* deleteFirstFlow(
  host: FlushHost,
  plan: WorkPlan,
  components: readonly Component<EntityMapper>[],
): Flow<void> {
  if (plan.deletes.size === 0 || plan.inserts.length + plan.updates.size === 0) return;
  const holders = deletedHolders(plan);
  if (holders.size === 0) return;
  const first = withReferrers(plan, holders);
  if (first.deletes.size === 0) return;
  const updates = byMapper(first.updates);
  for (const component of components)
    yield* saveBatchFlow(host, plan, component, { inserts: [], updates: statesOf(component, updates) });
  yield* unlinkFlow(host, takeUnlinks(plan, first.deletes));
  yield* preUpdateFlow(host, first.deletes);
  const deletes = byMapper(first.deletes);
  for (const component of components.toReversed()) yield* removeFlow(host, component, deletes);
  for (const state of first.deletes) plan.deletes.delete(state);
}

interface Early {
  readonly deletes: Set<InstanceState>;
  readonly updates: Set<InstanceState>;
}

/** What has to be written before some rows can go: other rows refer to them. */
function withReferrers(plan: WorkPlan, holders: ReadonlySet<InstanceState>): Early {
  const referrers = referrersOf([...plan.deletes, ...plan.updates], [...plan.deletes]);
  const all: Early = { deletes: new Set(), updates: new Set() };
  for (const holder of holders) {
    const own = closure(plan, holder, referrers);
    if (own === null) continue;
    for (const state of own.deletes) all.deletes.add(state);
    for (const state of own.updates) all.updates.add(state);
  }
  return all;
}

/** `null` where a row that refers to it waits for an insertion. */
function closure(plan: WorkPlan, holder: InstanceState, referrers: (state: InstanceState) => States): Early | null {
  const early: Early = { deletes: new Set([holder]), updates: new Set() };
  for (const state of early.deletes) {
    for (const referrer of referrers(state)) {
      if (plan.deletes.has(referrer)) early.deletes.add(referrer);
      else if (waitsFor(plan, referrer).some((source) => source.row === null)) return null;
      else early.updates.add(referrer);
    }
  }
  return early;
}

/** The rows of association tables that refer to some objects; the plan has them no longer. */
function takeUnlinks(plan: WorkPlan, states: ReadonlySet<InstanceState>): Pick<WorkPlan, "unlinks" | "unlinkAll"> {
  const unlinks: WorkPlan["unlinks"] = new Map();
  for (const [key, link] of plan.unlinks) {
    if (!states.has(link.parent) && !states.has(link.member)) continue;
    unlinks.set(key, link);
    plan.unlinks.delete(key);
  }
  const unlinkAll: WorkPlan["unlinkAll"] = [];
  for (const entry of plan.unlinkAll.splice(0)) (states.has(entry.parent) ? unlinkAll : plan.unlinkAll).push(entry);
  return { unlinks, unlinkAll };
}
