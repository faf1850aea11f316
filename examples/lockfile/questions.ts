// Each question is one statement, written in the expression language; every database gives the same answer.
import { aliased, type AsyncSession, func, integer, literalColumn, not, select } from "athanor";
import { Package, Version, versionDependencies } from "./models.ts";

export interface Answers {
  readonly mostNeeded: readonly (readonly [name: string, dependents: number])[];
  readonly longestChain: readonly (readonly [name: string, number: string])[];
  readonly severalVersions: ReadonlyMap<string, readonly string[]>;
  readonly size: { readonly bytes: bigint; readonly known: number; readonly versions: number };
}

export async function ask(session: AsyncSession): Promise<Answers> {
  return {
    mostNeeded: await mostNeeded(session),
    longestChain: await longestChain(session),
    severalVersions: await severalVersions(session),
    size: await totalSize(session),
  };
}

const edge = versionDependencies.c;

/** The packages that most versions depend on; equals stand in the lockfile's order. */
async function mostNeeded(session: AsyncSession): Promise<Answers["mostNeeded"]> {
  const dependents = func.count(edge.versionId).distinct();
  const result = await session.execute(
    select(Package.c.name, dependents.as("dependents"))
      .join(Package.c.versions)
      .join(versionDependencies, edge.dependencyId.eq(Version.c.id))
      .groupBy(Package.c.id, Package.c.name)
      .orderBy(dependents.desc(), func.min(Version.c.position))
      .limit(5),
  );
  return result.all();
}

// Ends the search in graphs with circles, which npm's may have; real ones are some ten steps deep.
export const DEEPEST = 64;

/**
 * A shortest way from the project to the version that is farthest from it.
 *
 * The longest way without a repetition would take forever to find. Where several versions or ways are equal, the
 * lockfile's order decides.
 */
async function longestChain(session: AsyncSession): Promise<Answers["longestChain"]> {
  const distance = distances();
  const farthest = select(distance.c.id, distance.c.steps)
    .join(Version, Version.c.id.eq(distance.c.id))
    .orderBy(distance.c.steps.desc(), Version.c.position)
    .limit(1)
    .cte("farthest");
  const chain = select(farthest.c.id, farthest.c.steps).cte("chain", { recursive: true });
  const nearer = select(edge.versionId)
    .join(distance, distance.c.id.eq(edge.versionId))
    .join(Version, Version.c.id.eq(edge.versionId))
    .where(edge.dependencyId.eq(chain.c.id), distance.c.steps.eq(chain.c.steps.sub(1)))
    .orderBy(Version.c.position)
    .limit(1);
  const whole = chain.unionAll(select(nearer.scalarSubquery(), chain.c.steps.sub(1)).where(chain.c.steps.gt(0)));
  const result = await session.execute(
    select(Package.c.name, Version.c.number)
      .selectFrom(whole)
      .join(Version, Version.c.id.eq(whole.c.id))
      .join(Version.c.package)
      .orderBy(whole.c.steps),
  );
  return result.all();
}

/** How many steps every version is away from the project, at least. */
function distances() {
  const start = select(Version.c.id, literalColumn("0", integer()).as("steps")).where(Version.c.isProject);
  const reached = start.cte("reached", { recursive: true });
  const all = reached.union(
    select(edge.dependencyId, reached.c.steps.add(1))
      .join(reached, reached.c.id.eq(edge.versionId))
      .where(reached.c.steps.lt(DEEPEST)),
  );
  return select(all.c.id, func.min(all.c.steps).as("steps")).groupBy(all.c.id).cte("distances");
}

async function severalVersions(session: AsyncSession): Promise<Answers["severalVersions"]> {
  const { packageId } = aliased(Version).c;
  const several = select(packageId).groupBy(packageId).having(func.count().gt(1));
  const result = await session.execute(
    select(Package.c.name, Version.c.number)
      .join(Package.c.versions)
      .where(Package.c.id.in(several))
      .orderBy(Version.c.position),
  );
  const found = new Map<string, string[]>();
  for (const [name, number] of result.all()) found.set(name, [...(found.get(name) ?? []), number]);
  return found;
}

async function totalSize(session: AsyncSession): Promise<Answers["size"]> {
  const { size, isProject } = Version.c;
  const totals = select(func.sum(size), func.count(size), func.count()).where(not(isProject));
  const [bytes, known, versions] = (await session.execute(totals)).one();
  return { bytes: bytes ?? 0n, known, versions };
}
