import { ArgumentError } from "../errors/index.ts";
import { type Executable, structuralKey } from "../sql/index.ts";
import type { ConnectionOptions } from "./environment.ts";

/** Options of one execution; names of your own are there for listeners. */
export type StatementOptions = Omit<ConnectionOptions, "isolationLevel"> & { readonly isolationLevel?: never };

/** A statement with more options, which go before its own. */
export function withOptions<S extends Executable>(statement: S, options: StatementOptions | undefined): S {
  if (options === undefined) return statement;
  if (typeof options !== "object" || options === null)
    throw new ArgumentError("The execution options of a statement are an object: { yieldPer: 100 }.");
  const own: Executable = {
    toNode: () => statement.toNode(),
    structure: () => statement.structure?.() ?? structuralKey(statement.toNode()),
    executionOptionValues: { ...statement.executionOptionValues, ...options },
  };
  return own as S;
}

/** @throws ArgumentError for a level, which a transaction has as a whole. */
export function refuseLevel(options: Executable["executionOptionValues"]): void {
  if (options?.["isolationLevel"] === undefined) return;
  throw new ArgumentError(
    "isolationLevel is no option of a statement: a transaction has one from its beginning. Give it to " +
      "connection.executionOptions() or engine.executionOptions().",
  );
}
