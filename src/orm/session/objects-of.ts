import type { InstanceState } from "../state/instance-state.ts";

/** The objects of states. */
export function objectsOf(states: Iterable<InstanceState>): ReadonlySet<object> {
  const objects = new Set<object>();
  for (const state of states) objects.add(state.object);
  return objects;
}
