// An application that has the library installed as npm would: what type checking costs it, and what it may export.
import { execFile } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateProgram } from "./generate-program.ts";

const root = join(import.meta.dirname, "../..");

/** Where the application is written. */
export const applicationFolder = join(root, "node_modules/.cache/athanor-types");

const compilerOptions = {
  strict: true,
  target: "ES2022",
  module: "NodeNext",
  allowImportingTsExtensions: true,
  types: [],
  noEmit: true,
};

/** Installs the library's declarations and writes two programs: `budget.json` and `exports.json` are their configurations. */
export async function writeApplication(): Promise<void> {
  const library = join(applicationFolder, "node_modules/athanor");
  await rm(applicationFolder, { recursive: true, force: true });
  await mkdir(library, { recursive: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.build.json", "--outDir", join(library, "dist")];
  // errors in the library are the affair of `npm run typecheck`; what cannot be used fails in the programs
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: root }).catch(() => undefined);
  await cp(join(root, "package.json"), join(library, "package.json"));
  await writeFile(join(applicationFolder, "package.json"), '{ "type": "module" }');
  await writeConfig("budget", { ...compilerOptions, skipLibCheck: true });
  // libraries and composite projects emit declarations, so that all which can be inferred must have an exported name
  const emitting = {
    ...compilerOptions,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: ".",
    outDir: "out",
  };
  await writeConfig("exports", emitting);
  await mkdir(join(applicationFolder, "budget"));
  for (const { name, text } of generateProgram()) await writeFile(join(applicationFolder, "budget", name), text);
  await mkdir(join(applicationFolder, "exports"));
  await cp(join(root, "test/types/models"), join(applicationFolder, "exports/models"), { recursive: true });
  await cp(join(root, "test/types/inferred-exports.ts"), join(applicationFolder, "exports/inferred-exports.ts"));
}

async function writeConfig(name: string, options: object): Promise<void> {
  const config = { compilerOptions: options, include: [name], exclude: ["out"] };
  await writeFile(join(applicationFolder, `${name}.json`), JSON.stringify(config));
}
