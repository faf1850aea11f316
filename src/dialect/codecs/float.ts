import { refuseStored, refuseValue } from "./refusal.ts";

/** A double, NaN and the infinities included. */
export function encodeFloat(value: unknown): number {
  if (typeof value === "number") return value;
  return refuseValue("double()", value, "Pass a number.");
}

/** A double where the database has neither NaN nor infinities. */
export function encodeFiniteFloat(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return refuseValue("double()", value, "Pass a finite number; this database stores no NaN or Infinity.");
}

/** Reads a double from a driver's number, bigint or text. */
export function decodeFloat(value: unknown): number {
  if (typeof value === "number") return value;
  const number = Number(value);
  if (!Number.isNaN(number) || value === "NaN") return number;
  return refuseStored("double()", value, "Map the column as string().");
}
