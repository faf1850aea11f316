import { InvalidRequestError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { postLoadFlow } from "../load/select-in.ts";
import type { ColumnPair, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { dirtyStates } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { type RelationChange, relationChanges } from "./relation-changes.ts";

/** Copies a key from one object to another (or clears it) when the first has been written. */
export interface KeySync {
  /** `null`: the key is cleared. */
  readonly source: InstanceState | null;
  /** From the source's columns to the object's own. */
  readonly pairs: readonly ColumnPair[];
}

/** A row of an association table. */
export interface LinkRow {
  readonly property: RelationshipProperty;
  readonly parent: InstanceState;
  readonly member: InstanceState;
}

/** Everything one flush will write. */
export interface WorkPlan {
  readonly inserts: Set<InstanceState>;
  readonly updates: Set<InstanceState>;
  readonly deletes: Set<InstanceState>;
  /** By object, then by the key columns concerned. */
  readonly syncs: Map<InstanceState, Map<string, KeySync>>;
  readonly links: Map<string, LinkRow>;
  readonly unlinks: Map<string, LinkRow>;
  /** Deleted objects whose rows in association tables go too. */
  readonly unlinkAll: { readonly property: RelationshipProperty; readonly parent: InstanceState }[];
}

/** Finds out what a flush has to write; may load what a deletion concerns. */
export function* planWorkFlow(host: FlushHost): Flow<WorkPlan> {
  const planner = new WorkPlanner(host);
  planner.cascadeNew();
  yield* planner.planDeletesFlow();
  planner.planRelations();
  planner.collect();
  return planner.plan;
}

class WorkPlanner {
  readonly #host: FlushHost;
  readonly plan: WorkPlan = {
    inserts: new Set(),
    updates: new Set(),
    deletes: new Set(),
    syncs: new Map(),
    links: new Map(),
    unlinks: new Map(),
    unlinkAll: [],
  };

  constructor(host: FlushHost) {
    this.#host = host;
  }

  /** New objects in relationships of the session's objects become the session's own (save-update). */
  cascadeNew(): void {
    for (const state of this.#related()) {
      for (const property of state.mapper.relationships) {
        if (!property.cascade.has("save-update")) continue;
        for (const member of membersOf(state, property)) this.#host.cascadeAdd(member);
      }
    }
  }

  /** Objects whose relationships are to be looked at; grows while it is walked. */
  *#related(): Iterable<InstanceState> {
    for (const state of this.#host.identityMap.states()) if (state.slots !== null) yield state;
    yield* this.#host.newStates; // a Set: what is added on the way is met too
  }

  *planDeletesFlow(): Flow<void> {
    const queue = [...this.#host.deletedStates];
    for (const state of queue) this.plan.deletes.add(state);
    for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
      for (const property of state.mapper.relationships) {
        for (const found of yield* this.#deleteAlongFlow(state, property)) {
          if (this.plan.deletes.has(found)) continue;
          this.plan.deletes.add(found);
          queue.push(found);
        }
      }
    }
  }

  /** What else goes with a deleted object; keys of what stays are cleared. */
  *#deleteAlongFlow(state: InstanceState, property: RelationshipProperty): Flow<readonly InstanceState[]> {
    const deletes = property.cascade.has("delete");
    if (property.direction === "many-to-many") {
      this.plan.unlinkAll.push({ property, parent: state });
      if (!deletes) return [];
    }
    if (property.direction === "many-to-one" && !deletes) return [];
    const loaded = state.slots?.[property.index]?.loaded ?? false;
    if (!loaded && property.passiveDeletes) return [];
    if (!loaded)
      yield* postLoadFlow(this.#host, { property, strategy: "selectin", children: [], options: [] }, [state], {});
    const members = [...membersOf(state, property), ...lostMembers(state, property)]
      .map(stateOf)
      .filter((member) => member !== undefined);
    if (deletes) return members.filter((member) => this.#dropNew(member) && member.status === "persistent");
    if (property.direction === "one-to-many") for (const member of members) this.#clear(member, property);
    return [];
  }

  #dropNew(member: InstanceState): boolean {
    if (member.status === "pending") this.#host.forgetNew(member);
    return true;
  }

  planRelations(): void {
    for (const state of this.#related()) {
      if (this.plan.deletes.has(state)) continue;
      for (const change of relationChanges(state)) this.#planChange(change);
    }
  }

  #planChange(change: RelationChange): void {
    switch (change.property.direction) {
      case "many-to-one":
        this.#planReference(change);
        break;
      case "one-to-many":
        this.#planCollection(change);
        break;
      case "many-to-many":
        this.#planLinks(change);
        break;
    }
  }

  #planReference({ state, property, added }: RelationChange): void {
    const [target] = added;
    const source = target === undefined ? null : this.#member(target, property);
    if (target !== undefined && source === null) return;
    this.#sync(state, { source, pairs: property.pairs.map((pair) => ({ from: pair.to, to: pair.from })) });
  }

  #planCollection({ state, property, added, removed }: RelationChange): void {
    for (const object of removed) {
      const member = stateOf(object);
      if (member === undefined || this.plan.deletes.has(member)) continue;
      if (property.cascade.has("delete-orphan") && !this.#hasParent(member, property)) this.#orphan(member);
      else this.#clear(member, property);
    }
    for (const object of added) {
      const member = this.#member(object, property);
      if (member !== null) this.#sync(member, { source: state, pairs: property.pairs });
    }
  }

  /** Another object of the same class has it in the same relationship now. */
  #hasParent(member: InstanceState, property: RelationshipProperty): boolean {
    const { inverse } = property;
    const slot = inverse === null ? undefined : member.slots?.[inverse.index];
    if (slot?.loaded) return slot.value !== null;
    return this.plan.syncs.get(member)?.get(syncKey(property.pairs))?.source != null;
  }

  #orphan(member: InstanceState): void {
    if (member.status === "pending") this.#host.forgetNew(member);
    else if (member.status === "persistent") this.plan.deletes.add(member);
  }

  #clear(member: InstanceState, property: RelationshipProperty): void {
    const known = this.plan.syncs.get(member)?.get(syncKey(property.pairs));
    if (known === undefined) this.#sync(member, { source: null, pairs: property.pairs });
  }

  #sync(state: InstanceState, sync: KeySync): void {
    let own = this.plan.syncs.get(state);
    if (own === undefined) {
      own = new Map();
      this.plan.syncs.set(state, own);
    }
    const key = syncKey(sync.pairs);
    // a new parent wins over the news that the old one is gone
    if (sync.source === null && own.get(key)?.source != null) return;
    own.set(key, sync);
  }

  #planLinks({ state, property, added, removed }: RelationChange): void {
    for (const object of added) {
      const member = this.#member(object, property);
      if (member !== null) this.plan.links.set(...linkRow(property, state, member));
    }
    for (const object of removed) {
      const member = stateOf(object);
      if (member !== undefined && member.row !== null) this.plan.unlinks.set(...linkRow(property, state, member));
    }
  }

  /** A related object that is in the session; one that stayed outside is refused, or the row would point nowhere. */
  #member(object: object, property: RelationshipProperty): InstanceState | null {
    const member = stateOf(object);
    if (member === undefined) return null;
    if (member.status === "transient") {
      throw new InvalidRequestError(
        `${property.name} holds a new ${property.target.name} that is in no session, and its cascade does not include save-update. ` +
          "Add the object with session.add(), or take it out of the relationship.",
      );
    }
    return this.plan.deletes.has(member) ? null : member;
  }

  /** Sorts the session's objects into what is inserted and what is updated. */
  collect(): void {
    const { plan } = this;
    for (const state of this.#host.newStates) if (!plan.deletes.has(state)) plan.inserts.add(state);
    for (const [mapper, states] of this.#host.identityMap.classes()) {
      for (const state of dirtyStates(mapper, states.values(), this.#host.environment.jit)) plan.updates.add(state);
    }
    for (const state of plan.syncs.keys()) if (state.status === "persistent") plan.updates.add(state);
    for (const state of plan.deletes) plan.updates.delete(state);
  }
}

function membersOf(state: InstanceState, property: RelationshipProperty): readonly object[] {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return [];
  if (!slot.loaded) return slot.queuedAdds ?? [];
  if (property.isMany) return slot.value as readonly object[];
  return slot.value === null || slot.value === undefined ? [] : [slot.value as object];
}

// members taken out since the last flush still refer to the row that is deleted
function lostMembers(state: InstanceState, property: RelationshipProperty): readonly object[] {
  return relationChanges(state).find((change) => change.property === property)?.removed ?? [];
}

function syncKey(pairs: readonly ColumnPair[]): string {
  return pairs.map((pair) => pair.to.fullName).join(",");
}

const linkIds = new WeakMap<InstanceState, number>();
let linkCount = 0;

function linkId(state: InstanceState): number {
  let id = linkIds.get(state);
  if (id === undefined) {
    linkCount += 1;
    id = linkCount;
    linkIds.set(state, id);
  }
  return id;
}

/** A row of an association table is one row, from whichever side it is seen. */
function linkRow(property: RelationshipProperty, parent: InstanceState, member: InstanceState): [string, LinkRow] {
  const ends = property.pairs.map((pair) => `${pair.to.name}=${linkId(parent)}`);
  const others = property.secondaryPairs.map((pair) => `${pair.from.name}=${linkId(member)}`);
  const key = `${property.secondary?.id ?? 0}:${[...ends, ...others].toSorted().join(",")}`;
  return [key, { property, parent, member }];
}
