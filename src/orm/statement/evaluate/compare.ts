import type { SqlType } from "../../../types/index.ts";
import { type Truth, UNDECIDED } from "./logic.ts";

/** Values that compare with each other, and alike on every database. */
export type Domain = "number" | "text" | "boolean" | "moment" | "day" | "bytes";

const domains: Partial<Record<SqlType["kind"], Domain>> = {
  smallint: "number",
  integer: "number",
  bigint: "number",
  double: "number",
  string: "text",
  unicode: "text",
  enumeration: "text",
  uuid: "text",
  boolean: "boolean",
  timestamp: "moment",
  date: "day",
  bytes: "bytes",
};

/** How values of a type compare; `null` where that is the database's affair: decimals, times, JSON, types of one's own. */
export function domainOf(type: SqlType): Domain | null {
  return type.conversions === undefined ? (domains[type.kind] ?? null) : null;
}

/** Domains whose order does not depend on a collation. */
export const ordered: ReadonlySet<Domain> = new Set<Domain>(["number", "moment", "day"]);

export type Order = "lt" | "le" | "gt" | "ge";

const collator = new Intl.Collator("und", { sensitivity: "base" });

/** Tells whether some collation takes two texts for the same: they differ in case, accents or spaces at the end. */
export function mayBeSame(left: string, right: string): boolean {
  return collator.compare(left.trimEnd(), right.trimEnd()) === 0;
}

/** SQL's `=` of two values that are not null. */
export function sameValue(domain: Domain, left: unknown, right: unknown): Truth {
  switch (domain) {
    case "number":
      return isNumber(left) && isNumber(right) ? numberOrder(left, right) === 0 : UNDECIDED;
    case "text":
      if (typeof left !== "string" || typeof right !== "string") return UNDECIDED;
      return left === right ? true : mayBeSame(left, right) ? UNDECIDED : false;
    case "boolean":
      return typeof left === "boolean" && typeof right === "boolean" ? left === right : UNDECIDED;
    case "moment":
      // the database may keep more digits than a Date has
      return typeof left === "number" && typeof right === "number" && left !== right ? false : UNDECIDED;
    case "day":
      return isDay(left) && isDay(right) ? left === right : UNDECIDED;
    case "bytes":
      return left instanceof Uint8Array && right instanceof Uint8Array ? sameBytes(left, right) : UNDECIDED;
  }
}

/** SQL's `<`, `<=`, `>`, `>=` of two values that are not null. */
export function inOrder(domain: Domain, operator: Order, left: unknown, right: unknown): Truth {
  const order = orderOf(domain, left, right);
  if (order === null) return UNDECIDED;
  if (operator === "lt") return order < 0;
  if (operator === "le") return order <= 0;
  return operator === "gt" ? order > 0 : order >= 0;
}

function orderOf(domain: Domain, left: unknown, right: unknown): number | null {
  switch (domain) {
    case "number":
      return isNumber(left) && isNumber(right) ? numberOrder(left, right) : null;
    case "moment":
      return typeof left === "number" && typeof right === "number" && left !== right ? left - right : null;
    case "day":
      return isDay(left) && isDay(right) ? (left < right ? -1 : left > right ? 1 : 0) : null;
    default:
      return null;
  }
}

export function isNumber(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
}

// a number and a bigint compare exactly
function numberOrder(left: number | bigint, right: number | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

export function isDay(value: unknown): value is string {
  return typeof value === "string" && DAY.test(value);
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
