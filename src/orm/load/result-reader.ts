import type { RowTaker } from "../../driver/index.ts";
import type { FromNode } from "../../sql/index.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { refuseOtherClass } from "./polymorphic-loader.ts";
import { isCurrent } from "./entity-loader.ts";
import { linkBack } from "./link-back.ts";
import type { LoadHost, QueryOptions } from "./load-host.ts";
import type { LoadNode } from "./options/class-loading.ts";
import type { EntityElement, JoinedElement, QueryPlan, RowElement } from "./query-plan.ts";
import { warnOfSeveral } from "./several-rows.ts";

type Rows = readonly (readonly unknown[])[];

/** What a relationship gathers from the rows of one result. */
interface Gathering {
  readonly state: InstanceState;
  readonly property: RelationshipProperty;
  readonly members: Set<object>;
}

/** Objects whose relationships are to be loaded by a further statement. */
export interface PostLoad {
  readonly node: LoadNode;
  /** Where the statement itself has the parents; `null`: in joins made for them. */
  readonly source: FromNode | null;
  readonly states: Set<InstanceState>;
}

/** Reads the rows of one statement (or one piece of a stream) into objects, some of them while others are on their way. */
export class ResultReader implements RowTaker {
  readonly #plan: QueryPlan;
  readonly #host: LoadHost;
  readonly #overwrite: boolean;
  readonly #refresh: boolean;
  readonly #token: IdentityToken | null;
  readonly #maps = new Map<EntityMapper, Map<unknown, InstanceState>>();
  readonly #gatherings = new Map<InstanceState, Map<RelationshipProperty, Gathering | null>>();
  readonly postLoads: Map<LoadNode, PostLoad> = new Map();
  /** Objects met for the first time. */
  readonly created: InstanceState[] = [];
  readonly #refreshed = new Set<InstanceState>();
  /** Loaded objects that were read again, of classes whose `refresh` somebody listens to; `null` where nobody does. */
  heardRefreshes: Set<InstanceState> | null = null;
  readonly #rows: (readonly unknown[])[] = [];
  #failure: { readonly error: unknown } | null = null;

  constructor(plan: QueryPlan, host: LoadHost, options: QueryOptions) {
    this.#plan = plan;
    this.#host = host;
    this.#overwrite = options.populateExisting ?? false;
    this.#token = options.identityToken ?? null;
    this.#refresh = this.#overwrite || (options.refresh ?? false);
  }

