import { CompileError } from "../../errors/index.ts";
import type { Codec, SqlType, TypeKind, TypeTable } from "../../types/index.ts";
import {
  type CodecTable,
  commonCodecs,
  decodeBoolean,
  decodeBytes,
  decodeDecimal,
  decodeFloat,
  decodeInteger,
  decodeTimestamp,
  encodeBigint,
  encodeBoolean,
  encodeBytes,
  encodeDecimal,
  encodeFiniteFloat,
  encodeInteger,
  encodeTime,
  encodeTimestamp,
  jsonCodec,
  jsonTextCodecs,
  longestMember,
  narrowBigint,
  padDecimal,
  plainDecimal,
  refuseValue,
  significantDigits,
} from "../codecs/index.ts";

/**
 * SQLite's declared types, and how values are stored.
 *
 * A declared type decides only the column's affinity; names are chosen so that what is stored is what was given
 * (a column declared JSON would turn the JSON text `1.50` into the number 1.5).
 */
export function sqliteTypesWith(json: Codec): TypeTable {
  const encodeUntyped = untypedEncoder(json);
  const codec = jsonTextCodecs(ownCodecs, { json, unknown: { encode: encodeUntyped, decode: decodeUntyped } });
  return {
    name: (type, use) => (use?.cast === true ? castName(type) : typeNames[type.kind](type, use?.keyed === true)),
    codec,
    decodeUntyped: () => decodeUntyped,
    encodeUntyped,
  };
}

/** CAST goes by the affinity of the name: to a DATE it would make the number 2026 of '2026-01-02'. */
function castName(type: SqlType): string {
  const { kind } = type;
  if (kind === "timestamp" || kind === "date" || kind === "time" || kind === "interval") return "TEXT";
  return typeNames[kind](type, false);
}

const typeNames: Readonly<Record<TypeKind, (type: SqlType, keyed: boolean) => string>> = {
  smallint: () => "SMALLINT",
  integer: () => "INTEGER",
  // only a key declared exactly INTEGER fills itself; SQLite's integers all have 64 bits
  bigint: (_type, keyed) => (keyed ? "INTEGER" : "BIGINT"),
  numeric: numericName,
  real: () => "REAL",
  double: () => "DOUBLE",
  string: textName,
  unicode: textName,
  boolean: () => "BOOLEAN",
  timestamp: () => "TIMESTAMP",
  date: () => "DATE",
  time: () => "TIME",
  interval: () => "INTERVAL",
  json: () => "JSON_TEXT",
  jsonb: () => "JSON_TEXT",
  uuid: () => "CHAR(36)",
  bytes: () => "BLOB",
  enumeration: (type) => `VARCHAR(${longestMember(type)})`,
  array: () => "JSON_TEXT",
  unknown: () => {
    throw new CompileError(
      "A value of unknown type has no type name in SQL. Say which type it is, e.g. literal(value, string()).",
    );
  },
};

const DOUBLE_DIGITS = 15; // decimals of so many digits survive a double

function fitsDouble(type: SqlType): boolean {
  return type.precision !== undefined && type.precision <= DOUBLE_DIGITS;
}

/** Short decimals are numbers to SQLite and compare as such; long ones are text, exact but ordered as text. */
function numericName(type: SqlType): string {
  const name = fitsDouble(type) ? "NUMERIC" : "DECIMAL_TEXT";
  if (type.precision === undefined) return name;
  return type.scale === undefined ? `${name}(${type.precision})` : `${name}(${type.precision}, ${type.scale})`;
}

function textName(type: SqlType): string {
  return type.length === undefined ? "TEXT" : `VARCHAR(${type.length})`;
}

// a number is bound as REAL by every driver: 5 / 2 would be 2.5 and 5 || 'x' be '5.0x'
const encodeExactInteger = (value: unknown): bigint => BigInt(encodeInteger(value));

const integerCodec: Codec = { encode: encodeExactInteger, decode: decodeInteger };
const floatCodec: Codec = { encode: encodeFiniteFloat, decode: decodeFloat };

const ownCodecs: Omit<CodecTable, "array" | "unknown"> = {
  ...commonCodecs,
  smallint: integerCodec,
  integer: integerCodec,
  numeric: numericCodec,
  real: floatCodec,
  double: floatCodec,
  boolean: { encode: (value: unknown) => (encodeBoolean(value) ? 1n : 0n), decode: decodeBoolean },
  timestamp: { encode: encodeTimestamp, decode: decodeTimestamp },
  time: { encode: encodeTime, decode: null },
  bytes: { encode: encodeBytes, decode: decodeBytes },
};

function numericCodec(type: SqlType): Codec {
  const scale = type.scale ?? 0;
  if (!fitsDouble(type))
    return { encode: (value: unknown) => padDecimal(encodeDecimal(value), scale), decode: decodeDecimal };
  return { encode: encodeShortDecimal, decode: (value: unknown) => fixedDecimal(value, scale) };
}

function encodeShortDecimal(value: unknown): number | string {
  const text = encodeDecimal(value);
  return significantDigits(text) <= DOUBLE_DIGITS ? Number(text) : text;
}

function fixedDecimal(value: unknown, scale: number): string {
  if (typeof value !== "number" || Math.abs(value) >= 1e21) return padDecimal(decodeDecimal(value), scale);
  const text = value.toFixed(scale);
  return text.startsWith("-") ? (plainDecimal(text) ?? text) : text;
}

function decodeUntyped(value: unknown): unknown {
  if (typeof value === "bigint") return narrowBigint(value);
  return value instanceof Uint8Array ? decodeBytes(value) : value;
}

function untypedEncoder(json: Codec): (value: unknown) => unknown {
  return (value) => {
    switch (typeof value) {
      case "string":
        return value;
      case "number":
        return Number.isSafeInteger(value) ? BigInt(value) : encodeFiniteFloat(value);
      case "bigint":
        return encodeBigint(value);
      case "boolean":
        return value ? 1n : 0n;
      case "object":
        if (value === null || value instanceof Uint8Array) return value;
        return value instanceof Date ? encodeTimestamp(value) : json.encode?.(value as never);
      default:
        return refuseValue("A parameter", value, "Pass null for NULL, or a value that SQL has.");
    }
  };
}

export const sqliteTypes: TypeTable = sqliteTypesWith(jsonCodec);
