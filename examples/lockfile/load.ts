// Makes the database say what the lockfile says: new rows are inserted, changed ones updated, gone ones deleted.
import { type AsyncSession, bindparam, integer, select, selectinload, update } from "athanor";
import { installedSize } from "./installed-size.ts";
import { dependencyKind, Package, Version, versionDependencies } from "./models.ts";
import { type DependencyKind, type LockedVersion, type Lockfile, versionKey } from "./read-lockfile.ts";

export interface Counts {
  found: number;
  inserted: number;
  updated: number;
  removed: number;
}

export interface LoadSummary {
  readonly packages: Counts;
  readonly versions: Counts;
  readonly dependencies: Counts;
}

export type OnProgress = (step: string, done: number, total: number) => void;

/** Runs inside the caller's transaction. */
export async function load(session: AsyncSession, lockfile: Lockfile, onProgress: OnProgress): Promise<LoadSummary> {
  const loading = new Loading(session, lockfile);
  await loading.readDatabase();
  loading.setVersions(onProgress);
  await loading.removeGone();
  loading.setDependencies();
  onProgress("writing", 0, 1);
  await session.flush();
  await loading.setKinds();
  onProgress("writing", 1, 1);
  return loading.summary;
}

class Loading {
  readonly summary: LoadSummary = { packages: counts(), versions: counts(), dependencies: counts() };
  readonly #session: AsyncSession;
  readonly #lockfile: Lockfile;
  readonly #packages = new Map<string, Package>();
  readonly #versions = new Map<string, Version>();

  constructor(session: AsyncSession, lockfile: Lockfile) {
    this.#session = session;
    this.#lockfile = lockfile;
  }

  async readDatabase(): Promise<void> {
    const everything = selectinload(Package.c.versions).selectinload(Version.c.dependencies);
    const known = await this.#session.scalars(select(Package).options(everything));
    for (const one of known.all()) {
      this.#packages.set(one.name, one);
      for (const version of one.versions) this.#versions.set(keyOf(one, version), version);
    }
  }

  setVersions(onProgress: OnProgress): void {
    const { versions, folder } = this.#lockfile;
    let position = 0;
    for (const locked of versions.values()) {
      this.#setVersion(locked, { ...columnsOf(locked), position, size: installedSize(folder, locked.paths) });
      position += 1;
      onProgress("measuring", position, versions.size);
    }
    this.summary.packages.found = new Set([...versions.values()].map(({ name }) => name)).size;
    this.summary.versions.found = versions.size;
  }

  #setVersion(locked: LockedVersion, values: VersionValues): void {
    const known = this.#versions.get(versionKey(locked));
    if (known !== undefined) {
      if (assign(known, values)) this.summary.versions.updated += 1;
      return;
    }
    const made = new Version({ number: locked.number, ...values, package: this.#package(locked.name) });
    this.#session.add(made);
    this.#versions.set(versionKey(locked), made);
    this.summary.versions.inserted += 1;
  }

  #package(name: string): Package {
    const known = this.#packages.get(name);
    if (known !== undefined) return known;
    const made = new Package({ name });
    this.#session.add(made);
    this.#packages.set(name, made);
    this.summary.packages.inserted += 1;
    return made;
  }

  async removeGone(): Promise<void> {
    for (const known of this.#packages.values()) {
      const gone = known.versions.filter((version) => !this.#lockfile.versions.has(keyOf(known, version)));
      for (const version of gone) this.#forget(known, version);
      if (gone.length < known.versions.length) {
        if (gone.length > 0) known.versions = known.versions.filter((version) => !gone.includes(version));
        continue;
      }
      await this.#session.delete(known);
      this.summary.packages.removed += 1;
    }
  }

  #forget(owner: Package, version: Version): void {
    this.#versions.delete(keyOf(owner, version));
    this.summary.versions.removed += 1;
    this.summary.dependencies.removed += version.dependencies.length;
  }

  setDependencies(): void {
    const { dependencies } = this.summary;
    for (const [key, version] of this.#versions) {
      const before = new Set(version.dependencies);
      const after = new Set([...this.#dependenciesOf(key).keys()].map((target) => this.#require(target)));
      version.dependencies = [...after];
      dependencies.found += after.size;
      dependencies.inserted += countOthers(after, before);
      dependencies.removed += countOthers(before, after);
    }
  }

  /** A column of the association table itself is no affair of the relationship: one statement sets those that differ. */
  async setKinds(): Promise<void> {
    const { versionId, dependencyId, kind } = versionDependencies.c;
    const rows = await this.#session.execute(select(versionId, dependencyId, kind));
    const stored = new Map(rows.all().map(([from, to, kindBefore]) => [`${from} ${to}`, kindBefore]));
    const changes = [...this.#kinds()].filter(({ from, to, is }) => stored.get(`${from} ${to}`) !== is);
    if (changes.length === 0) return;
    const change = update(versionDependencies)
      .where(versionId.eq(bindparam("from", integer())), dependencyId.eq(bindparam("to", integer())))
      .values({ kind: bindparam("is", dependencyKind) });
    await this.#session.execute(change, changes);
  }

  *#kinds(): Generator<{ from: number; to: number; is: DependencyKind }> {
    for (const [key, version] of this.#versions) {
      for (const [target, is] of this.#dependenciesOf(key))
        yield { from: version.id, to: this.#require(target).id, is };
    }
  }

  #dependenciesOf(key: string): ReadonlyMap<string, DependencyKind> {
    return this.#lockfile.versions.get(key)?.dependencies ?? new Map<string, DependencyKind>();
  }

  #require(key: string): Version {
    const version = this.#versions.get(key);
    if (version === undefined) throw new Error(`${key} is needed but not in the lockfile`);
    return version;
  }
}

type VersionValues = Pick<Version, "isProject" | "license" | "deprecated" | "position" | "size">;

function keyOf({ name }: Package, { number }: Version): string {
  return versionKey({ name, number });
}

function columnsOf({ isProject, license, deprecated }: LockedVersion): Omit<VersionValues, "position" | "size"> {
  return { isProject, license, deprecated };
}

/** Answers whether anything was changed. */
function assign(version: Version, values: VersionValues): boolean {
  const keys = Object.keys(values) as (keyof VersionValues)[];
  const isChanged = keys.some((key) => version[key] !== values[key]);
  Object.assign(version, values);
  return isChanged;
}

/** How many members of one set another does not have. */
function countOthers(set: ReadonlySet<unknown>, other: ReadonlySet<unknown>): number {
  return [...set].filter((member) => !other.has(member)).length;
}

function counts(): Counts {
  return { found: 0, inserted: 0, updated: 0, removed: 0 };
}
