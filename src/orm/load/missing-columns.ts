import type { StatementOption } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { deferredColumns } from "./options/class-loading.ts";
import { LoadOption } from "./options/load-option.ts";

/** Options of a statement that reads these columns of a class, whatever its mapping leaves out. */
export function onlyColumns(mapper: EntityMapper, columns: readonly ColumnProperty[]): readonly StatementOption[] {
  if (columns.length === mapper.columns.length && mapper.rules.deferred.length === 0) return [];
  return [new LoadOption([[{ kind: "columns", parent: mapper, change: "only", columns, group: null, raises: false }]])];
}

/** The columns that objects need to be whole: all but those they do without. What they have is among them. */
export function neededColumns(states: readonly InstanceState[]): readonly ColumnProperty[] {
  const [first] = states;
  if (first === undefined) return [];
  const needed = (state: InstanceState, column: ColumnProperty): boolean =>
    state.row?.[column.index] !== NOT_LOADED || !deferredColumns(state.mapper, state.options).has(column);
  return first.mapper.columns.filter((column) => states.some((state) => needed(state, column)));
}

/** An object whose columns are all there, but for those it does without, and up to date. */
export function isTrusted(state: InstanceState | undefined): state is InstanceState {
  return state !== undefined && !state.isStale && (!state.partial || isWhole(state));
}

function isWhole({ mapper, row, options }: InstanceState): boolean {
  const deferred = deferredColumns(mapper, options);
  return mapper.columns.every((column) => row?.[column.index] !== NOT_LOADED || deferred.has(column));
}

/** What to read when a column that is not loaded is read: its group, or all that has been expired. */
export function columnsToRead(state: InstanceState, property: ColumnProperty): readonly ColumnProperty[] {
  const { mapper, options } = state;
  const deferred = deferredColumns(mapper, options);
  if (!deferred.has(property)) return neededColumns([state]);
  const group = property.column.spec.deferred;
  const isAlong = (column: ColumnProperty): boolean =>
    column === property || (typeof group === "string" && column.column.spec.deferred === group && deferred.has(column));
  return mapper.columns.filter(isAlong);
}
