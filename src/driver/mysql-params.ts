import { ArgumentError } from "../errors/index.ts";
import { toBuffer } from "./to-buffer.ts";

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** How a package wants the numbers that it would otherwise send as something else. */
export interface MysqlNumbers {
  readonly package: string;
  convertInteger(value: number): unknown;
  convertBigint(value: bigint): unknown;
}

/** Parameters as a package's binary protocol sends them without loss. */
export function mysqlParams(params: readonly unknown[], numbers: MysqlNumbers): readonly unknown[] {
  const values = new Array<unknown>(params.length);
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    values[i] = typeof value === "string" || value === null ? value : convert(value, i, numbers);
  }
  return values;
}

function convert(value: unknown, index: number, numbers: MysqlNumbers): unknown {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) return refuseParam(String(value), index, numbers);
      return Number.isSafeInteger(value) ? numbers.convertInteger(value) : value;
    case "bigint":
      if (value >= MIN_INT64 && value <= MAX_UINT64) return numbers.convertBigint(value);
      return refuseParam("a bigint beyond 64 bits", index, numbers);
    case "boolean":
      return value;
    case "object":
      if (value instanceof Uint8Array) return toBuffer(value);
      return refuseParam(value instanceof Date ? "a Date" : "an object", index, numbers);
    default:
      return refuseParam(value === undefined ? "undefined" : `a ${typeof value}`, index, numbers);
  }
}

function refuseParam(what: string, index: number, numbers: MysqlNumbers): never {
  throw new ArgumentError(
    `Parameter ${index + 1} is ${what}; ${numbers.package} takes strings, finite numbers, bigints, booleans, bytes and null. ` +
      "Give the parameter a type so that it is converted, or pass null for NULL.",
  );
}
