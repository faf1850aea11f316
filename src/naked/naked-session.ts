import type { Parameters } from "../compile/index.ts";
import {
  aBoolean,
  anInteger,
  checkOptionValues,
  ConnectionBase,
  executeFlow,
  ResultBase,
  type RowShaper,
  type ScalarResultBase,
  type StatementOptions,
  type StatementParameters,
  streamFlow,
  withOptions,
} from "../engine/index.ts";
import { InvalidSessionState } from "../errors/index.ts";
import { type Answer, type Flow, type MaybePromise, type Mode, type Start, starting } from "../flow/index.ts";
import { type NakedRecord, type NakedRow, refuseNoStatement } from "../orm/index.ts";
import type { Executable, Labels, RecordOf, StatementNode } from "../sql/index.ts";
import { nakedShaper } from "./naked-rows.ts";
import { ConnectionSource, type NakedSource } from "./naked-source.ts";

type Row = readonly unknown[];

/** Options of one execution: those of connections, where names of your own are there for listeners, and `flat`. */
export type NakedOptions = StatementOptions & {
  /** Rows of plain columns, where objects of mapped classes would stand. Default false. */
  readonly flat?: boolean;
};

const noOptions: NakedOptions = {};
const nakedOptionRules = { flat: aBoolean, yieldPer: anInteger(1), maxRowBuffer: anInteger(1) };

export type FlatOptions = NakedOptions & { readonly flat: true };

const streaming = starting({
  type: () => ResultBase,
  name: "result",
  call: "session.stream(…)",
  isClosedLate: true,
});

type FlatResult<M extends Mode> = ResultBase<M, Row, Labels>;
type NakedResult<M extends Mode, R extends Row, L> = ResultBase<M, NakedRow<R>, NakedRecord<RecordOf<R, L>>>;

/**
 * One transaction, whose statements give plain objects of mapped classes: a fresh one for each row, which nobody tracks.
 *
 * It sends the statements it is given and no others. After `commit()` or `rollback()` it is closed for good.
 */
export class NakedSessionBase<M extends Mode> {
  readonly mode: M;
  readonly #source: NakedSource<M>;
  #hasEnded = false;

  /** @param connection its open transaction, or else the next, is the session's. */
  constructor(connection: ConnectionBase<M> | NakedSource<M>) {
    this.#source = connection instanceof ConnectionBase ? new ConnectionSource(connection, false) : connection;
    this.mode = this.#source.mode;
  }

  /** Its connection. */
  get conn(): ConnectionBase<M> {
    return this.#source.connection;
  }

  /** `"closed"` once the transaction has ended. */
  get state(): "open" | "closed" {
    return this.#hasEnded || this.#source.isOver ? "closed" : "open";
  }

  /** Executes a statement and reads all its rows. @throws InvalidSessionState after the transaction's end. */
  execute(
    statement: Executable,
    params: StatementParameters | undefined,
    options: FlatOptions,
  ): Answer<M, FlatResult<"sync">>;
  execute<R extends Row, L>(
    statement: Executable<R, L>,
    params?: StatementParameters,
    options?: NakedOptions,
  ): Answer<M, NakedResult<"sync", R, L>>;
  execute(
    statement: Executable,
    params?: StatementParameters,
    options: NakedOptions = noOptions,
  ): Answer<M, FlatResult<"sync">> {
    return this.#run(this.#executeFlow(statement, params, options));
  }

  /** As `execute`; says to who reads the program that rows are tuples. */
  tuples<R extends Row, L>(
    statement: Executable<R, L>,
    params?: StatementParameters,
    options: NakedOptions = noOptions,
  ): Answer<M, NakedResult<"sync", R, L>> {
    return this.#run(this.#executeFlow(statement, params, options)) as Answer<M, NakedResult<"sync", R, L>>;
  }

  /** The first element of each row. */
  scalars<R extends Row>(
    statement: Executable<R>,
    params?: StatementParameters,
    options: NakedOptions = noOptions,
  ): Answer<M, ScalarResultBase<"sync", NakedRow<R>[0]>> {
    return this.#run(this.#scalarsFlow(statement, params, options)) as Answer<
      M,
      ScalarResultBase<"sync", NakedRow<R>[0]>
    >;
  }

