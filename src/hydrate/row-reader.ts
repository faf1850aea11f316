import type { Decode } from "../types/index.ts";
import { compileFunction } from "./emit.ts";

/** Turns a driver's row into the row a user sees. */
export type RowReader = (raw: readonly unknown[]) => readonly unknown[];

/**
 * How to read rows of these columns; `null` when they go out as the driver gives them.
 *
 * `jit: false` (or a runtime that forbids it) interprets; both behave the same.
 */
export function rowReader(decoders: readonly (Decode | null)[], jit = true): RowReader | null {
  if (decoders.every((decode) => decode === null)) return null;
  return (jit ? emitRowReader(decoders) : null) ?? interpretRow(decoders);
}

function interpretRow(decoders: readonly (Decode | null)[]): RowReader {
  return (raw) =>
    decoders.map((decode, index) => {
      const value = raw[index];
      return value === null || decode === null ? value : decode(value as never);
    });
}

function emitRowReader(decoders: readonly (Decode | null)[]): RowReader | null {
  const items = decoders.map((decode, index) =>
    decode === null ? `raw[${index}]` : `(v = raw[${index}]) === null ? null : d${index}(v)`,
  );
  const names = decoders.map((_decode, index) => `d${index}`);
  const make = compileFunction<(...decoders: readonly (Decode | null)[]) => RowReader>(
    names,
    `return function readRow(raw) { let v; return [${items.join(", ")}]; };`,
  );
  return make === null ? null : make(...decoders);
}
