// What happens to rows and objects when a transaction ends well, and when it does not.
import { type AsyncSession, type AsyncSessionmaker, func, joinedload, select, selectinload } from "athanor";
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
export async function changeAndRollBack(sessions: AsyncSessionmaker, answers: Answers): Promise<Moments[]> {
  await using session = sessions();
  const project = await theProject(session);
  const needed = await packageNamed(session, answers.mostNeeded[0]?.[0] ?? project.package.name);
  const made = new Package({ name: "made-up" });
  const look = async () => ({
    "project.deprecated": String(project.deprecated),
    "project.dependencies": `${project.dependencies.length} objects`,
    [`package ${needed.name}`]: placeOf(session, needed),
    "package made-up": `${placeOf(session, made)}, id ${made.id ?? "none"}`,
    "rows of dependencies": String(await countDependencies(session)),
  });

  const before = await look();
  project.deprecated = "for a moment";
  project.dependencies = [];
  session.add(made);
  await session.delete(needed);
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

async function packageNamed(session: AsyncSession, name: string): Promise<Package> {
  return (await session.scalars(select(Package).where(Package.c.name.eq(name)))).one();
}

async function countDependencies(session: AsyncSession): Promise<number> {
  return (await session.scalar(select(func.count()).selectFrom(versionDependencies))) ?? 0;
}

function placeOf(session: AsyncSession, entity: object): string {
  if (session.new.has(entity)) return "to be inserted";
  return session.has(entity) ? "in the session" : "not in the session";
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
