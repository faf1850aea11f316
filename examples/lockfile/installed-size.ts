import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the files at these places, packages inside them left out; null when none of the places is there. */
export function installedSize(folder: string, paths: readonly string[]): bigint | null {
  const sizes = paths.map((path) => sizeOf(join(folder, path))).filter((size) => size !== null);
  return sizes.length === 0 ? null : BigInt(sizes.reduce((sum, size) => sum + size, 0));
}

function sizeOf(folder: string): number | null {
  const entries = list(folder);
  if (entries === null) return null;
  let total = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) total += lstatSync(path).size;
    else if (entry.isDirectory() && entry.name !== "node_modules") total += sizeOf(path) ?? 0;
  }
  return total;
}

function list(folder: string): Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return null; // not installed: left out on this platform, or only the lockfile is here
  }
}
