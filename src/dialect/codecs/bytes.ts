import { refuseStored, refuseValue } from "./refusal.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function encodeBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return refuseValue("bytes()", value, "Pass a Uint8Array.");
}

/** Reads bytes as a plain Uint8Array of its own memory, which clones and compares as such. */
export function decodeBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return ownBytes(value);
  if (typeof value === "string") return new TextEncoder().encode(value);
  return refuseStored("bytes()", value, "Map the column as what it holds.");
}

function ownBytes(value: Uint8Array): Uint8Array {
  const isPlain = value.constructor === Uint8Array && value.byteLength === value.buffer.byteLength;
  return isPlain ? value : new Uint8Array(value);
}

/** Bytes as PostgreSQL's `\x…` text. */
export function bytesToHex(value: Uint8Array): string {
  let text = "\\x";
  for (const byte of value) text += HEX[byte];
  return text;
}

/** Reads PostgreSQL's `\x…` text. */
export function bytesFromHex(text: string): Uint8Array {
  const size = (text.length - 2) >> 1;
  const bytes = new Uint8Array(size);
  for (let i = 0, at = 2; i < size; i++, at += 2) {
    bytes[i] = (hexDigit(text.charCodeAt(at)) << 4) | hexDigit(text.charCodeAt(at + 1));
  }
  return bytes;
}

function hexDigit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
}
