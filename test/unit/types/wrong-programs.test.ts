// What the compiler says about the likeliest mistakes. The messages are part of the interface: read them when they change.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const folder = join(root, "test/types/wrong-programs");
const programs = readdirSync(folder).filter((name) => name.endsWith(".ts") && name !== "models.ts");

const newest = await messagesBy("typescript");
const oldest = await messagesBy("typescript-5.9");

test.each(programs)("%s is refused", (name) => {
  expect(newest.get(name), "TypeScript 7.0").toBeDefined();
  expect(oldest.get(name), "TypeScript 5.9").toBeDefined();
});

test("nothing else is", () => {
  expect([...newest.keys()].sort()).toEqual([...programs].sort());
});

test("the messages are as agreed upon", async () => {
  const sections = programs.map((name) => section(name, newest.get(name), oldest.get(name)));
  await expect(sections.join("\n")).toMatchFileSnapshot(join(folder, "messages.md"));
});

/** Compiles the folder; answers the messages by file, each with its line. */
async function messagesBy(compiler: string): Promise<Map<string, string>> {
  const tsc = join(root, "node_modules", compiler, "bin/tsc");
  const options = ["-p", folder, "--pretty", "false"];
  const output = await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: folder }).then(
    () => "",
    (error: unknown) => (error as { stdout: string }).stdout,
  );
  const messages = new Map<string, string>();
  let file: string | null = null;
  for (const line of output.split("\n")) {
    const [, path, place, message] = /^(\S+\.ts)\((\d+),\d+\): error (.*)$/.exec(line) ?? [];
    // errors of the library itself are the affair of `npm run typecheck`
    if (path !== undefined) file = path.includes("/") ? null : path;
    if (file === null || line.trim() === "") continue;
    const text = (path === undefined ? line : `line ${place}: ${message}`).replace(/and \d+ more\b/, "and more");
    messages.set(file, `${messages.get(file) ?? ""}${text}\n`);
  }
  return messages;
}

function section(name: string, current = "", old = ""): string {
  const source = readFileSync(join(folder, name), "utf8");
  const [title = ""] = source.split("\n");
  const code = source.slice(title.length).trim();
  const lines = [`## ${title.slice(3)}`, "", "```ts", code, "```", ""];
  lines.push("```text", current.trimEnd(), "```", "");
  if (old !== current) lines.push("TypeScript 5.9:", "", "```text", old.trimEnd(), "```", "");
  return lines.join("\n");
}
