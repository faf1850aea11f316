import { InvalidRequestError, StaleDataError } from "../../errors/index.ts";
import { requireState } from "./require-state.ts";
import type { Flow } from "../../flow/index.ts";
import { isOperand, type StatementOption } from "../../sql/index.ts";
import { changedColumns } from "../flush/dirty.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { getObjectFlow } from "../load/get-object.ts";
import { underToken } from "../load/load-host.ts";
import { plainLoad } from "../load/options/class-loading.ts";
import { postLoadFlow } from "../load/select-in.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { defineColumn, initialise } from "../state/attributes.ts";
import { rowKey } from "../state/identity-map.ts";
import { type InstanceState, NOT_LOADED, stateOf } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { writeRelation } from "../state/relation-events.ts";
import { tellMadeFlow } from "./load-events.ts";
import type { SessionCore } from "./session-core.ts";

export interface MergeOptions {
  /** Read the row if the session does not have the object. Default true; false takes the source for what the row is. */
  readonly load?: boolean;
  /** What is to come with the objects where their rows are read: `[selectinload(User.c.posts)]`. */
  readonly options?: readonly StatementOption[];
}

/**
 * Copies an object's loaded attributes onto the session's object of the same key, and answers that one (spec B13).
 *
 * The source stays outside of the session.
 */
export function* mergeFlow(core: SessionCore, object: object, options: MergeOptions): Flow<object> {
  const [merged] = yield* mergeAllFlow(core, [object], options);
  return merged as object;
}

/** The same for many objects: what is met again, by itself or by its key, is merged once. */
export function* mergeAllFlow(core: SessionCore, objects: Iterable<object>, options: MergeOptions): Flow<object[]> {
  const load = options.load ?? true;
  const sources = Array.from(objects, requireState);
  if (load) yield* core.autoflushFlow();
  const merge = new Merge(core, load);
  for (const source of sources) if (options.options !== undefined) merge.loadWith(source, options.options);
  return yield* core.noAutoflushFlow(function* mergeEachFlow() {
    const merged: object[] = [];
    for (const source of sources) merged.push((yield* merge.mergeFlow(source)).object);
    return merged;
  });
}

/** One call of merge: an object met twice is merged once. */
class Merge {
  readonly #core: SessionCore;
  readonly #load: boolean;
  readonly #done = new Map<InstanceState, InstanceState>();
  readonly #loading = new Map<InstanceState, readonly StatementOption[]>();
  /** Objects this call made and listeners have not heard of. */
  readonly #untold = new Set<InstanceState>();
  /** Those it made because no row has their key. */
  readonly #made = new Map<EntityMapper, Map<unknown, InstanceState>>();

  constructor(core: SessionCore, load: boolean) {
    this.#core = core;
    this.#load = load;
  }

  /** What is to come with the object of a source. */
  loadWith(source: InstanceState, options: readonly StatementOption[]): void {
    this.#loading.set(source, options);
  }

