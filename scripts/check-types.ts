// Checks the type tests (test/types) with every supported TypeScript, and says what they cost.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "..");
const require = createRequire(import.meta.url);
const options = ["-p", "test/types", "--extendedDiagnostics", "--pretty", "false"];

for (const name of ["typescript-5.9", "typescript-6.0", "typescript"]) {
  const { ok, output } = await compile(name);
  const { version } = require(`${name}/package.json`) as { version: string };
  console.log(
    `types: TypeScript ${version}: ${ok ? "ok" : "failed"}, ${figure(output, "Instantiations")} instantiations`,
  );
  if (ok) continue;
  process.exitCode = 1;
  console.error(output.split(/^Files:/m)[0]);
}

async function compile(name: string): Promise<{ ok: boolean; output: string }> {
  const compiler = join(root, "node_modules", name, "bin/tsc");
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: root });
    return { ok: true, output: stdout };
  } catch (error) {
    return { ok: false, output: (error as { stdout: string }).stdout };
  }
}

function figure(output: string, name: string): string {
  return new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(output)?.[1] ?? "?";
}
