import { refuseStored, refuseValue } from "./refusal.ts";

/** Only true and false: 0, "no" and the like are mistakes. */
export function encodeBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return refuseValue("boolean()", value, "Pass true or false.");
}

/** Reads a boolean from the number, bigint, bit or text that databases without one use. */
export function decodeBoolean(value: unknown): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      return value !== 0;
    case "bigint":
      return value !== 0n;
    case "string":
      return decodeBooleanText(value);
    default:
      if (value instanceof Uint8Array) return value.some((byte) => byte !== 0); // BIT(1)
      return refuseStored("boolean()", value, "Map the column as what it holds.");
  }
}

function decodeBooleanText(text: string): boolean {
  if (text === "t" || text === "true" || text === "1") return true;
  if (text === "f" || text === "false" || text === "0") return false;
  return refuseStored("boolean()", text, "Map the column as string().");
}
