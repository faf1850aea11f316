import { ConnectionBase, type ConnectionCore, nearestName } from "../../engine/index.ts";
import { ArgumentError, UnboundExecutionError } from "../../errors/index.ts";
import type { Mode } from "../../flow/index.ts";
import { MetaData, Table, tableOfNode } from "../../schema/index.ts";
import { describeWithin, type EntityClass, type Executable, type TableNode } from "../../sql/index.ts";
import type { BindSubject } from "../load/load-host.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { findMapper, mapperOf } from "../mapping/registry.ts";
import { tableMapper } from "../mapping/table-mapper.ts";
import type { BindArguments, BindRequest, SessionBindOptions } from "./bind-request.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import { type SessionBind, sessionBind } from "./session-bind.ts";
import { primaryMapper, tablesIn } from "./statement-tables.ts";

/** A session's own way to choose, instead of the look-up. */
export type BindChooser = (request: BindRequest) => unknown;

const known = ["bind", "mapper", "clause", "identityToken", "flushing"];

/** The engines and connections of one session, and which of them serves what (spec B5). */
export class SessionBinds {
  readonly #mode: Mode;
  /** For what none is named. */
  readonly own: SessionBind | null;
  readonly #chooser: () => BindChooser | null;
  /** By declarative base, its metadata, mapped class, table. */
  readonly #named = new Map<object, SessionBind>();
  /** What was named, as the program wrote it. */
  readonly given: Map<unknown, unknown> = new Map();
  readonly #bySource = new Map<unknown, SessionBind>();
  #byMapper = new Map<EntityMapper, SessionBind>();
  /** The one that serves everything; `undefined` while that is not known. */
  #only: SessionBind | null | undefined = undefined;
  /** Of the rows that a flush is writing. */
  token: IdentityToken | null = null;
  /** Chosen during the present flush: the rows of one class go to one place. */
  #flushed: Map<EntityMapper, SessionBind> | null = null;

  /** @param chooser asked once, when the first connection is wanted: a subclass is complete only then. */
  constructor(own: unknown, mode: Mode, chooser: () => BindChooser | null) {
    this.#mode = mode;
    this.own = own === null ? null : this.#of(own);
    this.#chooser = chooser;
  }

