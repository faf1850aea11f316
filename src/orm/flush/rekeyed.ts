import type { Flow } from "../../flow/index.ts";
import { underToken } from "../load/load-host.ts";
import { equals, selectEntity } from "../load/statements.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { keptValue } from "./row-write.ts";

/** Tells whether the columns that other rows refer to by a relationship were given other values. */
export function isChangedKey(state: InstanceState, property: RelationshipProperty): boolean {
  if (state.row === null || property.direction === "many-to-one") return false;
  const changed = changedColumns(state, false);
  return property.pairs.some((pair) => changed.includes(state.mapper.property(pair.from)));
}

/** The objects whose rows refer to an object by the key its row has: those loaded, else those the database names. */
export function* membersByKeyFlow(
  host: FlushHost,
  state: InstanceState,
  property: RelationshipProperty,
): Flow<readonly InstanceState[]> {
  const slot = state.slots?.[property.index];
  const committed = slot?.loaded ? slot.committed : undefined;
  let members: readonly unknown[];
  if (committed === undefined || slot?.epoch !== host.epoch) {
    const where = property.pairs.map((pair) =>
      equals(pair.to.toNode(), keptValue(state, state.mapper.property(pair.from))),
    );
    const node = selectEntity(property.target, [...where, ...property.extraCriteria]);
    members = (yield* host.objectsFlow({ toNode: () => node }, underToken(state.token, {}))).map(([member]) => member);
  } else members = Array.isArray(committed) ? committed : [committed];
  return members.map(stateOf).filter((member) => member !== undefined && member.row !== null) as InstanceState[];
}
