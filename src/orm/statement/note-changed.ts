import type { DeleteNode, InsertNode, StatementNode, TableNode, UpdateNode } from "../../sql/index.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { makeStale } from "./loaded-objects.ts";
import type { StatementHost } from "./statement-host.ts";

const STALE = -1; // no session's epoch
const READS = /^\s*(select|values|show|explain|pragma)\b/iu;

type Write = InsertNode | UpdateNode | DeleteNode;

/** A statement may have changed rows: loaded objects and relationships that may show them are read anew when asked for. */
export function noteChanged(host: StatementHost, node: StatementNode): void {
  if (node.kind === "text" && !READS.test(node.pieces[0] ?? "")) host.noteUnseenWrite();
  if (node.kind !== "update" && node.kind !== "delete" && node.kind !== "insert") return;
  host.noteUnseenWrite();
  noteMembersChanged(host, node);
  if (node.kind === "insert" && node.onConflict === null) return;
  for (const [mapper, states] of host.identityMap.classes()) {
    if (mapper.table.node === node.table && !returnsObjectsOf(mapper, node)) makeStale(states.values());
  }
}

/** Rows came, went or moved: collections in memory may not hold them, or still do. */
export function noteMembersChanged(host: StatementHost, node: Write): void {
  for (const [mapper, states] of host.identityMap.classes()) {
    if (node.kind === "delete" && followsDeletion(mapper, node.table)) makeStale(states.values());
    const shown = mapper.relationships.filter((property) => showsRowsOf(property, node));
    if (shown.length > 0) for (const state of states.values()) makeSlotsStale(state, shown);
  }
}

function returnsObjectsOf(mapper: EntityMapper, node: Write): boolean {
  return node.returning.some((column) => column.kind === "entity" && column.mapper === mapper);
}

/** The database itself deletes or changes a class's rows when those they refer to go. */
function followsDeletion(mapper: EntityMapper, table: TableNode): boolean {
  return mapper.table.foreignKeys.some((key) => key.target.node === table && key.options.onDelete !== undefined);
}

function showsRowsOf(property: RelationshipProperty, node: Write): boolean {
  if (property.secondary === node.table) return true;
  if (property.direction === "many-to-one" || property.target.table.node !== node.table) return false;
  if (node.kind !== "update" || node.columns === null) return true;
  return property.pairs.some((pair) => node.columns?.includes(pair.to.name));
}

function makeSlotsStale(state: InstanceState, shown: readonly RelationshipProperty[]): void {
  if (state.slots === null) return;
  for (const property of shown) {
    const slot = state.slots[property.index];
    if (slot !== undefined) slot.epoch = STALE;
  }
}
