import { bindStatement, prepareStatement } from "../../compile/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Column } from "../../schema/index.ts";
import type { DeleteNode, TableNode } from "../../sql/index.ts";
import { inList } from "../load/statements.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { dropMembers } from "../state/loaded-relation.ts";
import { knownReference } from "../state/reference.ts";
import type { FlushHost } from "./flush-host.ts";
import { keptValue } from "./row-write.ts";

const DELETE_PAGE = 1000; // keys per statement where each is a placeholder

/** Deletes the rows of objects of one class, by their keys. */
export function* deleteFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  const keys = states.map((state) => mapper.primaryKey.map((property) => keptValue(state, property)));
  for (const state of states) host.journal.note(state, "deleted");
  const columns = mapper.primaryKey.map((property) => property.column);
  yield* deleteRowsFlow(host, mapper, { table: mapper.table.node, columns, keys });
  for (const state of states) settleDeleted(host, state);
}

/** The object has no row any more. */
export function settleDeleted(host: FlushHost, state: InstanceState): void {
  host.identityMap.remove(state);
  host.deletedStates.delete(state);
  state.status = "deleted";
}

/** Rows of a table, told by the values of some columns. */
export interface KeyedRows {
  readonly table: TableNode;
  readonly columns: readonly Column[];
  readonly keys: readonly (readonly unknown[])[];
}

/** Deletes rows where a class has its rows. */
export function* deleteRowsFlow(
  host: FlushHost,
  mapper: EntityMapper,
  { table, columns, keys }: KeyedRows,
): Flow<void> {
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const nodes = columns.map((column) => ({ ...column.toNode(), table }));
  const size = Math.max(1, Math.floor(DELETE_PAGE / Math.max(1, columns.length)));
  for (let start = 0; start < keys.length; start += size) {
    const page = keys.slice(start, start + size);
    const values = columns.length === 1 ? page.map((key) => key[0]) : page;
    const node: DeleteNode = {
      kind: "delete",
      table,
      from: [],
      where: [inList(nodes, values)],
      returning: [],
      ctes: [],
      options: [],
    };
    yield* core.sendFlow(bindStatement(prepareStatement({ toNode: () => node }, dialect, cache), dialect));
  }
}

/** Deleted objects leave the collections and references that are loaded: the database no longer has them there. */
export function forgetDeleted(host: FlushHost, deleted: ReadonlySet<InstanceState>): void {
  const gone = new Map<InstanceState, Map<RelationshipProperty, Set<object>>>();
  for (const state of deleted) {
    for (const property of state.mapper.relationships) {
      if (property.inverse === null) continue;
      for (const other of holdersOf(state, property)) {
        if (!deleted.has(other)) note(gone, other, property.inverse, state.object);
      }
    }
  }
  for (const [state, relationships] of gone) {
    host.journal.note(state, "related");
    for (const [property, objects] of relationships) dropMembers(state, property, objects);
  }
}

/** The objects on the other side of a relationship, as far as they are in memory. */
function holdersOf(state: InstanceState, property: RelationshipProperty): readonly InstanceState[] {
  const slot = state.slots?.[property.index];
  const held = slot?.loaded && property.isMany ? (slot.value as readonly object[]) : [knownReference(state, property)];
  return held.map(stateOf).filter((other) => other !== undefined);
}

function note(
  gone: Map<InstanceState, Map<RelationshipProperty, Set<object>>>,
  state: InstanceState,
  property: RelationshipProperty,
  object: object,
): void {
  let own = gone.get(state);
  if (own === undefined) gone.set(state, (own = new Map()));
  const objects = own.get(property);
  if (objects === undefined) own.set(property, new Set([object]));
  else objects.add(object);
}
