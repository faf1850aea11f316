// The tables: packages, their versions, and which version needs which.
import {
  bigint,
  boolean,
  declarativeBase,
  enumeration,
  integer,
  many,
  one,
  string,
  Table,
  UniqueConstraint,
} from "athanor";
import { dependencyKinds } from "./read-lockfile.ts";

export const Base = declarativeBase();

/** How one version needs another. */
export const dependencyKind = enumeration(...dependencyKinds);

export class Package extends Base.mapped("packages", {
  id: integer().primaryKey(),
  name: string(214).unique(),
  get versions() {
    return many(Version, { backPopulates: "package", cascade: "all, delete-orphan", orderBy: Version.c.position });
  },
}) {}

/** Which version needs which. The session writes its rows for `Version.dependencies`; `kind` is set beside it. */
export const versionDependencies = new Table("version_dependencies", Base.metadata, {
  versionId: integer().primaryKey().references("versions.id").named("version_id"),
  dependencyId: integer().primaryKey().references("versions.id").named("dependency_id").index(),
  kind: dependencyKind.serverDefault("required"),
});

export class Version extends Base.mapped(
  "versions",
  {
    id: integer().primaryKey(),
    get packageId() {
      return integer().references(Package.c.id);
    },
    number: string(100),
    /** Its place in the lockfile: databases do not agree on the order of names. */
    position: integer(),
    isProject: boolean().default(false),
    license: string(200).nullable(),
    deprecated: string().nullable(),
    /** Bytes of its files; null when it is not installed here. */
    size: bigint().nullable(),
    get package() {
      return one(Package, { backPopulates: "versions" });
    },
    get dependencies() {
      return many(Version, {
        secondary: versionDependencies,
        primaryJoin: versionDependencies.c.versionId.eq(Version.c.id),
        secondaryJoin: versionDependencies.c.dependencyId.eq(Version.c.id),
        backPopulates: "dependents",
      });
    },
    get dependents() {
      return many(Version, {
        secondary: versionDependencies,
        primaryJoin: versionDependencies.c.dependencyId.eq(Version.c.id),
        secondaryJoin: versionDependencies.c.versionId.eq(Version.c.id),
        backPopulates: "dependencies",
      });
    },
  },
  { items: [new UniqueConstraint(["packageId", "number"])] },
) {
  get label(): string {
    return `${this.package.name} ${this.number}`;
  }
}
