import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";

/** A row of an association table. */
export interface LinkRow {
  readonly property: RelationshipProperty;
  readonly parent: InstanceState;
  readonly member: InstanceState;
}

const linkIds = new WeakMap<InstanceState, number>();
let linkCount = 0;

function linkId(state: InstanceState): number {
  let id = linkIds.get(state);
  if (id === undefined) {
    linkCount += 1;
    id = linkCount;
    linkIds.set(state, id);
  }
  return id;
}

/** A row of an association table under a name that is the same from whichever side it is seen. */
export function linkRow(
  property: RelationshipProperty,
  parent: InstanceState,
  member: InstanceState,
): [string, LinkRow] {
  const ends = property.pairs.map((pair) => `${pair.to.name}=${linkId(parent)}`);
  const others = property.secondaryPairs.map((pair) => `${pair.from.name}=${linkId(member)}`);
  const key = `${property.secondary?.id ?? 0}:${[...ends, ...others].toSorted().join(",")}`;
  return [key, { property, parent, member }];
}
