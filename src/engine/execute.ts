import {
  bindStatement,
  bindStatementMany,
  type BoundStatement,
  type Compiled,
  type CompileContext,
  type ManyForm,
  manyForm,
  type Parameters,
  type PreparedStatement,
  prepareStatement,
} from "../compile/index.ts";
import type { DriverResult } from "../driver/index.ts";
import { ArgumentError, AsyncMethodRequired } from "../errors/index.ts";
import type { Flow, MaybePromise, Mode } from "../flow/index.ts";
import { type Executable, type ExecutionOptions, type Labels, structuralKey } from "../sql/index.ts";
import type { ConnectionCore } from "./connection-core.ts";
import { refuseLevel } from "./statement-options.ts";
import { ResultBase } from "./result.ts";
import type { RowSource } from "./row-feed.ts";
import { RowIntake } from "./row-intake.ts";
import type { RowPlan, RowShape } from "./row-plan.ts";

type Row = readonly unknown[];

/** What a statement is executed with: values by name, or a list of them to execute it once for each. */
export type StatementParameters = Parameters | readonly Parameters[];

const noColumns: Compiled = {
  kind: "text",
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  elements: null,
  exactIntegers: true,
  prepare: false,
};

/** What makes rows of a plan; the plan itself unless given: tuples of plain values. */
export type RowShaper = (plan: RowPlan) => RowShape;

/** Executes a statement and reads all its rows. */
export function* executeFlow<R extends Row, L = Labels>(
  core: ConnectionCore,
  statement: Executable<R>,
  params?: StatementParameters,
  single = false,
  shape?: RowShaper,
): Flow<ResultBase<"sync", R, L>> {
  refuseStreaming(core.options, statement.executionOptionValues);
  refuseLevel(statement.executionOptionValues);
  if (Array.isArray(params)) {
    return yield* executeManyFlow<R, L>(core, statement, params as readonly Parameters[], shape);
  }
  const bound = bindOne(core, statement, params as Parameters | undefined);
  // a statement that writes must run to its end
  const isSingle = single && bound.compiled.kind === "select";
  const intake = isSingle ? null : intakeFor(core, bound.compiled, shape);
  const result = yield* core.sendFlow(bound, isSingle, intake ?? undefined);
  const size = statement.executionOptionValues?.["yieldPer"] ?? core.options.yieldPer;
  const whole = bufferedResult<R, L>(core, bound.compiled, result, { shape, intake });
  return typeof size === "number" ? whole.yieldPer(size) : whole;
}

/** @throws AsyncMethodRequired for the option of SQLAlchemy's that would make `execute` a stream. */
function refuseStreaming(...given: readonly (ExecutionOptions | undefined)[]): void {
  if (given.every((options) => options?.["streamResults"] !== true)) return;
  throw new AsyncMethodRequired(
    "execute() reads all rows, so the option streamResults has no place here. Use stream() or streamScalars().",
  );
}

/** Executes SQL as the driver takes it, with its own placeholders. */
export function* executeDriverSqlFlow(
  core: ConnectionCore,
  sql: string,
  params: readonly unknown[],
): Flow<ResultBase<"sync">> {
  if (typeof sql !== "string") throw new ArgumentError("execDriverSql() takes a string of SQL.");
  if (!Array.isArray(params)) {
    throw new ArgumentError("execDriverSql() takes the values as a list, in the order of the driver's placeholders.");
  }
  const result = yield* core.sendFlow({ compiled: noColumns, sql, params });
  return bufferedResult(core, noColumns, result);
}

/** Who reads a stream. */
export interface StreamReader<M extends Mode> {
  readonly mode: M;
  /** Runs each fetch in the connection's order. */
  readonly enqueue: <T>(flow: Flow<T>) => MaybePromise<T>;
  /** Called before each fetch; throws where there must be none. */
  readonly beforeFetch?: () => void;
  readonly shape?: RowShaper | undefined;
}

