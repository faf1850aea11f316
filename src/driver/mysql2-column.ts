import type { DriverColumn } from "./driver.ts";

/** The part of the package's column definitions that is used. */
export interface Mysql2ColumnDefinition {
  name: string;
  /** Its real name, where the package would stumble over it. */
  label?: string;
  readonly columnType?: number | undefined;
  readonly characterSet?: number | undefined;
  /** MariaDB's own name for what is text on the wire. */
  readonly extendedFormat?: string | undefined;
}

const BINARY_CHARSET = 63;
const BIGINT = 8;

/** The protocol's type numbers by the names the dialect knows; text and bytes share theirs, and are not listed. */
const typeNames: Readonly<Record<number, string>> = {
  0: "DECIMAL",
  1: "TINY",
  2: "SHORT",
  3: "INT",
  4: "FLOAT",
  5: "DOUBLE",
  6: "NULL",
  7: "TIMESTAMP",
  [BIGINT]: "BIGINT",
  9: "INT24",
  10: "DATE",
  11: "TIME",
  12: "DATETIME",
  13: "YEAR",
  14: "NEWDATE",
  16: "BIT",
  242: "VECTOR",
  245: "JSON",
  246: "NEWDECIMAL",
  247: "ENUM",
  248: "SET",
  255: "GEOMETRY",
};

/** Name and type code of a column, the same as with the package mariadb. */
export function mysql2Column(definition: Mysql2ColumnDefinition): DriverColumn {
  return { name: definition.label ?? definition.name, type: typeCode(definition) };
}

/** Names for which the package closes the connection, even where rows are arrays. */
const UNLOVED = /^__(?:proto|(?:define|lookup)[GS]etter)__$/;

/** Renames columns that the package would not read; to be called before their rows arrive. */
export function renameUnloved(definitions: readonly Mysql2ColumnDefinition[] | undefined): void {
  for (const definition of definitions ?? []) {
    if (!UNLOVED.test(definition.name)) continue;
    definition.label = definition.name;
    definition.name = `column ${definition.name}`;
  }
}

/** Columns whose whole numbers come as a number or, beyond 53 bits, as text. */
export function isBigint(definition: Mysql2ColumnDefinition): boolean {
  return definition.columnType === BIGINT;
}

function typeCode({ columnType, characterSet, extendedFormat }: Mysql2ColumnDefinition): string {
  if (extendedFormat === "json") return "JSON";
  const name = columnType === undefined ? undefined : typeNames[columnType];
  if (name !== undefined) return name;
  return characterSet === BINARY_CHARSET ? "BYTES" : "TEXT";
}
