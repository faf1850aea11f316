import type { Codec, SqlType } from "../../types/index.ts";
import { bytesToHex, leafType, refuseValue } from "../codecs/index.ts";
import { type ArrayText, parseArrayText, writeArrayText } from "./array-text.ts";

/** Arrays as PostgreSQL's array literals; items travel as their own codec gives them. */
export function arrayCodec(type: SqlType, codecOf: (type: SqlType) => Codec): Codec {
  const leaf = leafType(type);
  const item = codecOf(leaf);
  const nests = leaf.kind !== "json" && leaf.kind !== "jsonb";
  return {
    encode: (value: unknown) => writeArrayText(encodeItems(value, item, nests)),
    decode: arrayDecoder(item),
  };
}

/** Reads arrays whose items a codec reads. */
export function arrayDecoder(item: Codec): (text: string) => unknown {
  return (text) => decodeItems(parseArrayText(text), item);
}

function encodeItems(value: unknown, item: Codec, nests: boolean): ArrayText {
  if (!Array.isArray(value)) return refuseValue("array()", value, "Pass an array.");
  return Array.from(value, (member: unknown) => {
    if (member === null) return null;
    if (member === undefined) return refuseValue("array()", member, "Use null for NULL.");
    if (nests && Array.isArray(member)) return encodeItems(member, item, nests);
    return wireText(item.encode === null ? member : item.encode(member as never));
  });
}

function wireText(value: unknown): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? bytesToHex(value) : String(value);
}

function decodeItems(items: ArrayText, item: Codec): unknown[] {
  return items.map((member) => {
    if (member === null) return null;
    if (typeof member !== "string") return decodeItems(member, item);
    return item.decode === null ? member : item.decode(member as never);
  });
}
