import { compileFunction } from "./emit.ts";
import type { ComparedColumn } from "./row-comparator.ts";

/** Tells which columns of an object differ from the row it was loaded from: a bit for each, the first being 1. */
export type ChangeMask = (object: object, row: readonly unknown[]) => number;

/** So many columns have a bit. */
export const MASK_COLUMNS = 30;

/**
 * Makes the mask for up to `MASK_COLUMNS` columns, all of which must have been loaded; undefined counts as null.
 *
 * `jit: false` (or a runtime that forbids it) interprets; both behave the same.
 */
export function changeMask(columns: readonly ComparedColumn[], jit = true): ChangeMask {
  return (jit ? emitMask(columns) : null) ?? interpretMask(columns);
}

function interpretMask(columns: readonly ComparedColumn[]): ChangeMask {
  return (object, row) => {
    let mask = 0;
    columns.forEach(({ key, differs }, index) => {
      const value = (object as Record<string, unknown>)[key] ?? null;
      const kept = row[index];
      const isDifferent = differs === null || value === null || kept === null ? value !== kept : differs(value, kept);
      if (isDifferent) mask |= 1 << index;
    });
    return mask;
  };
}

function emitMask(columns: readonly ComparedColumn[]): ChangeMask | null {
  const lines = columns.map(({ key, differs }, index) => {
    const test = differs === null ? `v !== k` : `(v === null || k === null ? v !== k : d${index}(v, k))`;
    return `v = object[${JSON.stringify(key)}]; if (v === undefined) v = null; k = row[${index}]; if (${test}) mask |= ${1 << index};`;
  });
  const make = compileFunction<(...differs: readonly unknown[]) => ChangeMask>(
    columns.map((_column, index) => `d${index}`),
    `return function changesOf(object, row) { let v, k, mask = 0; ${lines.join(" ")} return mask; };`,
  );
  return make === null ? null : make(...columns.map((column) => column.differs));
}
