import type { Flow } from "../../flow/index.ts";
import type { Component } from "../../util/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { byToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { insertFlow } from "./insert-objects.ts";
import { applySyncs } from "./key-sync.ts";
import { layersOf } from "./layers.ts";
import { type Batch, saveToldFlow } from "./mapper-events.ts";
import { switchRows } from "./row-switch.ts";
import { byMapper, inKeyOrder, ofMapper, type States, type StatesByMapper, statesOf } from "./states-by-mapper.ts";
import { updateFlow } from "./update-objects.ts";
import type { WorkPlan } from "./work-plan.ts";

interface Saves {
  readonly inserts: StatesByMapper;
  readonly updates: StatesByMapper;
}

/** Updates and inserts the objects of some classes; where classes refer to each other in a circle, layer by layer. */
export function* saveFlow(
  host: FlushHost,
  plan: WorkPlan,
  component: Component<EntityMapper>,
  saves: Saves,
): Flow<void> {
  const inserts = statesOf(component, saves.inserts);
  const updates = inKeyOrder(statesOf(component, saves.updates));
  if (!component.isCircle) return yield* saveBatchFlow(host, plan, component, { inserts, updates });
  if (inserts.length === 0 && plan.syncs.size === 0)
    return yield* saveBatchFlow(host, plan, component, { inserts, updates });
  const inserted = new Set(plan.inserts);
  const isLate = (state: InstanceState): boolean =>
    waitsFor(plan, state).some((source) => source.row === null && inserted.has(source));
  const late = new Set(updates.filter(isLate));
  yield* saveBatchFlow(host, plan, component, { inserts: [], updates: updates.filter((state) => !late.has(state)) });
  for (const layer of layersOf(inserts, (state) => waitsFor(plan, state))) {
    yield* saveBatchFlow(host, plan, component, { inserts: layer, updates: [] });
    // an object that refers to itself has its key only now
    const selves = layer.filter((state) => waitsFor(plan, state).includes(state));
    for (const mapper of component.items) {
      const own = ofMapper(component, mapper, selves);
      for (const state of own) applySyncs(state, plan.syncs.get(state));
      if (own.length > 0) yield* updateFlow(host, mapper, own); // inserted just now, so of no token
    }
  }
  yield* saveBatchFlow(host, plan, component, { inserts: [], updates: [...late] });
}

/** Writes objects of some classes whose statements do not wait for each other, with the keys of what they refer to. */
export function* saveBatchFlow(
  host: FlushHost,
  plan: WorkPlan,
  component: Component<EntityMapper>,
  batch: Batch,
): Flow<void> {
  // a rollback takes keys back that are copied here
  if (batch.inserts.length > 0) {
    const { journal } = host;
    for (const state of batch.inserts) journal.note(state, "inserted");
  }
  for (const states of plan.syncs.size === 0 ? [] : [batch.updates, batch.inserts])
    for (const state of states) applySyncs(state, plan.syncs.get(state));
  for (const mapper of component.items) {
    const inserts = ofMapper(component, mapper, batch.inserts);
    const updates = ofMapper(component, mapper, batch.updates);
    const write = (told: Batch): Flow<void> => writeFlow(host, plan, mapper, told);
    for (const [token, own] of byToken(updates))
      if (token !== null)
        yield* host.withTokenFlow(token, saveToldFlow(host, mapper, { inserts: [], updates: own }, write));
    yield* saveToldFlow(host, mapper, { inserts, updates: untokened(updates) }, write);
  }
}

function* writeFlow(host: FlushHost, plan: WorkPlan, mapper: EntityMapper, { inserts, updates }: Batch): Flow<void> {
  if (updates.length > 0) yield* updateFlow(host, mapper, updates);
  if (inserts.length === 0) return;
  const switched = switchRows(host, plan, inserts);
  const old = switched.size === 0 ? [] : inserts.filter((state) => switched.has(state));
  const fresh = switched.size === 0 ? inserts : inserts.filter((state) => !switched.has(state));
  if (old.length > 0) yield* updateFlow(host, mapper, old);
  if (fresh.length > 0) yield* insertFlow(host, mapper, fresh);
}

/** The objects whose keys go into an object's row when it is first written. */
export function waitsFor(plan: WorkPlan, state: InstanceState): States {
  const syncs = plan.syncs.get(state);
  if (syncs === undefined) return [];
  const sources: InstanceState[] = [];
  for (const { source, path } of syncs) if (source !== null && !path.isPost) sources.push(source);
  return sources;
}

/** Keys that wait until all rows are there (`postUpdate`), by an UPDATE of those columns. */
export function* postUpdateFlow(host: FlushHost, plan: WorkPlan): Flow<void> {
  const waiting: InstanceState[] = [];
  for (const state of plan.posts) {
    const syncs = plan.syncs.get(state);
    if (plan.deletes.has(state) || syncs?.some(({ path }) => path.isPost) !== true) continue;
    applySyncs(state, syncs, true);
    waiting.push(state);
  }
  for (const [mapper, states] of byMapper(waiting))
    for (const [token, own] of byToken(states))
      yield* host.withTokenFlow(token, updateFlow(host, mapper, inKeyOrder(own)));
}

function untokened(states: readonly InstanceState[]): readonly InstanceState[] {
  return states.some(({ token }) => token !== null) ? states.filter(({ token }) => token === null) : states;
}
