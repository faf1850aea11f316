import type { DriverColumn } from "./driver.ts";

/** The part of the connector's column definitions that is used. */
export interface MariadbColumnDefinition {
  readonly type: string;
  readonly collation: { readonly index: number } | undefined;
  name(): string;
  isDataTypeFormatJson(): boolean;
}

const BINARY_COLLATION = 63;
const TEXTUAL: ReadonlySet<string> = new Set([
  "BLOB",
  "TINY_BLOB",
  "MEDIUM_BLOB",
  "LONG_BLOB",
  "VAR_STRING",
  "STRING",
  "VARCHAR",
]);

/**
 * Name and type code of a column: the connector's type name, but `JSON` for MariaDB's JSON (a LONGTEXT on the wire),
 * `BYTES` for binary and `TEXT` for character columns, which share their wire types.
 */
export function mariadbColumn(column: MariadbColumnDefinition): DriverColumn {
  return { name: column.name(), type: typeCode(column) };
}

function typeCode(column: MariadbColumnDefinition): string {
  if (column.isDataTypeFormatJson()) return "JSON";
  if (!TEXTUAL.has(column.type)) return column.type;
  return column.collation?.index === BINARY_COLLATION ? "BYTES" : "TEXT";
}