  *mergeFlow(source: InstanceState): Flow<InstanceState> {
    const known = this.#done.get(source);
    if (known !== undefined) return known;
    if (source.owner === this.#core) return this.#own(source);
    if (!this.#load) this.#refuseUnfit(source);
    const target = yield* this.#targetFlow(source);
    refuseOtherVersion(source, target);
    this.#done.set(source, target);
    copyColumns(source, target);
    for (const property of source.mapper.relationships) {
      if (property.cascade.has("merge")) yield* this.#relationFlow(source, target, property);
    }
    if (!this.#load) takeRow(source, target);
    if (this.#untold.delete(target)) yield* this.#tellMadeFlow(target);
    return target;
  }

  #own(source: InstanceState): InstanceState {
    if (source.status === "pending" && this.#done.size === 0) {
      const { name } = source.mapper;
      this.#core
        .environmentFor(source.mapper)
        .warn(
          `merge() was given a ${name} that is new in this very session. It is answered as it is; add() is enough.`,
        );
    }
    this.#done.set(source, source);
    return source;
  }

  #refuseUnfit(source: InstanceState): void {
    const { name } = source.mapper;
    if (source.row === null) {
      throw new InvalidRequestError(
        `merge() with load: false takes objects that have rows; this ${name} is transient.`,
      );
    }
    if (changedColumns(source, this.#core.jit).length > 0 || relationChanges(source).length > 0) {
      throw new InvalidRequestError(
        `merge() with load: false takes the object for what its row is, but this ${name} has changes. Merge it with load: true.`,
      );
    }
  }

  *#targetFlow(source: InstanceState): Flow<InstanceState> {
    const { mapper, token } = source;
    const values = mapper.primaryKey.map((property) => source.value(property.key));
    // a part that was never given is not a NULL that a row could have
    const isGiven = mapper.primaryKey.every((property) => Object.hasOwn(source.object, property.key));
    const key = isGiven ? rowKey(values, mapper.rules.allowPartialPks) : undefined;
    const present = key === undefined ? undefined : this.#core.identityMap.get(mapper, key, token);
    if (present !== undefined && !(this.#load && present.isStale)) return present;
    const made = token === null || key === undefined ? key : `${typeof token} ${token} ${String(key)}`;
    const options = this.#loading.get(source);
    const how = options === undefined ? {} : { options };
    if (this.#load && key !== undefined && this.#made.get(mapper)?.has(made) !== true) {
      const found = stateOf(yield* getObjectFlow(this.#core, mapper, values, underToken(token, how)));
      if (found !== undefined) return found;
    }
    return this.#load ? this.#pending(mapper, made) : this.#shell(source, key);
  }

  #pending(mapper: EntityMapper, key: unknown): InstanceState {
    let made = this.#made.get(mapper);
    if (made === undefined) this.#made.set(mapper, (made = new Map()));
    const known = key === undefined ? undefined : made.get(key);
    if (known !== undefined) return known;
    const state = emptyObject(mapper);
    this.#untold.add(state);
    this.#core.add(state.object);
    if (key !== undefined) made.set(key, state);
    return state;
  }

  /** An object that is taken to be in the database as the source is. */
  #shell(source: InstanceState, key: unknown): InstanceState {
    const state = emptyObject(source.mapper);
    state.key = key;
    state.token = source.token;
    state.row = source.mapper.columns.map(() => NOT_LOADED);
    state.status = "persistent";
    state.owner = this.#core;
    state.epoch = this.#core.epoch;
    this.#core.identityMap.add(state);
    this.#untold.add(state);
    return state;
  }

  *#relationFlow(source: InstanceState, target: InstanceState, property: RelationshipProperty): Flow<void> {
    const slot = source.slots?.[property.index];
    if (slot === undefined || !slot.loaded) return;
    const members = property.isMany ? [...(slot.value as object[])] : slot.value === null ? [] : [slot.value as object];
    // before its members are merged, which need no look-ups then
    if (this.#load && property.isMany) yield* this.#loadFlow(target, property);
    const merged: object[] = [];
    for (const member of members) {
      const state = stateOf(member);
      if (state !== undefined) merged.push((yield* this.mergeFlow(state)).object);
    }
    if (!this.#load) {
      if (property.isMany) setLoadedCollection(target, property, merged);
      else setLoadedReference(target, property, merged[0] ?? null);
      return;
    }
    if (!property.isMany) yield* this.#loadFlow(target, property);
    writeRelation(target, property, property.isMany ? merged : (merged[0] ?? null));
  }

  /** What the source lacks is taken out of the target, so that has to be known. */
  *#loadFlow(target: InstanceState, property: RelationshipProperty): Flow<void> {
    if (target.row === null || target.slots?.[property.index]?.loaded === true) return;
    yield* postLoadFlow(this.#core, plainLoad(property), [target], {});
  }

  /** No constructor has run for what this call made: listeners do what it would. */
  #tellMadeFlow(state: InstanceState): Flow<void> {
    return this.#load ? tellMadeFlow(this.#core.events, state) : this.#core.tellLoadedFlow([state]);
  }
}

function emptyObject(mapper: EntityMapper): InstanceState {
  const object = Object.create(mapper.prototype) as object;
  initialise(object, undefined, mapper);
  return stateOf(object) as InstanceState;
}

/** What the source says must have been made on the version that is now there. */
function refuseOtherVersion(source: InstanceState, target: InstanceState): void {
  const { name, rules } = source.mapper;
  if (rules.version === null || target.row === null) return;
  const { key, tracker } = rules.version.property;
  const [given, there] = [source.value(key), target.value(key)];
  if (given === null || there === null || !tracker.differs(given, tracker.snapshot(there))) return;
  throw new StaleDataError(
    `Version ${String(given)} of the ${name} given to merge() does not match version ${String(there)} of the one with key ` +
      `${String(target.key)}. Load that one and repeat the change, or leave the version out to overwrite what is there.`,
    { objects: [target.object] },
  );
}

function copyColumns(source: InstanceState, target: InstanceState): void {
  const version = source.mapper.rules.version?.property.key;
  for (const { key, tracker } of source.mapper.columns) {
    if (!Object.hasOwn(source.object, key)) continue;
    const value = source.value(key);
    if (value === null && key === version) continue; // no version given
    // two objects must not share a value that can change in place
    const copy =
      value === null || tracker.kind === "same" || isOperand(value) ? value : tracker.restore(tracker.snapshot(value));
    defineColumn(target.object, key, copy);
  }
}

function takeRow(source: InstanceState, target: InstanceState): void {
  target.row = [...(source.row ?? [])];
  target.partial = source.partial;
}
