import { bindStatement, compileInsertMany, type InsertMany, prepareStatement } from "../../compile/index.ts";
import type { ConnectionCore } from "../../engine/index.ts";
import { StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { type Column, tableOfNode } from "../../schema/index.ts";
import { operandNode, TARGET, type TableNode, type UpdateNode } from "../../sql/index.ts";
import { equals } from "../load/statements.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { deleteRowsFlow } from "./delete-objects.ts";
import type { FlushHost } from "./flush-host.ts";
import type { LinkRow } from "./link-row.ts";
import { byToken, type IdentityToken } from "../state/identity-token.ts";
import { INSERT, keptValue } from "./row-write.ts";
import type { WorkPlan } from "./work-plan.ts";

type Unlinks = Pick<WorkPlan, "unlinks" | "unlinkAll">;

/** Deletes rows of association tables: those of pairs that are no more, those of deleted objects. */
export function* unlinkFlow(host: FlushHost, plan: Unlinks): Flow<void> {
  for (const links of byTable(plan.unlinks)) yield* host.withTokenFlow(tokenOf(links), deleteLinksFlow(host, links));
  const parents = plan.unlinkAll.map(({ property, parent }) => ({ property, parent, token: parent.token }));
  for (const [token, own] of byToken(parents)) yield* host.withTokenFlow(token, unlinkAllFlow(host, own));
}

function* unlinkAllFlow(host: FlushHost, unlinkAll: Readonly<Unlinks["unlinkAll"]>): Flow<void> {
  // how many rows a deleted object has there is not known, so they are not counted
  for (const [property, keys] of unlinkedKeys(unlinkAll)) {
    const columns = property.pairs.map((pair) => pair.to);
    const { secondary: table } = property;
    if (table !== null) yield* deleteRowsFlow(host, property.target, { table, columns, keys });
  }
}

/** Rows of a link are where its ends are. */
function tokenOf([first]: readonly LinkRow[]): IdentityToken | null {
  return first?.parent.token ?? first?.member.token ?? null;
}

function* deleteLinksFlow(host: FlushHost, links: readonly LinkRow[]): Flow<void> {
  const [first] = links;
  if (first === undefined || first.property.secondary === null) return;
  const { secondary: table, target, name } = first.property;
  const columns = linkColumns(first.property);
  const keys = links.map((link) => columns.map((column) => oldValue(link, column)));
  const matched = yield* deleteRowsFlow(host, target, { table, columns, keys });
  // a table without a key may hold a link twice
  if (matched >= keys.length) return;
  throw new StaleDataError(
    `DELETE of ${table.name} expected to delete ${keys.length} row(s); ${matched} were matched. Somebody else took objects out of ` +
      `${name} since it was loaded: roll back, load again and repeat.`,
    { objects: links.map((link) => link.parent.object) },
  );
}

/** Inserts rows of association tables. */
export function* linkFlow(host: FlushHost, plan: WorkPlan): Flow<void> {
  for (const relink of plan.relinks) yield* host.withTokenFlow(relink.state.token, relinkFlow(host, relink));
  for (const links of byTable(plan.links)) yield* host.withTokenFlow(tokenOf(links), insertLinksFlow(host, links));
}

/** A key changed, and the database does not follow (`passiveUpdates: false`): association rows are given the new one. */
function* relinkFlow(host: FlushHost, { property, state, previous }: WorkPlan["relinks"][number]): Flow<void> {
  const { secondary: table } = property;
  const owner = table === null ? undefined : tableOfNode(table);
  if (table === null || owner === undefined) return;
  const columns = property.pairs.map((pair) => ({ ...pair.to.toNode(), table }));
  const node: UpdateNode = {
    kind: "update",
    table,
    target: owner[TARGET](),
    columns: property.pairs.map((pair) => pair.to.name),
    values: property.pairs.map((pair) => operandNode(state.value(state.mapper.property(pair.from).key), pair.to.type)),
    from: [],
    where: columns.map((column, index) => equals(column, previous[index])),
    returning: [],
    ctes: [],
    options: [],
  };
  const core = yield* host.connectionFlow(property.target);
  const { dialect, cache } = core.environment;
  yield* core.sendFlow(bindStatement(prepareStatement({ toNode: () => node }, dialect, cache), dialect));
}

/** The keys of deleted objects as association rows have them, by relationship. */
function unlinkedKeys(
  unlinkAll: Readonly<Unlinks["unlinkAll"]>,
): ReadonlyMap<RelationshipProperty, (readonly unknown[])[]> {
  const keys = new Map<RelationshipProperty, (readonly unknown[])[]>();
  for (const { property, parent } of unlinkAll) {
    if (parent.row === null) continue;
    const key = property.pairs.map((pair) => keptValue(parent, parent.mapper.property(pair.from)));
    const known = keys.get(property);
    if (known === undefined) keys.set(property, [key]);
    else known.push(key);
  }
  return keys;
}

function byTable(links: ReadonlyMap<string, LinkRow>): readonly (readonly LinkRow[])[] {
  const tables = Map.groupBy(links.values(), ({ property }) => property.secondary);
  return [...tables.values()].flatMap((own) => [...Map.groupBy(own, (link) => tokenOf([link])).values()]);
}

function linkColumns(property: RelationshipProperty): readonly Column[] {
  return [...property.pairs.map((pair) => pair.to), ...property.secondaryPairs.map((pair) => pair.from)];
}

/** The value of a column of a link, whichever side the link was seen from. */
function newValue({ property, parent, member }: LinkRow, column: Column): unknown {
  const near = property.pairs.find((pair) => pair.to === column);
  if (near !== undefined) return parent.value(parent.mapper.property(near.from).key);
  const far = property.secondaryPairs.find((pair) => pair.from === column);
  return far === undefined ? null : member.value(member.mapper.property(far.to).key);
}

function oldValue({ property, parent, member }: LinkRow, column: Column): unknown {
  const near = property.pairs.find((pair) => pair.to === column);
  if (near !== undefined) return keptValue(parent, parent.mapper.property(near.from));
  const far = property.secondaryPairs.find((pair) => pair.from === column);
  return far === undefined ? null : keptValue(member, member.mapper.property(far.to));
}

function* insertLinksFlow(host: FlushHost, links: readonly LinkRow[]): Flow<void> {
  const [first] = links;
  const table = first?.property.secondary;
  if (first === undefined || table == null) return;
  const columns = linkColumns(first.property);
  const defaults = defaultColumns(table, columns);
  const core = yield* host.connectionFlow(first.property.target);
  const insert = linkInsert(core, table, [...columns, ...defaults]);
  const rows = links.map((link) => [
    ...columns.map((column) => newValue(link, column)),
    ...defaults.map((column) => (column.onInsert as () => unknown)()),
  ]);
  for (let start = 0; start < rows.length; start += insert.pageSize) {
    const { sql, params } = insert.statement(rows.slice(start, start + insert.pageSize));
    yield* core.sendFlow({ compiled: INSERT, sql, params });
  }
}

/** Further columns of an association table that the program fills. */
function defaultColumns(table: TableNode, columns: readonly Column[]): readonly Column[] {
  const all = tableOfNode(table)?.columns ?? [];
  return all.filter((column) => typeof column.onInsert === "function" && !columns.includes(column));
}

function linkInsert(core: ConnectionCore, table: TableNode, columns: readonly Column[]): InsertMany {
  const { cache, dialect } = core.environment;
  const sent = columns.map((column) => ({ name: column.name, type: column.type }));
  const make = (): InsertMany => compileInsertMany(table, sent, [], dialect);
  return cache === null ? make() : cache.get(`link ${table.id} ${columns.map((column) => column.name).join()}`, make);
}
