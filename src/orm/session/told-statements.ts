import type { Parameters } from "../../compile/index.ts";
import { ResultBase, type StatementParameters } from "../../engine/index.ts";
import type { Flow, MaybePromise, Mode } from "../../flow/index.ts";
import type { Executable } from "../../sql/index.ts";
import { streamQueryFlow } from "../load/stream-query.ts";
import { type ExecuteOptions, queryOptions } from "../statement/execute-options.ts";
import { executeStatementFlow } from "../statement/execute-statement.ts";
import type { AnyResult, StatementCall } from "./orm-execute.ts";
import type { SessionCore } from "./session-core.ts";

type Row = readonly unknown[];

/** A statement as a session is given it. */
export interface GivenStatement {
  readonly statement: Executable;
  readonly params: StatementParameters | undefined;
  readonly options: ExecuteOptions;
}

/** Executes a statement, of which listeners hear before. */
export function executeToldFlow(core: SessionCore, given: GivenStatement): Flow<AnyResult> {
  return toldFlow(core, given, (...call) => executeStatementFlow(core, ...call));
}

/** How the rows of a stream are fetched in the session's order. */
export interface StreamFetching {
  readonly mode: Mode;
  readonly enqueue: <T>(flow: Flow<T>) => MaybePromise<T>;
}

/** The same for a statement whose rows are fetched bit by bit. */
export function streamToldFlow(core: SessionCore, given: GivenStatement, fetching: StreamFetching): Flow<AnyResult> {
  return toldFlow(core, given, function* openFlow(statement, params, options) {
    if (isChange(statement)) return yield* changeFlow(core, fetching.mode, { statement, params, options });
    if (options.autoflush !== false) yield* core.autoflushFlow();
    return yield* streamQueryFlow<Mode, Row, unknown>(core, statement, params as Parameters | undefined, {
      ...fetching,
      options: queryOptions(statement.toNode(), options),
      yieldPer: options.yieldPer,
    });
  });
}

function isChange(statement: Executable): boolean {
  const { kind } = statement.toNode();
  return kind === "insert" || kind === "update" || kind === "delete";
}

/** What changes rows is done as a whole, also where its RETURNING is read bit by bit: objects in memory follow it. */
function* changeFlow(core: SessionCore, mode: Mode, { statement, params, options }: GivenStatement): Flow<AnyResult> {
  const done = yield* executeStatementFlow(core, statement, params, options);
  const { rowcount, lastInsertId } = done;
  if (!done.returnsRows) return new ResultBase(mode, { keys: null, rows: [], rowcount, lastInsertId });
  const content = { keys: done.keys(), rows: done.all(), rowcount, lastInsertId };
  const result = new ResultBase<Mode, Row, unknown>(mode, content);
  return options.yieldPer === undefined ? result : result.yieldPer(options.yieldPer);
}

function toldFlow(
  core: SessionCore,
  { statement, params, options }: GivenStatement,
  run: StatementCall["run"],
): Flow<AnyResult> {
  return core.hearsStatements
    ? core.tellStatementFlow({ statement, params, options, run })
    : run(statement, params, options);
}
