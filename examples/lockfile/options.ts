// The command line.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeUrl, type Url } from "athanor";

export interface Options {
  readonly file: string;
  readonly url: Url;
  readonly echo: boolean;
}

export const usage = `usage: npm start -- [--file PATH] [--url URL] [--echo]

  --file PATH  the package-lock.json to read (default: this project's)
  --url URL    the database, e.g. postgresql://user:password@host/name or mariadb://…
               (default: an SQLite file under node_modules/.cache)
  --echo       show the SQL
`;

/** A command line that makes no sense. */
export class UsageError extends Error {}

const root = resolve(import.meta.dirname, "../..");
const defaultDatabase = join(root, "node_modules/.cache/athanor/lockfile.db"); // ignored by git, gone with node_modules

/** `null`: only the usage is asked for. */
export function readOptions(args: readonly string[]): Options | null {
  const { file, url, echo, help } = parse(args);
  if (help === true) return null;
  return {
    file: resolve(file ?? join(root, "package-lock.json")),
    url: url === undefined ? localDatabase() : makeUrl(url),
    echo: echo ?? false,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({ args: [...args], options: { file: text, url: text, echo: flag, help: flag } }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(/[.\n]/)[0]);
  }
}

function localDatabase(): Url {
  mkdirSync(dirname(defaultDatabase), { recursive: true });
  return makeUrl("sqlite://").set({ database: defaultDatabase });
}