/** Executes a statement whose rows are then fetched bit by bit. */
export function* streamFlow<M extends Mode, R extends Row, L = Labels>(
  core: ConnectionCore,
  statement: Executable<R>,
  params: Parameters | undefined,
  reader: StreamReader<M>,
): Flow<ResultBase<M, R, L>> {
  const bound = bindOne(core, statement, params);
  if (isRowless(bound.compiled)) return yield* rowlessFlow<M, R, L>(core, bound, reader.mode);
  refuseLevel(statement.executionOptionValues);
  const options = { ...core.options, ...statement.executionOptionValues };
  const cursor = yield* core.cursorFlow(bound);
  const plan = shaped(core.environment.plans.of(bound.compiled, cursor), bound.compiled, reader.shape);
  const read = plan?.read ?? null;
  function* fetchFlow(size: number): Flow<readonly Row[]> {
    reader.beforeFetch?.();
    const rows = yield* core.fetchFlow(cursor, size, bound);
    return read === null ? rows : rows.map(read);
  }
  const rows: RowSource<Row> = {
    fetch: (size) => reader.enqueue(fetchFlow(size)),
    close: () => reader.enqueue(core.closeCursorFlow(cursor)),
  };
  const largestChunk = typeof options["maxRowBuffer"] === "number" ? options["maxRowBuffer"] : undefined;
  const result = new ResultBase<M, R, L>(reader.mode, { keys: plan?.keys ?? [], rows, largestChunk });
  return typeof options["yieldPer"] === "number" ? result.yieldPer(options["yieldPer"]) : result;
}

/** A change without RETURNING. */
function isRowless({ kind, columns }: Compiled): boolean {
  return columns === null && kind !== "select" && kind !== "text";
}

/** Executes what has no rows to fetch. */
function* rowlessFlow<M extends Mode, R extends Row, L>(
  core: ConnectionCore,
  bound: BoundStatement,
  mode: M,
): Flow<ResultBase<M, R, L>> {
  const { affected, lastInsertId } = yield* core.sendFlow(bound);
  return new ResultBase<M, R, L>(mode, { keys: null, rows: [], rowcount: affected, lastInsertId });
}

/** How the rows of a result are read. */
interface Reading {
  readonly shape?: RowShaper | undefined;
  /** What has taken rows already. */
  readonly intake?: RowIntake | null;
}

/** What reads rows while others are on their way; `null` where it is not known yet what they will be. */
function intakeFor(core: ConnectionCore, compiled: Compiled, shape: RowShaper | undefined): RowIntake | null {
  const read = shaped(core.environment.plans.known(compiled), compiled, shape)?.read ?? null;
  return read === null ? null : new RowIntake(read);
}

/** A result of rows that are all there. */
export function bufferedResult<R extends Row, L = Labels>(
  core: ConnectionCore,
  compiled: Compiled,
  result: DriverResult,
  { shape, intake = null }: Reading = {},
): ResultBase<"sync", R, L> {
  const { affected, lastInsertId } = result;
  const plan = shaped(core.environment.plans.of(compiled, result), compiled, shape);
  if (plan === null) return new ResultBase("sync", { keys: null, rows: [], rowcount: affected, lastInsertId });
  const { keys, read } = plan;
  const rows = intake !== null ? intake.finish(result.rows) : read === null ? result.rows : result.rows.map(read);
  const rowcount = compiled.kind === "select" ? rows.length : affected;
  return new ResultBase("sync", { keys, rows, rowcount, lastInsertId });
}

function shaped(plan: RowPlan | null, { elements }: Compiled, shape: RowShaper | undefined): RowShape | null {
  if (plan === null) return null;
  if (shape !== undefined) return shape(plan);
  return elements === null ? plan : plan.bundled(elements);
}

function bindOne(core: ConnectionCore, statement: Executable, params: Parameters | undefined): BoundStatement {
  if (Array.isArray(params)) {
    throw new ArgumentError(
      "A stream is of one execution, so it takes one set of parameters: stream(statement, { name: value }). execute() takes " +
        "a list, and executes the statement once for each.",
    );
  }
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    throw new ArgumentError(
      `Parameters are given by name, as an object: execute(statement, { name: value }), not ${typeof params}.`,
    );
  }
  return told(statement, bindStatement(prepare(core, statement, params), core.environment.dialect, params));
}

/** A statement for the driver, with the program's own options for listeners. */
export function told({ executionOptionValues: options }: Executable, bound: BoundStatement): BoundStatement {
  for (const _name in options) return { ...bound, options };
  return bound;
}

function prepare(core: ConnectionCore, statement: Executable, params: Parameters | undefined): PreparedStatement {
  const { dialect, cache } = core.environment;
  return prepareStatement(statement, dialect, cache, params === undefined ? noKeys : keysOf(params));
}

const noKeys: CompileContext = {};

// asked for only by statements whose columns are those of the parameters
function keysOf(params: Parameters): CompileContext {
  return {
    get parameterKeys() {
      return Object.keys(params);
    },
  };
}

