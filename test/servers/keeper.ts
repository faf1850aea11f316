// A process of its own that prepares, runs and clears away one server. The test run holds the other end of its standard
// input: when that closes, because the run stopped the server, was interrupted or was killed, the server goes too.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { KeeperTask } from "./kept-server.ts";

const patience = 15_000;
const task = JSON.parse(process.argv[2] ?? "") as KeeperTask;
let running: ChildProcess | undefined;
let ending = false;
let ready = false;

async function run(command: readonly string[], heed: (output: string) => void): Promise<void> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { ...task.user, cwd: task.directory, env: { ...process.env, ...task.environment } });
  running = child;
  let output = "";
  const listen = (chunk: Buffer) => {
    output = (output + String(chunk)).slice(-10_000);
    heed(output);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && !ending) throw new Error(`${file} ended with ${code ?? signal}\n${output}`);
}

function announce(output: string): void {
  if (ready || !output.includes(task.readyText)) return;
  ready = true;
  process.stdout.write("ready");
}

function end(): void {
  ending = true;
  running?.kill(task.stopSignal);
  setTimeout(() => running?.kill("SIGKILL"), patience).unref();
}

process.stdin.resume().on("close", end);
// Interrupts from the terminal are for the test run; it closes our input when it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.stdout.on("error", () => {});

try {
  for (const command of task.prepare) if (!ending) await run(command, () => {});
  if (!ending) await run(task.serve, announce);
} catch (error) {
  process.stdout.write(String(error));
} finally {
  rmSync(task.directory, { recursive: true, force: true, maxRetries: 5 });
  process.stdin.destroy();
}
