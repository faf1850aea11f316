import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { installedSize } from "../../examples/lockfile/installed-size.ts";
import { type Lockfile, readLockfile, UserError } from "../../examples/lockfile/read-lockfile.ts";

const folder = mkdtempSync(join(tmpdir(), "athanor-lockfile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

function write(content: unknown): string {
  files += 1;
  const file = join(folder, `lock-${files}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function read(packages: Readonly<Record<string, object>>): Lockfile {
  return readLockfile(write({ name: "shop", lockfileVersion: 3, packages: { "": { version: "1.0.0" }, ...packages } }));
}

function dependenciesOf(lockfile: Lockfile, key: string): Record<string, string> {
  return Object.fromEntries(lockfile.versions.get(key)?.dependencies ?? []);
}

describe("dependencies", () => {
  test("lead to the nearest node_modules upwards", () => {
    const lockfile = read({
      "": { version: "1.0.0", dependencies: { a: "1" } },
      "node_modules/a": { version: "1.0.0", dependencies: { b: "2", c: "1" } },
      "node_modules/a/node_modules/b": { version: "2.0.0", dependencies: { c: "1" } },
      "node_modules/b": { version: "1.0.0" },
      "node_modules/c": { version: "1.0.0", dependencies: { b: "1" } },
    });
    expect(dependenciesOf(lockfile, "a@1.0.0")).toEqual({ "b@2.0.0": "required", "c@1.0.0": "required" });
    expect(dependenciesOf(lockfile, "b@2.0.0")).toEqual({ "c@1.0.0": "required" });
    expect(dependenciesOf(lockfile, "c@1.0.0")).toEqual({ "b@1.0.0": "required" });
  });

  test("are told apart; the stronger kind counts, and only a project has development ones", () => {
    const lockfile = read({
      "": { version: "1.0.0", devDependencies: { a: "1", b: "1" }, peerDependencies: { b: "1" } },
      "node_modules/a": { version: "1.0.0", devDependencies: { c: "1" }, optionalDependencies: { b: "1", left: "1" } },
      "node_modules/b": { version: "1.0.0", peerDependencies: { a: "1", unmet: "1" } },
      "node_modules/c": { version: "1.0.0" },
    });
    expect(dependenciesOf(lockfile, "shop@1.0.0")).toEqual({ "a@1.0.0": "development", "b@1.0.0": "development" });
    expect(dependenciesOf(lockfile, "a@1.0.0")).toEqual({ "b@1.0.0": "optional" });
    expect(dependenciesOf(lockfile, "b@1.0.0")).toEqual({ "a@1.0.0": "peer" });
    expect(lockfile.missing).toEqual([]);
  });

  test("that nothing answers are listed", () => {
    expect(read({ "": { version: "1.0.0", dependencies: { gone: "1" } } }).missing).toEqual(["shop@1.0.0 needs gone"]);
  });

  test("lead through links to workspaces, which are projects too", () => {
    const lockfile = read({
      "": { version: "1.0.0", dependencies: { tool: "1" } },
      "node_modules/tool": { resolved: "packages/tool", link: true },
      "packages/tool": { name: "tool", version: "1.1.0", devDependencies: { a: "1" } },
      "node_modules/a": { version: "1.0.0" },
    });
    expect(dependenciesOf(lockfile, "shop@1.0.0")).toEqual({ "tool@1.1.0": "required" });
    expect(dependenciesOf(lockfile, "tool@1.1.0")).toEqual({ "a@1.0.0": "development" });
    expect(lockfile.versions.get("tool@1.1.0")).toMatchObject({ isProject: true, paths: [] });
  });
});

test("one version in several places is one version", () => {
  const lockfile = read({
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b/node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "1.0.0" },
  });
  expect(lockfile.versions.get("a@1.0.0")?.paths).toEqual(["node_modules/a", "node_modules/b/node_modules/a"]);
});

test("a package under another name has its own", () => {
  const lockfile = read({ "node_modules/old": { name: "@scope/thing", version: "1.0.0" } });
  expect([...lockfile.versions.keys()]).toEqual(["shop@1.0.0", "@scope/thing@1.0.0"]);
});

describe("what is no lockfile is refused in a line", () => {
  test.each([
    ["no JSON", "{", "it is not JSON"],
    ["other JSON", [], "is not a package-lock.json"],
    ["null", "null", "is not a package-lock.json"],
    ["npm 6", { lockfileVersion: 1, dependencies: {} }, "npm 7 or later"],
  ])("%s", (_name, content, message) => {
    expect(() => readLockfile(write(content))).toThrow(UserError);
    expect(() => readLockfile(write(content))).toThrow(message);
  });

  test("a file that is not there, a folder", () => {
    expect(() => readLockfile(join(folder, "nowhere.json"))).toThrow("there is no file");
    expect(() => readLockfile(folder)).toThrow("EISDIR");
  });
});

describe("sizes", () => {
  test("count the files of all places", () => {
    const here = ["test/examples"];
    const once = installedSize(process.cwd(), here);
    expect(once).toBeGreaterThan(1000n);
    expect(installedSize(process.cwd(), [...here, ...here])).toBe((once ?? 0n) * 2n);
  });

  test("are not known where nothing is installed", () => {
    expect(installedSize(folder, ["node_modules/nowhere"])).toBeNull();
    expect(installedSize(folder, [])).toBeNull();
  });
});
