import { CompileError } from "../../errors/index.ts";
import type { Codec, Decode, SqlType, TypeKind, TypeTable } from "../../types/index.ts";
import {
  bytesFromHex,
  codecFrom,
  type CodecTable,
  commonCodecs,
  decodeBoolean,
  decodeFloat,
  decodeInteger,
  decodeTimestamp,
  encodeAnyDate,
  encodeBoolean,
  encodeBytes,
  encodeDecimalOrSpecial,
  encodeFloat,
  encodeTime,
  encodeTimestampAnyYear,
  jsonCodec,
  longestMember,
  narrowBigint,
  refuseValue,
} from "../codecs/index.ts";
import { arrayCodec, arrayDecoder } from "./array-codec.ts";

/** PostgreSQL's type names, and how values travel as text. */
export function postgresqlTypesWith(json: Codec): TypeTable {
  const encodeUntyped = untypedEncoder(json);
  const decoders = untypedDecoders(json);
  const codecs: CodecTable = {
    ...ownCodecs,
    json,
    jsonb: json,
    array: (type) => arrayCodec(type, codec),
    unknown: { encode: encodeUntyped, decode: null },
  };
  const codec = (type: SqlType): Codec => codecFrom(codecs, type);
  return {
    name: typeName,
    codec,
    decodeUntyped: (code) => (typeof code === "number" ? (decoders.get(code) ?? null) : null),
    encodeUntyped,
  };
}

function typeName(type: SqlType): string {
  return type.native?.dialect === "postgresql" ? type.native.name : typeNames[type.kind](type);
}

const typeNames: Readonly<Record<TypeKind, (type: SqlType) => string>> = {
  smallint: () => "SMALLINT",
  integer: () => "INTEGER",
  bigint: () => "BIGINT",
  numeric: numericName,
  real: () => "REAL",
  double: () => "DOUBLE PRECISION",
  string: textName,
  unicode: textName,
  boolean: () => "BOOLEAN",
  timestamp: (type) => `TIMESTAMP(${type.precision ?? 3}) ${type.timezone === false ? "WITHOUT" : "WITH"} TIME ZONE`,
  date: () => "DATE",
  time: (type) => (type.precision === undefined ? "TIME" : `TIME(${type.precision})`),
  interval: () => "INTERVAL",
  json: () => "JSON",
  jsonb: () => "JSONB",
  uuid: () => "UUID",
  bytes: () => "BYTEA",
  enumeration: (type) => `VARCHAR(${longestMember(type)})`,
  array: (type) => `${type.item === undefined ? "TEXT" : typeName(type.item)}[]`,
  unknown: () => {
    throw new CompileError(
      "A value of unknown type has no type name in SQL. Say which type it is, e.g. literal(value, string()).",
    );
  },
};

function numericName(type: SqlType): string {
  if (type.precision === undefined) return "NUMERIC";
  return type.scale === undefined ? `NUMERIC(${type.precision})` : `NUMERIC(${type.precision}, ${type.scale})`;
}

function textName(type: SqlType): string {
  return type.length === undefined ? "TEXT" : `VARCHAR(${type.length})`;
}

const floatCodec: Codec = { encode: encodeFloat, decode: decodeFloat };

const ownCodecs: Omit<CodecTable, "array" | "unknown"> = {
  ...commonCodecs,
  numeric: { encode: encodeDecimalOrSpecial, decode: null },
  real: floatCodec,
  double: floatCodec,
  boolean: { encode: encodeBoolean, decode: decodeBoolean },
  timestamp: { encode: encodeTimestampAnyYear, decode: decodeTimestamp },
  date: { encode: encodeAnyDate, decode: null },
  time: { encode: encodeTime, decode: null },
  bytes: { encode: encodeBytes, decode: bytesFromHex },
};

/** int8 of which nothing more is known: a number where that is exact, else a bigint. */
function decodeInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : narrowBigint(BigInt(text));
}

/** By OID: scalar type, its array type, how to read it. What is not listed stays text (numeric, date, uuid, interval, …). */
const untyped: readonly (readonly [scalar: number, array: number, decode: Decode | null])[] = [
  [16, 1000, decodeBoolean],
  [17, 1001, bytesFromHex],
  [19, 1003, null],
  [20, 1016, decodeInt8],
  [21, 1005, decodeInteger],
  [23, 1007, decodeInteger],
  [25, 1009, null],
  [26, 1028, decodeInteger],
  [700, 1021, decodeFloat],
  [701, 1022, decodeFloat],
  [1042, 1014, null],
  [1043, 1015, null],
  [1082, 1182, null],
  [1083, 1183, null],
  [1114, 1115, decodeTimestamp],
  [1184, 1185, decodeTimestamp],
  [1186, 1187, null],
  [1700, 1231, null],
  [2950, 2951, null],
];

const JSON_CODES = [
  [114, 199],
  [3802, 3807],
] as const;

function untypedDecoders({ decode: json }: Codec): ReadonlyMap<number, Decode> {
  const all = [...untyped, ...JSON_CODES.map(([scalar, array]) => [scalar, array, json] as const)];
  return new Map(
    all.flatMap(([scalar, array, decode]): [number, Decode][] => {
      const ofArray: [number, Decode] = [array, arrayDecoder({ encode: null, decode })];
      return decode === null ? [ofArray] : [[scalar, decode], ofArray];
    }),
  );
}

function untypedEncoder(json: Codec): (value: unknown) => unknown {
  const encode = (value: unknown): unknown => {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
      case "bigint":
        return value;
      case "object":
        if (value === null || value instanceof Uint8Array) return value;
        if (value instanceof Date) return encodeTimestampAnyYear(value);
        return (Array.isArray(value) ? list : json).encode?.(value as never);
      default:
        return refuseValue("A parameter", value, "Pass null for NULL, or a value that SQL has.");
    }
  };
  const list = arrayCodec({ kind: "array", key: "array", item: { kind: "unknown", key: "unknown" } }, () => ({
    encode,
    decode: null,
  }));
  return encode;
}

export const postgresqlTypes: TypeTable = postgresqlTypesWith(jsonCodec);
