// Packages that the root's install shall not have: they are large, or their peers are not those of the root's. Each
// folder here has a package.json and a lockfile, and is installed under node_modules/.cache when a test first wants it.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { skipsAreFailures } from "../servers/skips.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");

/** The folder that has the packages, or why there is none. */
export type Apart = { readonly folder: string } | { readonly skipped: string };

/** Installs what the lockfile of `test/apart/<name>` says. Throws instead of skipping where a run has to be complete. */
export async function installApart(name: "jest" | "nest-11" | "nest-12-fastify"): Promise<Apart> {
  try {
    return { folder: await installed(name) };
  } catch (error) {
    const skipped = `the packages of test/apart/${name} cannot be had: ${(error as Error).message}`;
    if (skipsAreFailures()) throw new Error(skipped, { cause: error });
    console.warn(`Tests are skipped: ${skipped}`);
    return { skipped };
  }
}

/** In a folder of its own, put in place when complete: two runs may do this at once, or one be interrupted. */
async function installed(name: string): Promise<string> {
  const source = join(import.meta.dirname, name);
  const lockfile = readFileSync(join(source, "package-lock.json"));
  const folder = join(
    root,
    "node_modules/.cache/apart",
    `${name}-${createHash("sha256").update(lockfile).digest("hex").slice(0, 12)}`,
  );
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  try {
    mkdirSync(draft, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) cpSync(join(source, file), join(draft, file));
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: draft });
    if (!existsSync(folder)) renameSync(draft, folder);
    return folder;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
