import { CircularDependencyError } from "../../errors/index.ts";
import type { InstanceState } from "../state/instance-state.ts";

/**
 * Objects in layers: each waits only for objects of layers before it. What an object waits for outside the list, or
 * in itself, does not count.
 *
 * @throws CircularDependencyError naming the classes of objects that wait for each other in a circle.
 */
export function layersOf(
  states: readonly InstanceState[],
  waits: (state: InstanceState) => Iterable<InstanceState>,
): readonly (readonly InstanceState[])[] {
  const open = new Map<InstanceState, number>(states.map((state) => [state, 0]));
  const waiting = new Map<InstanceState, InstanceState[]>();
  for (const state of states) {
    for (const source of new Set(waits(state))) {
      if (source === state || !open.has(source)) continue;
      open.set(state, (open.get(state) ?? 0) + 1);
      const known = waiting.get(source);
      if (known === undefined) waiting.set(source, [state]);
      else known.push(state);
    }
  }
  const layers: (readonly InstanceState[])[] = [];
  let layer = states.filter((state) => open.get(state) === 0);
  while (layer.length > 0) {
    layers.push(layer);
    layer = layer.flatMap((done) => freed(done, open, waiting));
  }
  if (open.size > 0) throw circle(open.keys());
  return layers;
}

/** Who can go when this one has gone. */
function freed(
  done: InstanceState,
  open: Map<InstanceState, number>,
  waiting: ReadonlyMap<InstanceState, readonly InstanceState[]>,
): readonly InstanceState[] {
  open.delete(done);
  return (waiting.get(done) ?? []).filter((state) => {
    const left = (open.get(state) ?? 0) - 1;
    open.set(state, left);
    return left === 0;
  });
}

function circle(states: Iterable<InstanceState>): CircularDependencyError {
  const names = [...new Set(Array.from(states, (state) => state.mapper.name))].join(", ");
  return new CircularDependencyError(
    `Objects of ${names} refer to each other in a circle, so none can be written first. ` +
      "Write them without one of the references, flush, then set it (before a deletion: clear one, flush, then delete).",
  );
}
