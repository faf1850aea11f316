// What a `package-lock.json` says: which versions are installed and which needs which, resolved as npm does.
import { readFileSync } from "node:fs";
import { dirname, posix } from "node:path";

export const dependencyKinds = ["required", "development", "optional", "peer"] as const;
/** The strongest first: what one version needs in two ways is told by the stronger. */
export type DependencyKind = (typeof dependencyKinds)[number];

export interface LockedVersion {
  readonly name: string;
  readonly number: string;
  readonly license: string | null;
  readonly deprecated: string | null;
  /** The project itself, or one of its workspaces. */
  readonly isProject: boolean;
  /** Where it is installed, from the lockfile's folder. */
  readonly paths: readonly string[];
  /** What it needs, by the `versionKey` of the version that npm would find. */
  readonly dependencies: ReadonlyMap<string, DependencyKind>;
}

export interface Lockfile {
  readonly file: string;
  readonly folder: string;
  /** By `versionKey`, in the lockfile's order. */
  readonly versions: ReadonlyMap<string, LockedVersion>;
  /** Dependencies that nothing installed answers; left-out optional ones and peers do not count. */
  readonly missing: readonly string[];
}

/** Something the user can mend; its message is all there is to say. */
export class UserError extends Error {}

type Names = Readonly<Record<string, string>>;

interface Entry {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly license?: unknown;
  readonly deprecated?: unknown;
  readonly dependencies?: Names;
  readonly devDependencies?: Names;
  readonly optionalDependencies?: Names;
  readonly peerDependencies?: Names;
}

type Entries = Readonly<Record<string, Entry>>;

export const versionKey = (version: { readonly name: string; readonly number: string }): string =>
  `${version.name}@${version.number}`;

/** @throws UserError when there is no such file, or it is no lockfile of npm 7 or later. */
export function readLockfile(file: string): Lockfile {
  const { name, packages } = parseLockfile(file);
  const found = new Map<string, LockedVersion & { dependencies: Map<string, DependencyKind>; paths: string[] }>();
  const missing: string[] = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.link === true) continue;
    const version = describe(path, entry, name);
    const known = found.get(versionKey(version)) ?? version;
    found.set(versionKey(version), known);
    if (!version.isProject) known.paths.push(path);
    for (const { dependency, kind } of listDependencies(path, entry)) {
      const target = resolve(packages, path, dependency);
      if (target !== null)
        addDependency(known.dependencies, versionKey(describe(target, packages[target] ?? {}, name)), kind);
      else if (kind === "required" || kind === "development")
        missing.push(`${versionKey(version)} needs ${dependency}`);
    }
  }
  return { file, folder: dirname(file), versions: found, missing };
}

function parseLockfile(file: string): { name: string; packages: Entries } {
  const content = parseJson(file) as { name?: string; lockfileVersion?: number; packages?: Entries } | null;
  if (typeof content?.lockfileVersion !== "number") throw new UserError(`${file} is not a package-lock.json`);
  if (typeof content.packages !== "object" || content.packages === null) {
    throw new UserError(`${file} has lockfileVersion ${content.lockfileVersion}; npm 7 or later writes 2 or 3`);
  }
  return { name: content.name ?? "project", packages: content.packages };
}

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(code === "ENOENT" ? `there is no file ${file}` : `${file} cannot be read (${code})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${file} is not a package-lock.json: it is not JSON`);
  }
}

function describe(path: string, entry: Entry, projectName: string) {
  const nameOfPath = path === "" ? projectName : path.replace(/^.*node_modules\//, "");
  return {
    name: entry.name ?? nameOfPath,
    number: entry.version ?? "0.0.0",
    license: typeof entry.license === "string" ? entry.license : null,
    deprecated: typeof entry.deprecated === "string" ? entry.deprecated : null,
    isProject: !path.includes("node_modules/"),
    paths: [] as string[],
    dependencies: new Map<string, DependencyKind>(),
  };
}

function* listDependencies(path: string, entry: Entry): Generator<{ dependency: string; kind: DependencyKind }> {
  // the development dependencies of what is installed are not installed
  const development = path.includes("node_modules/") ? {} : entry.devDependencies;
  const lists = [entry.dependencies, development, entry.optionalDependencies, entry.peerDependencies];
  for (const [index, kind] of dependencyKinds.entries()) {
    for (const dependency of Object.keys(lists[index] ?? {})) yield { dependency, kind };
  }
}

function addDependency(dependencies: Map<string, DependencyKind>, key: string, kind: DependencyKind): void {
  const known = dependencies.get(key);
  if (known === undefined || dependencyKinds.indexOf(kind) < dependencyKinds.indexOf(known))
    dependencies.set(key, kind);
}

/** The nearest `node_modules` that has it, upwards from the package that asks; links lead to what they stand for. */
function resolve(packages: Entries, from: string, name: string): string | null {
  for (let folder = from; ; folder = parent(folder)) {
    const path = posix.join(folder, "node_modules", name);
    const entry = packages[path];
    if (entry !== undefined) return entry.link === true ? linkTarget(packages, entry) : path;
    if (folder === "") return null;
  }
}

function linkTarget(packages: Entries, entry: Entry): string | null {
  return entry.resolved !== undefined && entry.resolved in packages ? entry.resolved : null;
}

function parent(folder: string): string {
  const above = posix.dirname(folder);
  return above === "." ? "" : above;
}
