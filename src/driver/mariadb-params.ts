import { ArgumentError } from "../errors/index.ts";

const MIN_INT32 = -2147483648;
const MAX_INT32 = 2147483646; // the connector sends 2147483647 as a double
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** Parameters as the connector's binary protocol sends them without loss. */
export function mariadbParams(params: readonly unknown[]): readonly unknown[] {
  const values = new Array<unknown>(params.length);
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    values[i] = typeof value === "string" || value === null ? value : convert(value, i);
  }
  return values;
}

function convert(value: unknown, index: number): unknown {
  switch (typeof value) {
    case "number":
      return convertNumber(value, index);
    case "bigint":
      if (value >= MIN_INT64 && value <= MAX_UINT64) return value;
      return refuseParam("a bigint beyond 64 bits", index);
    case "boolean":
      return value;
    case "object":
      if (value instanceof Uint8Array) return toBuffer(value);
      return refuseParam(value instanceof Date ? "a Date" : "an object", index);
    default:
      return refuseParam(value === undefined ? "undefined" : `a ${typeof value}`, index);
  }
}

/** Whole numbers beyond 32 bits would travel as doubles, and be compared as such. */
function convertNumber(value: number, index: number): number | bigint {
  if (!Number.isFinite(value)) return refuseParam(String(value), index);
  if ((value >= MIN_INT32 && value <= MAX_INT32) || !Number.isSafeInteger(value)) return value;
  return BigInt(value);
}

function toBuffer(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refuseParam(what: string, index: number): never {
  throw new ArgumentError(
    `Parameter ${index + 1} is ${what}; mariadb takes strings, finite numbers, bigints, booleans, bytes and null. ` +
      "Give the parameter a type so that it is converted, or pass null for NULL.",
  );
}
