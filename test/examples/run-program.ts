// Runs a TypeScript program against the sources of the library.
import { execFile } from "node:child_process";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const hook = new URL("use-source.ts", import.meta.url).href;

/** What Node is given before the name of the program. */
export const programFlags: readonly string[] = ["--disable-warning=ExperimentalWarning", "--import", hook];

export function runProgram(file: string, args: readonly string[] = [], cwd?: string): Promise<Run> {
  return new Promise((done) => {
    execFile(process.execPath, [...programFlags, file, ...args], { cwd, timeout: 25_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
