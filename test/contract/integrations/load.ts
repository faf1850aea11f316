import { setTimeout as sleep } from "node:timers/promises";
import { select } from "athanor";
import { dbSession } from "../../../src/context.ts";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { begin } from "./ask.ts";
import type { Framework, Route } from "./frameworks/index.ts";
import { connectTo, Note } from "./notes.ts";

export interface LoadWishes {
  readonly clients: number;
  /** Says whether a client sends another request; `sent` counts those of all clients. */
  readonly goesOn: (sent: number) => boolean;
}

export interface LoadReport {
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The client went before it had its response: the row may be there or not. */
  readonly aborted: number;
  readonly rows: number;
  /** What must not be: rows of requests that failed, requests that succeeded without row, rows there twice. */
  readonly wrong: readonly string[];
  /** Connections that are still taken when all is over. */
  readonly leaked: number;
}

export type Outcome = "succeeded" | "failed" | "aborted";
/** What became of each request, by the text of its note. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** Clients of `ask` over an application of its own, and what is left of both when all is over. */
export async function runLoad(
  framework: Framework,
  engine: AsyncEngine,
  ask: (url: string) => Promise<Outcomes>,
): Promise<LoadReport> {
  const application = await framework.start(routeOver(engine), { options: { onError: () => undefined } });
  const outcomes = await ask(application.url);
  const leaked = await takenAtTheEnd(engine);
  await application.close();
  return report(outcomes, await textsOf(engine), leaked);
}

/** Clients that each send one request after the other, of which one in ten fails and one in ten is aborted. */
export async function askMuch(url: string, { clients, goesOn }: LoadWishes): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  let sent = 0;
  const client = async (): Promise<void> => {
    while (goesOn(sent)) {
      const number = sent++;
      outcomes.set(String(number), await request(url, number));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return outcomes;
}

/** Adds the note that the path names; `/n/fail` adds it and throws, `/n/refuse` adds it and answers 422. */
function routeOver(engine: AsyncEngine): Route {
  const connect = connectTo({ engine, session: () => new AsyncSession(engine) });
  return async ({ pathname }) => {
    const [, text = "", how] = pathname.split("/");
    const session = await dbSession(connect);
    session.add(new Note({ text }));
    await session.flush();
    await sleep(Number(text) % 5);
    await session.scalars(select(Note).where(Note.c.text.eq(text)));
    if (how === "fail") throw new Error("meant to fail");
    return { status: how === "refuse" ? 422 : 201, body: text };
  };
}

async function request(url: string, number: number): Promise<Outcome> {
  const end = number % 20 === 5 ? "/fail" : number % 20 === 15 ? "/refuse" : "";
  const { request: asked, reply } = begin(`${url}/${number}${end}`);
  if (number % 10 === 0) setTimeout(() => asked.destroy(), number % 7);
  try {
    const { isWhole, status } = await reply;
    if (!isWhole) return "aborted";
    return status < 400 ? "succeeded" : "failed";
  } catch {
    return "aborted";
  }
}

async function takenAtTheEnd(engine: AsyncEngine): Promise<number> {
  // Handlers of aborted requests may still be at work.
  for (let tries = 0; tries < 100 && engine.pool.checkedOut() > 0; tries++) await sleep(20);
  return engine.pool.checkedOut();
}

async function textsOf(engine: AsyncEngine): Promise<readonly string[]> {
  await using session = new AsyncSession(engine);
  return (await session.scalars(select(Note.c.text))).all();
}

function report(outcomes: Outcomes, texts: readonly string[], leaked: number): LoadReport {
  const rows = new Set(texts);
  const count = (wanted: Outcome): number => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
  const wrong = [...outcomes].flatMap(([text, outcome]) => {
    if (outcome === "succeeded" && !rows.has(text)) return [`${text} succeeded and has no row`];
    if (outcome === "failed" && rows.has(text)) return [`${text} failed and has a row`];
    return [];
  });
  for (const text of rows) if (!outcomes.has(text)) wrong.push(`${text} has a row and was not sent`);
  if (rows.size !== texts.length) wrong.push(`${texts.length - rows.size} rows are there twice`);
  return {
    sent: outcomes.size,
    succeeded: count("succeeded"),
    failed: count("failed"),
    aborted: count("aborted"),
    rows: texts.length,
    wrong,
    leaked,
  };
}
