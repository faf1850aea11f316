// The test run's end of a server: starts its keeper (keeper.ts) and stops it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestServer } from "./server.ts";
import type { ProcessUser } from "./unprivileged-user.ts";

export interface KeeperTask {
  /** Holds everything the server writes; removed when it ends. */
  readonly directory: string;
  readonly prepare: readonly (readonly string[])[];
  readonly serve: readonly string[];
  /** What the server says when it accepts connections. */
  readonly readyText: string;
  readonly stopSignal: NodeJS.Signals;
  readonly user: ProcessUser;
  readonly environment: Readonly<Record<string, string>>;
}

export async function startKeptServer(url: string, task: KeeperTask): Promise<TestServer> {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL("keeper.ts", import.meta.url)), JSON.stringify(task)], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = await firstWords(keeper);
  if (said !== "ready") throw new Error(`no server for ${url}: ${said}`);
  release(keeper);
  return { url, stop: () => stop(keeper) };
}

async function firstWords(keeper: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of keeper.stdout ?? []) {
    text += String(chunk);
    if (text === "ready") break;
  }
  return text;
}

/** A run that ends without stopping its servers must not hang on them. */
function release(keeper: ChildProcess): void {
  keeper.unref();
  if (keeper.stdin instanceof Socket) keeper.stdin.unref();
}

async function stop(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null) return;
  keeper.ref();
  keeper.stdin?.end();
  await once(keeper, "exit");
}
