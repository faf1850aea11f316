import { CircularDependencyError } from "../../errors/index.ts";
import type { InstanceState } from "../state/instance-state.ts";

type States = readonly InstanceState[];
type Waits = (state: InstanceState) => Iterable<InstanceState>;

export interface SortedLayers {
  readonly layers: readonly States[];
  /** Objects that wait for each other in a circle, and those that wait for them. */
  readonly circle: States;
}

/**
 * Objects in layers: each waits only for objects of layers before it. What an object waits for outside the list, or
 * in itself, does not count.
 *
 * @throws CircularDependencyError naming the objects that wait for each other in a circle.
 */
export function layersOf(states: States, waits: Waits): readonly States[] {
  const { layers, circle } = sortedLayers(states, waits);
  if (circle.length > 0) throw circleOf(circle, waits);
  return layers;
}

/** As `layersOf`, but objects in a circle are answered. */
export function sortedLayers(states: States, waits: Waits): SortedLayers {
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
  const layers: States[] = [];
  let layer = states.filter((state) => open.get(state) === 0);
  while (layer.length > 0) {
    layers.push(layer);
    layer = layer.flatMap((done) => freed(done, open, waiting));
  }
  return { layers, circle: [...open.keys()] };
}

/** Who can go when this one has gone. */
function freed(
  done: InstanceState,
  open: Map<InstanceState, number>,
  waiting: ReadonlyMap<InstanceState, States>,
): States {
  open.delete(done);
  return (waiting.get(done) ?? []).filter((state) => {
    const left = (open.get(state) ?? 0) - 1;
    open.set(state, left);
    return left === 0;
  });
}

function circleOf(states: States, waits: Waits): CircularDependencyError {
  const names = circlePath(states, waits).map(objectName).join(" → ");
  return new CircularDependencyError(
    `Objects refer to each other in a circle, so none can be written first: ${names}. ` +
      "Give one of the relationships { postUpdate: true }: its key, which must be nullable, is then written by an UPDATE of its own.",
  );
}

const SHOWN = 10; // objects of a circle in a message

/** Once around a circle: each object waits for the next, the last for the first. */
function circlePath(states: States, waits: Waits): States {
  const open = new Set(states);
  const path: InstanceState[] = [];
  let [state]: (InstanceState | undefined)[] = [...states];
  while (state !== undefined && !path.includes(state)) {
    const here: InstanceState = state;
    path.push(here);
    state = [...waits(here)].find((next) => next !== here && open.has(next));
  }
  const circle = path.slice(state === undefined ? 0 : path.indexOf(state));
  return circle.slice(0, SHOWN);
}

function objectName({ mapper, key }: InstanceState): string {
  return key === undefined ? `a new ${mapper.name}` : `${mapper.name} ${String(key)}`;
}
