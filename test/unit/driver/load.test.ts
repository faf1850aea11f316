import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as nodeSqlite from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mariadb, * as mariadbNamespace from "mariadb";
import mysql2, * as mysql2Namespace from "mysql2";
import mysql2Promise from "mysql2/promise";
import pg, * as pgNamespace from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadDriver, pgDriver } from "../../../src/driver/index.ts";
import { ArgumentError, NoSuchModuleError } from "../../../src/errors/index.ts";
import { BetterSqlite3, failure, onMysql2, prepared } from "./open-driver.ts";

describe("loadDriver", () => {
  test.each([
    ["sqlite", undefined, "better-sqlite3"],
    ["sqlite", "node-sqlite", "node-sqlite"],
    ["postgresql", undefined, "pg"],
    ["postgres", "pg", "pg"],
    ["mysql", undefined, "mariadb"],
    ["mariadb", "mariadb", "mariadb"],
    ["mysql", "mysql2", "mysql2"],
  ])("%s + %s is %s", (dialect, name, expected) => {
    expect(loadDriver(dialect, name).name).toBe(expected);
  });

  test.each([
    ["sqlite", BetterSqlite3, "better-sqlite3"],
    ["sqlite", { default: BetterSqlite3 }, "better-sqlite3"],
    ["sqlite", nodeSqlite, "node-sqlite"],
    ["postgresql", pg, "pg"],
    ["postgresql", pgNamespace, "pg"],
    ["postgresql", pgDriver(pg), "pg"],
    ["mariadb", mariadb, "mariadb"],
    ["mysql", mariadbNamespace, "mariadb"],
    ["mysql", mysql2, "mysql2"],
    ["mysql", mysql2Namespace, "mysql2"],
    ["mariadb", mysql2Promise, "mysql2"],
  ])("takes a module or a driver for %s", (dialect, given, expected) => {
    expect(loadDriver(dialect, undefined, given).name).toBe(expected);
  });

  test("refuses what is no driver, or one of another database", async () => {
    expect(await failure(() => loadDriver("postgresql", undefined, {}))).toBeInstanceOf(ArgumentError);
    expect(await failure(() => loadDriver("postgresql", undefined, null))).toBeInstanceOf(ArgumentError);
    const error = await failure(() => loadDriver("postgresql", undefined, nodeSqlite));
    expect((error as Error).message).toMatch(/node-sqlite.*sqlite.*postgresql/);
  });

  test("names the drivers and dialects there are", async () => {
    const driver = (await failure(() => loadDriver("postgresql", "oracle"))) as Error;
    expect(driver).toBeInstanceOf(NoSuchModuleError);
    expect(driver.message).toContain("postgresql+pg");
    const dialect = (await failure(() => loadDriver("oracle"))) as Error;
    expect(dialect).toBeInstanceOf(NoSuchModuleError);
    expect(dialect.message).toContain("sqlite, postgresql");
    expect(await failure(() => loadDriver("constructor"))).toBeInstanceOf(NoSuchModuleError);
  });
});

test.skipIf(onMysql2.skipped)("mysql2 in its form with promises is as good", async () => {
  const connection = await loadDriver("mysql", undefined, mysql2Promise).connect(onMysql2.target());
  const { rows } = await connection.execute("SELECT ?, CAST(? AS SIGNED)", [1.5, 9007199254740993n], prepared);
  expect(rows).toEqual([[1.5, 9007199254740993n]]);
  await connection.close();
});

describe("packages of the application", () => {
  const [main, cwd] = [process.argv[1], process.cwd()];
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "athanor-load-"));
    process.argv[1] = join(folder, "main.js");
  });
  afterEach(() => {
    process.argv[1] = main!;
    process.chdir(cwd);
    rmSync(folder, { recursive: true, force: true });
  });

  function install(name: string, code: string): void {
    mkdirSync(join(folder, "node_modules", name), { recursive: true });
    writeFileSync(join(folder, "node_modules", name, "index.js"), code);
  }

  test("the main module's come first", () => {
    install("pg", "exports.Client = class Mine {}; globalThis.__loadedFrom = __dirname;");
    expect(loadDriver("postgresql").name).toBe("pg");
    expect((globalThis as { __loadedFrom?: string }).__loadedFrom).toContain(folder);
  });

  test("a package that is installed but broken keeps its error", async () => {
    install("pg", "throw new Error('compiled for another Node')");
    const error = (await failure(() => loadDriver("postgresql"))) as Error;
    expect(error).toBeInstanceOf(NoSuchModuleError);
    expect(error.message).toContain("compiled for another Node");
    expect((error.cause as Error).message).toBe("compiled for another Node");
  });
});
