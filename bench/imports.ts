// What it costs to have a library: the time that importing it takes in a fresh process, and the room it takes on disk.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ContestResult, Measured } from "./results.ts";
import { benchFolder } from "./results.ts";
import { median, medianRatio } from "./statistics.ts";
import type { Mode } from "./workloads.ts";

const root = join(benchFolder, "..");
const ROUNDS = { quick: 5, full: 21 } as const;

/** What a program for PostgreSQL imports, and the packages that hold it; the driver's own are not counted. */
const programs: Readonly<
  Record<string, { readonly imports: readonly string[]; readonly packages: readonly string[] }>
> = {
  pg: { imports: ["pg"], packages: [] },
  postgres: { imports: ["postgres"], packages: ["postgres"] },
  Drizzle: { imports: ["drizzle-orm", "drizzle-orm/pg-core", "drizzle-orm/node-postgres"], packages: ["drizzle-orm"] },
  Kysely: { imports: ["kysely", "pg"], packages: ["kysely"] },
  MikroORM: { imports: ["@mikro-orm/postgresql"], packages: ["@mikro-orm/postgresql"] },
  TypeORM: { imports: ["typeorm", "pg"], packages: ["typeorm"] },
  Athanor: { imports: ["../dist/index.js", "pg"], packages: [] },
};

export async function measureImports(mode: Mode): Promise<ContestResult> {
  const run = promisify(execFile);
  await run(process.execPath, [join(root, "scripts/build.ts")], { cwd: root });
  const times = new Map(Object.keys(programs).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS[mode]; round += 1) {
    for (const [name, { imports }] of Object.entries(programs)) {
      const statements = imports.map((from) => `await import(${JSON.stringify(from)});`).join(" ");
      const program = `const start = performance.now(); ${statements} console.log(performance.now() - start);`;
      const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: benchFolder });
      if (round >= 0) times.get(name)?.push(Number(stdout));
    }
  }
  const raw = times.get("pg") ?? [];
  const measured = Object.entries(programs).map(([name, { packages }]): Measured => {
    const own = times.get(name) ?? [];
    const size = name === "Athanor" ? packedSize() : installedSize(packages);
    return {
      name,
      milliseconds: median(own),
      ratio: medianRatio(raw, own),
      rounds: own,
      figures: { "MB installed besides the driver": size / 1e6 },
    };
  });
  const title = "Importing it, with pg";
  return { name: "import", title, database: "", mode, size: 1, rounds: ROUNDS[mode], measured, absent: [] };
}

/** What npm packs of this repository. */
function packedSize(): number {
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
  return ["package.json", ...files].reduce((sum, path) => sum + sizeOf(join(root, path)), 0);
}

/** The packages and all they need, each counted once, without `pg` and what it needs. */
function installedSize(packages: readonly string[]): number {
  const folders = new Set<string>();
  for (const name of packages) collect(name, benchFolder, folders);
  return [...folders].reduce((sum, folder) => sum + sizeOf(folder), 0);
}

function collect(name: string, from: string, folders: Set<string>): void {
  if (name === "pg" || name.startsWith("pg-")) return;
  const folder = findPackage(name, from);
  if (folder === null || folders.has(folder)) return;
  folders.add(folder);
  const {
    dependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    Record<string, { optional?: boolean }>
  >;
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  for (const needed of [...Object.keys(dependencies), ...peers]) collect(needed, folder, folders);
}

function findPackage(name: string, from: string): string | null {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  return dirname(from) === from ? null : findPackage(name, dirname(from));
}

/** Without packages nested inside, which are counted where they are needed. */
function sizeOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.size;
  return readdirSync(path)
    .filter((entry) => entry !== "node_modules")
    .reduce((sum, entry) => sum + sizeOf(join(path, entry)), 0);
}
