import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { validatedColumn } from "../state/validate.ts";
import { changedColumns, dirtyStates } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import type { FlushScope } from "./flush-scope.ts";

/** Has validators check what columns were given since; nothing has been sent yet. @throws ValidationError */
export function validateChanges(host: FlushHost, only: FlushScope | null = null): void {
  const isDue = (state: InstanceState): boolean => only === null || only.has(state);
  for (const state of host.newStates) if (isDue(state) && state.mapper.listeners.hooks !== null) validateState(state);
  for (const [mapper, states] of host.identityMap.classes()) {
    if (!hasValidators(mapper)) continue;
    for (const state of dirtyStates(mapper, states.values(), host.jit))
      if (isDue(state) && !host.deletedStates.has(state)) validateState(state);
  }
}

function hasValidators({ listeners, columns }: EntityMapper): boolean {
  return listeners.hooks !== null && columns.some(({ key }) => (listeners.hooks?.get(key)?.validators.length ?? 0) > 0);
}

function validateState(state: InstanceState): void {
  const given = state.mapper.columns.filter(({ key }) => Object.hasOwn(state.object, key));
  for (const property of state.row === null ? given : changedColumns(state, false)) {
    const value = state.value(property.key);
    const taken = validatedColumn(state, property, value);
    if (taken !== value) defineColumn(state.object, property.key, taken);
  }
}
