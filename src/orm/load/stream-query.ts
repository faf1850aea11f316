import type { Parameters } from "../../compile/index.ts";
import { ResultBase, type RowSource, streamFlow } from "../../engine/index.ts";
import type { Flow, MaybePromise, Mode } from "../../flow/index.ts";
import type { Executable } from "../../sql/index.ts";
import { dirtyStates } from "../flush/dirty.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { byMapper, type StatesByMapper } from "../flush/states-by-mapper.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { LoadHost, QueryOptions } from "./load-host.ts";
import { bindQuery, readRowsFlow } from "./query-flow.ts";
import { type PreparedQuery, prepareQuery } from "./query-plan.ts";

type Row = readonly unknown[];

export interface StreamHost extends LoadHost {
  /** Objects to be deleted. */
  readonly deletedStates: ReadonlySet<InstanceState>;
  /** Lets go of loaded objects that a stream has passed. */
  releaseLoaded(states: readonly InstanceState[]): void;
}

export interface StreamReader<M extends Mode> {
  readonly mode: M;
  /** Runs a fetch in the session's order. */
  readonly enqueue: <T>(flow: Flow<T>) => MaybePromise<T>;
  readonly options: QueryOptions;
  readonly yieldPer: number | undefined;
}

/**
 * Executes a statement whose rows are fetched bit by bit.
 *
 * Objects of a piece that were not changed leave the session when all its rows were taken and more are asked for, so that
 * memory stays flat however long the stream is.
 */
export function* streamQueryFlow<M extends Mode, R extends Row, L>(
  host: StreamHost,
  statement: Executable<R>,
  params: Parameters | undefined,
  reader: StreamReader<M>,
): Flow<ResultBase<M, R, L>> {
  const core = yield* host.connectionFlow(statement, reader.options.bindArguments);
  const prepared = prepareQuery(statement, core.environment, "stream");
  if (prepared === null) return yield* streamFlow<M, R, L>(core, statement, params, reader);
  const bound = bindQuery(prepared, core, params);
  const cursor = yield* core.cursorFlow(bound);
  // the whole query in a subquery would load for all pieces each time
  const piece: PreparedQuery = { ...prepared, node: null };
  const window = new StreamWindow(host);
  function* fetchFlow(size: number, taken: number): Flow<readonly Row[]> {
    window.moveTo(taken);
    const raws = yield* core.fetchFlow(cursor, size, bound);
    const created: (readonly InstanceState[])[] = [];
    const read = yield* readRowsFlow(host, piece, raws, { ...reader.options, created });
    window.add(read.length, created);
    return read;
  }
  const rows: RowSource<Row> = {
    fetch: (size, taken) => reader.enqueue(fetchFlow(size, taken)),
    close: () => reader.enqueue(core.closeCursorFlow(cursor)),
  };
  const result = new ResultBase<M, R, L>(reader.mode, { keys: prepared.plan.keys, rows });
  return reader.yieldPer === undefined ? result : result.yieldPer(reader.yieldPer);
}

/** The pieces of a stream whose rows the program may still be at work on. */
class StreamWindow {
  readonly #host: StreamHost;
  readonly #gone = new Map<EntityMapper, number>();
  #pieces: { readonly end: number; readonly created: readonly (readonly InstanceState[])[] }[] = [];
  #fetched = 0;

  constructor(host: StreamHost) {
    this.#host = host;
  }

  add(rows: number, created: readonly (readonly InstanceState[])[]): void {
    this.#fetched += rows;
    this.#pieces.push({ end: this.#fetched, created });
  }

  /** The program has taken this many rows and asks for more. */
  moveTo(taken: number): void {
    const isPassed = (end: number): boolean => end <= taken;
    for (const { end, created } of this.#pieces) if (isPassed(end)) for (const states of created) this.#evict(states);
    this.#pieces = this.#pieces.filter(({ end }) => !isPassed(end));
    for (const [mapper, gone] of this.#gone) {
      if (gone < MANY) continue;
      this.#host.identityMap.renew(mapper, gone);
      this.#gone.delete(mapper);
    }
  }

  #evict(states: readonly InstanceState[]): void {
    const { deletedStates, jit } = this.#host;
    const isLoaded = (state: InstanceState): boolean =>
      state.status === "persistent" && state.owner === this.#host && !deletedStates.has(state);
    for (const [mapper, own] of classesOf(those(states, isLoaded))) {
      const dirty = new Set(dirtyStates(mapper, own, jit));
      const isClean = (state: InstanceState): boolean => !dirty.has(state) && relationChanges(state).length === 0;
      const clean = those(own, isClean);
      this.#host.releaseLoaded(clean);
      this.#gone.set(mapper.root, (this.#gone.get(mapper.root) ?? 0) + clean.length);
    }
  }
}

/** Those for which it is true; all of them, as most are, without a list of their own. */
function those(states: readonly InstanceState[], isOne: (state: InstanceState) => boolean): readonly InstanceState[] {
  return states.every(isOne) ? states : states.filter(isOne);
}

function classesOf(states: readonly InstanceState[]): StatesByMapper {
  const [first] = states;
  const isOfOne = first !== undefined && states.every(({ mapper }) => mapper === first.mapper);
  return isOfOne ? new Map([[first.mapper, states]]) : byMapper(states);
}

const MANY = 8192; // objects: far fewer than are made between two collections
