// Each web application runs by the command of its package.json, on every database.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { examples } from "./applications.ts";

interface Manifest {
  readonly scripts: { readonly start: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const root = join(examples, "..");
const names = ["express", "fastify", "hono", "http", "koa", "nest", "next"];

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Node takes `athanor` from the sources, so that nothing has to be built first. */
const hook = pathToFileURL(join(root, "test/examples/use-source.ts")).href;
const environment = {
  ...process.env,
  NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import ${hook}`,
  PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`,
};

/** Runs what `npm start` runs; the last command is the program. Answers what it printed and how it ended. */
async function start(name: string, url: string | undefined, use: (url: string) => Promise<void>): Promise<unknown> {
  const cwd = join(examples, name);
  const commands = manifestOf(cwd).scripts.start.split(" && ");
  const [program = "", ...args] = commands.pop()?.split(" ") ?? [];
  for (const command of commands) execFileSync(command, { cwd, env: environment, shell: true, stdio: "pipe" });
  const child = spawn(program, args, { cwd, env: { ...environment, PORT: "0", DATABASE_URL: url } });
  const ended = once(child, "close");
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [unknown];
  try {
    await use(new URL("/", String(line)).href);
  } finally {
    child.kill("SIGTERM");
  }
  const [code] = (await ended) as [number | null];
  return { code, printed };
}

async function ask(url: string, body?: object): Promise<unknown> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  // Each request has a connection of its own: one that is kept alive would hold the server up when it stops.
  const headers = { ...(body === undefined ? {} : init.headers), connection: "close" };
  const response = await fetch(url, body === undefined ? { headers } : { ...init, headers });
  return { status: response.status, body: await response.json() };
}

describeTargets(
  "an example, by its command",
  (target) => {
    // Another driver of the same database is not the example's affair: one of them is enough.
    const isUsual = ["better-sqlite3", "pg", "mariadb"].includes(target.driver);
    test.each(isUsual ? names : names.slice(0, 1))("%s", async (name) => {
      const database = target.driver === "better-sqlite3" ? undefined : await target.url(); // the default, once
      const ending = await start(name, database, async (url) => {
        const alice = { id: 1, owner: "Alice", balance: 100 };
        expect(await ask(`${url}accounts`, { owner: "Alice", deposit: 100 })).toEqual({ status: 201, body: alice });
        expect(await ask(`${url}accounts`, { owner: "Bob", deposit: -1 })).toMatchObject({ status: 422 });
        const order = { payerId: 1, payeeId: 1, amount: 500 };
        expect(await ask(`${url}transfers`, order)).toMatchObject({ status: 422 });
        expect(await ask(`${url}accounts`)).toEqual({ status: 200, body: [alice] });
      });
      expect(ending).toEqual({ code: 0, printed: "" });
    });
  },
  ["promises"],
);

describe("the manifests of the examples", () => {
  const { devDependencies } = manifestOf(root);

  test.each(names)("%s asks for what the project has, in the same versions", (name) => {
    const { athanor, ...rest } = manifestOf(join(examples, name)).dependencies;
    expect(athanor).toBe("file:../..");
    expect(rest).toEqual(Object.fromEntries(Object.keys(rest).map((each) => [each, devDependencies[each]])));
  });
});
