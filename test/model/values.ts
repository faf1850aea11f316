import type { Kind } from "./shapes.ts";
import type { Plain } from "./world.ts";

const documents: readonly Plain[] = [{ a: 1 }, { a: { b: [1, 2] } }, [1, "x", null], "text", {}, { list: [] }];

/** A value of a kind, chosen by a number; `serial` makes those that must be unique. */
export function valueOf(kind: Kind, choice: number, serial: number): Plain {
  if (kind === "key") return `k${serial}`;
  if (kind === "serial") return choice % 3 === 0 ? null : `s${serial}`;
  if (kind === "place") return serial;
  if (kind === "name") return `n${choice % 7}`;
  if (kind === "level" || kind === "rank") return choice % 5;
  if (choice % 4 === 0) return null;
  if (kind === "text") return ["", "é'\"\\", "plain"][choice % 3];
  if (kind === "json") return documents[choice % documents.length];
  if (kind === "date") return Date.UTC(2026, choice % 12, 1 + (choice % 28), 10, 0, 0);
  return Array.from({ length: choice % 4 }, (_, index) => (choice * 31 + index * 97) % 256);
}

/** The value that a program would write. */
export function toReal(kind: Kind, value: Plain): unknown {
  if (value === null || value === undefined) return value;
  if (kind === "date") return new Date(value as number);
  if (kind === "bytes") return Uint8Array.from(value as number[]);
  return structuredClone(value);
}

export function toPlain(value: unknown): Plain {
  if (value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Array.from(value);
  return value;
}

/** Source text of a value, for a printed program. */
export function sourceOf(kind: Kind, value: Plain): string {
  if (value === undefined) return "undefined";
  if (value !== null && kind === "date") return `new Date(${String(value)})`;
  if (value !== null && kind === "bytes") return `Uint8Array.from(${JSON.stringify(value)})`;
  return JSON.stringify(value);
}
