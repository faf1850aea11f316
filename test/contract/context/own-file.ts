import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

let folder: string | null = null;
let count = 0;

afterAll(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
});

/** The path of a file that does not exist yet; it is removed when the tests of this file have run. */
export function ownFile(): string {
  folder ??= mkdtempSync(join(tmpdir(), "athanor-context-"));
  return join(folder, `${++count}.db`);
}
