import { type RowComparator, rowComparator } from "../../hydrate/index.ts";
import { isChanged } from "../load/entity-loader.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { relationChanges } from "./relation-changes.ts";

const comparators = {
  emitted: new WeakMap<EntityMapper, RowComparator>(),
  read: new WeakMap<EntityMapper, RowComparator>(),
};

function comparatorFor(mapper: EntityMapper, jit: boolean | undefined): RowComparator {
  const known = jit === false ? comparators.read : comparators.emitted;
  let comparator = known.get(mapper);
  if (comparator === undefined) {
    comparator = rowComparator(
      mapper.columns.map(({ key, tracker }) => ({ key, differs: tracker.kind === "same" ? null : tracker.differs })),
      jit,
    );
    known.set(mapper, comparator);
  }
  return comparator;
}

/** The objects of a class whose columns differ from the rows they were loaded from. */
export function dirtyStates(
  mapper: EntityMapper,
  states: Iterable<InstanceState>,
  jit: boolean | undefined,
): InstanceState[] {
  const isDifferent = comparatorFor(mapper, jit);
  const dirty: InstanceState[] = [];
  for (const state of states) {
    const { row } = state;
    if (row === null) continue;
    // what the comparator takes for a change may be undefined for null
    if ((state.partial || isDifferent(state.object, row)) && (state.isFlagged || changedColumns(state).length > 0))
      dirty.push(state);
  }
  return dirty;
}

/** Tells whether any object of a class has changes to be written; 10,000 unchanged ones: about 0.3 ms. */
export function anyChanged(mapper: EntityMapper, states: Iterable<InstanceState>, jit: boolean | undefined): boolean {
  const isDifferent = comparatorFor(mapper, jit);
  const isRelated = mapper.relationships.length > 0;
  for (const state of states) {
    const { row } = state;
    if (row === null) continue;
    if ((state.partial || isDifferent(state.object, row)) && (state.isFlagged || changedColumns(state).length > 0))
      return true;
    if (isRelated && state.slots !== null && relationChanges(state).length > 0) return true;
  }
  return false;
}

/** Tells whether the key of any object of a class was changed: what a look-up by key finds depends on it. */
export function anyRekeyed(states: Iterable<InstanceState>): boolean {
  for (const { row, object, mapper } of states) {
    if (row === null) continue;
    for (const { key, index, tracker } of mapper.primaryKey) {
      const value = (object as Record<string, unknown>)[key];
      if (value === null || value === undefined || tracker.differs(value, row[index])) return true;
    }
  }
  return false;
}

/** The columns whose values differ from what the database last said. */
export function changedColumns(state: InstanceState): readonly ColumnProperty[] {
  const { row } = state;
  if (row === null) return [];
  return state.mapper.columns.filter((property) => {
    const kept = row[property.index];
    if (kept === NOT_LOADED) return Object.hasOwn(state.object, property.key);
    return isChanged(state, property, kept) || state.isForced(property);
  });
}
