// What an application of 50 models and 200 queries costs each supported TypeScript, with skipLibCheck.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { applicationFolder, writeApplication } from "../scripts/types/application.ts";
import { type Absence, benchFolder, type ContestResult, type Measured, resultsFolder } from "./results.ts";
import { peers, programOf } from "./type-programs.ts";
import type { Mode } from "./workloads.ts";

const compilers = { quick: ["typescript"], full: ["typescript-5.9", "typescript-6.0", "typescript"] } as const;

const options = {
  strict: true,
  target: "ES2022",
  module: "NodeNext",
  allowImportingTsExtensions: true,
  esModuleInterop: true,
  types: [],
  typeRoots: [join(benchFolder, "../node_modules/@types")],
  noEmit: true,
  skipLibCheck: true,
};

export async function measureTypeChecking(mode: Mode): Promise<ContestResult[]> {
  await writeApplication();
  const projects = new Map([["Athanor", join(applicationFolder, "budget.json")]]);
  for (const peer of peers) {
    // below this folder, so that the packages are found
    const folder = join(resultsFolder, "types", peer.name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of programOf(peer)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    projects.set(peer.name, join(folder, "tsconfig.json"));
  }
  const contests: ContestResult[] = [];
  for (const compiler of compilers[mode]) contests.push(await checkAll(compiler, projects, mode));
  return contests;
}

async function checkAll(compiler: string, projects: ReadonlyMap<string, string>, mode: Mode): Promise<ContestResult> {
  const folder = join(benchFolder, "../node_modules", compiler);
  const { version } = createRequire(import.meta.url)(join(folder, "package.json")) as { version: string };
  const measured: Measured[] = [];
  const absent: Absence[] = [];
  for (const [name, project] of projects) {
    const args = [join(folder, "bin/tsc"), "-p", project, "--extendedDiagnostics", "--pretty", "false"];
    const { stdout, isFine } = await promisify(execFile)(process.execPath, args).then(
      (done) => ({ stdout: done.stdout, isFine: true }),
      (error: { stdout: string }) => ({ stdout: error.stdout, isFine: false }),
    );
    const figure = (what: string): number => Number(new RegExp(`^${what}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
    if (!isFine) absent.push({ name, reason: stdout.slice(0, 500), isFailure: true });
    else {
      const figures = { instantiations: figure("Instantiations"), "MB of memory": figure("Memory used") / 1024 };
      measured.push({ name, milliseconds: figure("Check time") * 1000, ratio: null, figures });
    }
  }
  return {
    name: `types-${version.split(".").slice(0, 2).join(".")}`,
    title: `Type-checking 50 models and 200 queries, TypeScript ${version}`,
    database: "",
    mode,
    size: 1,
    rounds: 1,
    measured,
    absent,
  };
}
