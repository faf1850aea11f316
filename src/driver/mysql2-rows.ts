import { isBigint, type Mysql2ColumnDefinition } from "./mysql2-column.ts";

/** Where the BIGINT columns are. */
export function bigintsOf(definitions: readonly Mysql2ColumnDefinition[]): readonly number[] {
  const found: number[] = [];
  definitions.forEach((definition, index) => {
    if (isBigint(definition)) found.push(index);
  });
  return found;
}

/** Gives every BIGINT of a row as a bigint; the package gives small ones as numbers and large ones as text. */
export function exactRow(row: unknown[], bigints: readonly number[]): readonly unknown[] {
  for (const index of bigints) {
    const value = row[index];
    if (value !== null) row[index] = BigInt(value as number | string);
  }
  return row;
}
