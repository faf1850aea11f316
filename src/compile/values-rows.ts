import type { TableNode } from "../sql/index.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { type RowColumn, rowsEncoder, type RowValues, valuesSql } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";

/** Rows as a FROM element: one placeholder for each value. */
export interface ValuesRows {
  /** The list of so many rows, in parentheses. */
  readonly source: (count: number) => string;
  /** What its columns are called. */
  readonly names: readonly string[];
  /** The value of each column in a row of `v`, as its type: what a key is compared with. */
  readonly values: readonly string[];
  readonly encode: (rows: readonly RowValues[]) => readonly unknown[];
}

/**
 * Writes rows of a table's columns as a VALUES list.
 *
 * SQLite gives such values no affinity: they are stored and compared as parameters are. Elsewhere the list is the second
 * half of a UNION whose first half selects the columns themselves (and no row): so its columns have their types and
 * collations, while bare parameters would have those of the first row and of the connection.
 */
export function valuesRows(table: TableNode, columns: readonly RowColumn[], dialect: DialectProfile): ValuesRows {
  const { quote, updateFrom, valuesRow } = dialect.features;
  const list = (count: number): string => `VALUES ${valuesSql({ width: columns.length }, count, valuesRow, dialect)}`;
  const encode = rowsEncoder(columns, dialect);
  if (updateFrom === "from") {
    const names = columns.map((_column, index) => `column${index + 1}`); // what SQLite calls them
    return { source: (count) => `(${list(count)})`, names, values: names.map((name) => `v.${name}`), encode };
  }
  const names = columns.map((_column, index) => `c${index + 1}`);
  const typed = columns.map((column, index) => `${quoteIdentifier(column.name, quote)} AS ${names[index]}`).join(", ");
  const first = `SELECT ${typed} FROM ${quoteTable(table, quote)} WHERE FALSE`;
  return {
    source: (count) => `(${first} UNION ALL ${list(count)})`,
    names,
    values: columns.map((column, index) => comparable(`v.${names[index]}`, column, dialect)),
    encode,
  };
}

/** Decimals travel as text; compared with text they would be compared as doubles. */
function comparable(value: string, { type }: RowColumn, dialect: DialectProfile): string {
  return type.kind === "numeric" ? `CAST(${value} AS ${dialect.types.name(type, { cast: true })})` : value;
}
