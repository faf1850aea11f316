// Runs the library where no driver is installed.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "athanor-missing-"));
  cpSync("src", join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(
    join(folder, "main.ts"),
    `import { loadDriver } from "./src/driver/index.ts";
     try { console.log(loadDriver(process.argv[2], process.argv[3]).name); } catch (error) { console.log(error.name, error.message); }`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, "main.ts"), ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout + stderr;
}

test("says what to install", () => {
  expect(load("postgresql")).toMatch(/^NoSuchModuleError .*not installed[^]*npm install pg\n/);
  expect(load("mysql")).toMatch(/mariadb \(or mysql2\), is not installed[^]*npm install mariadb\n/);
  expect(load("sqlite", "better-sqlite3")).toMatch(/npm install better-sqlite3\n/);
});

test("SQLite falls back to Node's own", () => {
  expect(load("sqlite")).toBe("node-sqlite\n");
});

test("MySQL and MariaDB fall back to mysql2", () => {
  install("mysql2", "exports.createConnection = () => undefined;");
  expect(load("mysql")).toBe("mysql2\n");
  expect(load("mariadb")).toBe("mysql2\n");
  expect(load("mysql", "mariadb")).toMatch(/^NoSuchModuleError .*the package mariadb, is not installed/);
});

test("says that an installed package is not what it should be", () => {
  install("mysql2", "");
  expect(load("mysql")).toMatch(/^ArgumentError .*no function createConnection/);
});

function install(name: string, code: string): void {
  mkdirSync(join(folder, "node_modules", name), { recursive: true });
  writeFileSync(join(folder, "node_modules", name, "index.js"), code);
}
