import { createRequire } from "node:module";

/**
 * A module of the runtime itself, loaded when it is first used.
 *
 * An import of `node:fs` reads all of its members, which loads streams and more: importing the library would take 4 ms
 * longer.
 */
export function builtin(name: "node:fs"): typeof import("node:fs");
export function builtin(name: "node:worker_threads"): typeof import("node:worker_threads");
export function builtin(name: "node:fs" | "node:worker_threads"): unknown {
  // Node 22.0 to 22.2 lack the former; in a CommonJS bundle the latter does not know where it stands
  return process.getBuiltinModule?.(name) ?? (createRequire(import.meta.url)(name) as unknown);
}
