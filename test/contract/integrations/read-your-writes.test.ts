// A3-52: the recipe of docs/guides/sessions-in-context.md, run as it stands there, with a server and a real replica.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { programsOf, readPages, root } from "../../docs/pages.ts";
import { programFlags } from "../../examples/run-program.ts";
import { startReplicatedPostgresql } from "../../servers/postgresql.ts";

const server = inject("postgresql");
if ("skipped" in server) describe.skip(`reading one's own writes from a replica: ${server.skipped}`, cases);
else describe("reading one's own writes from a replica", cases);

function cases(): void {
  const folder = mkdtempSync(join(tmpdir(), "athanor-replica-"));
  let servers: Awaited<ReturnType<typeof startReplicatedPostgresql>>;
  let replica: pg.Client;
  let program: ChildProcess;
  let url: string;

  beforeAll(async () => {
    servers = await startReplicatedPostgresql();
    replica = new pg.Client(servers.replica.url);
    await replica.connect();
    program = start(folder, { PRIMARY_URL: servers.primary.url, REPLICA_URL: servers.replica.url });
    url = await addressOf(program);
  });
  afterAll(async () => {
    program?.kill();
    await replica?.end();
    await servers?.replica.stop();
    await servers?.primary.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Whether somebody else asks the replica, again and again, how far it is. */
  const isAsked = async (): Promise<boolean> => {
    const asking =
      "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_last_wal_replay_lsn%' AND pid <> pg_backend_pid()";
    return (await replica.query(asking)).rowCount === 1;
  };

  test("a request waits until the replica has what an earlier one wrote", async () => {
    // The replica gets the table, too, a moment later.
    await expect.poll(async () => (await fetch(url)).status).toBe(200);
    const first = await fetch(url);
    expect([await first.json(), first.headers.get("set-cookie")]).toEqual([[], null]);

    await replica.query("SELECT pg_wal_replay_pause()");
    await expect
      .poll(async () => (await replica.query("SELECT pg_get_wal_replay_pause_state()")).rows)
      .toEqual([{ pg_get_wal_replay_pause_state: "paused" }]);
    const written = await fetch(url, { method: "POST" });
    const [cookie = ""] = written.headers.get("set-cookie")?.split(";") ?? [];
    expect([written.status, cookie]).toEqual([201, expect.stringMatching(/^position=[0-9A-F]+%2F[0-9A-F]+$/)]);
    expect(await (await fetch(url)).json()).toEqual([]);

    const waiting = fetch(url, { headers: { cookie } });
    await expect.poll(isAsked, { timeout: 4_000 }).toBe(true);
    await replica.query("SELECT pg_wal_replay_resume()");
    expect(await (await waiting).json()).toEqual(["written"]);
  });
}

/** The recipe as a program of its own. */
function start(folder: string, environment: Readonly<Record<string, string>>): ChildProcess {
  const page = readPages().filter(({ path }) => path === "docs/guides/sessions-in-context.md");
  const recipe = page.flatMap(programsOf).find(({ source }) => source.includes("pg_last_wal_replay_lsn"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "main.mts"), recipe?.source ?? "");
  return spawn(process.execPath, [...programFlags, "main.mts"], {
    cwd: folder,
    env: { ...process.env, ...environment, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("it has no output");
  const [line] = (await once(createInterface(stdout), "line")) as [string];
  return `http://127.0.0.1:${/port: (\d+)/.exec(line)?.[1]}`;
}
