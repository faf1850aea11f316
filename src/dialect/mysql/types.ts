import { CompileError } from "../../errors/index.ts";
import type { Codec, Decode, SqlType, TypeKind, TypeTable } from "../../types/index.ts";
import {
  type CodecTable,
  commonCodecs,
  decodeBoolean,
  decodeBytes,
  decodeDecimal,
  decodeFloat,
  decodeTime,
  decodeTimestamp,
  encodeBoolean,
  encodeBytes,
  encodeDecimal,
  encodeFiniteFloat,
  encodeTime,
  encodeTimestamp,
  jsonCodec,
  jsonTextCodecs,
  narrowBigint,
  refuseValue,
  trimDecimal,
} from "../codecs/index.ts";

interface TypeUse {
  readonly keyed?: boolean;
  readonly cast?: boolean;
}

type TypeNames = Readonly<Record<TypeKind, (type: SqlType, use: TypeUse) => string>>;

type TypesWith = (json: Codec) => TypeTable;

function mysqlFamilyTypes(dialect: "mariadb" | "mysql", differences: Partial<TypeNames>, json: Codec): TypeTable {
  const names: TypeNames = { ...typeNames, ...differences };
  const encodeUntyped = untypedEncoder(json);
  const codec = jsonTextCodecs(ownCodecs, { json, unknown: { encode: encodeUntyped, decode: null } });
  return {
    name: (type, use = {}) => {
      if (use.cast === true) return castName(type);
      return type.native?.dialect === dialect ? type.native.name : names[type.kind](type, use);
    },
    codec,
    decodeUntyped: (code) => {
      if (code === "JSON") return json.decode;
      return typeof code === "string" ? (decoders.get(code) ?? null) : null;
    },
    encodeUntyped,
  };
}

const KEYED_LENGTH = 255; // a TEXT or BLOB cannot be indexed; 255 × 4 bytes stay within every index limit

const typeNames: TypeNames = {
  smallint: () => "SMALLINT",
  integer: () => "INTEGER",
  bigint: () => "BIGINT",
  numeric: decimalName,
  real: () => "DOUBLE", // FLOAT would answer 1.1 as 1.100000023841858
  double: () => "DOUBLE",
  string: textName,
  unicode: textName,
  boolean: () => "BOOL",
  timestamp: (type) => `DATETIME(${type.precision ?? 3})`,
  date: () => "DATE",
  time: (type) => `TIME(${type.precision ?? 6})`,
  interval: () => "VARCHAR(64)",
  json: () => "JSON",
  jsonb: () => "JSON",
  uuid: () => "CHAR(36)",
  bytes: bytesName,
  enumeration: (type) => `ENUM(${(type.values ?? []).map(quoteMember).join(", ")})`,
  array: () => "JSON",
  unknown: () => {
    throw new CompileError(
      "A value of unknown type has no type name in SQL. Say which type it is, e.g. literal(value, string()).",
    );
  },
};

/** DECIMAL alone would mean (10, 0) and lose every fraction. */
function decimalName(type: SqlType): string {
  if (type.precision === undefined) return "DECIMAL(65, 30)";
  return `DECIMAL(${type.precision}, ${type.scale ?? 0})`;
}

function textName(type: SqlType, use: TypeUse): string {
  if (type.length !== undefined) return `VARCHAR(${type.length})`;
  return use.keyed === true ? `VARCHAR(${KEYED_LENGTH})` : "LONGTEXT";
}

function bytesName(type: SqlType, use: TypeUse): string {
  if (type.length !== undefined) return `VARBINARY(${type.length})`;
  return use.keyed === true ? `VARBINARY(${KEYED_LENGTH})` : "LONGBLOB";
}

function quoteMember(member: string): string {
  return `'${member.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** CAST knows few names, and others than columns. */
function castName(type: SqlType): string {
  switch (type.kind) {
    case "smallint":
    case "integer":
    case "bigint":
    case "boolean":
      return "SIGNED";
    case "real":
    case "double":
    case "numeric":
    case "timestamp":
    case "date":
    case "time":
    case "unknown":
      return typeNames[type.kind](type, {});
    case "bytes":
      return type.length === undefined ? "BINARY" : `BINARY(${type.length})`;
    default:
      return type.length === undefined ? "CHAR" : `CHAR(${type.length})`;
  }
}

const floatCodec: Codec = { encode: encodeFiniteFloat, decode: decodeFloat };

const ownCodecs: Omit<CodecTable, "array" | "unknown"> = {
  ...commonCodecs,
  numeric: numericCodec,
  real: floatCodec,
  double: floatCodec,
  boolean: { encode: encodeBoolean, decode: decodeBoolean },
  timestamp: { encode: encodeTimestamp, decode: decodeTimestamp },
  time: { encode: encodeTime, decode: decodeTime },
  bytes: { encode: encodeBytes, decode: decodeBytes },
};

/** Without a precision the column keeps 30 digits after the point, mostly zeros. */
function numericCodec(type: SqlType): Codec {
  if (type.precision !== undefined) return { encode: encodeDecimal, decode: decodeDecimal };
  return { encode: encodeDecimal, decode: (value: unknown) => trimDecimal(decodeDecimal(value)) };
}

/** By the driver's column type; what is not listed comes as the driver gives it (DECIMAL, DATE: text). */
const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ["BIGINT", narrowBigint],
  ["DATETIME", decodeTimestamp],
  ["TIMESTAMP", decodeTimestamp],
  ["TIME", decodeTime],
  ["BYTES", decodeBytes],
  ["BIT", decodeBytes],
]);

function untypedEncoder(json: Codec): (value: unknown) => unknown {
  return (value) => {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "bigint":
        return value;
      case "number":
        return encodeFiniteFloat(value);
      case "object":
        if (value === null || value instanceof Uint8Array) return value;
        return value instanceof Date ? encodeTimestamp(value) : json.encode?.(value as never);
      default:
        return refuseValue("A parameter", value, "Pass null for NULL, or a value that SQL has.");
    }
  };
}

/** MariaDB's type names, and how values travel. */
export const mariadbTypesWith: TypesWith = (json) => mysqlFamilyTypes("mariadb", { uuid: () => "UUID" }, json);
export const mariadbTypes: TypeTable = mariadbTypesWith(jsonCodec);

/** MySQL's: no UUID type. */
export const mysqlTypesWith: TypesWith = (json) => mysqlFamilyTypes("mysql", {}, json);
export const mysqlTypes: TypeTable = mysqlTypesWith(jsonCodec);
