import { InvalidRequestError } from "../../errors/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "./instance-state.ts";

/** Objects that may be held by one parent only (`singleParent`), by the relationship. */
const parents = new WeakMap<RelationshipProperty, WeakMap<object, InstanceState>>();

/**
 * Notes that an object is held by a parent.
 *
 * @throws InvalidRequestError when another one holds it.
 */
export function claim(state: InstanceState, property: RelationshipProperty, member: object): void {
  let known = parents.get(property);
  if (known === undefined) {
    known = new WeakMap();
    parents.set(property, known);
  }
  const other = known.get(member);
  if (other !== undefined && other !== state && isHolding(other, property, member)) {
    throw new InvalidRequestError(
      `This ${property.target.name} is held by another ${property.parent.name} as its ${property.key}, and ${property.name} allows ` +
        "a single parent. Take it out there first.",
      { code: "bbf1" },
    );
  }
  known.set(member, state);
}

function isHolding(state: InstanceState, property: RelationshipProperty, member: object): boolean {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return false;
  if (!slot.loaded) return slot.queuedAdds?.has(member) === true;
  return property.isMany ? (slot.value as readonly object[]).includes(member) : slot.value === member;
}
