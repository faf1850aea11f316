import type { Dialect, DialectName } from "../dialect/index.ts";
import type { DriverConnection } from "../driver/index.ts";
import { type Answer, closing, type Flow, type Mode, type Runner, type Start, starting, wait } from "../flow/index.ts";
import type { Pool } from "../pool/index.ts";
import { type SchemaTask } from "../schema/index.ts";
import type { Executable, Labels } from "../sql/index.ts";
import { type Body, calledFlow, requireBody, transactionScopeFlow } from "./body.ts";
import type { CatalogConnection } from "./catalog.ts";
import { ConnectionBase, type ConnectionColour } from "./connection-base.ts";
import { ConnectionCore } from "./connection-core.ts";
import { type EngineEventHub, type EngineEvents, fireFlow } from "./engine-events.ts";
import type { ConnectionOptions, Environment } from "./environment.ts";
import { type Listenable } from "./events.ts";
import { executeFlow, type StatementParameters } from "./execute.ts";
import { RawConnectionBase } from "./raw-connection.ts";
import type { ResultBase } from "./result.ts";
import { runSchemaTaskFlow, schemaConnection } from "./schema-runner.ts";
import type { Url } from "./url.ts";

/** What makes an engine sync or async. */
export interface EngineColour<M extends Mode> extends ConnectionColour<M> {
  readonly runner: Runner<M>;
  readonly Engine: new (environment: Environment, colour: EngineColour<M>) => EngineBase<M>;
}

// what async engines answer to calls that begin something: promises that refuse to be used as the thing itself
const connection = { name: "connection", isClosedLate: true };
const connecting = starting({ ...connection, type: () => ConnectionBase, call: "engine.connect()" });
const takingRaw = starting({ ...connection, type: () => RawConnectionBase, call: "engine.rawConnection()" });

/** Where connections to one database come from; it opens none before the first is asked for. */
export class EngineBase<M extends Mode> implements Listenable<EngineEvents> {
  readonly mode: M;
  /** @internal */
  readonly environment: Environment;
  readonly #colour: EngineColour<M>;

  constructor(environment: Environment, colour: EngineColour<M>) {
    this.environment = environment;
    this.mode = colour.mode;
    this.#colour = colour;
  }

  /** The URL it was made of. */
  get url(): Url {
    return this.environment.url;
  }

  /** What is particular to its database. */
  get dialect(): Dialect {
    return this.environment.dialect;
  }

  /** The dialect's name. */
  get name(): DialectName {
    return this.dialect.name;
  }

  /** The driver's name. */
  get driver(): string {
    return this.environment.driver.name;
  }

  /** Where its connections are kept between their users. */
  get pool(): Pool<DriverConnection> {
    return this.environment.pool;
  }

  get "~events"(): EngineEventHub {
    return this.environment.events;
  }

