import {
  bindStatement,
  compileInsertMany,
  type InsertMany,
  type Parameters,
  prepareStatement,
} from "../../compile/index.ts";
import { type ConnectionCore, ResultBase } from "../../engine/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { elementReaders } from "../../hydrate/index.ts";
import { flatColumns, type ExpressionNode, type InsertNode, labelOf, operandNode } from "../../sql/index.ts";
import { decoded, INSERT, sent } from "../flush/row-write.ts";
import { readRowsFlow } from "../load/query-flow.ts";
import { prepareQuery } from "../load/query-plan.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { identityKey } from "../state/identity-map.ts";
import { bindArgumentsOf, type ExecuteOptions, queryOptions } from "./execute-options.ts";
import { type InsertRowGroup, insertRowGroups } from "./insert-row-groups.ts";
import type { StatementHost } from "./statement-host.ts";

type Row = readonly unknown[];
type Result = ResultBase<"sync", Row, unknown>;

/** An INSERT of many rows, and the columns its RETURNING asks for. */
interface RowsInsert {
  readonly core: ConnectionCore;
  readonly mapper: EntityMapper;
  readonly node: InsertNode;
  /** `null`: something that only a statement of its own for each row can answer. */
  readonly returned: readonly ColumnProperty[] | null;
}

/** Inserts rows given as records; with RETURNING answers them in the order given (spec B15). */
export function* insertRowsFlow(
  host: StatementHost,
  node: InsertNode,
  records: readonly Parameters[],
  options: ExecuteOptions,
): Flow<Result> {
  const mapper = node.target.mapper as EntityMapper;
  const groups = insertRowGroups(mapper, node, records, options.renderNulls === true);
  const core = yield* host.connectionFlow(mapper, bindArgumentsOf(options));
  const insert: RowsInsert = { core, mapper, node, returned: plainColumns(mapper, node.returning) };
  const raws: Row[] = [];
  for (const group of groups) for (const row of yield* insertGroupFlow(insert, group)) raws.push(row);
  host.noteChanged(node);
  if (node.returning.length === 0) return new ResultBase("sync", { keys: null, rows: [], rowcount: records.length });
  return yield* readReturnedFlow(host, insert, raws, options);
}

function* insertGroupFlow(insert: RowsInsert, group: InsertRowGroup): Flow<readonly Row[]> {
  const { core, mapper, node, returned } = insert;
  if (group.hasExpressions || node.onConflict !== null || returned === null)
    return yield* insertEachFlow(insert, group);
  const order = returned.length === 0 ? null : returnedOrder(insert, group);
  const asked = [...returned, ...(order?.added ?? [])];
  const many = insertStatement(core, mapper, group.columns, asked);
  const size = order?.isPerRow === true ? 1 : many.pageSize;
  const all: Row[] = [];
  for (let start = 0; start < group.rows.length; start += size) {
    const page = group.rows.slice(start, start + size);
    const { rows } = yield* core.sendFlow({ compiled: INSERT, ...many.statement(page) });
    if (order === null) continue;
    const own = order.arrange(page, rows);
    for (const row of own) all.push(order.added.length === 0 ? row : row.slice(0, returned.length));
  }
  return all;
}

function insertStatement(
  { environment: { cache, dialect } }: ConnectionCore,
  mapper: EntityMapper,
  columns: readonly ColumnProperty[],
  returned: readonly ColumnProperty[],
): InsertMany {
  const make = (): InsertMany => compileInsertMany(mapper.table.node, columns.map(sent), returned.map(sent), dialect);
  if (cache === null) return make();
  const places = [columns, returned].map((list) => list.map((property) => property.index).join());
  return cache.get(`insert ${mapper.id} ${places.join(" ")}`, make);
}

/** Rows by a statement each: SQL expressions and ON CONFLICT are written into it. */
function* insertEachFlow({ core, node }: RowsInsert, { columns, rows }: InsertRowGroup): Flow<readonly Row[]> {
  const { dialect, cache } = core.environment;
  const all: Row[] = [];
  for (const row of rows) {
    const values = columns.map((property, index) => operandNode(row[index], property.column.type));
    const one: InsertNode = { ...node, columns: columns.map((property) => property.column.name), values };
    const prepared = prepareStatement({ toNode: () => one }, dialect, cache);
    const result = yield* core.sendFlow(bindStatement(prepared, dialect));
    for (const returned of result.rows) all.push(returned);
  }
  return all;
}

