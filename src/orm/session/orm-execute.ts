import type { ListenerCall, ResultBase, StatementParameters } from "../../engine/index.ts";
import { asyncRunner, type Flow, type MaybePromise, type Mode, runSync, wait } from "../../flow/index.ts";
import { type EntityNode, type Executable, leadingSelect, type StatementNode } from "../../sql/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { ExecuteOptions } from "../statement/execute-options.ts";

export type AnyResult = ResultBase<Mode, readonly unknown[], unknown>;

/** A statement about to be executed, and how. */
export interface StatementCall {
  readonly statement: Executable;
  readonly params: StatementParameters | undefined;
  readonly options: ExecuteOptions;
  /** What the library itself loads by it, if it is one of its own. */
  readonly purpose?: LoadPurpose | undefined;
  /** Executes it, or what listeners have made of it. */
  readonly run: (
    statement: Executable,
    params: StatementParameters | undefined,
    options: ExecuteOptions,
  ) => Flow<AnyResult>;
}

/** What a statement of the library's own loads. */
export interface LoadPurpose {
  readonly kind: "relationship" | "column";
  /** The object whose attribute was read, where reading it loads. */
  readonly from?: InstanceState | undefined;
}

type Listen = (event: OrmExecute) => MaybePromise<AnyResult | void>;

/** A statement that a session is about to execute; `doOrmExecute` listeners may look at it, change it, or answer it. */
export class OrmExecute {
  declare readonly "~answer": AnyResult;
  readonly session: object;
  /** May be replaced. */
  statement: Executable;
  /** May be replaced. */
  parameters: StatementParameters | undefined;
  /** An attribute of an object is loaded: a relationship, lazily or by `selectinload`. */
  readonly isRelationshipLoad: boolean;
  /** Columns that were expired are loaded, or an object is refreshed. */
  readonly isColumnLoad: boolean;
  /** The object whose relationship is loaded because it was read. */
  readonly lazyLoadedFrom: object | null;
  #options: ExecuteOptions;
  readonly #invoke: (event: OrmExecute) => MaybePromise<AnyResult>;

  constructor(session: object, call: StatementCall, invoke: (event: OrmExecute) => MaybePromise<AnyResult>) {
    this.session = session;
    this.statement = call.statement;
    this.parameters = call.params;
    this.#options = call.options;
    this.#invoke = invoke;
    this.isRelationshipLoad = call.purpose?.kind === "relationship";
    this.isColumnLoad = call.purpose?.kind === "column";
    this.lazyLoadedFrom = call.purpose?.from?.object ?? null;
  }

  get isSelect(): boolean {
    return this.#kind === "select" || this.#kind === "compound";
  }
  get isInsert(): boolean {
    return this.#kind === "insert";
  }
  get isUpdate(): boolean {
    return this.#kind === "update";
  }
  get isDelete(): boolean {
    return this.#kind === "delete";
  }
  get #kind(): StatementNode["kind"] {
    return this.statement.toNode().kind;
  }

  /** The mapped class that comes first among what is selected, or that is changed; `null` for plain tables and SQL. */
  get bindMapper(): (abstract new (...args: never) => object) | null {
    const mapper = mapperOfStatement(this.statement.toNode());
    return mapper === null ? null : (mapper.prototype.constructor as abstract new (...args: never) => object);
  }

  /** Those of the statement and of this execution together. */
  get executionOptions(): ExecuteOptions {
    return this.#options;
  }
  /** Adds options for this execution. */
  updateExecutionOptions(options: ExecuteOptions): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Executes the statement as it now stands, and answers its result; further listeners hear of it first. */
  invokeStatement(): MaybePromise<AnyResult> {
    return this.#invoke(this);
  }
}

function mapperOfStatement(node: StatementNode): EntityMapper | null {
  if (node.kind === "insert" || node.kind === "update" || node.kind === "delete")
    return (node.target?.mapper ?? null) as EntityMapper | null;
  if (node.kind !== "select" && node.kind !== "compound") return null;
  const first = leadingSelect(node).columns.find((column): column is EntityNode => column.kind === "entity");
  return first === undefined ? null : (first.mapper as EntityMapper);
}

/** Where statements' listeners are found, and the session that they get. */
export interface StatementEvents {
  readonly session: object;
  readonly call: ListenerCall;
  listeners(name: "doOrmExecute"): readonly unknown[];
}

/** Executes a statement of which `doOrmExecute` listeners hear; the first that answers with a result has the last word. */
export function ormExecuteFlow(mode: Mode, events: StatementEvents, call: StatementCall): Flow<AnyResult> {
  const listeners = events.listeners("doOrmExecute") as readonly Listen[];
  return tellFlow(mode, { events, listeners }, call);
}

interface Audience {
  readonly events: StatementEvents;
  readonly listeners: readonly Listen[];
}

function* tellFlow(mode: Mode, { events, listeners }: Audience, call: StatementCall): Flow<AnyResult> {
  let next = 0;
  const event = new OrmExecute(events.session, call, (current) => {
    const rest = { events, listeners: listeners.slice(next) };
    const flow = tellFlow(mode, rest, {
      ...call,
      statement: current.statement,
      params: current.parameters,
      options: current.executionOptions,
    });
    return mode === "sync" ? runSync(flow) : asyncRunner.run(flow);
  });
  for (const listener of listeners) {
    next += 1;
    const answer = yield* wait(events.call(() => listener(event)));
    if (answer !== undefined) return answer;
  }
  return yield* call.run(event.statement, event.parameters, event.executionOptions);
}
