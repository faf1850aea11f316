import type { DeleteNode, UpdateNode } from "../../sql/index.ts";
import { isChanged } from "../load/entity-loader.ts";
import { forgetDeleted, settleDeleted } from "../flush/delete-objects.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED, stateOf } from "../state/instance-state.ts";
import { alignReferences } from "../state/loaded-relation.ts";
import { knownReference, referenceKey } from "../state/reference.ts";
import { UNDECIDED } from "./evaluate/logic.ts";
import type { StatementHost } from "./statement-host.ts";

const STALE = -1; // no session's epoch

/** What a statement wrote into the row of one object, in the form in which rows are kept. */
export interface WrittenRow {
  readonly state: InstanceState;
  /** In the order of the columns written; `UNDECIDED`: only the database knows. */
  readonly values: readonly unknown[];
}

/** The one class with loaded objects that a statement is about; `null` when there is none (or several share the table). */
export function loadedMapper(host: StatementHost, { table, target }: UpdateNode | DeleteNode): EntityMapper | null {
  const named = target?.mapper as EntityMapper | undefined;
  if (named?.isPolymorphic === true) {
    const [any] = host.identityMap.objectsOf(named.root);
    return any === undefined ? null : named;
  }
  let found: EntityMapper | null = null;
  for (const [mapper, states] of host.identityMap.classes()) {
    if (mapper.table.node !== table || states.size === 0) continue;
    if (found !== null && found !== mapper) return null;
    found = mapper;
  }
  return found;
}

/** Objects take what a statement wrote as what the database has; what the program changed meanwhile stays changed. */
export function takeWritten(
  host: StatementHost,
  columns: readonly ColumnProperty[],
  rows: readonly WrittenRow[],
): void {
  const keys = rows[0]?.state.mapper.table.foreignKeys ?? [];
  const refers = columns.some(({ column }) => keys.some((key) => key.columns.includes(column)));
  for (const { state, values } of rows) {
    host.journal.note(state, "updated");
    const before = refers ? references(state) : [];
    columns.forEach((property, index) => takeValue(state, property, values[index]));
    if (values.includes(UNDECIDED)) state.epoch = STALE;
    if (state.partial) state.partial = state.row?.includes(NOT_LOADED) ?? false;
    if (refers) follow(host, state, before);
  }
  host.noteUnseenWrite();
}

function takeValue(state: InstanceState, property: ColumnProperty, value: unknown): void {
  const { row, object } = state;
  if (row === null || value === UNDECIDED) return;
  const old = row[property.index];
  const isOurs = old === NOT_LOADED ? Object.hasOwn(object, property.key) : isChanged(state, property, old);
  row[property.index] = value;
  if (!isOurs) defineColumn(object, property.key, value === null ? null : property.tracker.restore(value));
}

type References = readonly (object | null | undefined)[];

function references(state: InstanceState): References {
  return state.mapper.relationships.map((property) =>
    property.direction === "many-to-one" ? knownReference(state, property) : undefined,
  );
}

/** References, and the collections on their other side, follow keys that a statement wrote. */
function follow(host: StatementHost, state: InstanceState, before: References): void {
  for (const property of state.mapper.relationships) {
    if (!property.byPrimaryKey) continue;
    const key = referenceKey(state, property);
    const now = key === undefined ? undefined : host.present(property.target, key, state.token);
    for (const parent of [stateOf(before[property.index]), now])
      if (parent !== undefined && parent.row !== null) host.journal.note(parent, "related");
  }
  alignReferences(state, before);
}

/** Objects whose rows a statement deleted leave the session; they come back with a rollback. */
export function takeDeleted(host: StatementHost, states: readonly InstanceState[]): void {
  for (const state of states) {
    host.journal.note(state, "deleted");
    settleDeleted(host, state);
  }
  if (states.length > 0) forgetDeleted(host, new Set(states));
  host.noteDeleted(states);
}

/** The rows of these objects may have changed: they are read anew when asked for. */
export function makeStale(states: Iterable<InstanceState>): void {
  for (const state of states) state.epoch = STALE;
}
