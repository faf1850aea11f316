import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { keyPath } from "./key-sync.ts";
import { keyOf } from "./row-write.ts";

/**
 * A key changed: loaded objects that refer to it are given it, as the database's ON UPDATE CASCADE does to their rows.
 * Where the key is part of their own, what refers to them follows in turn.
 */
export function followKey(host: FlushHost, state: InstanceState): void {
  for (const property of state.mapper.relationships) {
    if (property.direction !== "one-to-many" || property.viewonly || !property.passiveUpdates) continue;
    for (const member of loadedObjects(state, property)) giveKey(host, state, member, property);
  }
  for (const [mapper, states] of host.identityMap.classes()) {
    for (const property of mapper.relationships) {
      if (property.target !== state.mapper || property.direction !== "many-to-one") continue;
      if (property.viewonly || !(property.inverse ?? property).passiveUpdates) continue;
      for (const holder of states.values())
        if (loadedObjects(holder, property).includes(state.object)) giveKey(host, state, holder.object, property);
    }
  }
}

function loadedObjects(state: InstanceState, property: RelationshipProperty): readonly unknown[] {
  const slot = state.slots?.[property.index];
  if (slot === undefined || !slot.loaded) return [];
  return Array.isArray(slot.committed) ? slot.committed : [slot.committed];
}

function refersAlready(state: InstanceState, other: InstanceState, property: RelationshipProperty): boolean {
  return keyPath(property).columns.every(({ from, to }) => {
    const [value, kept] = [state.value(from.key), other.row?.[to.index] ?? null];
    return value === null || kept === null ? value === kept : !to.tracker.differs(value, kept);
  });
}

function giveKey(host: FlushHost, state: InstanceState, object: unknown, property: RelationshipProperty): void {
  const other = stateOf(object);
  if (other === undefined || other.row === null) return;
  const { columns } = keyPath(property);
  if (refersAlready(state, other, property)) return;
  host.journal.note(other, "updated");
  for (const { from, to } of columns) {
    const value = state.value(from.key);
    defineColumn(other.object, to.key, value);
    other.row[to.index] = value === null ? null : to.tracker.snapshot(value);
  }
  if (!columns.some(({ to }) => to.isPrimaryKey)) return;
  host.identityMap.remove(other);
  other.key = keyOf(other);
  host.identityMap.add(other);
  followKey(host, other);
}
