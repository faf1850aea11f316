import { type RowComparator, rowComparator } from "../../hydrate/index.ts";
import { isChanged } from "../load/entity-loader.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";

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
    if ((state.partial || isDifferent(state.object, row)) && changedColumns(state).length > 0) dirty.push(state);
  }
  return dirty;
}

/** The columns whose values differ from what the database last said. */
export function changedColumns(state: InstanceState): readonly ColumnProperty[] {
  const { row } = state;
  if (row === null) return [];
  return state.mapper.columns.filter((property) => {
    const kept = row[property.index];
    if (kept === NOT_LOADED) return Object.hasOwn(state.object, property.key);
    return isChanged(state, property, kept);
  });
}
