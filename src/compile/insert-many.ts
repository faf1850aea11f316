import { UnsupportedCompilationError } from "../errors/index.ts";
import type { TableNode } from "../sql/index.ts";
import type { Decode } from "../types/index.ts";
import { LruCache } from "../util/index.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { type RowColumn, type RowPages, rowsEncoder, valuesSql } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";
import { unnestRows } from "./unnest.ts";

/** How many rows of one table are inserted at once. */
export interface InsertMany extends RowPages {
  /** How to read the columns returned; rows come back in the order in which they were given. */
  readonly decoders: readonly (Decode | null)[];
}

/** A column that gets the same SQL in every row. */
export interface FilledColumn {
  readonly name: string;
  readonly sql: string;
}

/** Compiles an INSERT of any number of rows that answers generated values. */
export function compileInsertMany(
  table: TableNode,
  columns: readonly RowColumn[],
  returning: readonly RowColumn[],
  dialect: DialectProfile,
  filled: readonly FilledColumn[] = [],
): InsertMany {
  const insert = insertSql(table, { columns, returning, filled }, dialect);
  const decoders = returning.map((column) => dialect.types.codec(column.type).decode);
  return { ...pages(insert, columns, dialect), decoders };
}

/**
 * The same with a VALUES list on every database: the columns themselves tell what each value is, so that they may be
 * mapped as other types than they have (an enumeration, say, as text), as they may be in an INSERT of one row.
 *
 * Rows are inserted, and returned, in the order of the list.
 */
export function compileInsertValues(table: TableNode, parts: InsertParts, dialect: DialectProfile): RowPages {
  return valuePages(insertSql(table, parts, dialect), parts.columns, dialect);
}

export interface InsertParts {
  readonly columns: readonly RowColumn[];
  readonly returning: readonly RowColumn[];
  readonly filled: readonly FilledColumn[];
}

function insertSql(table: TableNode, { columns, returning, filled }: InsertParts, dialect: DialectProfile): InsertSql {
  if (returning.length > 0 && !dialect.features.returning.insert) {
    throw new UnsupportedCompilationError(`${dialect.name} has no RETURNING for INSERT; insert row by row instead.`);
  }
  const names = (list: readonly { readonly name: string }[]): string =>
    list.map((column) => quoteIdentifier(column.name, dialect.features.quote)).join(", ");
  const into = `INSERT INTO ${quoteTable(table, dialect.features.quote)}`;
  const all = [...columns, ...filled];
  return {
    into: all.length === 0 ? into : `${into} (${names(all)})`,
    filled: filled.map((column) => column.sql),
    suffix: returning.length === 0 ? "" : ` RETURNING ${names(returning)}`,
  };
}

interface InsertSql {
  readonly into: string;
  /** The same in every row, behind what is sent. */
  readonly filled: readonly string[];
  readonly suffix: string;
}

function pages(insert: InsertSql, columns: readonly RowColumn[], dialect: DialectProfile): RowPages {
  const unnest = dialect.features.insertMany === "unnest";
  if (columns.length === 0 && unnest) return emptyRows(insert, dialect);
  if (columns.length === 0 && insert.filled.length === 0) return emptyRow(insert, dialect);
  return unnest ? arrayPages(insert, columns, dialect) : valuePages(insert, columns, dialect);
}

/** Rows of nothing but defaults, as many as a number says. */
function emptyRows({ into, suffix, filled }: InsertSql, dialect: DialectProfile): RowPages {
  const sql = `${into} SELECT${filled.length === 0 ? "" : ` ${filled.join(", ")}`} FROM generate_series(1, $1::INTEGER)${suffix}`;
  return { pageSize: dialect.features.insertPage, sizes: null, statement: (rows) => ({ sql, params: [rows.length] }) };
}

function emptyRow({ into, suffix }: InsertSql, dialect: DialectProfile): RowPages {
  const sql = `${into} ${dialect.features.emptyInsert}${suffix}`;
  return { pageSize: 1, sizes: null, statement: () => ({ sql, params: [] }) };
}

// ordinality fixes the order in which keys are generated and rows returned; the plan has no sort for it
function arrayPages(
  { into, suffix, filled }: InsertSql,
  columns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages {
  const { source, names, values, encode } = unnestRows(columns, dialect);
  const sql = `${into} SELECT ${[...values, ...filled].join(", ")} FROM ${source} WITH ORDINALITY AS v(${names}, n) ORDER BY v.n${suffix}`;
  return { pageSize: dialect.features.insertPage, sizes: null, statement: (rows) => ({ sql, params: encode(rows) }) };
}

const KEPT_TEXTS = 16; // the full page's, and those of what is left over at the end

function valuePages(
  { into, suffix, filled }: InsertSql,
  columns: readonly RowColumn[],
  dialect: DialectProfile,
): RowPages {
  const { insertPage, maxParameters } = dialect.features;
  const texts = new LruCache<number, string>(KEPT_TEXTS);
  const encode = rowsEncoder(columns, dialect);
  const write = (count: number): string => {
    const sql = `${into} VALUES ${valuesSql({ width: columns.length, filled }, count, "", dialect)}${suffix}`;
    texts.set(count, sql);
    return sql;
  };
  return {
    pageSize: Math.max(1, Math.min(insertPage, Math.floor(maxParameters / Math.max(1, columns.length)))),
    sizes: null,
    statement: (rows) => ({ sql: texts.get(rows.length) ?? write(rows.length), params: encode(rows) }),
  };
}
