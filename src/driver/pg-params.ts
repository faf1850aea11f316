import { ArgumentError } from "../errors/index.ts";
import { toBuffer } from "./to-buffer.ts";

/** Parameters as pg's serializer takes them: text, bytes or null. */
export function pgParams(params: readonly unknown[]): readonly (string | Uint8Array | null)[] {
  const values = new Array<string | Uint8Array | null>(params.length);
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    values[i] = typeof value === "string" || value === null ? value : convert(value, i);
  }
  return values;
}

function convert(value: unknown, index: number): string | Uint8Array {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      if (value instanceof Uint8Array) return toBuffer(value);
      return refuseParam(value instanceof Date ? "a Date" : "an object", index);
    default:
      return refuseParam(value === undefined ? "undefined" : `a ${typeof value}`, index);
  }
}

function refuseParam(what: string, index: number): never {
  throw new ArgumentError(
    `Parameter ${index + 1} is ${what}; pg takes strings, numbers, bigints, booleans, bytes and null. ` +
      "Give the parameter a type so that it is converted, or pass null for NULL.",
  );
}
