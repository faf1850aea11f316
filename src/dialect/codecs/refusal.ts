import { ArgumentError, DataError } from "../../errors/index.ts";

/**
 * Refuses a value that a type cannot take without losing or guessing something.
 *
 * The message names the value's type, never the value: parameters may be secret.
 */
export function refuseValue(type: string, value: unknown, advice: string): never {
  throw new ArgumentError(`${type} cannot take ${describeKind(value)}. ${advice}`);
}

/** Refuses a value that came from the database and is not what the column's type says. */
export function refuseStored(type: string, value: unknown, advice: string): never {
  throw new DataError(`${type} cannot read ${describeKind(value)} that the database sent. ${advice}`);
}

/** A value's type in words. */
export function describeKind(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "undefined";
  if (typeof value === "number") return describeNumber(value);
  if (typeof value === "string") return "this string";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  const name = (value.constructor as { name?: string } | undefined)?.name;
  return name === undefined || name === "Object" ? "an object" : `a ${name}`;
}

function describeNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (!Number.isInteger(value)) return "a number with a fraction";
  return Number.isSafeInteger(value) ? "a number" : "a number beyond 2^53, which is no longer exact";
}
