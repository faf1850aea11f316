import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { identityKey } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { keyPath, type KeyPath } from "./key-sync.ts";
import { keyOf } from "./row-write.ts";

/** An object whose primary key was changed, with its row before. */
export interface KeySwitch {
  readonly state: InstanceState;
  readonly before: readonly unknown[];
}

/**
 * Keys of one class changed: objects in memory whose rows refer to them are given the new ones, as the database's
 * ON UPDATE CASCADE does. Where the key is part of their own, what refers to them follows in turn.
 */
export function followKeys(host: FlushHost, mapper: EntityMapper, switches: readonly KeySwitch[]): void {
  for (const path of pathsTo(host, mapper)) {
    const sources = new Map<unknown, InstanceState>();
    for (const { state, before } of switches)
      sources.set(identityKey(path.columns.map(({ from }) => before[from.index])), state);
    const holder = holderOf(path);
    const switched: KeySwitch[] = [];
    const states = Array.from(host.identityMap.objectsOf(holder)); // the map changes while keys do
    for (const state of states) {
      const source = sources.get(identityKey(path.columns.map(({ to }) => state.row?.[to.index] ?? null)));
      const change = source === undefined || source.token !== state.token ? null : follow(host, state, source, path);
      if (change !== null) switched.push(change);
    }
    if (switched.length > 0) followKeys(host, holder, switched);
  }
}

function holderOf({ property }: KeyPath): EntityMapper {
  return property.direction === "many-to-one" ? property.parent : property.target;
}

/** How objects in memory refer to those of a class; from either side of a relationship, each way once. */
function pathsTo(host: FlushHost, mapper: EntityMapper): Iterable<KeyPath> {
  const paths = new Map<string, KeyPath>();
  const note = (property: RelationshipProperty): void => {
    const { passiveUpdates } = property.direction === "many-to-one" ? (property.inverse ?? property) : property;
    if (passiveUpdates && !property.viewonly) paths.set(keyPath(property).key, keyPath(property));
  };
  for (const property of mapper.relationships) if (property.direction === "one-to-many") note(property);
  for (const [holder] of host.identityMap.classes()) {
    for (const property of holder.relationships)
      if (property.direction === "many-to-one" && mapper.isA(property.target)) note(property);
  }
  return paths.values();
}

function follow(host: FlushHost, state: InstanceState, source: InstanceState, { columns }: KeyPath): KeySwitch | null {
  host.journal.note(state, "updated");
  const row = state.row ?? [];
  const before = [...row];
  for (const { from, to } of columns) {
    const value = source.value(from.key);
    const own = state.value(to.key);
    const kept = row[to.index];
    // what the program has written itself stays
    if (own === null ? kept === null : !to.tracker.differs(own, kept)) defineColumn(state.object, to.key, value);
    row[to.index] = value === null ? null : to.tracker.snapshot(value);
  }
  if (!columns.some(({ to }) => to.isPrimaryKey)) return null;
  host.identityMap.remove(state);
  state.key = keyOf(state);
  host.identityMap.add(state);
  return { state, before };
}
