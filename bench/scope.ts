// What the context costs: a request whose session comes from it, beside one that makes its session by hand, and asking for
// the session once more. Each is measured in a process of its own, which this file is when started as a program.
import { inOwnProcess, report } from "./own-process.ts";
import type { ContestResult, Measured } from "./results.ts";
import { median } from "./statistics.ts";
import type { Mode } from "./workloads.ts";

const ROUNDS = { quick: 3, full: 21 } as const;
const REQUESTS = { quick: 100_000, full: 500_000 } as const;
const CALLS = { quick: 1_000_000, full: 5_000_000 } as const;

const BY_HAND = "A session made by hand";
const AGAIN = "dbSession() once more";
const lanes = [BY_HAND, "dbSessionScope()", "withDbSession() of athanor/next"] as const;

type Lane = (typeof lanes)[number] | typeof AGAIN;
type Request = () => Promise<unknown>;

/** Two contests: whole requests, and calls within one. */
export async function* measureScopes(mode: Mode): AsyncGenerator<ContestResult> {
  const requests = await timesOf(lanes, REQUESTS[mode], ROUNDS[mode]);
  const byHand = requests.get(BY_HAND) ?? [];
  yield {
    ...contest("scope", "A request that opens its session and ends, without a statement", mode),
    size: REQUESTS[mode],
    measured: [...requests].map(([name, rounds]): Measured => {
      const more = median(rounds.map((time, round) => time - (byHand[round] ?? Number.NaN)));
      return { ...measuredOf(name, rounds), figures: { "ns more than by hand": more * 1e6 } };
    }),
  };
  const calls = await timesOf([AGAIN], CALLS[mode], ROUNDS[mode]);
  yield {
    ...contest("scope-call", "The session of the context, awaited", mode),
    size: CALLS[mode],
    measured: [...calls].map(([name, rounds]) => measuredOf(name, rounds)),
  };
}

function contest(name: string, title: string, mode: Mode): Omit<ContestResult, "measured" | "size"> {
  return { name, title, database: "", mode, rounds: ROUNDS[mode], absent: [] };
}

function measuredOf(name: string, rounds: readonly number[]): Measured {
  return { name, milliseconds: median(rounds), ratio: null, rounds };
}

/** Milliseconds of one operation, of each round; a round has all lanes, so that a busy machine disturbs them alike. */
async function timesOf<L extends Lane>(names: readonly L[], size: number, rounds: number): Promise<Map<L, number[]>> {
  const times = new Map(names.map((name): [L, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, own] of times) {
      const { milliseconds } = (await inOwnProcess(import.meta.filename, [name, String(size)])) as {
        milliseconds: number;
      };
      own.push(milliseconds / size);
    }
  }
  return times;
}

/** What the lanes have in common. */
async function openDatabase() {
  const { asyncSessionmaker, createAsyncEngine } = await import("athanor");
  const { DBConnect } = await import("athanor/context");
  return new DBConnect({
    host: "sqlite+node-sqlite:///:memory:",
    engineCreator: (url: string) => createAsyncEngine(url),
    sessionMakerCreator: (engine) => asyncSessionmaker(engine),
  });
}

async function requestOf(lane: Lane): Promise<Request> {
  const { dbSession, dbSessionScope } = await import("athanor/context");
  const { withDbSession } = await import("athanor/next");
  const database = await openDatabase();
  const make = await database.sessionMaker();
  // what a server makes is not the scope's affair
  const request = { method: "GET", url: "http://localhost/notes", signal: { aborted: false, addEventListener() {} } };
  const response = { status: 200, statusText: "", headers: {}, body: null };
  if (lane === BY_HAND) {
    return async () => {
      const session = make();
      try {
        return response;
      } finally {
        await session.close();
      }
    };
  }
  if (lane === "dbSessionScope()") {
    return () =>
      dbSessionScope(async () => {
        await dbSession(database);
        return response;
      });
  }
  const answer = withDbSession(async (_: typeof request) => {
    await dbSession(database);
    return response;
  });
  return () => answer(request);
}

async function askingAgain(): Promise<(times: number) => Promise<void>> {
  const { dbSession, runInNewCtx } = await import("athanor/context");
  const database = await openDatabase();
  return (times) =>
    runInNewCtx(async () => {
      for (let call = 0; call < times; call += 1) await dbSession(database);
    });
}

async function repeating(lane: Lane): Promise<(times: number) => Promise<void>> {
  if (lane === AGAIN) return await askingAgain();
  const request = await requestOf(lane);
  return async (times) => {
    for (let index = 0; index < times; index += 1) await request();
  };
}

async function measure(lane: Lane, size: number): Promise<void> {
  await import("./library.ts");
  const repeat = await repeating(lane);
  // so that code is compiled
  await repeat(size / 5);
  globalThis.gc?.();
  // nothing is waited for: the thread's own time is all of it, whoever else the machine works for
  const start = process.threadCpuUsage();
  await repeat(size);
  const { user, system } = process.threadCpuUsage(start);
  report({ milliseconds: (user + system) / 1000 });
}

if (import.meta.main) {
  const [lane = "", size = "0"] = process.argv.slice(2);
  await measure(lane as Lane, Number(size));
}