  /** The first element of the first row, `null` when there is none. */
  scalar<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    options: NakedOptions = noOptions,
  ): Answer<M, NakedRow<R>[0] | null> {
    return this.#run(this.#scalarFlow(statement, params, options)) as Answer<M, NakedRow<R>[0] | null>;
  }

  /** The first row, `null` when there is none. */
  first<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    options: NakedOptions = noOptions,
  ): Answer<M, NakedRow<R> | null> {
    return this.#run(this.#firstFlow(statement, params, options)) as Answer<M, NakedRow<R> | null>;
  }

  /** The only row. @throws NoResultFound, MultipleResultsFound */
  one<R extends Row>(
    statement: Executable<R>,
    params?: Parameters,
    options: NakedOptions = noOptions,
  ): Answer<M, NakedRow<R>> {
    return this.#run(this.#oneFlow(statement, params, options)) as Answer<M, NakedRow<R>>;
  }

  /** Executes a statement whose rows are fetched bit by bit: from a cursor of the database where it has them. */
  stream<R extends Row, L>(
    statement: Executable<R, L>,
    params?: Parameters,
    options: NakedOptions = noOptions,
  ): Start<M, NakedResult<M, R, L>> {
    const answer = this.#run(this.#streamFlow(statement, params, options)) as Answer<M, NakedResult<M, R, L>>;
    return streaming(this.mode, answer);
  }

  /** Commits and closes the session. @throws InvalidSessionState when it is closed already. */
  commit(): Answer<M, void> {
    return this.#run(this.#endFlow(() => this.#source.commitFlow()));
  }

  /** Rolls back and closes the session. @throws InvalidSessionState when it is closed already. */
  rollback(): Answer<M, void> {
    return this.#run(this.#endFlow(() => this.#source.rollbackFlow()));
  }

  /** Closes the session: rolls back what was not committed, and gives the connection back if it was taken for it. */
  close(): Answer<M, void> {
    return this.#run(this.#closeFlow());
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.close() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  #run<T>(flow: Flow<T>): Answer<M, T> {
    return this.#source.run(flow);
  }

  #requireOpen(): void {
    if (this.state === "open") return;
    throw new InvalidSessionState(
      "Invalid transaction state: closed. Expected: open. The transaction of this naked session has ended; begin another " +
        "one with the factory's begin().",
    );
  }

  *#endFlow(end: () => Flow<void>): Flow<void> {
    this.#requireOpen();
    yield* end();
    this.#hasEnded = true;
  }

  *#closeFlow(): Flow<void> {
    this.#hasEnded = true;
    yield* this.#source.closeFlow();
  }

  *#executeFlow(
    statement: Executable,
    params: StatementParameters | undefined,
    options: NakedOptions,
    single = false,
  ): Flow<ResultBase<"sync">> {
    const { node, shape, told } = this.#plan(statement, options);
    const core = yield* this.#source.coreFlow(statement);
    const result = yield* executeFlow(core, told, params, single, shape);
    this.#source.executed(node);
    return result;
  }

  /** What is sent, and how its rows are read; whatever is wrong with the call is said before. */
  #plan(statement: Executable, options: NakedOptions): Planned {
    this.#requireOpen();
    refuseNoStatement(statement);
    const node = statement.toNode();
    if (options === noOptions) return { node, shape: nakedShaper(node), told: statement };
    const { flat, ...own } = checkedOptions(options);
    return { node, shape: flat === true ? undefined : nakedShaper(node), told: withOptions(statement, own) };
  }

  *#scalarsFlow(
    statement: Executable,
    params: StatementParameters | undefined,
    options: NakedOptions,
  ): Flow<ScalarResultBase<"sync", unknown>> {
    return (yield* this.#executeFlow(statement, params, options)).scalars();
  }

  *#scalarFlow(statement: Executable, params: Parameters | undefined, options: NakedOptions): Flow<unknown> {
    const row = yield* this.#firstFlow(statement, params, options);
    return row === null ? null : row[0];
  }

  *#firstFlow(statement: Executable, params: Parameters | undefined, options: NakedOptions): Flow<Row | null> {
    return (yield* this.#executeFlow(statement, params, options, true)).first();
  }

  *#oneFlow(statement: Executable, params: Parameters | undefined, options: NakedOptions): Flow<Row> {
    return (yield* this.#executeFlow(statement, params, options)).one();
  }

  *#streamFlow(statement: Executable, params: Parameters | undefined, options: NakedOptions): Flow<ResultBase<M>> {
    const { shape, told } = this.#plan(statement, options);
    const core = yield* this.#source.coreFlow(statement);
    const enqueue = <T>(flow: Flow<T>): MaybePromise<T> => this.#run(flow);
    return yield* streamFlow<M, Row>(core, told, params, {
      mode: this.mode,
      enqueue,
      beforeFetch: () => this.#requireOpen(),
      shape,
    });
  }
}

interface Planned {
  readonly node: StatementNode;
  readonly shape: RowShaper | undefined;
  /** The statement with the options of its execution. */
  readonly told: Executable;
}

/** @throws ArgumentError for a known option with a value of the wrong kind. */
function checkedOptions(options: NakedOptions): NakedOptions {
  const known = Object.entries(options).filter(([name]) => Object.hasOwn(nakedOptionRules, name));
  checkOptionValues(Object.fromEntries(known), nakedOptionRules, "a statement of a naked session");
  return options;
}
