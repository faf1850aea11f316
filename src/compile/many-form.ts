import { tableOfNode } from "../schema/index.ts";
import {
  flatColumns,
  type ExpressionNode,
  findColumn,
  type InsertNode,
  type LiteralNode,
  type StatementNode,
  type TargetColumn,
  type UpdateNode,
} from "../sql/index.ts";
import type { Parameters } from "./bind-statement.ts";
import { compileUpdateMany } from "./change-by-key.ts";
import { constantSql } from "./constant-sql.ts";
import { compileInsertValues, type FilledColumn } from "./insert-many.ts";
import type { RowColumn, RowPages } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";

type Row = readonly unknown[];

/** A statement to be executed once for each of many sets of parameters, as few statements over many rows. */
export interface ManyForm {
  readonly pages: RowPages;
  /** What a set of parameters puts into a row. */
  readonly rowOf: (params: Parameters) => Row;
  /** The place of what a returned row is told by, where the database may answer in another order. */
  readonly order: number | null;
  /** Of these parameters no two sets may have the same values: which of them came last would not count. */
  readonly distinct: readonly string[];
}

/** `null` for a statement that has to be executed set by set. */
export function manyForm(
  node: StatementNode,
  parameterKeys: readonly string[],
  dialect: DialectProfile,
): ManyForm | null {
  if (node.kind === "insert") return insertForm(node, parameterKeys, dialect);
  return node.kind === "update" ? updateForm(node, parameterKeys, dialect) : null;
}

/** A column with the value that a set of parameters, or a default of the program, gives it. */
interface RowSource extends RowColumn {
  readonly valueOf: (params: Parameters) => unknown;
}

function given({ name, type }: TargetColumn | RowColumn, key: string): RowSource {
  return { name, type, valueOf: (params) => params[key] };
}

function made({ name, type }: TargetColumn, make: () => unknown): RowSource {
  return { name, type, valueOf: () => make() ?? null };
}

function rowMaker(sources: readonly RowSource[]): ManyForm["rowOf"] {
  return (params) => sources.map(({ valueOf }) => valueOf(params));
}

// ---- INSERT ----

function insertForm(node: InsertNode, keys: readonly string[], dialect: DialectProfile): ManyForm | null {
  const { query, columns, onConflict, ctes, options } = node;
  if (dialect.features.driverInserts || dialect.features.insertPage === 1) return null;
  if (query !== null || columns !== null || onConflict !== null || ctes.length + options.length > 0) return null;
  const sources = keys.map((key) => given(findColumn(node.target, key), key));
  const names = new Set(sources.map(({ name }) => name));
  if (names.size === 0 || names.size < keys.length) return null;
  const filled: FilledColumn[] = [];
  for (const column of node.target.columns) {
    if (column.onInsert === null || names.has(column.name)) continue;
    if (typeof column.onInsert === "function") {
      sources.push(made(column, column.onInsert));
      continue;
    }
    const sql = constantSql(column.onInsert, dialect);
    if (sql === null) return null;
    filled.push({ name: column.name, sql });
  }
  const returning = returnedColumns(node);
  if (returning === null || (returning.length > 0 && !dialect.features.returning.insert)) return null;
  const order = returnedOrder(node, returning, sources, dialect);
  if (order === undefined) return null;
  const pages = compileInsertValues(node.table, { columns: sources, returning, filled }, dialect);
  return { pages, rowOf: rowMaker(sources), order, distinct: [] };
}

/** The table's own columns that are returned; `null` when anything else is. */
function returnedColumns({ returning, table }: InsertNode): readonly RowColumn[] | null {
  const columns: RowColumn[] = [];
  for (const column of flatColumns(returning)) {
    if (column.kind !== "column" || column.table !== table) return null;
    columns.push(column);
  }
  return columns;
}

/**
 * `null`: rows come back in the order in which they were sent, as PostgreSQL inserts a VALUES list row by row; `undefined`:
 * they cannot be told apart.
 */
