import type { DriverErrorInfo } from "../dialect/index.ts";
import { placeOf } from "./connect-failure.ts";

/** Adds what SQLite's message tells besides the code: the constraint, and the file that would not open. */
export function sqliteErrorInfo(error: Error, code: string | undefined): DriverErrorInfo {
  const constraint = /constraint failed: (?:index '(.+)'|(.+))$/.exec(error.message);
  const file = placeOf(error);
  const message =
    file === undefined
      ? error.message
      : `${error.message}: ${file}. Check the path, its permissions and that it is a SQLite database`;
  return { message, code, constraint: constraint?.[1] ?? constraint?.[2] };
}
