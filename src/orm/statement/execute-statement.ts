import type { Parameters } from "../../compile/index.ts";
import type { ResultBase, StatementParameters } from "../../engine/index.ts";
import type { Flow } from "../../flow/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import type { DeleteNode, Executable, InsertNode, StatementNode, UpdateNode } from "../../sql/index.ts";
import { queryFlow } from "../load/query-flow.ts";
import { changeRowsFlow } from "./change-rows.ts";
import { type ExecuteOptions, queryOptions } from "./execute-options.ts";
import { insertRowsFlow } from "./insert-rows.ts";
import type { StatementHost } from "./statement-host.ts";
import { updateRowsFlow } from "./update-rows.ts";

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
  if (isList(params)) {
    if (isPlainInsert(node)) return yield* insertRowsFlow(host, node, params, options);
    if (isPlainUpdate(node)) return yield* updateRowsFlow(host, node, params, options);
    if (node.kind === "delete" && isWhole(node)) return refuseKeyList();
  } else if (node.kind === "update" || node.kind === "delete") {
    const result = yield* changeRowsFlow(host, statement, params, options);
    yield* host.tellBulkFlow(node.kind, statement, result.rowcount);
    return result;
  }
  const result = yield* queryFlow<Row, unknown>(host, statement, params, queryOptions(node, options));
  host.noteChanged(node);
  return result;
}

function isList(params: StatementParameters | undefined): params is readonly Parameters[] {
  return Array.isArray(params);
}

/** `insert(User)`, whose columns are those of the rows. */
function isPlainInsert(node: StatementNode): node is InsertNode {
  return node.kind === "insert" && node.target.mapper !== undefined && node.columns === null && node.query === null;
}

/** `update(User)`, whose rows say what to write and where. */
function isPlainUpdate(node: StatementNode): node is UpdateNode {
  return node.kind === "update" && node.target.mapper !== undefined && node.columns === null && isWhole(node);
}

/** Nothing says which rows, beside what keeps the statement to those of its class. */
function isWhole({ where, target }: UpdateNode | DeleteNode): boolean {
  return where.every((condition) => condition === target?.criterion);
}

function refuseKeyList(): never {
  throw new InvalidRequestError(
    "A DELETE cannot be executed with a list of keys. Give them as a condition: " +
      "deleteFrom(User).where(User.c.id.in(ids)).",
  );
}
