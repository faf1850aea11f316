// Fails on an import, a file or a function that breaks the house rules (scripts/architecture/rules.ts).
// `--diagram` prints the layers and their imports instead.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkCode, countAny } from "./architecture/check-code.ts";
import { checkImports } from "./architecture/check-imports.ts";
import { layerDiagram } from "./architecture/layer-diagram.ts";
import type { Problem } from "./architecture/problem.ts";
import { readSource, type SourceFacts } from "./architecture/read-source.ts";
import { type Exception, exceptions, limits } from "./architecture/rules.ts";

/** Every broken rule that no exception covers, and every exception that covers nothing. */
export function checkArchitecture(sources: readonly SourceFacts[], allowed: readonly Exception[]): string[] {
  const problems = [...checkImports(sources), ...checkCode(sources)];
  const covers = (exception: Exception, problem: Problem) =>
    exception.rule === problem.rule && exception.file === problem.file;
  const broken = problems.filter((problem) => !allowed.some((exception) => covers(exception, problem)));
  const unused = allowed.filter((exception) => !problems.some((problem) => covers(exception, problem)));
  return [
    ...broken.map(
      ({ file, line, message, rule }) => `${file}${line === undefined ? "" : `:${line}`}: ${message} [${rule}]`,
    ),
    ...unused.map(({ file, rule }) => `${file}: the exception from [${rule}] is no longer needed`),
  ];
}

export function readSources(files: Readonly<Record<string, string>>): SourceFacts[] {
  return Object.entries(files).map(([path, text]) => readSource(path, text));
}

function filesOf(root: string): Record<string, string> {
  const paths = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => path.endsWith(".ts")).map((path) => `src/${path.replaceAll("\\", "/")}`);
  return Object.fromEntries(files.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

function main(): void {
  const sources = readSources(filesOf(resolve(import.meta.dirname, "..")));
  if (process.argv.includes("--diagram")) return console.log(layerDiagram(sources));
  const problems = checkArchitecture(sources, exceptions);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  console.log(summary(sources));
}

function summary(sources: readonly SourceFacts[]): string {
  const lines = sources.reduce((total, source) => total + source.codeLines, 0);
  const { anyPerThousand, asAnyPerThousand } = countAny(sources);
  return (
    `architecture: ${sources.length} files, ${lines} lines of code; per 1,000 lines ` +
    `${anyPerThousand.toFixed(2)} any (budget ${limits.anyPerThousand}), ` +
    `${asAnyPerThousand.toFixed(2)} as any (budget ${limits.asAnyPerThousand})`
  );
}

if (import.meta.main) main();
