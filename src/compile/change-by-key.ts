import type { TableNode } from "../sql/index.ts";
import { LruCache } from "../util/index.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { placeholderAt, type RowColumn, rowEncoder, type RowPages, type RowValues } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";
import { type UnnestedRows, unnestRows } from "./unnest.ts";
import { valuesRows } from "./values-rows.ts";

/** One statement for one row, to be executed with many sets of values. */
export interface KeyedStatement {
  readonly sql: string;
  /** The parameters for the values of one row: those to set, then the key's. */
  encode(values: RowValues): unknown[];
}

/** Compiles an UPDATE of one row by its key. */
export function compileUpdate(
  table: TableNode,
  setColumns: readonly RowColumn[],
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): KeyedStatement {
  const set = pairs(setColumns, 0, dialect).join(", ");
  const where = pairs(keyColumns, setColumns.length, dialect).join(" AND ");
  const sql = `UPDATE ${quoteTable(table, dialect.features.quote)} SET ${set} WHERE ${where}`;
  return { sql, encode: rowEncoder([...setColumns, ...keyColumns], dialect) };
}

/** Compiles a DELETE of one row by its key. */
export function compileDelete(
  table: TableNode,
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): KeyedStatement {
  const where = pairs(keyColumns, 0, dialect).join(" AND ");
  const sql = `DELETE FROM ${quoteTable(table, dialect.features.quote)} WHERE ${where}`;
  return { sql, encode: rowEncoder(keyColumns, dialect) };
}

/**
 * Compiles an UPDATE of many rows by their keys; rows hold the values to set, then the key's.
 *
 * `null` where it would be slower than one UPDATE for each row.
 */
export function compileUpdateMany(
  table: TableNode,
  setColumns: readonly RowColumn[],
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages | null {
  const update = { table, setColumns, keyColumns, dialect };
  return dialect.features.updateMany === "unnest" ? unnestUpdate(update) : valuesUpdate(update);
}

interface ManyUpdates {
  readonly table: TableNode;
  readonly setColumns: readonly RowColumn[];
  readonly keyColumns: readonly RowColumn[];
  readonly dialect: DialectProfile;
}

function unnestUpdate({ table, setColumns, keyColumns, dialect }: ManyUpdates): RowPages {
  const rows = unnestRows([...setColumns, ...keyColumns], dialect);
  const set = setColumns.map((column, index) => `${quoted(column, dialect)} = ${rows.values[index]}`).join(", ");
  const where = keyCondition(table, keyColumns, rows.values.slice(setColumns.length), dialect);
  const sql = `UPDATE ${quoteTable(table, dialect.features.quote)} SET ${set} FROM ${aliased(rows)} WHERE ${where}`;
  return arrayPages(sql, rows, dialect);
}

function valuesUpdate({ table, setColumns, keyColumns, dialect }: ManyUpdates): RowPages | null {
  const { updatePages, maxParameters, updateFrom, quote } = dialect.features;
  const columns = [...setColumns, ...keyColumns];
  const sizes = updatePages.filter((size) => size * columns.length <= maxParameters);
  const [pageSize] = sizes;
  // no index of an enumeration is used for a joined value: the whole table would be read, and locked
  const isScan = updateFrom === "join" && keyColumns.some((column) => column.type.kind === "enumeration");
  if (pageSize === undefined || isScan) return null;
  const rows = valuesRows(table, columns, dialect);
  const name = quoteTable(table, quote);
  const where = keyCondition(table, keyColumns, rows.values.slice(setColumns.length), dialect);
  const target = updateFrom === "join" ? `${name}.` : "";
  const set = setColumns.map((column, index) => `${target}${quoted(column, dialect)} = v.${rows.names[index]}`);
  const write = (count: number): string =>
    updateFrom === "join"
      ? `UPDATE ${rows.source(count)} AS v STRAIGHT_JOIN ${name} ON ${where} SET ${set.join(", ")}`
      : `UPDATE ${name} SET ${set.join(", ")} FROM ${rows.source(count)} AS v WHERE ${where}`;
  const texts = new LruCache<number, string>(KEPT_TEXTS);
  return {
    pageSize,
    sizes,
    statement: (page) => {
      let sql = texts.get(page.length);
      if (sql === undefined) {
        sql = write(page.length);
        texts.set(page.length, sql);
      }
      return { sql, params: rows.encode(page) };
    },
  };
}

const KEPT_TEXTS = 4;

/** The same for a DELETE; rows hold keys. `null` where the database has no arrays. */
export function compileDeleteMany(
  table: TableNode,
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages | null {
  if (dialect.features.updateMany !== "unnest") return null;
  const rows = unnestRows(keyColumns, dialect);
  const where = keyCondition(table, keyColumns, rows.values, dialect);
  const sql = `DELETE FROM ${quoteTable(table, dialect.features.quote)} USING ${aliased(rows)} WHERE ${where}`;
  return arrayPages(sql, rows, dialect);
}

function arrayPages(sql: string, rows: UnnestedRows, dialect: DialectProfile): RowPages {
  const statement: RowPages["statement"] = (page) => ({ sql, params: rows.encode(page) });
  return { pageSize: dialect.features.updatePages[0] ?? 1, sizes: null, statement };
}

function pairs(columns: readonly RowColumn[], first: number, dialect: DialectProfile): readonly string[] {
  return columns.map((column, index) => `${quoted(column, dialect)} = ${placeholderAt(first + index, dialect)}`);
}

function quoted(column: RowColumn, dialect: DialectProfile): string {
  return quoteIdentifier(column.name, dialect.features.quote);
}

function aliased(rows: UnnestedRows): string {
  return `${rows.source} AS v(${rows.names})`;
}

function keyCondition(
  table: TableNode,
  keyColumns: readonly RowColumn[],
  values: readonly string[],
  dialect: DialectProfile,
): string {
  const name = quoteTable(table, dialect.features.quote);
  return keyColumns.map((column, index) => `${name}.${quoted(column, dialect)} = ${values[index]}`).join(" AND ");
}
