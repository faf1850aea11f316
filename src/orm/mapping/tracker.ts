import { isOperand } from "../../sql/index.ts";
import type { SqlType } from "../../types/index.ts";

/**
 * How changes of one column are found: values of most types are compared as they are; a `Date`, bytes, JSON or array
 * can change in place, so a copy is kept.
 */
export interface Tracker {
  readonly kind: "same" | "date" | "bytes" | "deep" | "converted";
  /** What to keep of a value (never null). */
  readonly snapshot: (value: unknown) => unknown;
  /** Tells whether a value (never null) is another than the one kept (never null). */
  readonly differs: (value: unknown, kept: unknown) => boolean;
  /** A value made of what was kept (never null). */
  readonly restore: (kept: unknown) => unknown;
}

const same: Tracker = {
  kind: "same",
  snapshot: (value) => value,
  differs: (value, kept) => value !== kept,
  restore: (kept) => kept,
};

const date: Tracker = {
  kind: "date",
  snapshot: (value) => (value instanceof Date ? value.getTime() : value),
  differs: (value, kept) => (value instanceof Date ? value.getTime() : value) !== kept,
  restore: (kept) => new Date(kept as number),
};

const bytes: Tracker = {
  kind: "bytes",
  snapshot: (value) => (value instanceof Uint8Array ? value.slice() : value),
  differs: (value, kept) => !sameBytes(value, kept),
  restore: (kept) => (kept as Uint8Array).slice(),
};

const deep: Tracker = {
  kind: "deep",
  snapshot: (value) => structuredClone(value),
  differs: (value, kept) => !deepEqual(value, kept),
  restore: (kept) => structuredClone(kept),
};

/** How to find changes of a type's values. */
export function trackerOf(type: SqlType): Tracker {
  if (type.conversions !== undefined) return converted(type);
  switch (type.kind) {
    case "timestamp":
      return date;
    case "bytes":
      return bytes;
    case "json":
    case "jsonb":
    case "array":
      return deep;
    default:
      return same;
  }
}

// a program's own type: compared in the form of the type under it, which is plain data
function converted(type: SqlType): Tracker {
  const conversions = type.conversions ?? [];
  const under = trackerOf({ kind: type.kind, key: type.kind });
  const bind = (value: unknown): unknown =>
    conversions.reduceRight((held, step) => (step.bind === undefined ? held : step.bind(held)), value);
  const result = (value: unknown): unknown =>
    conversions.reduce((held, step) => (step.result === undefined ? held : step.result(held)), value);
  return {
    kind: "converted",
    snapshot: (value) => under.snapshot(bind(value)),
    // a SQL expression is no value that the program's type could convert
    differs: (value, kept) => isOperand(value) || under.differs(bind(value), kept),
    restore: (kept) => result(under.restore(kept)),
  };
}

function sameBytes(left: unknown, right: unknown): boolean {
  if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array) || left.length !== right.length) return false;
  return left.every((byte, index) => byte === right[index]);
}

function sameCollection(left: Map<unknown, unknown> | Set<unknown>, right: object): boolean {
  if (!(right instanceof (left instanceof Map ? Map : Set)) || left.size !== right.size) return false;
  return deepEqual([...left], [...right]);
}

function deepEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && left.getTime() === right.getTime();
  }
  if (left instanceof Uint8Array) return sameBytes(left, right);
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  // a program may write JSON in a way of its own
  if (left instanceof Map || left instanceof Set) return sameCollection(left, right);
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && deepEqual((left as never)[key], (right as never)[key]));
}
