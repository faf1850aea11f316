import { UnmappedInstanceError } from "../../errors/index.ts";
import { isPromiseLike } from "../../flow/index.ts";
import { describeValue } from "../../sql/index.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { nakedMapperOf, nakedState } from "./naked-state.ts";

/** The record of a mapped object; a new one, not yet stamped, of one that a naked session read. @throws UnmappedInstanceError for anything else. */
export function requireState(object: unknown): InstanceState {
  const state = stateOf(object);
  if (state !== undefined) return state;
  const mapper = nakedMapperOf(object);
  if (mapper !== undefined) return nakedState(object as object, mapper);
  throw new UnmappedInstanceError(`${describeValue(object)} is no object of a mapped class. ${remedyFor(object)}`);
}

function remedyFor(object: unknown): string {
  if (Array.isArray(object)) return "Give one object; addAll() takes a list.";
  if (isPromiseLike(object)) return "Await it first.";
  return "Make one with new: session.add(new User({ … })).";
}
