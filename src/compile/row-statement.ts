import type { Encode, SqlType } from "../types/index.ts";
import type { DialectProfile } from "./sql-writer.ts";

/** A column of a table, as far as statements that carry whole rows need to know. */
export interface RowColumn {
  readonly name: string;
  readonly type: SqlType;
  /** The place of its value in a row, where rows hold more than is sent; otherwise they are in the order of the columns. */
  readonly place?: number;
}

/** The values of one row: JavaScript's, or null. */
export type RowValues = readonly unknown[];

/** SQL and values for one round trip. */
export interface RowStatement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** A statement over any number of rows, one page at a time. */
export interface RowPages {
  /** The most rows one statement may carry. */
  readonly pageSize: number;
  /** The numbers of rows worth a statement, largest first; `null`: any. */
  readonly sizes: readonly number[] | null;
  /** The statement for these rows. */
  statement(rows: readonly RowValues[]): RowStatement;
}

interface ValueEncoder {
  readonly place: number;
  readonly encode: Encode | null;
}

function encodersOf(columns: readonly RowColumn[], dialect: DialectProfile): readonly ValueEncoder[] {
  return columns.map(({ type, place }, index) => ({
    place: place ?? index,
    encode: dialect.types.codec(type).encode,
  }));
}

/** Encodes the values of one row. */
export function rowEncoder(columns: readonly RowColumn[], dialect: DialectProfile): (row: RowValues) => unknown[] {
  const encoders = encodersOf(columns, dialect);
  return (row) => encoders.map(({ place, encode }) => encodeOne(row[place], encode));
}

/** Encodes the values of rows one after the other, as one list. */
export function rowsEncoder(
  columns: readonly RowColumn[],
  dialect: DialectProfile,
): (rows: readonly RowValues[]) => unknown[] {
  const encoders = encodersOf(columns, dialect);
  const width = encoders.length;
  return (rows) => {
    const values = new Array<unknown>(rows.length * width);
    let at = 0;
    // 100 rows of 5: 4 µs; by flatMap 19
    for (const row of rows) {
      for (let index = 0; index < width; index += 1) {
        const { place, encode } = encoders[index] as ValueEncoder;
        values[at++] = encodeOne(row[place], encode);
      }
    }
    return values;
  };
}

function encodeOne(value: unknown, encode: Encode | null): unknown {
  if (value === null || value === undefined) return null;
  return encode === null ? value : encode(value as never);
}

/** `?`, or `$1`, `$2`, … */
export function placeholderAt(index: number, dialect: DialectProfile): string {
  return dialect.features.placeholder === "numbered" ? `$${index + 1}` : "?";
}

/** How many of the rows left the next statement carries; 0: they are better sent one by one. */
export function nextPage({ pageSize, sizes }: RowPages, left: number): number {
  if (sizes !== null) return sizes.find((size) => size <= left) ?? 0;
  return left > 1 ? Math.min(left, pageSize) : 0;
}

/** What stands in each row of a VALUES list: so many placeholders, and SQL that is the same in all rows. */
export interface RowShape {
  readonly width: number;
  readonly filled?: readonly string[];
}

/** `(?, ?), (?, ?), …`: the rows of a VALUES list, each behind a word where there is one. */
export function valuesSql(
  { width, filled = [] }: RowShape,
  count: number,
  word: string,
  dialect: DialectProfile,
): string {
  const row = (first: number): string => {
    const sent = Array.from({ length: width }, (_value, index) => placeholderAt(first + index, dialect));
    return `${word}(${[...sent, ...filled].join(", ")})`;
  };
  return Array.from({ length: count }, (_row, index) => row(index * width)).join(", ");
}
