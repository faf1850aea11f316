// Downloads Debian's packages of MariaDB and unpacks them into node_modules/.cache: no root, nothing installed.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ServerUnavailable } from "./server.ts";

const run = promisify(execFile);
const cache = resolve(import.meta.dirname, "../../node_modules/.cache/mariadb");

export interface UnpackedPackages {
  readonly root: string;
  /** Search path of the shared libraries that came along. */
  readonly libraries: string;
}

export async function mariadbPackages(root: string = cache): Promise<UnpackedPackages> {
  if (!existsSync(root)) await fill(root);
  const libraryFolders = ["usr/lib", "lib"].map((folder) => join(root, folder));
  const libraries = libraryFolders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => folder.endsWith("-linux-gnu"));
  return { root, libraries: libraries.join(":") };
}

/** In a folder of its own, put in place when complete: two runs may do this at once, or one be interrupted. */
async function fill(root: string): Promise<void> {
  const draft = `${root}.${process.pid}`;
  try {
    await download(draft);
    if (!existsSync(root)) renameSync(join(draft, "root"), root);
  } catch (error) {
    throw new ServerUnavailable("no mariadbd on this machine, and its Debian packages cannot be had", { cause: error });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function download(draft: string): Promise<void> {
  for (const folder of ["lists/partial", "cache/archives/partial", "packages", "root"]) {
    mkdirSync(join(draft, folder), { recursive: true });
  }
  const apt = (...args: string[]) =>
    run("apt-get", [...privateState(draft), ...args], { cwd: join(draft, "packages") });
  await apt("update");
  const { stdout } = await apt(
    "install",
    "--simulate",
    "--no-install-recommends",
    "mariadb-server-core",
    "mariadb-client-core",
  );
  const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
  await apt("download", ...names);
  for (const file of readdirSync(join(draft, "packages"))) {
    await run("dpkg", ["-x", join(draft, "packages", file), join(draft, "root")]);
  }
}

function privateState(draft: string): string[] {
  const options = [`Dir::State::lists=${draft}/lists`, `Dir::Cache=${draft}/cache`, "Debug::NoLocking=1"];
  return ["-qq", ...[...options, "APT::Sandbox::User=root"].flatMap((option) => ["-o", option])];
}
