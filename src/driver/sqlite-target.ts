import { dirname, resolve } from "node:path";
import { OperationalError } from "../errors/index.ts";
import { builtin } from "./builtin.ts";
import { booleanOption, choiceOption, numberOption, type OptionReader, readUrlOptions } from "./connect-options.ts";
import type { ConnectTarget } from "./driver.ts";

/** How a SQLite file is to be opened. */
export interface SqliteTarget {
  readonly file: string;
  readonly readonly: boolean;
  readonly mustExist: boolean;
  /** How long to wait for a lock, in milliseconds. */
  readonly timeout: number;
}

const DEFAULT_TIMEOUT = 5000;

const readers: Readonly<Record<string, OptionReader>> = {
  mode: choiceOption({ ro: { readonly: true }, rw: { mustExist: true }, rwc: {}, memory: { memory: true } }),
  readonly: booleanOption("readonly"),
  timeout: numberOption("timeout", 1000),
};

/** Reads the URL's options (`mode`, `readonly`, `timeout` in seconds) and checks that the file can be there. */
export function sqliteTarget(driver: string, target: ConnectTarget): SqliteTarget {
  const options = readUrlOptions(driver, target.query, readers) as Partial<SqliteTarget> & { memory?: boolean };
  const file = options.memory === true ? ":memory:" : (target.database ?? ":memory:");
  const mustExist = options.mustExist === true || options.readonly === true;
  checkFile(file, mustExist);
  return { file, readonly: options.readonly === true, mustExist, timeout: options.timeout ?? DEFAULT_TIMEOUT };
}

function checkFile(file: string, mustExist: boolean): void {
  if (file === "" || file === ":memory:" || file.startsWith("file:")) return;
  const directory = dirname(resolve(file));
  if (!builtin("node:fs").existsSync(directory)) {
    throw new OperationalError(
      `Cannot open the SQLite database ${file}: the directory ${directory} does not exist. Create it or correct the path.`,
    );
  }
  if (mustExist && !builtin("node:fs").existsSync(file)) {
    throw new OperationalError(
      `Cannot open the SQLite database ${file}: there is no such file. Correct the path, or drop mode=rw or readonly.`,
    );
  }
}
