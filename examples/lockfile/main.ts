// Reads a package-lock.json into a database, asks questions, changes something, rolls something back.
import {
  type AsyncEngine,
  type AsyncSessionmaker,
  asyncSessionmaker,
  AthanorError,
  createAsyncEngine,
  listen,
  select,
} from "athanor";
import { changeAndRemove, changeAndRollBack } from "./changes.ts";
import { load } from "./load.ts";
import { Base, Version } from "./models.ts";
import { readOptions, UsageError, usage } from "./options.ts";
import { ask } from "./questions.ts";
import { type Lockfile, readLockfile, UserError } from "./read-lockfile.ts";
import { ProgressBar, reportAnswers, reportCommitted, reportEnd, reportLoad, reportRolledBack } from "./report.ts";

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) return console.log(usage);
  const lockfile = readLockfile(options.file);
  console.log(`lockfile  ${options.file}\ndatabase  ${String(options.url)}`);
  await using engine = createAsyncEngine(options.url, { echo: options.echo });
  // with the SQL in between, a bar would only be in the way
  await run(engine, lockfile, new ProgressBar(options.echo ? null : process.stderr));
}

async function run(engine: AsyncEngine, lockfile: Lockfile, progress: ProgressBar): Promise<void> {
  const begun = performance.now();
  let statements = 0;
  listen(engine, "beforeCursorExecute", () => {
    statements += 1;
  });
  const sessions = asyncSessionmaker(engine, { expireOnCommit: false });
  try {
    await Base.metadata.createAll(engine);
    const loaded = await sessions.begin((session) => load(session, lockfile, progress.show.bind(progress)));
    progress.clear();
    reportLoad(loaded, lockfile.missing);

    const answers = await sessions.begin(ask);
    reportAnswers(answers);
    reportCommitted(await changeAndRemove(sessions, answers));
    reportRolledBack(await changeAndRollBack(sessions));

    const streamed = await streamAll(sessions, (done) => progress.show("streaming", done, loaded.versions.found));
    progress.clear();
    reportEnd(streamed, statements, performance.now() - begun);
  } finally {
    progress.clear();
  }
}

/** Every version, fetched piece by piece. */
async function streamAll(sessions: AsyncSessionmaker, onProgress: (done: number) => void): Promise<number> {
  await using session = sessions();
  let count = 0;
  for await (const _version of await session.streamScalars(select(Version).orderBy(Version.c.position))) {
    count += 1;
    onProgress(count);
  }
  return count;
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) process.exitCode = 2;
  else if (error instanceof UserError || error instanceof AthanorError) process.exitCode = 1;
  else throw error; // a mistake in the program: its stack is wanted
  console.error(`lockfile: ${error.message.split("\n")[0]}`);
  if (error instanceof UsageError) console.error(usage);
}