  /**
   * Takes a connection from the pool; close it when done.
   *
   * With a function: calls it with the connection, closes it afterwards, and answers what it answered.
   * @throws TimeoutError when the pool is exhausted, OperationalError when the database cannot be reached.
   */
  connect(): Start<M, ConnectionBase<M>>;
  connect<T>(body: (connection: ConnectionBase<M>) => Body<M, T>): Answer<M, T>;
  connect(body?: (connection: ConnectionBase<M>) => unknown): unknown {
    if (body === undefined) return connecting(this.mode, this.#run(this.#connectFlow()));
    return this.#run(this.#scopeFlow(body, (open) => calledFlow(() => body(open))));
  }

  /** Calls a function with a connection in a transaction: commits when it returns, rolls back when it throws. */
  begin<T>(body: (connection: ConnectionBase<M>) => Body<M, T>): Answer<M, T> {
    return this.#run(this.#scopeFlow<T>(body, (connection) => beginScopeFlow<M, T>(connection, body)));
  }

  /** Executes one statement in a transaction of its own, reads all its rows and commits. */
  execute<R extends readonly unknown[], L = Labels>(
    statement: Executable<R, L>,
    params?: StatementParameters,
  ): Answer<M, ResultBase<"sync", R, L>> {
    return this.#run(this.#executeFlow(statement, params));
  }

  /** An engine with more options that shares this one's pool. */
  executionOptions(options: ConnectionOptions): this {
    return new this.#colour.Engine(this.environment.withOptions(options), this.#colour) as this;
  }

  /** The options of all that is executed over it. */
  getExecutionOptions(): ConnectionOptions {
    return this.environment.options;
  }

  /** Adds options of all that is executed over it from now on, also by its other form; `executionOptions` makes an engine instead. */
  updateExecutionOptions(options: ConnectionOptions): void {
    this.environment.updateOptions(options);
  }

  /** Whether statements and transactions are logged; `"debug"`: rows, too. Can be set. @throws ArgumentError for anything else. */
  get echo(): boolean | "debug" {
    return this.environment.log.echo;
  }
  set echo(echo: boolean | "debug") {
    this.environment.log.echo = echo;
  }

  /** True for an engine of the same colour over the same pool, options and listeners. */
  equals(other: unknown): boolean {
    return other instanceof EngineBase && other.mode === this.mode && other.environment === this.environment;
  }

  /** Takes a driver's connection from the pool, for what only the driver can do. */
  rawConnection(): Start<M, RawConnectionBase<M>> {
    return takingRaw(this.mode, this.#run(this.#rawConnectionFlow()));
  }

  /** Forgets the SQL of all statements seen so far. */
  clearCompiledCache(): void {
    this.environment.cache?.clear();
  }

  /**
   * Closes the pool's free connections; those in use are closed when they come back. The engine stays usable.
   *
   * `close: false` only forgets them: for a process that inherited them from another.
   */
  dispose(options: { readonly close?: boolean } = {}): Answer<M, void> {
    return this.#run(this.pool.disposeFlow(options.close ?? true));
  }

  get [Symbol.dispose](): M extends "sync" ? () => void : undefined {
    const dispose = this.mode === "sync" ? () => this.dispose() : undefined;
    return dispose as M extends "sync" ? () => void : undefined;
  }

  get [Symbol.asyncDispose](): M extends "sync" ? undefined : () => Promise<void> {
    const dispose = this.mode === "async" ? () => this.dispose() : undefined;
    return dispose as M extends "sync" ? undefined : () => Promise<void>;
  }

  /**
   * Takes a connection from the pool, for the layers above.
   *
   * @internal
   */
  openFlow(): Flow<ConnectionCore> {
    return openFlow(this.environment, this.mode === "async");
  }

  /**
   * Wraps a connection that is open already.
   *
   * @internal
   */
  wrapConnection(core: ConnectionCore): ConnectionBase<M> {
    return new this.#colour.Connection(core, this.#colour);
  }

  /**
   * Creates, drops or reflects tables in a transaction of its own; see `metadata.createAll`.
   *
   * Part of the declarations, as `SchemaBind` asks for it.
   */
  "~schema"(task: SchemaTask): Answer<M, void> {
    return this.#run(this.#schemaFlow(task));
  }

  /**
   * Reads the system catalog with a connection of its own; see `inspect`.
   *
   * @internal
   */
  "~catalog"<T>(body: (connection: CatalogConnection) => Flow<T>): Answer<M, T> {
    return this.#run(this.#catalogFlow(body));
  }

  #run<T>(flow: Flow<T>): Answer<M, T> {
    return this.#colour.runner.run(flow);
  }

  *#connectFlow(): Flow<ConnectionBase<M>> {
    return this.wrapConnection(yield* this.openFlow());
  }

  *#scopeFlow<T>(given: unknown, body: (connection: ConnectionBase<M>) => Flow<T>): Flow<T> {
    requireBody(given, "An engine's block");
    const connection = yield* this.#connectFlow();
    // through the connection's own queue, behind whatever the body started and did not wait for
    return yield* closing(body(connection), () => wait(connection.close() as void | PromiseLike<void>));
  }

  *#executeFlow<R extends readonly unknown[], L = Labels>(
    statement: Executable<R, L>,
    params: StatementParameters | undefined,
  ): Flow<ResultBase<"sync", R, L>> {
    const core = yield* this.openFlow();
    return yield* closing(executeAndCommitFlow(core, statement, params), () => core.closeFlow());
  }

  *#schemaFlow(task: SchemaTask): Flow<void> {
    const core = yield* this.openFlow();
    yield* closing(createAndCommitFlow(core, task), () => core.closeFlow());
  }

  *#catalogFlow<T>(body: (connection: CatalogConnection) => Flow<T>): Flow<T> {
    const core = yield* this.openFlow();
    return yield* closing(body(schemaConnection(core)), () => core.closeFlow());
  }

  *#rawConnectionFlow(): Flow<RawConnectionBase<M>> {
    const handle = yield* this.pool.checkoutFlow(this.mode === "async");
    return new RawConnectionBase(handle, this.#colour.runner);
  }
}

/** Takes a connection from an engine's pool; `mayWait` tells that the caller can wait for one to come back. */
export function* openFlow(environment: Environment, mayWait: boolean): Flow<ConnectionCore> {
  const core = new ConnectionCore(environment, yield* environment.pool.checkoutFlow(mayWait));
  if (environment.events.active) yield* fireFlow(core.hubs, "engineConnect", { connection: core });
  return core;
}

function* executeAndCommitFlow<R extends readonly unknown[], L = Labels>(
  core: ConnectionCore,
  statement: Executable<R, L>,
  params: StatementParameters | undefined,
): Flow<ResultBase<"sync", R, L>> {
  const result = yield* executeFlow<R, L>(core, statement, params);
  yield* core.commitFlow();
  return result;
}

function* createAndCommitFlow(core: ConnectionCore, task: SchemaTask): Flow<void> {
  yield* runSchemaTaskFlow(task, schemaConnection(core));
  yield* core.commitFlow();
}

function* beginScopeFlow<M extends Mode, T>(
  connection: ConnectionBase<M>,
  body: (connection: ConnectionBase<M>) => unknown,
): Flow<T> {
  const transaction = yield* wait(connection.begin());
  return yield* transactionScopeFlow<T>(transaction, () => body(connection));
}
