import { RelationArray } from "../state/collection.ts";
import type { InstanceState, RelationSlot } from "../state/instance-state.ts";
import { relationChanges } from "./relation-changes.ts";

/** What one relationship of one object held when the flush was planned. */
interface PlannedSlot {
  readonly loaded: boolean;
  readonly value: unknown;
  readonly adds: ReadonlySet<object> | null;
  readonly removes: ReadonlySet<object> | null;
}

/**
 * The relationships as a flush was planned by them.
 *
 * The program may change more while the flush waits for the database: that belongs to the next flush, so what counts as
 * written is what was planned.
 */
export class PlannedRelations {
  readonly #slots = new Map<RelationSlot, PlannedSlot>();
  readonly #states = new Set<InstanceState>();

  note(state: InstanceState): void {
    this.#states.add(state);
    if (state.slots === null) return;
    for (const slot of state.slots) if (slot !== undefined) this.#slots.set(slot, plannedSlot(slot));
  }

  /** Notes that the database now has what was planned. */
  settle(state: InstanceState): void {
    if (state.slots === null) return;
    const isPlanned = this.#states.has(state);
    // nothing was planned for it: what differs now is newer
    if (!isPlanned && relationChanges(state).length > 0) return;
    for (const slot of state.slots) {
      if (slot === undefined) continue;
      const planned = this.#slots.get(slot) ?? null;
      if (planned !== null || !isPlanned) settleSlot(state, slot, planned);
    }
  }
}

function plannedSlot(slot: RelationSlot): PlannedSlot {
  const { loaded, value, queuedAdds, queuedRemoves } = slot;
  return {
    loaded,
    value: value instanceof RelationArray ? Array.from(value as object[]) : value,
    adds: queuedAdds === null ? null : new Set(queuedAdds),
    removes: queuedRemoves === null ? null : new Set(queuedRemoves),
  };
}

function settleSlot(state: InstanceState, slot: RelationSlot, planned: PlannedSlot | null): void {
  slot.queuedAdds = planned === null ? null : without(slot.queuedAdds, planned.adds);
  slot.queuedRemoves = planned === null ? null : without(slot.queuedRemoves, planned.removes);
  if (!slot.loaded) return;
  const isMany = slot.value instanceof RelationArray;
  if (slot.value instanceof RelationArray) slot.value.recount();
  // a collection that was stale before it was changed still is
  if (slot.epoch === -1 || !isMany) slot.epoch = state.owner?.epoch ?? -1;
  if (planned?.loaded === true) slot.committed = planned.value;
  else if (planned === null) slot.committed = isMany ? Array.from(slot.value as object[]) : slot.value;
  // else: it was loaded meanwhile, or assigned: what it is compared with was set then
}

function without(queued: Set<object> | null, planned: ReadonlySet<object> | null): Set<object> | null {
  if (queued === null || planned === null) return queued;
  const left = new Set([...queued].filter((object) => !planned.has(object)));
  return left.size === 0 ? null : left;
}
