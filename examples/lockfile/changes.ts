// What happens to rows and objects when a transaction ends well, and when it does not.
import {
  type AsyncSession,
  type AsyncSessionmaker,
  func,
  inspect,
  joinedload,
  not,
  type Operand,
  select,
  selectinload,
} from "athanor";
import { Package, Version, versionDependencies } from "./models.ts";
import type { Answers } from "./questions.ts";

/** One value at three moments. */
export interface Moments {
  readonly what: string;
  readonly before: string;
  readonly inside: string;
  readonly after: string;
}

export interface Committed {
  readonly deprecated: string | null;
  readonly removed: string | null;
}

/** Marks the package that is needed most as deprecated, and removes the one at the end of the longest chain. */
export async function changeAndRemove(sessions: AsyncSessionmaker, answers: Answers): Promise<Committed> {
  const deprecated = answers.mostNeeded[0]?.[0] ?? null;
  const removed = answers.longestChain.length > 1 ? (answers.longestChain.at(-1)?.[0] ?? null) : null;
  await sessions.begin(async (session) => {
    const marked = select(Version).join(Version.c.package).where(Package.c.name.eq(deprecated));
    for (const version of (await session.scalars(marked)).all()) version.deprecated = "no longer maintained";
    const gone = await session.scalars(select(Package).where(Package.c.name.eq(removed)));
    for (const one of gone.all()) await session.delete(one);
  });
  return { deprecated, removed };
}

/** Changes, removes and adds, looks at the objects, and takes it all back. */
export async function changeAndRollBack(sessions: AsyncSessionmaker): Promise<Moments[]> {
  await using session = sessions();
  const project = await theProject(session);
  const victim = (await firstInstalled(session)) ?? project.package;
  const made = new Package({ name: "made-up" });
  const look = async () => ({
    "project.deprecated": String(project.deprecated),
    "project.dependencies": `${project.dependencies.length} objects`,
    [`rows of ${victim.name}`]: await count(session, Package, Package.c.name.eq(victim.name)),
    [`package ${victim.name}`]: inspect(victim).status,
    "package made-up": `${inspect(made).status}, id ${made.id ?? "none"}`,
    "rows of dependencies": await count(session, versionDependencies),
  });

  const before = await look();
  project.deprecated = "for a moment";
  project.dependencies = [];
  session.add(made);
  await session.delete(victim);
  await session.flush();
  const inside = await look();
  await session.rollback();
  const after = await look();
  return moments(before, inside, after);
}

async function theProject(session: AsyncSession): Promise<Version> {
  const project = select(Version).where(Version.c.isProject).orderBy(Version.c.position).limit(1);
  const loaded = project.options(joinedload(Version.c.package), selectinload(Version.c.dependencies));
  return (await session.scalars(loaded)).one();
}

async function firstInstalled(session: AsyncSession): Promise<Package | null> {
  const installed = select(Package)
    .join(Package.c.versions)
    .where(not(Version.c.isProject))
    .orderBy(Version.c.position);
  return (await session.scalars(installed.limit(1))).first();
}

async function count(session: AsyncSession, of: unknown, ...criteria: readonly Operand<boolean>[]): Promise<string> {
  return String(
    await session.scalar(
      select(func.count())
        .selectFrom(of)
        .where(...criteria),
    ),
  );
}

type Looks = Readonly<Record<string, string>>;

function moments(before: Looks, inside: Looks, after: Looks): Moments[] {
  return Object.entries(before).map(([what, value]) => ({
    what,
    before: value,
    inside: inside[what] ?? "",
    after: after[what] ?? "",
  }));
}