// ---- the order of what comes back ----

interface ReturnedOrder {
  /** Columns asked for besides, by which rows are told apart. */
  readonly added: readonly ColumnProperty[];
  /** Rows can only be told apart when they are sent one by one. */
  readonly isPerRow: boolean;
  readonly arrange: (sentRows: readonly Row[], returned: readonly Row[]) => readonly Row[];
}

const asTheyCome = { added: [], isPerRow: false, arrange: (_sent: readonly Row[], rows: readonly Row[]) => rows };

/** How rows that come back are put in the order given: the database keeps it, or they are told by their keys. */
function returnedOrder({ core, mapper, returned }: RowsInsert, group: InsertRowGroup): ReturnedOrder {
  const { dialect } = core.environment;
  if (dialect.features.insertMany === "unnest" || group.rows.length === 1) return asTheyCome;
  const { primaryKey } = mapper;
  const asked = returned ?? [];
  const added = primaryKey.filter((property) => !asked.includes(property));
  const places = primaryKey.map((property) => [...asked, ...added].indexOf(property));
  const decoders = primaryKey.map((property) => dialect.types.codec(property.column.type).decode);
  const keyOf = (row: Row): readonly unknown[] => places.map((place, index) => decoded(row[place], decoders[index]));
  const [first] = primaryKey;
  if (primaryKey.length === 1 && first !== undefined && !group.columns.includes(first))
    return mapper.table.autoincrement === first.column
      ? { added, isPerRow: false, arrange: (_sent, rows) => byCount(rows, keyOf) }
      : { ...asTheyCome, isPerRow: true };
  const sentPlaces = primaryKey.map((property) => group.columns.indexOf(property));
  if (sentPlaces.includes(-1)) return { ...asTheyCome, isPerRow: true };
  const sentKey = (row: Row): unknown => identityKey(sentPlaces.map((place) => row[place]));
  return { added, isPerRow: false, arrange: (page, rows) => byKey(mapper, page.map(sentKey), rows, keyOf) };
}

function byCount(rows: readonly Row[], keyOf: (row: Row) => readonly unknown[]): readonly Row[] {
  return rows.toSorted((left, right) => ((keyOf(left)[0] as number) < (keyOf(right)[0] as number) ? -1 : 1));
}

function byKey(
  mapper: EntityMapper,
  keys: readonly unknown[],
  rows: readonly Row[],
  keyOf: (row: Row) => readonly unknown[],
): readonly Row[] {
  const found = new Map(rows.map((row) => [identityKey(keyOf(row)), row]));
  return keys.map((key) => {
    const row = found.get(key);
    if (row !== undefined) return row;
    throw new FlushError(
      `A row inserted into ${mapper.table.fullName} came back under another key than ${String(key)}: ` +
        "the database changed the value. Give the key in the form in which the database keeps it.",
    );
  });
}

// ---- reading what comes back ----

/** The class's columns that a RETURNING asks for; `null` when it asks for anything else. */
function plainColumns(mapper: EntityMapper, returning: readonly ExpressionNode[]): readonly ColumnProperty[] | null {
  const found: ColumnProperty[] = [];
  for (const column of flatColumns(returning)) {
    const property =
      column.kind === "column" && column.table === mapper.table.node
        ? mapper.columns.find((candidate) => candidate.column.name === column.name)
        : undefined;
    if (property === undefined) return null;
    found.push(property);
  }
  return found;
}

function* readReturnedFlow(
  host: StatementHost,
  { core, node }: RowsInsert,
  raws: readonly Row[],
  options: ExecuteOptions,
): Flow<Result> {
  const { environment } = core;
  const shape: InsertNode = { ...node, columns: [], values: [] };
  const prepared = prepareQuery({ toNode: () => shape }, environment);
  if (prepared !== null) {
    const rows = yield* readRowsFlow(host, prepared, raws, queryOptions(node, options));
    return new ResultBase("sync", { keys: prepared.plan.keys, rows, rowcount: rows.length });
  }
  const decoders = flatColumns(node.returning).map((column) => environment.dialect.types.codec(column.type).decode);
  const readers = elementReaders(node.returning, environment.jit);
  const rows = raws.map((raw) => {
    const values = raw.map((value, index) => decoded(value, decoders[index]));
    return readers.map((read) => read(values));
  });
  const keys = node.returning.map((column, index) => labelOf(column) ?? `column_${index + 1}`);
  return new ResultBase("sync", { keys, rows, rowcount: rows.length });
}
