// The process of one contestant: it does what the coordinator's messages ask, and keeps answers to itself.
import { loadAdapter } from "./adapters/index.ts";
import type { Contestant, Task } from "./contestant.ts";
import { openAdmin } from "./databases.ts";
import type { Reply, Request, Taken } from "./remote-contestant.ts";
import type { DatabaseName } from "./schema.ts";
import { type Admin, type Workload, workloads } from "./workloads.ts";

interface Work {
  readonly workload: Workload;
  readonly size: number;
  readonly repeats: number;
  readonly task: Task;
  answer: unknown;
}

class Seat {
  readonly #name: string;
  readonly #contestant: Contestant;
  readonly #admin: () => Promise<Admin>;
  #work: Work | null = null;

  constructor(name: string, contestant: Contestant, admin: () => Promise<Admin>) {
    this.#name = name;
    this.#contestant = contestant;
    this.#admin = admin;
  }

  async do(request: Request): Promise<unknown> {
    if (request.command === "make") return await this.#make(request);
    if (this.#work === null) throw new Error(`${this.#name} has nothing to do yet`);
    if (request.command === "prepare") return await this.#work.task.before?.();
    if (request.command === "run") return await this.#run(this.#work);
    if (request.command === "digest") {
      const { workload, answer, size } = this.#work;
      return await workload.digest(answer, await this.#admin(), size);
    }
    await this.#work.task.end?.();
    this.#work = null;
    return undefined;
  }

  /** @returns whether it takes part. */
  async #make({ workload: name, size, repeats }: Extract<Request, { command: "make" }>): Promise<boolean> {
    const workload = workloads.find((known) => known.name === name);
    const make = workload === undefined ? undefined : this.#contestant.tasks[workload.task];
    if (workload === undefined || make === undefined) return false;
    this.#work = { workload, size, repeats, task: await make(size), answer: undefined };
    return true;
  }

  async #run(work: Work): Promise<Taken> {
    const { repeats } = work;
    work.answer = undefined;
    // what the run before left behind is not this one's to clear away
    globalThis.gc?.({ type: "minor" });
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    for (let done = 0; done < repeats; done += 1) work.answer = await work.task.run();
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(cpuStart);
    return { milliseconds: milliseconds / repeats, cpu: (user + system) / 1000 / repeats };
  }
}

async function serve(name: string, database: DatabaseName, url: string, adminUrl: string): Promise<void> {
  // dates without a zone, as SQLite has them, are UTC; some read them as local time
  process.env["TZ"] = "UTC";
  await import("./library.ts");
  const adapter = await loadAdapter(name);
  let admin: ReturnType<typeof openAdmin> | null = null;
  const seat = new Seat(
    name,
    await adapter.open(database, url),
    async () => await (admin ??= openAdmin(database, adminUrl)),
  );
  process.on("message", (request: Request) => void answer(seat, request));
  process.once("disconnect", () => process.exit());
  reply({ value: null });
}

async function answer(seat: Seat, request: Request): Promise<void> {
  try {
    reply({ value: (await seat.do(request)) ?? null });
  } catch (error) {
    reply({ error: String(error) });
  }
}

function reply(message: Reply): void {
  process.send?.(message);
}

const [name = "", database = "", url = "", adminUrl = ""] = process.argv.slice(2);
await serve(name, database as DatabaseName, url, adminUrl).catch((error: unknown) => reply({ error: String(error) }));
