import { InvalidRequestError } from "../../errors/index.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { knownReference } from "../state/reference.ts";
import type { FlushHost } from "./flush-host.ts";
import { relationChanges } from "./relation-changes.ts";
import { keyOf } from "./row-write.ts";

/** The objects that one flush may write. */
export type FlushScope = ReadonlySet<InstanceState>;

/**
 * What is written where a program names the objects: those, and all that hang together with them by what changed. An
 * object that refers to a new one cannot be written without it, nor one that changed places without both places.
 *
 * @throws InvalidRequestError for an object of another session.
 */
export function flushScope(host: FlushHost, named: readonly InstanceState[]): FlushScope {
  for (const state of named) if (state.owner !== host) throw notPresent(state);
  const holders = holdersOf(host);
  const scope = new Set(named);
  // grows while it is walked
  for (const state of scope) {
    for (const others of [changedMembers(host, state), holders.get(state) ?? [], replacedOrGone(host, state)])
      for (const other of others) scope.add(other);
    for (const owner of ownersOf(state)) if (isDoomed(host, owner)) scope.add(owner);
  }
  return scope;
}

/** What an object's relationships gained and lost; new members may be about to come into the session with it. */
function* changedMembers(host: FlushHost, state: InstanceState): Iterable<InstanceState> {
  for (const { added, removed } of relationChanges(state)) {
    for (const object of [...added, ...removed]) {
      const member = stateOf(object);
      if (member !== undefined && (member.owner === host || member.owner === null)) yield member;
    }
  }
}

/** Whose relationships gained or lost an object. */
function holdersOf(host: FlushHost): ReadonlyMap<InstanceState, readonly InstanceState[]> {
  const holders = new Map<InstanceState, InstanceState[]>();
  for (const states of [host.newStates, host.identityMap.states()])
    for (const state of states)
      for (const member of changedMembers(host, state)) {
        const known = holders.get(member);
        if (known === undefined) holders.set(member, [state]);
        else known.push(state);
      }
  return holders;
}

/** The deleted object whose row a new one takes over; what is deleted along with one, as far as it is loaded. */
function* replacedOrGone(host: FlushHost, state: InstanceState): Iterable<InstanceState> {
  if (state.row === null) {
    const key = keyOf(state);
    const old = key === undefined ? undefined : host.present(state.mapper, key, state.token);
    if (old !== undefined && host.deletedStates.has(old)) yield old;
  } else if (host.deletedStates.has(state)) {
    for (const { index, cascade } of state.mapper.relationships) {
      const slot = state.slots?.[index];
      if (slot?.loaded !== true || !cascade.has("delete")) continue;
      for (const object of [slot.value].flat()) {
        const member = stateOf(object);
        if (member?.owner === host) yield member;
      }
    }
  }
}

/** What an object goes with when that is deleted, as far as it is known. */
function* ownersOf(state: InstanceState): Iterable<InstanceState> {
  for (const property of state.mapper.relationships) {
    if (property.direction !== "many-to-one" || property.inverse?.cascade.has("delete") !== true) continue;
    const owner = stateOf(knownReference(state, property));
    if (owner !== undefined) yield owner;
  }
}

/** It is to be deleted, or goes with something that is. */
function isDoomed(host: FlushHost, state: InstanceState, seen: Set<InstanceState> = new Set()): boolean {
  if (host.deletedStates.has(state)) return true;
  if (seen.has(state)) return false;
  seen.add(state);
  for (const owner of ownersOf(state)) if (isDoomed(host, owner, seen)) return true;
  return false;
}

function notPresent({ mapper }: InstanceState): InvalidRequestError {
  return new InvalidRequestError(
    `flush() was given a ${mapper.name} that is not in this session. Add it first, or call flush() without objects.`,
  );
}
