// Builds `dist/`: one bundle per entry point with shared chunks, and the declarations beside them.
// `--js` builds only the bundles, and only when a source is newer than they are.
import { execFile } from "node:child_process";
import type { Plugin } from "esbuild";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { entries, innerEntries, outputName } from "./entries.ts";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

async function main(): Promise<void> {
  if (process.argv.includes("--js")) {
    if (isStale()) await buildScripts();
    return;
  }
  rmSync(dist, { recursive: true, force: true });
  await Promise.all([buildScripts(), buildDeclarations()]);
}

function isStale(): boolean {
  const built = modifiedAt(join(dist, outputName("src/index.ts") + ".js"));
  return built === undefined || newest(join(root, "src")) > built || newest(join(root, "scripts")) > built;
}

/** Directories count too: their time changes when a file is added or removed. */
function newest(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
  return Math.max(...[folder, ...paths].map((path) => modifiedAt(path) ?? 0));
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

async function buildScripts(): Promise<void> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: presentEntries(),
    outdir: dist,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[hash]",
    format: "esm",
    platform: "node",
    target: "node22",
    legalComments: "none",
    logLevel: "warning",
    write: false,
    plugins: [wholeLibrary],
  });
  removeScripts();
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

/**
 * Whatever of the library a program imports, it imports all of it: else every set of entry points that shares modules would
 * have a file of its own, and each file takes .4 ms of a program's start.
 */
const wholeLibrary: Plugin = {
  name: "whole-library",
  setup(build) {
    build.onResolve({ filter: /^whole:/ }, ({ path }) => ({ path: path.slice("whole:".length), namespace: "whole" }));
    build.onLoad({ filter: /.*/, namespace: "whole" }, ({ path }) => ({
      contents: `export * from "./${path}"; import "./${entries["."]}";`,
      resolveDir: root,
    }));
    build.onResolve({ filter: /^\.\//, namespace: "whole" }, ({ path }) => ({
      path: join(root, path),
      sideEffects: true,
    }));
  },
};

function presentEntries(): { in: string; out: string }[] {
  const sources = Object.values(entries);
  const missing = sources.filter((source) => !existsSync(join(root, source)));
  if (missing.length > 0) console.warn(`build: no such entry: ${missing.join(", ")}`);
  const inner = Object.entries(innerEntries).map(([out, source]) => ({ in: source, out }));
  return sources
    .filter((source) => !missing.includes(source))
    .map((source) => ({ in: `whole:${source}`, out: outputName(source) }))
    .concat(inner);
}

/** Chunks are named by their content, so those of the last build would pile up. */
function removeScripts(): void {
  if (!existsSync(dist)) return;
  for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".js")) rmSync(join(dist, path));
  }
}

async function buildDeclarations(): Promise<void> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root }).catch(
    (error: { stdout?: string }) => {
      console.error(error.stdout);
      throw new Error("build: the declarations have errors");
    },
  );
}

await main();
