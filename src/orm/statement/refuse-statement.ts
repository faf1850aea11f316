import { ArgumentError } from "../../errors/index.ts";
import { isPromiseLike } from "../../flow/index.ts";
import { describeValue, type Executable } from "../../sql/index.ts";

/** @throws ArgumentError for something that is no statement, telling what to write instead. */
export function refuseNoStatement(statement: unknown): void {
  if (isPromiseLike(statement))
    throw new ArgumentError("A promise was given where a statement is needed. Await it first.");
  if (typeof (statement as Partial<Executable> | null)?.toNode === "function") return;
  if (typeof statement === "function") {
    throw new ArgumentError(`${describeValue(statement)} is no statement: select(${statement.name || "User"}).`);
  }
  throw new ArgumentError(
    typeof statement === "string"
      ? 'A string is no statement. Wrap SQL in text("…"), so that what is SQL and what is a value stays clear.'
      : 'This is no statement. Give select(…), insert(…), update(…), deleteFrom(…) or text("…").',
  );
}
