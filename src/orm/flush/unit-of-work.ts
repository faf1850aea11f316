import type { Flow } from "../../flow/index.ts";
import { type Component, connectedComponents } from "../../util/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { alignReferences } from "../state/loaded-relation.ts";
import { linkFlow, unlinkFlow } from "./association-rows.ts";
import { deleteFirstFlow } from "./delete-first.ts";
import { forgetDeleted } from "./delete-objects.ts";
import type { FlushHost } from "./flush-host.ts";
import { keysByHand } from "./keys-by-hand.ts";
import { relationChanges } from "./relation-changes.ts";
import { preUpdateFlow, removeFlow } from "./remove-objects.ts";
import { keyOf } from "./row-write.ts";
import { postUpdateFlow, saveFlow } from "./save-objects.ts";
import { byMapper } from "./states-by-mapper.ts";
import { explainConflict } from "./unique-values.ts";
import { columnsPlan, type FlushOptions, isOnlyColumns, planWorkFlow, type WorkPlan } from "./work-plan.ts";

/**
 * Writes what changed: classes in the order of their references, each class's updates before its inserts, rows of
 * association tables after both of their ends, deletions last and the other way round (spec B8). Keys of `postUpdate`
 * relationships wait until all rows are there; deleted rows whose unique values others take go first.
 */
export function* flushWorkFlow(host: FlushHost, options: FlushOptions = {}): Flow<WorkPlan> {
  const { found = null } = options;
  if (found !== null && isOnlyColumns(host, found)) return yield* flushColumnsFlow(host, columnsPlan(found));
  const plan = yield* planWorkFlow(host, options);
  const byHand = keysByHand(host, plan);
  for (const state of plan.related) if (state.row !== null) host.journal.note(state, "related");
  const components = componentsOf([plan.inserts, plan.updates, plan.deletes]);
  const deleted = plan.deletes.size === 0 ? nobody : new Set(plan.deletes);
  yield* deleteFirstFlow(host, plan, components);
  yield* saveAllFlow(host, plan, components);
  yield* unlinkFlow(host, plan);
  yield* linkFlow(host, plan);
  yield* preUpdateFlow(host, plan.deletes);
  const deletes = byMapper(plan.deletes);
  for (const component of components.toReversed()) yield* removeFlow(host, component, deletes);
  for (const states of [plan.inserts, plan.updates, plan.related])
    for (const state of states) plan.relations.settle(state);
  plan.relations.forget();
  for (const state of plan.updates) state.unmark();
  for (const [state, previous] of byHand) alignReferences(state, previous);
  for (const kept of plan.keptOrphans) kept.keepOpen();
  if (deleted.size > 0) forgetDeleted(host, deleted);
  for (const state of deleted) plan.deletes.add(state); // those that went first, or whose rows others took over
  forgetUnchanged(host);
  return plan;
}

/** Most flushes change nothing but columns: what graphs need is left out for them. */
function* flushColumnsFlow(host: FlushHost, plan: WorkPlan): Flow<WorkPlan> {
  const byHand = keysByHand(host, plan);
  yield* saveAllFlow(host, plan, componentsOf([plan.updates]));
  for (const state of plan.updates) {
    plan.relations.settle(state);
    state.unmark();
  }
  for (const [state, previous] of byHand) alignReferences(state, previous);
  forgetUnchanged(host);
  return plan;
}

function forgetUnchanged(host: FlushHost): void {
  for (const state of host.touched)
    if (state.owner !== host || state.status === "deleted" || relationChanges(state).length === 0)
      host.touched.delete(state);
}

const nobody: ReadonlySet<InstanceState> = new Set();

/** The classes of some objects in the order in which their rows are written. */
function componentsOf(lists: readonly Iterable<InstanceState>[]): readonly Component<EntityMapper>[] {
  const mappers = mappersOf(lists);
  return connectedComponents(mappers, (mapper) => dependenciesOf(mapper, mappers));
}

function mappersOf(lists: readonly Iterable<InstanceState>[]): readonly EntityMapper[] {
  const mappers = new Set<EntityMapper>();
  let last: EntityMapper | null = null;
  for (const states of lists) {
    for (const { mapper } of states) {
      if (mapper === last) continue;
      mappers.add(mapper);
      last = mapper;
    }
  }
  return [...mappers];
}

function* saveAllFlow(host: FlushHost, plan: WorkPlan, components: readonly Component<EntityMapper>[]): Flow<void> {
  const saves = { inserts: byMapper(plan.inserts), updates: byMapper(plan.updates) };
  try {
    for (const component of components) yield* saveFlow(host, plan, component, saves);
    yield* postUpdateFlow(host, plan);
  } catch (error) {
    explainConflict(plan, (state) => host.present(state.mapper.root, keyOf(state), state.token), error);
    throw error;
  }
}

/** The classes whose rows must be there before those of a class: its keys refer to them. */
function dependenciesOf(mapper: EntityMapper, mappers: readonly EntityMapper[]): readonly EntityMapper[] {
  const targets = new Set<unknown>(mapper.table.foreignKeys.map((key) => key.target));
  const byKey = mappers.filter((other) => targets.has(other.table));
  const byRelation = mappers.filter((other) =>
    other.relationships.some(
      (property) => property.direction === "one-to-many" && !property.viewonly && mapper.isA(property.target),
    ),
  );
  const own = mapper.relationships
    .filter((property) => property.direction === "many-to-one" && !property.viewonly)
    .flatMap(({ target }) => mappers.filter((other) => other.isA(target)));
  return [...new Set([...byKey, ...byRelation, ...own])];
}
