// What docs/guides/web-frameworks.md says of existing applications: fewer than ten lines are added for each framework, and
// the application with them compiles, runs and commits.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programFlags } from "../examples/run-program.ts";
import { freePort } from "../servers/free-port.ts";
import { blocksOf, programsOf, readPages, root } from "./pages.ts";

const folder = mkdtempSync(join(tmpdir(), "athanor-web-docs-"));
const page = readPages().find(({ path }) => path === "docs/guides/web-frameworks.md");
const lines = page?.lines ?? [];
const blocks = blocksOf(lines);
const linesOf = ({ from, to }: { readonly from: number; readonly to: number }) => lines.slice(from, to);

/** The lines that every application gets once, and the file that it has of its own. */
const database = linesOf(blocks.find(({ info }) => info === "ts") ?? { from: 0, to: 0 });
const notes = page === undefined ? "" : (programsOf(page)[0]?.source ?? "");

interface Change {
  readonly framework: string;
  readonly added: readonly string[];
  /** The application with the change. */
  readonly source: string;
}

const changes = blocks.filter(({ info }) => info === "diff").map(changeOf);

function changeOf(block: { readonly from: number; readonly to: number }): Change {
  const marked = linesOf(block);
  return {
    framework: lines.findLast((line, index) => index < block.from && line.startsWith("## "))?.slice(3) ?? "",
    added: marked.filter((line) => line.startsWith("+")),
    source: marked
      .filter((line) => !line.startsWith("-"))
      .map((line) => line.slice(1))
      .join("\n"),
  };
}

const folderOf = ({ framework }: Change): string => join(folder, framework.replaceAll(/\W+/g, "-"));
/** A file of routes has no server of its own. */
const isRoute = ({ source }: Change): boolean => source.includes("export const POST");
const routeServer = `import { serve } from "@hono/node-server";
import { POST } from "./app.ts";
serve({ fetch: POST, port: Number(process.env["PORT"]) });
`;

beforeAll(() => {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const change of changes) {
    mkdirSync(folderOf(change));
    writeFileSync(join(folderOf(change), "notes.ts"), notes);
    writeFileSync(join(folderOf(change), "app.ts"), change.source);
    if (isRoute(change)) writeFileSync(join(folderOf(change), "main.ts"), routeServer);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every framework has its change", () => {
  expect(changes.map(({ framework }) => framework.split(",")[0])).toEqual([
    "Express",
    "Fastify",
    "Koa",
    "Hono",
    "Nest",
    "node:http",
    "Next",
  ]);
});

test("the applications compile", async () => {
  const compilerOptions = {
    paths: { athanor: [join(root, "src/index.ts")], "athanor/*": [join(root, "src/*.ts")] },
    typeRoots: [join(root, "node_modules/@types")],
    experimentalDecorators: true,
  };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["*/*.ts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", folder, "--pretty", "false"];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});

describe.each(changes)("$framework", (change) => {
  test("fewer than ten lines are added", () => {
    expect(change.added.length).toBeGreaterThan(0);
    expect(database.length + change.added.length).toBeLessThan(10);
  });

  test("the application commits what a request adds", async () => {
    const port = await freePort();
    const program = await start(change, port);
    try {
      const [first, second] = [await add(program, port), await add(program, port)];
      expect(first).toEqual([expect.stringMatching(/^from /)]);
      expect(second).toEqual([...first, ...first]);
    } finally {
      program.kill();
      await once(program, "exit");
    }
  });
});

async function start(change: Change, port: number): Promise<ChildProcess> {
  // Node runs no decorators.
  const { code } = await transform(change.source, {
    loader: "ts",
    target: "es2024",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
  writeFileSync(join(folderOf(change), "app.ts"), code);
  const main = isRoute(change) ? "main.ts" : "app.ts";
  return spawn(process.execPath, [...programFlags, main], {
    cwd: folderOf(change),
    env: { ...process.env, PORT: String(port), DATABASE_URL: undefined },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Asks again as long as nobody listens. */
async function add(program: ChildProcess, port: number): Promise<readonly string[]> {
  const init = { method: "POST", headers: { connection: "close" } };
  const ask = async (): Promise<Response | null> =>
    await fetch(`http://127.0.0.1:${port}/notes`, init).catch(() => null);
  let response: Response | null = null;
  await expect
    .poll(async () => program.exitCode ?? (response ??= await ask())?.status, { timeout: 20_000 })
    .toBeOneOf([200, 201]);
  return (await (response as Response | null)?.json()) as readonly string[];
}
