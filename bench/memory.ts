// What objects cost in memory: those that are kept, and what many units of work leave behind. Each contestant is measured
// in a process of its own, which this file is when started as a program.
import { loadAdapter } from "./adapters/index.ts";
import type { Adapter, Contestant, Task } from "./contestant.ts";
import { inOwnProcess, report } from "./own-process.ts";
import type { Absence, ContestResult, Measured } from "./results.ts";
import type { DatabaseName } from "./schema.ts";
import { medianRatio } from "./statistics.ts";
import type { Admin, Mode } from "./workloads.ts";

const KEPT = { quick: 20_000, full: 100_000 } as const;
const UNITS = { quick: 2_000, full: 10_000 } as const;

type Subject = "kept" | "units";

interface Report {
  readonly milliseconds: number;
  readonly bytes: number;
}

interface Place {
  readonly url: string;
  readonly admin: Admin;
  readonly mode: Mode;
}

/** Two contests: objects that are kept, and what is left after many transactions. */
export async function* holdMemory(all: readonly Adapter[], place: Place): AsyncGenerator<ContestResult> {
  const { database } = place.admin;
  const kept = KEPT[place.mode];
  const ofKept = (bytes: number): Measured["figures"] => ({ "MB kept": bytes / 1e6, "bytes per object": bytes / kept });
  const keptTitle = `${kept.toLocaleString("en")} rows of 8 columns kept: as objects, or with the session that loaded them`;
  yield await hold({ subject: "kept", name: "memory-kept", title: keptTitle, size: kept, figures: ofKept }, all, place);
  if (database !== "postgresql") return;
  const units = UNITS[place.mode];
  const ofUnits = (bytes: number): Measured["figures"] => ({ "MB more than before": bytes / 1e6 });
  const unitsTitle = `${units.toLocaleString("en")} transactions (read a row, change it), 16 in flight`;
  yield await hold(
    { subject: "units", name: "memory-units", title: unitsTitle, size: units, figures: ofUnits },
    all,
    place,
  );
}

interface MemoryContest {
  readonly subject: Subject;
  readonly name: string;
  readonly title: string;
  readonly size: number;
  figures(bytes: number): Measured["figures"];
}

async function hold(
  contest: MemoryContest,
  all: readonly Adapter[],
  { url, admin, mode }: Place,
): Promise<ContestResult> {
  const { subject, name, title, size, figures } = contest;
  const measured: Measured[] = [];
  const absent: Absence[] = [];
  let raw: readonly number[] | null = null;
  for (const adapter of all) {
    const args = [adapter.name, admin.database, url, subject, String(size)];
    const told = await inOwnProcess(import.meta.filename, args).catch((error: unknown) => String(error));
    if (told === null) continue;
    if (typeof told === "string") {
      absent.push({ name: adapter.name, reason: told.slice(0, 500), isFailure: true });
      continue;
    }
    const { milliseconds, bytes } = told as Report;
    raw ??= [milliseconds];
    const ratio = medianRatio(raw, [milliseconds]);
    measured.push({ name: adapter.name, milliseconds, ratio, figures: figures(bytes) ?? {} });
  }
  return { name, title, database: admin.database, mode, size, rounds: 1, measured, absent };
}

function taskOf({ tasks }: Contestant, subject: Subject): Contestant["tasks"]["hold"] {
  return subject === "kept" ? (tasks.hold ?? tasks["rows-100k"]) : tasks.request;
}

async function measure(name: string, database: DatabaseName, url: string, subject: Subject, size: number) {
  await import("./library.ts");
  const contestant = await (await loadAdapter(name)).open(database, url);
  const make = taskOf(contestant, subject);
  if (make === undefined) return null;
  await warmUp(await make(Math.min(size, 1000)));
  const task = await make(size);
  const before = bytesInUse();
  const start = performance.now();
  let answer = await task.run();
  const milliseconds = performance.now() - start;
  // answers of units of work are of no interest
  if (subject === "units") answer = null;
  const bytes = bytesInUse() - before;
  if (subject === "kept" && answer === undefined) throw new Error("nothing was kept");
  return { milliseconds, bytes };
}

/** So that code is compiled, statements are known and pools are full. */
async function warmUp(task: Task): Promise<void> {
  for (let round = 0; round < 3; round += 1) await task.run();
  await task.end?.();
}

function bytesInUse(): number {
  // the second collection takes what finalizers of the first let go of
  for (let round = 0; round < 2; round += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (import.meta.main) {
  const [name = "", database = "", url = "", subject = "", size = "0"] = process.argv.slice(2);
  report(await measure(name, database as DatabaseName, url, subject as Subject, Number(size)));
}
