import { bindStatement, type BoundStatement, type Parameters } from "../../compile/index.ts";
import {
  bufferedResult,
  type ConnectionCore,
  executeFlow,
  ResultBase,
  type StatementParameters,
  told,
} from "../../engine/index.ts";
import type { DriverResult } from "../../driver/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Executable } from "../../sql/index.ts";
import type { LoadHost, QueryOptions } from "./load-host.ts";
import { type PreparedQuery, prepareQuery } from "./query-plan.ts";
import { ResultReader } from "./result-reader.ts";
import { parentQuery } from "./parent-query.ts";
import { postLoadFlow } from "./select-in.ts";

type Row = readonly unknown[];

/** Executes a statement and reads all its rows, mapped classes as objects. */
export function* queryFlow<R extends Row, L>(
  host: LoadHost,
  statement: Executable<R>,
  params: StatementParameters | undefined,
  options: QueryOptions,
): Flow<ResultBase<"sync", R, L>> {
  const core = yield* host.connectionFlow(statement, options.bindArguments);
  const prepared = Array.isArray(params) ? null : prepareQuery(statement, core.environment);
  if (prepared === null) return yield* executeFlow<R, L>(core, statement, params);
  const bound = told(statement, bindQuery(prepared, core, params as Parameters | undefined));
  const reader = new ResultReader(prepared.plan, host, options);
  const result = yield* sendFlow(core, bound, reader);
  if (result.columns === null) return bufferedResult<R, L>(core, bound.compiled, result);
  // values given to this execution are not in the statement
  const own = params === undefined ? prepared : { ...prepared, node: null };
  const rows = yield* finishFlow({ host, prepared: own, options }, reader, result.rows);
  const rowcount = bound.compiled.kind === "select" ? rows.length : result.affected;
  return new ResultBase("sync", { keys: prepared.plan.keys, rows, rowcount });
}

/** A statement's SQL and values for the driver. */
export function bindQuery(prepared: PreparedQuery, core: ConnectionCore, params?: Parameters): BoundStatement {
  return bindStatement({ compiled: prepared.plan.compiled, values: prepared.values }, core.environment.dialect, params);
}

/** Sends a statement whose rows are read into objects as they arrive: of one that fails, the session has none. */
function* sendFlow(core: ConnectionCore, bound: BoundStatement, reader: ResultReader): Flow<DriverResult> {
  try {
    return yield* core.sendFlow(bound, false, reader);
  } catch (error) {
    reader.undo();
    throw error;
  }
}

/** Reads raw rows into objects and loads what is to come with them. */
export function readRowsFlow(
  host: LoadHost,
  prepared: PreparedQuery,
  raws: readonly Row[],
  options: QueryOptions,
): Flow<readonly Row[]> {
  return finishFlow({ host, prepared, options }, new ResultReader(prepared.plan, host, options), raws);
}

interface Query {
  readonly host: LoadHost;
  readonly prepared: PreparedQuery;
  readonly options: QueryOptions;
}

/** Reads the rows that were not read as they came, and loads what is to come with all of them. */
function* finishFlow(
  { host, prepared, options }: Query,
  reader: ResultReader,
  rest: readonly Row[],
): Flow<readonly Row[]> {
  const rows = reader.finish(rest);
  options.created?.push(reader.created);
  if (reader.postLoads.size > 0) {
    const below = belowOptions(options);
    for (const { node, source, states } of reader.postLoads.values()) {
      const parents = node.strategy === "subquery" ? parentQuery(prepared.node, source) : null;
      yield* postLoadFlow(host, node, [...states], below, parents);
    }
  }
  if (reader.created.length > 0) yield* host.tellLoadedFlow(reader.created);
  if (reader.heardRefreshes !== null) yield* host.tellRefreshedFlow(reader.heardRefreshes);
  return rows;
}

/** For what comes with a statement: other classes, so that only the engine itself and names of one's own go on. */
function belowOptions(options: QueryOptions): QueryOptions {
  if (options.bindArguments === undefined) return options;
  const { mapper: _mapper, clause: _clause, ...bindArguments } = options.bindArguments;
  return { ...options, bindArguments };
}

/** Executes a statement of one mapped class, for the library's own loading. */
export function* objectsFlow(host: LoadHost, statement: Executable, options: QueryOptions): Flow<readonly Row[]> {
  const core = yield* host.connectionFlow(statement, options.bindArguments);
  const prepared = prepareQuery(statement, core.environment);
  if (prepared === null) return [];
  const reader = new ResultReader(prepared.plan, host, options);
  const result = yield* sendFlow(core, bindQuery(prepared, core), reader);
  return yield* finishFlow({ host, prepared, options }, reader, result.rows);
}
