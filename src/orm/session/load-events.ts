import { done, type Flow } from "../../flow/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { EventSource } from "./event-source.ts";

/** Tells of objects that rows were made into: listeners of their classes, then those of the session. */
export function tellLoadedFlow(events: EventSource, states: readonly InstanceState[]): Flow<void> {
  const isHeard = events.hears("loadedAsPersistent");
  return isHeard || hearsLoad(states) ? tellEachFlow(events, states, isHeard) : done(undefined);
}

// one statement makes objects of few classes, mostly in runs: a check for each run
function hearsLoad(states: readonly InstanceState[]): boolean {
  let last: EntityMapper | null = null;
  // by index, as where rows are read: 40 bytes less for each object
  for (let index = 0; index < states.length; index += 1) {
    const { mapper } = states[index] as InstanceState;
    if (mapper === last) continue;
    if (mapper.listeners.active && mapper.listeners.hears("load")) return true;
    last = mapper;
  }
  return false;
}

function* tellEachFlow(events: EventSource, states: readonly InstanceState[], isHeard: boolean): Flow<void> {
  for (const { object, mapper } of states) {
    if (mapper.listeners.active)
      yield* mapper.listeners.fireFlow("load", { object, session: events.session }, events.call);
    if (isHeard) yield* events.fireFlow("loadedAsPersistent", { object });
  }
}

/** Tells the class's listeners of an object that was made without its constructor, and has no row. */
export function* tellMadeFlow(events: EventSource, { object, mapper }: InstanceState): Flow<void> {
  if (mapper.listeners.active)
    yield* mapper.listeners.fireFlow("load", { object, session: events.session }, events.call);
}

/** Tells of objects that were read again. */
export function* tellRefreshedFlow(events: EventSource, states: Iterable<InstanceState>): Flow<void> {
  for (const { object, mapper } of states) {
    if (mapper.listeners.active)
      yield* mapper.listeners.fireFlow("refresh", { object, session: events.session }, events.call);
  }
}
