import type { Flow } from "../../flow/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { RowEventName } from "../mapping/entity-events.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";

/** Tells listeners of mapped classes of rows being written (spec B17, B29); a class nobody listens to costs one check. */

type States = readonly InstanceState[];

/** Objects of one class that are written together. */
export interface Batch {
  readonly inserts: States;
  readonly updates: States;
}

/** Writes a batch: listeners hear of all its objects before the first statement, and of all after the last. */
export function* saveToldFlow(
  host: FlushHost,
  mapper: EntityMapper,
  batch: Batch,
  write: (batch: Batch) => Flow<void>,
): Flow<void> {
  if (!mapper.rules.batch && batch.inserts.length + batch.updates.length > 1) {
    for (const state of batch.updates) yield* saveToldFlow(host, mapper, { inserts: [], updates: [state] }, write);
    for (const state of batch.inserts) yield* saveToldFlow(host, mapper, { inserts: [state], updates: [] }, write);
    return;
  }
  if (!mapper.listeners.active || batch.inserts.length + batch.updates.length === 0) return yield* write(batch);
  const { inserts } = batch;
  const updates = batch.updates.filter((state) => isUpdated(state, host.jit));
  const generated = mapper.listeners.hears("refreshFlush") ? new GeneratedValues(mapper) : null;
  yield* tellFlow(host, mapper, "beforeInsert", inserts);
  yield* tellFlow(host, mapper, "beforeUpdate", updates);
  generated?.remember([...inserts, ...updates]);
  yield* write(batch);
  if (generated !== null) yield* generated.tellFlow(host);
  yield* tellFlow(host, mapper, "afterInsert", inserts);
  yield* tellFlow(host, mapper, "afterUpdate", updates);
}

/** Deletes objects of one class, as `saveToldFlow`. */
export function* deleteToldFlow(
  host: FlushHost,
  mapper: EntityMapper,
  states: States,
  remove: (states: States) => Flow<void>,
): Flow<void> {
  if (!mapper.rules.batch && states.length > 1) {
    for (const state of states) yield* deleteToldFlow(host, mapper, [state], remove);
    return;
  }
  if (!mapper.listeners.active) return yield* remove(states);
  yield* tellFlow(host, mapper, "beforeDelete", states);
  yield* remove(states);
  yield* tellFlow(host, mapper, "afterDelete", states);
}

// a relationship may have been set to what its key column says already: then nothing is written
function isUpdated(state: InstanceState, jit: boolean | undefined): boolean {
  return state.isFlagged || changedColumns(state, jit).length > 0;
}

function* tellFlow(host: FlushHost, mapper: EntityMapper, name: RowEventName, states: States): Flow<void> {
  if (states.length === 0 || !mapper.listeners.hears(name)) return;
  const connection = host.told.connection(yield* host.connectionFlow(mapper));
  const { session, call } = host.told;
  const entity = mapper.prototype.constructor;
  host.isTelling = true;
  try {
    for (const { object } of states)
      yield* mapper.listeners.fireFlow(name, { object, entity, session, connection }, call);
  } finally {
    host.isTelling = false;
  }
}

/** Finds the attributes that a flush fills in. */
class GeneratedValues {
  readonly #mapper: EntityMapper;
  readonly #before = new Map<InstanceState, readonly unknown[]>();

  constructor(mapper: EntityMapper) {
    this.#mapper = mapper;
  }

  remember(states: States): void {
    for (const state of states) this.#before.set(state, this.#values(state));
  }

  #values(state: InstanceState): readonly unknown[] {
    return this.#mapper.columns.map((property) => state.value(property.key));
  }

  *tellFlow(host: FlushHost): Flow<void> {
    for (const [state, before] of this.#before) {
      const now = this.#values(state);
      const filled = this.#mapper.columns.filter(
        (property, index) => !property.isPrimaryKey && now[index] !== before[index],
      );
      if (filled.length === 0) continue;
      const attributes = filled.map((property) => property.key);
      const event = { object: state.object, session: host.told.session, attributes };
      yield* this.#mapper.listeners.fireFlow("refreshFlush", event, host.told.call);
    }
  }
}