function* executeManyFlow<R extends Row, L = Labels>(
  core: ConnectionCore,
  statement: Executable,
  sets: readonly Parameters[],
  shape: RowShaper | undefined,
): Flow<ResultBase<"sync", R, L>> {
  const [first] = sets;
  // once for each of none: there is nothing to do
  if (first === undefined) return new ResultBase("sync", { keys: null, rows: [], rowcount: 0 });
  refuseUnlike(sets, first);
  const prepared = prepare(core, statement, first);
  if (sets.length >= WORTH_A_FORM) {
    const rows = formRows(core, statement, sets);
    if (rows !== null)
      return bufferedResult(
        core,
        prepared.compiled,
        yield* sendRowsFlow(core, told(statement, noStatement(prepared)), rows),
        { shape },
      );
  }
  const { sql, paramSets } = bindStatementMany(prepared, core.environment.dialect, sets);
  const result = yield* core.sendManyFlow(prepared.compiled, sql, paramSets, statement.executionOptionValues);
  return bufferedResult(core, prepared.compiled, result, { shape });
}

function noStatement({ compiled }: PreparedStatement): BoundStatement {
  return { compiled, sql: compiled.sql, params: [] };
}

// few sets are as quick one by one, and each of them shows in logs
const WORTH_A_FORM = 20;

interface FormRows {
  readonly form: ManyForm;
  readonly rows: readonly Row[];
}

/** The sets as rows of few statements; `null` where the statement has to be executed set by set. */
function formRows(core: ConnectionCore, statement: Executable, sets: readonly Parameters[]): FormRows | null {
  const { dialect, cache } = core.environment;
  const node = statement.toNode();
  const keys = Object.keys(sets[0] ?? {});
  const make = (): { readonly form: ManyForm | null } => ({ form: manyForm(node, keys, dialect) });
  const { key } = statement.structure?.() ?? structuralKey(node);
  const { form } = cache === null ? make() : cache.get(`many ${key}|${JSON.stringify(keys)}`, make);
  if (form === null || !areWhole(sets, keys) || !areDistinct(sets, form.distinct)) return null;
  return { form, rows: sets.map(form.rowOf) };
}

// undefined is refused where sets are bound one by one
function areWhole(sets: readonly Parameters[], keys: readonly string[]): boolean {
  for (const set of sets) for (const key of keys) if (set[key] === undefined) return false;
  return true;
}

function areDistinct(sets: readonly Parameters[], keys: readonly string[]): boolean {
  if (keys.length === 0) return true;
  return new Set(sets.map((set) => keys.map((key) => String(set[key])).join())).size === sets.length;
}

function* sendRowsFlow(
  core: ConnectionCore,
  bound: BoundStatement,
  { form: { pages, order }, rows }: FormRows,
): Flow<DriverResult> {
  const all: Row[] = [];
  let affected = 0;
  let columns: DriverResult["columns"] = null;
  for (let start = 0; start < rows.length; start += pages.pageSize) {
    const { sql, params } = pages.statement(rows.slice(start, start + pages.pageSize));
    const result = yield* core.sendFlow({ ...bound, sql, params });
    ({ columns } = result);
    affected += result.affected;
    for (const row of order === null ? result.rows : inOrder(result.rows, order)) all.push(row);
  }
  return { columns, rows: all, affected };
}

function inOrder(rows: readonly Row[], place: number): readonly Row[] {
  const isLater = (left: Row, right: Row): boolean => (left[place] as number) > (right[place] as number);
  for (let index = 1; index < rows.length; index += 1)
    if (isLater(rows[index - 1] as Row, rows[index] as Row))
      return rows.toSorted((left, right) => (isLater(left, right) ? 1 : -1));
  return rows;
}

/** The SQL is written for the keys of the first set, so that all must have them. */
function refuseUnlike(sets: readonly Parameters[], first: Parameters): void {
  const keys = Object.keys(first);
  sets.forEach((set, index) => {
    if (typeof set !== "object" || set === null || Array.isArray(set)) {
      throw new ArgumentError(
        "Parameters are given by name: execute(statement, { id: 1 }), or a list of such objects to execute it once for each.",
      );
    }
    const own = typeof set === "object" && set !== null ? Object.keys(set) : [];
    if (own.length === keys.length && keys.every((key) => Object.hasOwn(set, key))) return;
    const lacking = keys.filter((key) => !own.includes(key));
    const extra = own.filter((key) => !keys.includes(key));
    const difference = [
      lacking.length === 0 ? "" : `lacks ${lacking.join(", ")}`,
      extra.length === 0 ? "" : `has ${extra.join(", ")} besides`,
    ];
    throw new ArgumentError(
      `All sets of parameters must have the same keys as the first (${keys.join(", ")}): ` +
        `set ${index + 1} ${difference.filter((part) => part !== "").join(" and ")}.`,
    );
  });
}
