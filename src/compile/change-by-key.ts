import type { TableNode } from "../sql/index.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { placeholderAt, type RowColumn, rowEncoder, type RowPages, type RowValues } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";
import { type UnnestedRows, unnestRows } from "./unnest.ts";

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
 * `null` where the database has no arrays: there `compileUpdate` is executed once for each row.
 */
export function compileUpdateMany(
  table: TableNode,
  setColumns: readonly RowColumn[],
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages | null {
  if (dialect.features.insertMany !== "unnest") return null;
  const rows = unnestRows([...setColumns, ...keyColumns], dialect);
  const set = setColumns.map((column, index) => `${quoted(column, dialect)} = ${rows.values[index]}`).join(", ");
  const where = keyCondition(table, keyColumns, rows.values.slice(setColumns.length), dialect);
  const sql = `UPDATE ${quoteTable(table, dialect.features.quote)} SET ${set} FROM ${aliased(rows)} WHERE ${where}`;
  return { pageSize: dialect.features.insertPage, statement: (page) => ({ sql, params: rows.encode(page) }) };
}

/** The same for a DELETE; rows hold keys. */
export function compileDeleteMany(
  table: TableNode,
  keyColumns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages | null {
  if (dialect.features.insertMany !== "unnest") return null;
  const rows = unnestRows(keyColumns, dialect);
  const where = keyCondition(table, keyColumns, rows.values, dialect);
  const sql = `DELETE FROM ${quoteTable(table, dialect.features.quote)} USING ${aliased(rows)} WHERE ${where}`;
  return { pageSize: dialect.features.insertPage, statement: (page) => ({ sql, params: rows.encode(page) }) };
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
