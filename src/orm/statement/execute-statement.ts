import type { Parameters } from "../../compile/index.ts";
import type { ResultBase, StatementParameters } from "../../engine/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Executable } from "../../sql/index.ts";
import { queryFlow } from "../load/query-flow.ts";
import { changeRowsFlow } from "./change-rows.ts";
import { type ExecuteOptions, queryOptions } from "./execute-options.ts";
import type { StatementHost } from "./statement-host.ts";

type Row = readonly unknown[];
type Result = ResultBase<"sync", Row, unknown>;

/** Executes a statement in a session and reads all its rows; objects in memory follow what it writes (spec B15). */
export function* executeStatementFlow(
  host: StatementHost,
  statement: Executable,
  params: StatementParameters | undefined,
  options: ExecuteOptions,
): Flow<Result> {
  if (options.autoflush !== false) yield* host.autoflushFlow();
  const node = statement.toNode();
  const isMany = Array.isArray(params);
  if (!isMany && (node.kind === "update" || node.kind === "delete"))
    return yield* changeRowsFlow(host, statement, params as Parameters | undefined, options);
  const result = yield* queryFlow<Row, unknown>(host, statement, params, queryOptions(node, options));
  host.noteChanged(node);
  return result;
}
