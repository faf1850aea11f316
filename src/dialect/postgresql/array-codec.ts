import type { Codec, SqlType } from "../../types/index.ts";
import { bytesToHex, leafType, refuseValue } from "../codecs/index.ts";
import { type ArrayItems, type ArrayText, parseArrayText, writeArrayText } from "./array-text.ts";

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

function encodeItems(value: unknown, item: Codec, nests: boolean): ArrayItems {
  if (!Array.isArray(value)) return refuseValue("array()", value, "Pass an array.");
  const items: ArrayItems[number][] = [];
  // 1,000 texts: 97 µs; by Array.from 115
  for (let index = 0; index < value.length; index += 1) {
    const member: unknown = value[index];
    if (member === null) items.push(null);
    else if (member === undefined) refuseValue("array()", member, "Use null for NULL.");
    else if (nests && Array.isArray(member)) items.push(encodeItems(member, item, nests));
    else items.push(wireItem(item.encode === null ? member : item.encode(member as never)));
  }
  return items;
}

function wireItem(value: unknown): ArrayItems[number] {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
    case "string":
      return value;
    default:
      if (value === null) return null;
      return value instanceof Uint8Array ? bytesToHex(value) : String(value);
  }
}

function decodeItems(items: ArrayText, item: Codec): unknown[] {
  return items.map((member) => {
    if (member === null) return null;
    if (typeof member !== "string") return decodeItems(member, item);
    return item.decode === null ? member : item.decode(member as never);
  });
}
