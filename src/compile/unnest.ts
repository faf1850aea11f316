import type { SqlType, TypeTable } from "../types/index.ts";
import { arrayEncoder } from "./array-encoder.ts";
import type { RowColumn, RowValues } from "./row-statement.ts";
import type { DialectProfile } from "./sql-writer.ts";
import { unlimitedType } from "./unlimited-type.ts";

/** Rows as a FROM element: one array for each column, so that one SQL text serves any number of rows. */
export interface UnnestedRows {
  /** `unnest($1::INTEGER[], …)` */
  readonly source: string;
  /** `c1, c2, …`, what its columns are called. */
  readonly names: string;
  /** The value of each column in a row of `v`. */
  readonly values: readonly string[];
  readonly encode: (rows: readonly RowValues[]) => readonly unknown[];
}

/**
 * Writes rows of these columns as arrays that `unnest` turns into rows.
 *
 * Values take the columns' mapped types on the way, so a column must be mapped as what it is: `string()` over a column
 * that is a native enumeration in the database is refused by the database.
 */
export function unnestRows(columns: readonly RowColumn[], dialect: DialectProfile): UnnestedRows {
  const transports = columns.map(({ type, place }, index) => ({
    ...transportOf(type, dialect.types),
    place: place ?? index,
  }));
  const names = columns.map((_column, index) => `c${index + 1}`);
  return {
    source: `unnest(${transports.map((transport, index) => `$${index + 1}::${transport.item}[]`).join(", ")})`,
    names: names.join(", "),
    values: transports.map((transport, index) => `v.${names[index]}${transport.cast}`),
    encode: (rows) => transports.map(({ place, encode }) => encode(rows.map((row) => row[place] ?? null))),
  };
}

interface Transport {
  readonly item: string;
  readonly cast: string;
  readonly encode: (values: readonly unknown[]) => unknown;
}

/** An array of arrays would unnest to its innermost items: arrays travel as text and are cast row by row. */
function transportOf(type: SqlType, types: TypeTable): Transport {
  const name = types.name(unlimitedType(type));
  const encode = arrayEncoder(type, types);
  return type.kind === "array" ? { item: "TEXT", cast: `::${name}`, encode } : { item: name, cast: "", encode };
}
