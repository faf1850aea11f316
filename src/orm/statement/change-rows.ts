import type { Parameters } from "../../compile/index.ts";
import { executeFlow, ResultBase } from "../../engine/index.ts";
import { UnevaluatableError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import {
  type DeleteNode,
  type Executable,
  type ExpressionNode,
  type SelectNode,
  selectNode,
  type UpdateNode,
} from "../../sql/index.ts";
import { queryFlow } from "../load/query-flow.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { identityKey } from "../state/identity-map.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import type { BindArguments } from "../session/bind-request.ts";
import { Evaluator } from "./evaluate/evaluator.ts";
import { UNDECIDED } from "./evaluate/logic.ts";
import { bindArgumentsOf, type ExecuteOptions, queryOptions, type SynchronizeSession } from "./execute-options.ts";
import { loadedMapper, makeStale, takeDeleted, takeWritten, type WrittenRow } from "./loaded-objects.ts";
import { noteMembersChanged } from "./note-changed.ts";
import type { StatementHost } from "./statement-host.ts";
import { withUpdateDefaults, type WrittenColumn, writtenColumns } from "./written-columns.ts";

type Row = readonly unknown[];
type Result = ResultBase<"sync", Row, unknown>;
type ChangeNode = UpdateNode | DeleteNode;

/** An UPDATE or DELETE with a WHERE, about to be executed. */
interface Change {
  readonly mapper: EntityMapper;
  readonly node: ChangeNode;
  /** As the program gave it, with what tells which of several engines serves it. */
  readonly statement: Executable;
  readonly bindArguments: BindArguments | undefined;
  /** Whose objects follow; `undefined`: all. */
  readonly token: IdentityToken | undefined;
  readonly params: Parameters | undefined;
  readonly written: readonly WrittenColumn[];
}

/** Executes an UPDATE or DELETE with a WHERE; objects in memory follow it (spec B15). */
export function* changeRowsFlow(
  host: StatementHost,
  statement: Executable,
  params: Parameters | undefined,
  options: ExecuteOptions,
): Flow<Result> {
  const given = statement.toNode() as ChangeNode;
  const strategy = options.synchronizeSession ?? "auto";
  const mapper = strategy === false ? null : loadedMapper(host, given);
  if (mapper === null || writesKey(mapper, given)) {
    const result = yield* queryFlow<Row, unknown>(host, statement, params, queryOptions(given, options));
    host.noteChanged(given);
    return result;
  }
  const node = given.kind === "update" ? withUpdateDefaults(given) : given;
  const written = node.kind === "update" ? writtenColumns(mapper, node, params ?? {}) : [];
  const bindArguments = bindArgumentsOf(options);
  const change = { mapper, node, statement, bindArguments, token: options.identityToken, params, written };
  if (returnsObjects(change)) return yield* returningFlow(host, change, options);
  const found = strategy === "fetch" ? null : evaluate(host, change, strategy);
  if (found !== null) return yield* evaluatedFlow(host, change, found);
  return yield* canReturnKeys(host, change) ? fetchedFlow(host, change) : selectedFlow(host, change);
}

// under another key the object would have to be another one's
function writesKey(mapper: EntityMapper, node: ChangeNode): boolean {
  if (node.kind === "delete") return false;
  return node.columns === null || mapper.primaryKey.some(({ column }) => node.columns?.includes(column.name));
}

function executable(node: ChangeNode | SelectNode): Executable {
  return { toNode: () => node };
}

// ---- the rows themselves come back ----

function returnsObjects({ node, mapper }: Change): boolean {
  return node.returning.some((column) => column.kind === "entity" && column.mapper === mapper);
}

/** RETURNING of the class: its objects are read from the rows themselves. */
function* returningFlow(host: StatementHost, change: Change, options: ExecuteOptions): Flow<Result> {
  const { node, mapper, params, statement } = change;
  const bindArguments = { clause: statement, ...options.bindArguments };
  const all = { ...queryOptions(node, options), bindArguments };
  const result = yield* queryFlow<Row, unknown>(host, executable(node), params, all);
  host.noteUnseenWrite();
  noteMembersChanged(host, node);
  if (node.kind === "update") return result;
  const rows = result.all();
  const place = node.returning.findIndex((column) => column.kind === "entity" && column.mapper === mapper);
  const states = rows.map((row) => stateOf(row[place])).filter((state) => state?.status === "persistent");
  takeDeleted(host, states as readonly InstanceState[]);
  return new ResultBase("sync", { keys: result.keys(), rows, rowcount: result.rowcount });
}

// ---- evaluate ----

interface Evaluated {
  readonly matched: readonly InstanceState[];
  /** Objects whose rows may or may not be among those changed. */
  readonly undecided: readonly InstanceState[];
}

/** @throws UnevaluatableError when that was asked for and cannot be done; `null` when another way is left */
function evaluate(host: StatementHost, change: Change, strategy: SynchronizeSession): Evaluated | null {
  const { mapper, node, params, token } = change;
  try {
    if (node.from.length > 0) throw new UnevaluatableError("it is over several tables");
    const test = new Evaluator(mapper, params).criteria(node.where);
    const matched: InstanceState[] = [];
    const undecided: InstanceState[] = [];
    for (const state of host.identityMap.objectsOf(mapper)) {
      if (token !== undefined && state.token !== token) continue;
      // what is stale is read anew anyway
      const truth = state.isStale ? null : test(state);
      if (truth === true) matched.push(state);
      else if (truth === UNDECIDED) undecided.push(state);
    }
    return { matched, undecided };
  } catch (error) {
    if (!(error instanceof UnevaluatableError)) throw error;
    if (strategy === "auto") return null;
    throw new UnevaluatableError(
      `Could not evaluate the criteria of this ${node.kind.toUpperCase()} in JavaScript: ${error.message}. ` +
        'Use synchronizeSession: "fetch" (or "auto"), which asks the database for the rows.',
    );
  }
}

function* evaluatedFlow(host: StatementHost, change: Change, { matched, undecided }: Evaluated): Flow<Result> {
  const rows = writtenRows(change, matched);
  const result = yield* sendFlow(host, change, change.node);
  settle(host, change, rows);
  makeStale(undecided);
  return result;
}

function writtenRows({ written }: Change, states: readonly InstanceState[]): readonly WrittenRow[] {
  return states.map((state) => ({ state, values: written.map((column) => column.evaluate(state)) }));
}

function settle(host: StatementHost, { node, written }: Change, rows: readonly WrittenRow[], isFetched = false): void {
  const states = rows.map((row) => row.state);
  const columns = written.map((column) => column.property);
  if (node.kind === "delete") takeDeleted(host, states);
  else takeWritten(host, columns, rows);
  // rows that are not loaded may have come into collections that are
  noteMembersChanged(host, node);
  if (!isFetched && written.some((column) => !column.isExact)) makeStale(states);
}

// ---- fetch ----

function canReturnKeys(host: StatementHost, { node, statement, bindArguments }: Change): boolean {
  const { returning } = host.environmentFor(statement, bindArguments).dialect.features;
  return node.returning.length === 0 && returning[node.kind];
}

/** The keys of the rows come back, of an UPDATE also what it wrote. */
function* fetchedFlow(host: StatementHost, change: Change): Flow<Result> {
  const { mapper, node, written } = change;
  const columns = [...mapper.primaryKey, ...written.map((column) => column.property)];
  const returning: readonly ExpressionNode[] = columns.map((property) => property.column.toNode());
  const result = yield* sendFlow(host, change, { ...node, returning });
  const fetched = result.all();
  const rows = loadedRows(host, change, fetched).map(({ state, row }): WrittenRow => {
    const values = row.slice(mapper.primaryKey.length);
    return {
      state,
      values: values.map((value, index) => (value === null ? null : written[index]?.property.tracker.snapshot(value))),
    };
  });
  settle(host, change, rows, true);
  return new ResultBase("sync", { keys: null, rows: [], rowcount: fetched.length });
}

/** A SELECT of the keys before, with the locks that the statement itself would take. */
function* selectedFlow(host: StatementHost, change: Change): Flow<Result> {
  const { mapper, node } = change;
  const keys = mapper.primaryKey.map((property) => property.column.toNode());
  const select = selectNode(keys, {
    from: [node.table, ...node.from],
    where: node.where,
    ctes: node.ctes,
    forUpdate: { kind: "for-update", read: false, keyShare: false, nowait: false, skipLocked: false, of: [node.table] },
  });
  const found = yield* sendFlow(host, change, select);
  const matched = loadedRows(host, change, found.all()).map(({ state }) => state);
  const rows = writtenRows(change, matched);
  const result = yield* sendFlow(host, change, node);
  settle(host, change, rows);
  return result;
}

function* sendFlow(host: StatementHost, change: Change, node: ChangeNode | SelectNode): Flow<Result> {
  const core = yield* host.connectionFlow(change.statement, change.bindArguments);
  return yield* executeFlow<Row, unknown>(core, executable(node), change.params);
}

function loadedRows(
  host: StatementHost,
  { mapper, token }: Change,
  rows: readonly Row[],
): readonly { readonly state: InstanceState; readonly row: Row }[] {
  const loaded = host.identityMap.of(mapper, token);
  const width = mapper.primaryKey.length;
  return rows.flatMap((row) => {
    const state = loaded.get(identityKey(row.slice(0, width)));
    return state === undefined ? [] : [{ state, row }];
  });
}