  /** Whether code may be generated. */
  get jit(): boolean | undefined {
    if (this.own !== null) return this.own.environment.jit;
    for (const bind of this.#bySource.values()) if (bind.environment.jit === false) return false;
    return undefined;
  }

  /** Logs what the program should know of, though nothing failed. */
  warn(message: string): void {
    const [bind] = this.#bySource.values();
    bind?.environment.warn(message);
  }

  /** The connection that the session was given, of a core; `null` for those it opened itself. */
  connectionOf(core: ConnectionCore): unknown {
    for (const { source } of this.#bySource.values())
      if (source instanceof ConnectionBase && source.core === core) return source;
    return null;
  }

  /** Names the bind of a base, class or table. @throws ArgumentError for anything else. */
  name(key: unknown, source: unknown): void {
    const bind = this.#of(source);
    for (const object of keysOf(key)) this.#named.set(object, bind);
    this.given.set(key, source);
    this.#only = undefined;
    this.#byMapper = new Map();
  }

  /** Names all of a session's option `binds`. */
  nameAll(given: NonNullable<SessionBindOptions<unknown>["binds"]>): void {
    if (typeof (given as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== "function")
      throw new ArgumentError("binds is a Map, or a list of pairs: binds: [[User, engine]].");
    for (const [key, source] of given) this.name(key, source);
  }

  /** What a call or a class is served by. @throws UnboundExecutionError when nothing is named for it. */
  of(subject: BindSubject | null, given?: BindArguments): SessionBind {
    if (given === undefined && this.token !== null) return this.of(subject, { identityToken: this.token });
    if (given === undefined) {
      const only = this.#soleBind();
      if (only !== null) return only;
    }
    if (given !== undefined || subject === null || "toNode" in subject) return this.#choose(subject, given);
    const cache = this.#cacheFor();
    let bind = cache?.get(subject);
    if (bind === undefined) {
      bind = this.#choose(subject, undefined);
      cache?.set(subject, bind);
    }
    return bind;
  }

  /** Begins or ends a flush. */
  set flushing(value: boolean) {
    this.#flushed = value && this.#soleBind() === null ? new Map() : null;
  }

  /** The bind for a request, by what is named. @throws UnboundExecutionError when nothing is. */
  lookUp(request: BindRequest): SessionBind {
    // names of its own are for a chooser
    if (this.#chooser() === null)
      for (const name of Object.keys(request)) if (!known.includes(name)) throw unknownName(name);
    const { bind, mapper, clause } = request;
    if (bind !== null && bind !== undefined) return this.#of(bind);
    if (this.#named.size === 0 && this.own !== null) return this.own;
    const statement = clause !== undefined && "toNode" in clause ? clause : null;
    const found =
      (mapper !== undefined && this.#ofMapper(mapperOf(mapper))) ||
      (clause instanceof Table && this.#ofTable(clause.node)) ||
      (statement !== null && this.#ofStatement(statement)) ||
      this.own;
    if (found === null) throw unbound(mapper, clause);
    return found;
  }

  #soleBind(): SessionBind | null {
    if (this.#only === undefined) this.#only = this.#named.size === 0 && this.#chooser() === null ? this.own : null;
    return this.#only;
  }

  #cacheFor(): Map<EntityMapper, SessionBind> | null {
    if (this.#chooser() === null) return this.#byMapper;
    return this.#flushed;
  }

  #choose(subject: BindSubject | null, given: BindArguments | undefined): SessionBind {
    const request = requestFor(subject, given, this.#flushed !== null);
    const source = this.#chooser()?.(request);
    return source === null || source === undefined ? this.lookUp(request) : this.#of(source);
  }

  #ofMapper(mapper: EntityMapper): SessionBind | undefined {
    for (let type: unknown = classOf(mapper); typeof type === "function"; type = Object.getPrototypeOf(type)) {
      const found = this.#named.get(type);
      if (found !== undefined) return found;
    }
    return this.#named.get(mapper.base) ?? this.#named.get(mapper.table.node);
  }

  #ofTable(node: TableNode): SessionBind | undefined {
    const named = this.#named.get(node);
    if (named !== undefined) return named;
    const mapper = tableMapper(node);
    if (mapper !== undefined) return this.#ofMapper(mapper);
    const metadata = tableOfNode(node)?.metadata;
    return metadata === undefined ? undefined : this.#named.get(metadata);
  }

  #ofStatement(statement: Executable): SessionBind | undefined {
    const node = statement.toNode();
    const mapper = primaryMapper(node);
    const primary = mapper === undefined ? undefined : this.#ofMapper(mapper);
    if (primary !== undefined) return primary;
    for (const table of tablesIn(node)) {
      const found = this.#ofTable(table);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(source: unknown): SessionBind {
    let bind = this.#bySource.get(source);
    if (bind === undefined) {
      bind = sessionBind(source, this.#mode);
      this.#bySource.set(source, bind);
    }
    return bind;
  }
}

function classOf(mapper: EntityMapper): EntityClass {
  return mapper.prototype.constructor as EntityClass;
}

function requestFor(subject: BindSubject | null, given: BindArguments | undefined, flushing: boolean): BindRequest {
  if (subject === null) return { ...given, flushing };
  if (!("toNode" in subject)) return { mapper: classOf(subject), ...given, flushing };
  const mapper = primaryMapper(subject.toNode());
  return { ...(mapper === undefined ? null : { mapper: classOf(mapper) }), clause: subject, ...given, flushing };
}

function keysOf(key: unknown): readonly object[] {
  if (key instanceof Table) return [key.node];
  if (findMapper(key) !== undefined) return [key as object];
  const base = key as { readonly metadata?: unknown; readonly mapped?: unknown } | null | undefined;
  if (typeof base?.mapped === "function" && base.metadata instanceof MetaData) return [base, base.metadata];
  throw new ArgumentError(
    `binds names engines for a declarative base, a mapped class or a table, not for ${describeWithin(key)}: ` +
      "binds: [[User, engine]].",
  );
}

function unknownName(name: string): ArgumentError {
  const meant = nearestName(name, known);
  return new ArgumentError(
    `There is no bind argument ${JSON.stringify(name)}${meant === undefined ? "." : `; did you mean ${meant}?`} ` +
      `Known: ${known.slice(0, -1).join(", ")}; others are for a getBind of your own.`,
  );
}

function unbound(mapper: EntityClass | undefined, clause: Executable | Table | undefined): UnboundExecutionError {
  const sought = [
    mapper === undefined ? "" : `mapper ${mapperOf(mapper).name}`,
    clause instanceof Table ? `table ${clause.fullName}` : clause === undefined ? "" : "this SQL expression",
  ].filter((name) => name !== "");
  const places = sought.length === 0 ? "this Session" : `${sought.join(", ")} or this Session`;
  return new UnboundExecutionError(
    `Could not locate a bind configured on ${places}. Give the session an engine (new Session(engine)), ` +
      "name one for the class (binds: [[User, engine]]) or for this call (bindArguments: { bind: engine }).",
  );
}
