// `npm ci` must work from the lockfile anywhere: npm silently leaves out a platform's package that it could not find when
// the lockfile was written, and then refuses to install from it; and an address would bind it to one registry.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  /** A folder of this project: an example, or the project itself. */
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

let count = 0;
const apart = ["jest", "nest-11", "nest-12-fastify"].map((name) => `test/apart/${name}/package-lock.json`);
const files = ["package-lock.json", "bench/package-lock.json", ...apart];
const problems = files.flatMap(problemsOf);
for (const problem of problems) console.error(`lockfile: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`lockfile: ${count} packages`);

function problemsOf(file: string): string[] {
  const path = resolve(import.meta.dirname, "..", file);
  const { packages } = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, LockedPackage> };
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, "")));
  count += locked.size;
  return Object.entries(packages).flatMap(([path, { resolved, link, version, optionalDependencies = {} }]) => [
    ...(resolved === undefined || link === true
      ? []
      : [`${file}: ${path} has an address; run npm with the settings of .npmrc`]),
    ...Object.keys(optionalDependencies)
      .filter((name) => !locked.has(name))
      .map((name) => `${file}: ${path} ${version} needs ${name}, which is missing; choose a version that has it`),
  ]);
}
