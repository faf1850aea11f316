import { bindStatement, prepareStatement } from "../../compile/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Column } from "../../schema/index.ts";
import type { DeleteNode, ExpressionNode, TableNode } from "../../sql/index.ts";
import { inList } from "../load/statements.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { dropMembers } from "../state/loaded-relation.ts";
import { hasKeys, knownReference } from "../state/reference.ts";
import type { FlushHost } from "./flush-host.ts";
import { keptValue, loadVersionsFlow } from "./row-write.ts";
import { staleFlow } from "./stale-rows.ts";
import { isKept, isMatchedByNull, matchedColumns } from "./update-object.ts";

const DELETE_PAGE = 1000; // keys per statement where each is a placeholder

/** Deletes the rows of objects of one class, by their keys and versions. */
export function* deleteFlow(host: FlushHost, mapper: EntityMapper, states: readonly InstanceState[]): Flow<void> {
  for (const state of states) host.journal.note(state, "deleted");
  yield* loadVersionsFlow(host, states);
  const alone = states.filter(isMatchedByNull);
  const others = alone.length === 0 ? states : states.filter((state) => !isMatchedByNull(state));
  const properties = matchedColumns(mapper);
  const keys = others.map((state) => properties.map((property) => keptValue(state, property)));
  const columns = properties.map((property) => property.column);
  const { node: table } = mapper.table;
  let matched = yield* deleteRowsFlow(host, mapper, { table, columns, keys });
  for (const state of alone) matched += yield* deleteWhereFlow(host, mapper, table, isKept(state));
  if (matched !== states.length) yield* refuseMismatchFlow(host, states, matched);
  for (const state of states) settleDeleted(host, state);
}

/** What is gone already needs no deletion, so that is only told; a version that is another does matter. */
function* refuseMismatchFlow(host: FlushHost, states: readonly InstanceState[], matched: number): Flow<void> {
  const [{ mapper }] = states as [InstanceState];
  const { version, confirmDeletedRows } = mapper.rules;
  if (version !== null) throw yield* staleFlow(host, { statement: "DELETE", states, matched });
  if (!confirmDeletedRows) return;
  host
    .environmentFor(mapper)
    .warn(
      `DELETE of ${mapper.table.fullName} expected to delete ${states.length} row(s); ${matched} were matched. ` +
        "Where the database deletes some of them itself, map the class with confirmDeletedRows: false.",
    );
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

/** Deletes rows where a class has its rows; answers how many there were. */
export function* deleteRowsFlow(
  host: FlushHost,
  mapper: EntityMapper,
  { table, columns, keys }: KeyedRows,
): Flow<number> {
  if (keys.length === 0) return 0;
  const nodes = columns.map((column) => ({ ...column.toNode(), table }));
  const size = Math.max(1, Math.floor(DELETE_PAGE / Math.max(1, columns.length)));
  let matched = 0;
  for (let start = 0; start < keys.length; start += size) {
    const page = keys.slice(start, start + size);
    const values = columns.length === 1 ? page.map((key) => key[0]) : page;
    matched += yield* deleteWhereFlow(host, mapper, table, [inList(nodes, values)]);
  }
  return matched;
}

function* deleteWhereFlow(
  host: FlushHost,
  mapper: EntityMapper,
  table: TableNode,
  where: readonly ExpressionNode[],
): Flow<number> {
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const node: DeleteNode = {
    kind: "delete",
    table,
    target: null,
    from: [],
    where,
    returning: [],
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  return (yield* core.sendFlow(bindStatement(prepared, dialect))).affected;
}

/** Deleted objects leave the collections and references that are loaded: the database no longer has them there. */
export function forgetDeleted(host: FlushHost, deleted: ReadonlySet<InstanceState>): void {
  const gone = new Map<InstanceState, Map<RelationshipProperty, Set<object>>>();
  for (const state of deleted) {
    for (const property of state.mapper.relationships) {
      if (property.inverse === null) continue;
      for (const other of holdersOf(host, state, property)) {
        // a new object that went with its parent is outside of the session, and stays as it is
        if (other.owner === host && !deleted.has(other)) note(gone, other, property.inverse, state.object);
      }
    }
  }
  for (const [state, relationships] of gone) {
    host.journal.note(state, "related");
    for (const [property, objects] of relationships) dropMembers(state, property, objects);
  }
}

/** The objects on the other side of a relationship, as far as they are in memory. */
function holdersOf(host: FlushHost, state: InstanceState, property: RelationshipProperty): readonly InstanceState[] {
  const slot = state.slots?.[property.index];
  const held = slot?.loaded ? slot.value : property.isMany ? slot?.queuedAdds : knownReference(state, property);
  const known = (Array.isArray(held) ? held : [held]).map(stateOf).filter((other) => other !== undefined);
  const isKnown =
    property.direction === "many-to-one" ? hasKeys(state, property) : property.direction === "one-to-many";
  if (slot?.loaded || isKnown) return known;
  return [...known, ...loadedHolders(host, state, property)];
}

/** Whose loaded collections have an object that does not know them. */
function loadedHolders(host: FlushHost, state: InstanceState, property: RelationshipProperty): InstanceState[] {
  const { inverse } = property;
  if (inverse === null) return [];
  const holds = (other: InstanceState): boolean => {
    const slot = other.slots?.[inverse.index];
    if (slot?.loaded !== true) return false;
    return inverse.isMany ? (slot.value as readonly object[]).includes(state.object) : slot.value === state.object;
  };
  return [...host.identityMap.objectsOf(inverse.parent)].filter(holds);
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
