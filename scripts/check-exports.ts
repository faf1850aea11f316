// The `exports` of package.json, the entry map and the entry files must tell the same story.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { entries, outputName } from "./entries.ts";

const root = resolve(import.meta.dirname, "..");
const problems = [...undeclaredFiles(), ...missingFiles(), ...differences()];
for (const problem of problems) console.error(`exports: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`exports: ${Object.keys(entries).length} entry points`);

function* undeclaredFiles(): Generator<string> {
  for (const folder of ["src", "src/drivers"]) {
    for (const file of readdirSync(join(root, folder))) {
      const path = `${folder}/${file}`;
      if (file.endsWith(".ts") && !Object.values(entries).includes(path)) yield `${path} is not in scripts/entries.ts`;
    }
  }
}

function* missingFiles(): Generator<string> {
  for (const [name, source] of Object.entries(entries)) {
    if (!existsSync(join(root, source))) yield `${name} has no source file ${source}`;
  }
}

function* differences(): Generator<string> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, unknown> };
  const expected: Record<string, unknown> = { "./package.json": "./package.json" };
  for (const [name, source] of Object.entries(entries)) {
    const output = `./dist/${outputName(source)}`;
    expected[name] = { types: `${output}.d.ts`, default: `${output}.js` };
  }
  for (const name of new Set([...Object.keys(expected), ...Object.keys(manifest.exports)])) {
    const [want, have] = [JSON.stringify(expected[name]), JSON.stringify(manifest.exports[name])];
    if (want !== have) yield `package.json has ${name}: ${have}, expected ${want}`;
  }
}
