import { compileFunction } from "./emit.ts";

/** How one column is compared with what was kept of it. */
export interface ComparedColumn {
  readonly key: string;
  /** `null`: by `!==`. Gets values that are not null. */
  readonly differs: ((value: unknown, kept: unknown) => boolean) | null;
}

/**
 * Tells whether an object may differ from the row it was loaded from. All columns must have been loaded.
 *
 * It may answer true for an object that does not differ (undefined for null); never the other way round.
 */
export type RowComparator = (object: object, row: readonly unknown[]) => boolean;

/** `jit: false` (or a runtime that forbids it) interprets; both behave the same. */
export function rowComparator(columns: readonly ComparedColumn[], jit = true): RowComparator {
  return (jit ? emitComparator(columns) : null) ?? interpretComparator(columns);
}

function interpretComparator(columns: readonly ComparedColumn[]): RowComparator {
  return (object, row) =>
    columns.some(({ key, differs }, index) => {
      const value = (object as Record<string, unknown>)[key];
      const kept = row[index];
      if (differs === null || value === null || value === undefined || kept === null) return value !== kept;
      return differs(value, kept);
    });
}

function emitComparator(columns: readonly ComparedColumn[]): RowComparator | null {
  const tests = columns.map(({ key, differs }, index) => {
    const value = `object[${JSON.stringify(key)}]`;
    if (differs === null) return `${value} !== row[${index}]`;
    return `((v = ${value}) == null || row[${index}] === null ? v !== row[${index}] : d${index}(v, row[${index}]))`;
  });
  const make = compileFunction<(...differs: readonly unknown[]) => RowComparator>(
    columns.map((_column, index) => `d${index}`),
    `return function isChanged(object, row) { let v; return ${tests.length === 0 ? "false" : tests.join(" || ")}; };`,
  );
  return make === null ? null : make(...columns.map((column) => column.differs));
}
