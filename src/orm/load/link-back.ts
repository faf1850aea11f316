import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { setLoadedReference } from "../state/loaded-relation.ts";
import { isCurrent } from "./entity-loader.ts";

/** Members that a row led to refer back to their parent: the other side is known by the same row. */
export function linkBack(owner: InstanceState, property: RelationshipProperty, members: Iterable<object>): void {
  const { inverse } = property;
  if (inverse === null || inverse.direction !== "many-to-one") return;
  for (const member of members) {
    const state = stateOf(member);
    if (state !== undefined && !isCurrent(state, inverse)) setLoadedReference(state, inverse, owner.object);
  }
}
