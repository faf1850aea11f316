import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a file of this folder in a process of its own, where memory can be looked at, and reads what it reports as JSON. */
export async function inOwnProcess(file: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", file, ...args]);
  return JSON.parse(stdout);
}

/** From inside such a process: the report, and its end. */
export function report(what: object | null): never {
  process.stdout.write(JSON.stringify(what));
  process.exit();
}
