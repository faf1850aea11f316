import type { Codec, SqlType, TypeKind } from "../../types/index.ts";
import { encodeDate, encodeInterval } from "./calendar.ts";
import { convertedCodec } from "./converted-codec.ts";
import { decodeBigint, decodeInteger, encodeBigint, encodeInteger } from "./integer.ts";
import { jsonCodec } from "./json.ts";
import { encodeString, encodeUuid, enumerationEncoder } from "./text.ts";

/** How one dialect's values travel, by the kind of their type. */
export type CodecTable = Readonly<Record<TypeKind, Codec | ((type: SqlType) => Codec)>>;

type CommonKind = Exclude<
  TypeKind,
  "numeric" | "real" | "double" | "boolean" | "timestamp" | "time" | "bytes" | "array" | "unknown"
>;

const integer: Codec = { encode: encodeInteger, decode: decodeInteger };
const string: Codec = { encode: encodeString, decode: null };

/** The kinds that dialects agree on; each table begins with them and says what is different. */
export const commonCodecs: Pick<CodecTable, CommonKind> = {
  smallint: integer,
  integer,
  bigint: { encode: encodeBigint, decode: decodeBigint },
  string,
  unicode: string,
  date: { encode: encodeDate, decode: null },
  interval: { encode: encodeInterval, decode: null },
  json: jsonCodec,
  jsonb: jsonCodec,
  uuid: { encode: encodeUuid, decode: null },
  enumeration: (type: SqlType): Codec => ({ encode: enumerationEncoder(type), decode: null }),
};

/** The codec of a type by a dialect's table, with the type's conversions around it. */
export function codecFrom(table: CodecTable, type: SqlType): Codec {
  const found = table[type.kind];
  return convertedCodec(type, typeof found === "function" ? found(type) : found);
}