function returnedOrder(
  node: InsertNode,
  returning: readonly RowColumn[],
  sources: readonly RowColumn[],
  { features }: DialectProfile,
): number | null | undefined {
  if (returning.length === 0 || features.insertMany === "unnest") return null;
  const counted = tableOfNode(node.table)?.autoincrement?.name;
  if (counted === undefined || sources.some(({ name }) => name === counted)) return undefined;
  const place = returning.findIndex(({ name }) => name === counted);
  return place < 0 ? undefined : place;
}

// ---- UPDATE ----

const INTEGERS: ReadonlySet<string> = new Set(["smallint", "integer", "bigint"]);

/** Values that can be assigned to whatever column somebody maps so; a text cannot, where the column is an enumeration. */
const ASSIGNABLE: ReadonlySet<string> = new Set([
  ...INTEGERS,
  "boolean",
  "real",
  "double",
  "numeric",
  "timestamp",
  "date",
  "time",
]);

function updateForm(node: UpdateNode, keys: readonly string[], dialect: DialectProfile): ManyForm | null {
  const { from, ctes, options, returning } = node;
  if (dialect.features.updateMany !== "unnest" || from.length + ctes.length + options.length + returning.length > 0)
    return null;
  const matched = matchedColumns(node, keys);
  const set = matched === null ? null : setColumns(node, keys, new Set(matched.map(({ key }) => key)));
  if (matched === null || set === null) return null;
  if (!set.every(({ type }) => ASSIGNABLE.has(type.kind))) return null;
  if (set.some(({ name }) => matched.some((column) => column.source.name === name))) return null;
  const sources = matched.map(({ source }) => source);
  const pages = compileUpdateMany(node.table, set, sources, dialect);
  if (pages === null) return null;
  const distinct = matched.map(({ key }) => key);
  return { pages, rowOf: rowMaker([...set, ...sources]), order: null, distinct };
}

interface Matched {
  readonly key: string;
  readonly source: RowSource;
}

// keys that differ to us must differ to the database too, which of text or decimals nobody can say here
function matchedColumns(node: UpdateNode, keys: readonly string[]): readonly Matched[] | null {
  const matched: Matched[] = [];
  for (const condition of node.where) {
    if (condition.kind !== "binary" || condition.operator !== "=" || condition.left.kind !== "column") return null;
    const { left, right } = condition;
    const key = parameterOf(right, left, keys);
    if (key === null || left.table !== node.table || !INTEGERS.has(left.type.kind)) return null;
    matched.push({ key, source: given(left, key) });
  }
  return matched.length === 0 ? null : matched;
}

/** The name of the parameter that a value is, as the column's type. */
function parameterOf(value: ExpressionNode, column: RowColumn, keys: readonly string[]): string | null {
  if (value.kind !== "literal" || value.name === null || value.expanding || !keys.includes(value.name)) return null;
  return isLike(value, column) ? value.name : null;
}

function isLike({ type }: LiteralNode, column: RowColumn): boolean {
  return type.conversions === undefined && column.type.conversions === undefined && type.key === column.type.key;
}

function setColumns(node: UpdateNode, keys: readonly string[], placed: ReadonlySet<string>): RowSource[] | null {
  const set: RowSource[] = [];
  if (node.columns === null) {
    for (const key of keys) if (!placed.has(key)) set.push(given(findColumn(node.target, key), key));
  } else {
    for (const [index, name] of node.columns.entries()) {
      const column = node.target.columns.find((known) => known.name === name);
      const value = node.values[index];
      const key = column === undefined || value === undefined ? null : parameterOf(value, column, keys);
      if (column === undefined || key === null) return null;
      set.push(given(column, key));
    }
  }
  const names = new Set(set.map(({ name }) => name));
  for (const column of node.target.columns) {
    if (column.onUpdate === null || names.has(column.name)) continue;
    if (typeof column.onUpdate !== "function") return null;
    set.push(made(column, column.onUpdate));
  }
  return set.length === 0 ? null : set;
}