  take(raws: Rows): void {
    if (this.#failure !== null) return;
    // since the portion before the program may have emptied the session
    this.#maps.clear();
    try {
      this.#read(raws);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** All rows, with objects in them, `rest` being those that were not taken. @throws what reading one throws. */
  finish(rest: Rows): Rows {
    const hasWaited = this.#rows.length > 0;
    this.take(rest);
    if (this.#failure !== null) {
      this.undo();
      throw this.#failure.error;
    }
    if (hasWaited) this.#keep();
    for (const own of this.#gatherings.values()) {
      for (const gathering of own.values()) if (gathering !== null) settle(gathering, this.#overwrite);
    }
    this.#gatherings.clear();
    return this.#plan.unique && this.#plan.elements.length === 1 ? uniqueRows(this.#rows) : this.#rows;
  }

  /** Lets go of the objects of a statement that failed under way. */
  undo(): void {
    for (const state of this.created) {
      if (state.owner !== this.#host) continue;
      this.#host.identityMap.remove(state);
      state.owner = null;
      state.status = "detached";
    }
  }

  /** Objects that the program, not knowing of them, took out of the session together with all others belong to it again. */
  #keep(): void {
    const { identityMap } = this.#host;
    for (let index = 0; index < this.created.length; index += 1) {
      const state = this.created[index] as InstanceState;
      if (state.owner !== null || identityMap.get(state.mapper, state.key, state.token) !== undefined) continue;
      state.owner = this.#host;
      state.status = "persistent";
      identityMap.add(state);
    }
  }

  #read(raws: Rows): void {
    const { elements } = this.#plan;
    const entity = elements.length === 1 ? (elements[0]?.entity ?? null) : null;
    // by index: a step of an iterator is an object for each row
    for (let index = 0; index < raws.length; index += 1) {
      const raw = raws[index] as readonly unknown[];
      this.#rows.push(entity === null ? this.#row(raw) : [this.#object(entity, raw)]);
    }
  }

  #row(raw: readonly unknown[]): readonly unknown[] {
    const { elements } = this.#plan;
    const row = new Array<unknown>(elements.length);
    // values first: an object may take the raw row over
    for (let index = 0; index < elements.length; index += 1) {
      const element = elements[index] as RowElement;
      if (element.entity === null) row[index] = element.read(raw);
    }
    for (let index = 0; index < elements.length; index += 1) {
      const { entity } = elements[index] as RowElement;
      if (entity !== null) row[index] = this.#object(entity, raw);
    }
    return row;
  }

  #object(element: EntityElement, raw: readonly unknown[]): object | null {
    return this.#load(element, raw)?.object ?? null;
  }

  #load(element: EntityElement, raw: readonly unknown[]): InstanceState | null {
    const { loader, offset } = element;
    const key = loader.key(raw, offset);
    if (key === undefined) return null;
    const map = this.#mapOf(loader.mapper);
    let state = map.get(key);
    if (state === undefined) {
      // related columns in the same row are read after: the row must stay as it came
      const own = this.#plan.isAlone ? raw : raw.slice(offset, offset + loader.width);
      state = loader.create(own, own === raw ? offset : 0, key, this.#host);
      if (this.#token !== null) state.token = this.#token;
      map.set(key, state);
      if (element.kept !== null) state.options = element.kept;
      this.created.push(state);
    } else {
      if (state.mapper !== loader.mapper) refuseOtherClass(state, loader.mapper);
      const isOld =
        this.#refresh || loader.alwaysRefreshes
          ? !this.#refreshed.has(state)
          : state.epoch !== this.#host.epoch || state.partial;
      if (isOld) this.#update(state, element, raw);
    }
    for (const joined of element.joined) this.#gather(state, joined, raw);
    for (const node of element.later) this.#note(state, node, element.source);
    return state;
  }

  /** An object that the session has: all that is read now, or what it does without. */
  #update(state: InstanceState, { loader, offset, kept }: EntityElement, raw: readonly unknown[]): void {
    const again = this.#refresh || loader.alwaysRefreshes;
    const fill = !again && state.epoch === this.#host.epoch;
    loader.refresh(state, raw, offset, { overwrite: this.#overwrite, fill, locked: this.#plan.locks });
    if (again) this.#refreshed.add(state);
    if (this.#overwrite && kept !== null) state.options = kept;
    if (this.heardRefreshes !== null) this.heardRefreshes.add(state);
  }

  #mapOf(mapper: EntityMapper): Map<unknown, InstanceState> {
    let map = this.#maps.get(mapper);
    if (map === undefined) {
      map = this.#host.identityMap.of(mapper, this.#token);
      if (mapper.listeners.active && mapper.listeners.hears("refresh")) this.heardRefreshes ??= new Set();
      this.#maps.set(mapper, map);
    }
    return map;
  }

  /** Notes the related object of a row, unless the relationship is known already. */
  #gather(state: InstanceState, element: JoinedElement, raw: readonly unknown[]): void {
    const { parent } = element.property;
    if (parent.parent !== null && !state.mapper.isA(parent)) return;
    const related = this.#load(element, raw);
    let own = this.#gatherings.get(state);
    if (own === undefined) {
      own = new Map();
      this.#gatherings.set(state, own);
    }
    let gathering = own.get(element.property);
    if (gathering === undefined) {
      const wanted = this.#refresh || !isCurrent(state, element.property);
      gathering = wanted ? { state, property: element.property, members: new Set() } : null;
      own.set(element.property, gathering);
    }
    if (gathering !== null && related !== null) gathering.members.add(related.object);
  }

  #note(state: InstanceState, node: LoadNode, source: FromNode | null): void {
    const { parent } = node.property;
    if (parent.parent !== null && !state.mapper.isA(parent)) return;
    if (!this.#refresh && isCurrent(state, node.property) && node.below.nodes.length === 0) return;
    let load = this.postLoads.get(node);
    if (load === undefined) {
      load = { node, source, states: new Set() };
      this.postLoads.set(node, load);
    }
    load.states.add(state);
  }
}

function settle({ state, property, members }: Gathering, overwrite: boolean): void {
  if (property.isMany) setLoadedCollection(state, property, [...members], overwrite);
  else {
    if (members.size > 1) warnOfSeveral(property);
    setLoadedReference(state, property, members.values().next().value ?? null, overwrite);
  }
  linkBack(state, property, members);
}

function uniqueRows(rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const seen = new Set<unknown>();
  return rows.filter(([object]) => {
    if (seen.has(object)) return false;
    seen.add(object);
    return true;
  });
}
