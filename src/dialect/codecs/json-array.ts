import { UnsupportedCompilationError } from "../../errors/index.ts";
import type { Codec, SqlType } from "../../types/index.ts";
import { codecFrom, type CodecTable } from "./codec-table.ts";
import { checkJson, decodeJson } from "./json.ts";
import { refuseStored, refuseValue } from "./refusal.ts";

/** Arrays as JSON text, for databases without array types; items travel as their own codec gives them. */
export function jsonArrayCodec(type: SqlType, codecOf: (type: SqlType) => Codec): Codec {
  const leaf = leafType(type);
  if (leaf.kind === "bytes") {
    throw new UnsupportedCompilationError(
      "array(bytes()) has no column type in this database; use a table of its own.",
    );
  }
  const item = leaf.kind === "json" || leaf.kind === "jsonb" ? jsonItem : codecOf(leaf);
  const nests = item !== jsonItem;
  return {
    encode: (value: unknown) => JSON.stringify(encodeItems(value, item, nests)),
    decode: (value: unknown) => decodeItems(decodeJson(value), item, nests),
  };
}

/** What codecs of one engine have of their own beside the dialect's. */
export interface JsonTextCodecs {
  readonly json: Codec;
  /** Of values whose type nobody said. */
  readonly unknown: Codec;
}

/** Finds the codec of a type where arrays are kept as JSON text. */
export function jsonTextCodecs(own: JsonTextTable, { json, unknown }: JsonTextCodecs): (type: SqlType) => Codec {
  const table: CodecTable = { ...own, json, jsonb: json, array: (type) => jsonArrayCodec(type, codec), unknown };
  const codec = (type: SqlType): Codec => codecFrom(table, type);
  return codec;
}

type JsonTextTable = Omit<CodecTable, "json" | "jsonb" | "array" | "unknown">;

const jsonItem: Codec = {
  encode: (value: unknown) => {
    checkJson(value, "$", []);
    return value;
  },
  decode: null,
};

/** The type inside nested arrays. */
export function leafType(type: SqlType): SqlType {
  if (type.kind !== "array") return type;
  if (type.item === undefined) return refuseValue("array()", undefined, "Give the type of its items.");
  return leafType(type.item);
}

function encodeItems(value: unknown, item: Codec, nests: boolean): unknown {
  if (!Array.isArray(value)) return refuseValue("array()", value, "Pass an array.");
  return Array.from(value, (member: unknown) => {
    if (member === null) return null;
    if (member === undefined) return refuseValue("array()", member, "Use null for NULL.");
    if (nests && Array.isArray(member)) return encodeItems(member, item, nests);
    return jsonValue(item.encode === null ? member : item.encode(member as never));
  });
}

function jsonValue(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function decodeItems(value: unknown, item: Codec, nests: boolean): unknown {
  if (!Array.isArray(value)) return refuseStored("array()", value, "Map the column as json().");
  return value.map((member: unknown) => {
    if (member === null) return null;
    if (nests && Array.isArray(member)) return decodeItems(member, item, nests);
    return item.decode === null ? member : item.decode(member as never);
  });
}
