import { type SqlType, sqlType, type TypeKind } from "../../types/index.ts";

const kinds: ReadonlyMap<string, TypeKind> = new Map(
  Object.entries<TypeKind>({
    SMALLINT: "smallint",
    TINYINT: "smallint",
    INT2: "smallint",
    INT: "integer",
    INTEGER: "integer",
    MEDIUMINT: "integer",
    INT4: "integer",
    BIGINT: "bigint",
    INT8: "bigint",
    "UNSIGNED BIG INT": "bigint",
    NUMERIC: "numeric",
    DECIMAL: "numeric",
    DECIMAL_TEXT: "numeric",
    REAL: "real",
    FLOAT: "double",
    DOUBLE: "double",
    "DOUBLE PRECISION": "double",
    CHAR: "string",
    CHARACTER: "string",
    VARCHAR: "string",
    "VARYING CHARACTER": "string",
    NCHAR: "string",
    "NATIVE CHARACTER": "string",
    NVARCHAR: "string",
    TEXT: "string",
    CLOB: "string",
    BOOLEAN: "boolean",
    BOOL: "boolean",
    TIMESTAMP: "timestamp",
    DATETIME: "timestamp",
    DATE: "date",
    TIME: "time",
    INTERVAL: "interval",
    JSON: "json",
    JSON_TEXT: "json",
    JSONB: "json",
    UUID: "uuid",
    BLOB: "bytes",
  }),
);

const DECLARED = /^([A-Z_][\w ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/i;

/** The type of a column by how it is declared; `null` for a name that is not known. */
export function declaredType(declared: string): SqlType | null {
  const match = DECLARED.exec(declared.trim());
  const kind = kinds.get((match?.[1] ?? "").toUpperCase().replace(/\s+/g, " "));
  if (kind === undefined) return null;
  const [first, second] = [match?.[2], match?.[3]].map((text) => (text === undefined ? undefined : Number(text)));
  if (kind === "string" && first !== undefined && first > 0) return sqlType(kind, { length: first });
  if (kind !== "numeric" || first === undefined) return sqlType(kind);
  return sqlType(kind, { precision: first, ...(second === undefined ? {} : { scale: second }) });
}

const MEMBERSHIP = /^"((?:[^"]|"")*)" IN \(('(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\)$/;

/** The column and members that a condition lists; `null` for any other condition. */
export function readMembership(sqltext: string): { readonly column: string; readonly type: SqlType } | null {
  const match = MEMBERSHIP.exec(sqltext);
  if (match === null) return null;
  const values = [...(match[2] ?? "").matchAll(/'((?:[^']|'')*)'/g)].map(([, member = ""]) =>
    member.replaceAll("''", "'"),
  );
  return { column: (match[1] ?? "").replaceAll('""', '"'), type: sqlType("enumeration", { values }) };
}
