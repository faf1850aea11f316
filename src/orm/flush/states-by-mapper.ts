import type { Component } from "../../util/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";

/** Objects class by class, as they are written. */

export type States = readonly InstanceState[];
export type StatesByMapper = ReadonlyMap<EntityMapper, States>;

export function byMapper(states: Iterable<InstanceState>): StatesByMapper {
  const groups = new Map<EntityMapper, InstanceState[]>();
  let mapper: EntityMapper | null = null;
  let group: InstanceState[] = [];
  for (const state of states) {
    if (state.mapper !== mapper) {
      mapper = state.mapper;
      group = groups.get(mapper) ?? [];
      groups.set(mapper, group);
    }
    group.push(state);
  }
  return groups;
}

/** The objects of some classes. */
export function statesOf(component: Component<EntityMapper>, groups: StatesByMapper): States {
  const [only] = component.items;
  if (component.items.length === 1 && only !== undefined) return groups.get(only) ?? [];
  return component.items.flatMap((mapper) => groups.get(mapper) ?? []);
}

/** Of objects of some classes, those of one. */
export function ofMapper(component: Component<EntityMapper>, mapper: EntityMapper, states: States): States {
  return component.items.length === 1 ? states : states.filter((state) => state.mapper === mapper);
}

/** Two transactions that write the same rows in the same order cannot lock each other out. */
export function inKeyOrder(states: States): States {
  return states.length < 2 ? states : states.toSorted((left, right) => compareKeys(left.key, right.key));
}

function compareKeys(left: unknown, right: unknown): number {
  if (left === right) return 0;
  return (left as never) < (right as never) ? -1 : 1;
}
