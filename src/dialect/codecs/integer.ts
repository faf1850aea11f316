import { refuseStored, refuseValue } from "./refusal.ts";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** A whole number that a double holds exactly. */
export function encodeInteger(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === "bigint" && isSafe(value)) return Number(value);
  return refuseValue("integer()", value, "Pass a whole number up to 2^53, or use bigint() for larger ones.");
}

/** A 64-bit integer as `bigint`; whole numbers are taken too. */
export function encodeBigint(value: unknown): bigint {
  if (typeof value === "bigint") return checkInt64(value);
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return refuseValue("bigint()", value, "Pass a bigint (123n) or a whole number up to 2^53.");
}

/** Refuses a `bigint` that no 64-bit column holds; drivers would cut it silently. */
export function checkInt64(value: bigint): bigint {
  if (value >= MIN_INT64 && value <= MAX_INT64) return value;
  return refuseValue("bigint()", value, "It is beyond 64 bits; use numeric() for numbers of that size.");
}

/** Reads a whole number from a driver's number, bigint or text; never rounds. */
export function decodeInteger(value: unknown): number {
  if (typeof value === "number" && (Number.isSafeInteger(value) || !Number.isInteger(value))) return value;
  const number = typeof value === "string" ? readDigits(value) : Number(value);
  if (Number.isSafeInteger(number)) return number;
  return refuseStored("integer()", value, "Map the column as bigint() or numeric().");
}

const EXACT_DIGITS = 15; // any number of so many is a safe one

/** The number that a text of digits stands for: 16 to 30 ns, where `Number()` takes 32 to 60. */
function readDigits(text: string): number {
  const { length } = text;
  const start = text.charCodeAt(0) === 45 ? 1 : 0;
  if (length === start || length > EXACT_DIGITS + start) return Number(text);
  let number = 0;
  for (let index = start; index < length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number(text);
    number = number * 10 + digit;
  }
  return start === 1 ? -number : number;
}

/** Reads a 64-bit integer from a driver's number, bigint or text. */
export function decodeBigint(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string" || Number.isSafeInteger(value)) {
    try {
      return BigInt(value as string | number);
    } catch {
      // text that is no whole number: refused below
    }
  }
  return refuseStored("bigint()", value, "Map the column as double() or numeric().");
}

/** A `bigint` as a number where that is exact. */
export function narrowBigint(value: bigint): number | bigint {
  return isSafe(value) ? Number(value) : value;
}

function isSafe(value: bigint): boolean {
  return value >= -9007199254740991n && value <= 9007199254740991n;
}
