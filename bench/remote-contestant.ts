// A contestant as the coordinator sees it: in a process of its own, so that nobody's compiled code, caches and garbage
// are another one's burden, just as each would be alone in an application.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { DatabaseName } from "./schema.ts";

export type Request =
  | { readonly command: "make"; readonly workload: string; readonly size: number; readonly repeats: number }
  | { readonly command: "prepare" | "run" | "digest" | "end" };

export type Reply = { readonly value: unknown } | { readonly error: string };

/** What one run took, or each of its repetitions, as the contestant's own process measured it. */
export interface Taken {
  readonly milliseconds: number;
  /** Milliseconds of processor time. */
  readonly cpu: number;
}

export interface Place {
  readonly database: DatabaseName;
  /** Where the contestant connects to: the database, or a proxy before it. */
  readonly url: string;
  /** Where tables are looked at afterwards. */
  readonly adminUrl: string;
}

export class RemoteContestant {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(name: string, { database, url, adminUrl }: Place): Promise<RemoteContestant> {
    const program = join(import.meta.dirname, "contestant-program.ts");
    const execArgv = [...process.execArgv.filter((arg) => arg !== "--expose-gc"), "--expose-gc"];
    const contestant = new RemoteContestant(fork(program, [name, database, url, adminUrl], { execArgv }));
    await contestant.#reply();
    return contestant;
  }

  /** Gets a task ready. @returns whether the contestant has one for the workload. */
  async make(workload: string, size: number, repeats: number): Promise<boolean> {
    return (await this.#ask({ command: "make", workload, size, repeats })) as boolean;
  }
  /** What has to be there before each run. */
  async prepare(): Promise<void> {
    await this.#ask({ command: "prepare" });
  }
  async run(): Promise<Taken> {
    return (await this.#ask({ command: "run" })) as Taken;
  }
  /** The check sum of the last run. */
  async digest(): Promise<string> {
    return (await this.#ask({ command: "digest" })) as string;
  }
  /** Lets go of the task. */
  async end(): Promise<void> {
    await this.#ask({ command: "end" });
  }
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.disconnect();
    await exit;
  }

  #ask(request: Request): Promise<unknown> {
    this.#process.send(request);
    return this.#reply();
  }

  #reply(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the contestant's process ended with ${code}`));
      this.#process.once("exit", onExit);
      this.#process.once("message", (message: Reply) => {
        this.#process.off("exit", onExit);
        if ("error" in message) reject(new Error(message.error));
        else resolve(message.value);
      });
    });
  }
}
