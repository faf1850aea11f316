import { InvalidRequestError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { isCurrent } from "../load/entity-loader.ts";
import { postLoadFlow } from "../load/select-in.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { followAdded, followRemoved } from "../state/relation-events.ts";
import { dirtyStates } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { keyPath, type KeySync } from "./key-sync.ts";
import { type LinkRow, linkRow } from "./link-row.ts";
import { type RelationChange, relationChanges } from "./relation-changes.ts";

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
  /** Objects whose relationships changed. */
  readonly related: Set<InstanceState>;
}

/** Finds out what a flush has to write; may load what a deletion or a replaced relationship concerns. */
export function* planWorkFlow(host: FlushHost): Flow<WorkPlan> {
  const planner = new WorkPlanner(host);
  planner.takeIn();
  yield* planner.loadReplacedFlow();
  planner.findChanges();
  yield* planner.planDeletesFlow();
  planner.planRelations();
  planner.collect();
  return planner.plan;
}

class WorkPlanner {
  readonly #host: FlushHost;
  #changes: readonly RelationChange[] = [];
  /** Objects that were put into a collection, by the key columns it leads over. */
  readonly #adopted = new Map<InstanceState, Set<string>>();
  readonly plan: WorkPlan = {
    inserts: new Set(),
    updates: new Set(),
    deletes: new Set(),
    syncs: new Map(),
    links: new Map(),
    unlinks: new Map(),
    unlinkAll: [],
    related: new Set(),
  };

  constructor(host: FlushHost) {
    this.#host = host;
  }

  /**
   * Brings both sides of relationships in step where a collection was written by index or length, which no method
   * sees, and takes new members into the session (save-update).
   */
  takeIn(): void {
    const { related } = this.plan;
    for (const changes of this.#candidates()) {
      for (const { state, property, added, removed } of changes) {
        related.add(state);
        const cascades = property.cascade.has("save-update");
        for (const member of added) {
          if (property.isMany) followAdded(state, property, member);
          if (cascades) this.#host.cascadeAdd(member);
        }
        if (property.isMany) for (const member of removed) followRemoved(state, property, member);
      }
    }
    for (const state of this.#host.touched) related.add(state);
  }

  /** The changes of relationships, object by object; grows while it is walked. */
  *#candidates(): Iterable<readonly RelationChange[]> {
    for (const map of this.#host.identityMap.classes()) {
      if (map[0].relationships.length === 0) continue;
      for (const state of map[1].values()) {
        const changes = relationChanges(state);
        if (changes.length > 0) yield changes;
      }
    }
    for (const state of this.#host.newStates) yield relationChanges(state); // what is added meanwhile is met too
  }

  /** What was assigned over relationships not loaded: the members that are lost by it must be known. */
  *loadReplacedFlow(): Flow<void> {
    const blind = new Map<RelationshipProperty, InstanceState[]>();
    for (const state of this.plan.related) {
      if (state.row === null || state.owner !== this.#host) continue;
      for (const { property, isBlind } of relationChanges(state)) {
        if (isBlind) group(blind, property, state);
      }
    }
    for (const [property, states] of blind) yield* this.#loadFlow(property, states);
    for (const state of this.#host.touched) this.plan.related.add(state);
  }

  *#loadFlow(property: RelationshipProperty, states: readonly InstanceState[]): Flow<void> {
    const isEmpty = (state: InstanceState): boolean => property.direction !== "many-to-one" && state.knownEmpty;
    for (const state of states.filter(isEmpty)) {
      if (property.isMany) setLoadedCollection(state, property, []);
      else setLoadedReference(state, property, null);
    }
    const open = states.filter((state) => !isEmpty(state));
    yield* postLoadFlow(this.#host, { property, strategy: "selectin", children: [], options: [] }, open, {});
  }

  findChanges(): void {
    const changes: RelationChange[] = [];
    for (const state of this.plan.related) {
      if (state.owner !== this.#host) continue;
      for (const change of relationChanges(state)) {
        changes.push(change);
        if (change.property.direction !== "one-to-many") continue;
        for (const object of change.added) this.#adopt(stateOf(object), keyPath(change.property).key);
      }
    }
    this.#changes = changes;
  }

  #adopt(member: InstanceState | undefined, key: string): void {
    if (member === undefined) return;
    const known = this.#adopted.get(member);
    if (known === undefined) this.#adopted.set(member, new Set([key]));
    else known.add(key);
  }

  *planDeletesFlow(): Flow<void> {
    const { deletes } = this.plan;
    let level = [...this.#host.deletedStates, ...this.#orphans()];
    while (level.length > 0) {
      const fresh = level.filter((state) => !deletes.has(state));
      for (const state of fresh) deletes.add(state);
      level = [];
      for (const [property, states] of byRelationship(fresh)) {
        for (const found of yield* this.#deleteAlongFlow(property, states)) level.push(found);
      }
    }
  }

  /** Objects that lost the parent they were part of (delete-orphan). */
  #orphans(): readonly InstanceState[] {
    const orphans: InstanceState[] = [];
    for (const change of this.#changes) {
      for (const state of orphansOf(change)) {
        if (this.#hasParent(state, change.property)) continue;
        if (state.status === "pending") this.#host.forgetNew(state);
        else if (state.status === "persistent" && state.owner === this.#host) orphans.push(state);
      }
    }
    return orphans;
  }

  /** Another object has it in the same relationship now. */
  #hasParent(member: InstanceState, property: RelationshipProperty): boolean {
    if (property.direction !== "one-to-many") return false;
    const slot = property.inverse === null ? undefined : member.slots?.[property.inverse.index];
    if (slot?.loaded) return slot.value !== null;
    return this.#adopted.get(member)?.has(keyPath(property).key) === true;
  }

  /** What else goes with deleted objects; keys of what stays are cleared. */
  *#deleteAlongFlow(property: RelationshipProperty, states: readonly InstanceState[]): Flow<readonly InstanceState[]> {
    const deletes = property.cascade.has("delete");
    if (property.direction === "many-to-many")
      for (const parent of states) this.plan.unlinkAll.push({ property, parent });
    if (property.direction !== "one-to-many" && !deletes) return [];
    if (!property.passiveDeletes) {
      yield* this.#loadFlow(
        property,
        states.filter((state) => !isCurrent(state, property)),
      );
    }
    const found: InstanceState[] = [];
    for (const state of states) {
      for (const member of this.#membersEver(state, property)) {
        if (!deletes) this.#clear(member, property);
        else if (member.status === "pending") this.#host.forgetNew(member);
        else if (member.status === "persistent") found.push(member);
      }
    }
    return found;
  }

  /** Members now and those taken out since the last flush, whose rows still refer to the deleted one. */
  #membersEver(state: InstanceState, property: RelationshipProperty): readonly InstanceState[] {
    const slot = state.slots?.[property.index];
    if (slot === undefined) return [];
    const now = slot.loaded ? slot.value : slot.queuedAdds;
    const removed = relationChanges(state).find((change) => change.property === property)?.removed ?? [];
    const lost = removed.filter((member) => !this.#hasParent(stateOf(member) as InstanceState, property));
    return [...(Array.isArray(now) ? now : [now]), ...lost].map(stateOf).filter((member) => member !== undefined);
  }

  planRelations(): void {
    const changes = this.#changes.filter((change) => !this.plan.deletes.has(change.state));
    // a new parent goes before the news that the old one is gone
    for (const change of changes) this.#planAdded(change);
    for (const change of changes) this.#planRemoved(change);
  }

  #planAdded({ state, property, added, removed }: RelationChange): void {
    const { direction } = property;
    if (direction === "many-to-one" && added.length === 0) this.#sync(state, property, null);
    for (const object of added) {
      const member = this.#member(object, property);
      if (member === null) continue;
      if (direction === "many-to-many") this.plan.links.set(...linkRow(property, state, member));
      else if (direction === "many-to-one") this.#sync(state, property, member);
      else this.#sync(member, property, state);
    }
    if (direction !== "many-to-many") return;
    for (const object of removed) {
      const member = stateOf(object);
      if (member !== undefined && member.row !== null) this.plan.unlinks.set(...linkRow(property, state, member));
    }
  }

  #planRemoved({ property, removed }: RelationChange): void {
    if (property.direction !== "one-to-many") return;
    for (const object of removed) {
      const member = stateOf(object);
      if (member !== undefined && member.owner === this.#host && !this.plan.deletes.has(member))
        this.#clear(member, property);
    }
  }

  #clear(member: InstanceState, property: RelationshipProperty): void {
    if (this.plan.syncs.get(member)?.has(keyPath(property).key) !== true) this.#sync(member, property, null);
  }

  #sync(state: InstanceState, property: RelationshipProperty, source: InstanceState | null): void {
    const path = keyPath(property);
    let own = this.plan.syncs.get(state);
    if (own === undefined) {
      own = new Map();
      this.plan.syncs.set(state, own);
    }
    if (source === null && own.get(path.key)?.source != null) return;
    own.set(path.key, { source, path });
  }

  /** A related object that is in the session; one that stayed outside is refused, or the row would point nowhere. */
  #member(object: object, property: RelationshipProperty): InstanceState | null {
    const member = stateOf(object);
    if (member === undefined) return null;
    if (this.plan.deletes.has(member)) return null;
    if (member.owner === this.#host && member.status !== "deleted") return member;
    throw new InvalidRequestError(`${property.name} holds a ${property.target.name} ${refusal(member)}`);
  }

  /** Sorts the session's objects into what is inserted and what is updated. */
  collect(): void {
    const { plan } = this;
    for (const state of this.#host.newStates) if (!plan.deletes.has(state)) plan.inserts.add(state);
    for (const [mapper, states] of this.#host.identityMap.classes()) {
      for (const state of dirtyStates(mapper, states.values(), this.#host.jit)) plan.updates.add(state);
    }
    for (const state of plan.syncs.keys()) if (state.status === "persistent") plan.updates.add(state);
    for (const state of plan.deletes) plan.updates.delete(state);
  }
}

function refusal(member: InstanceState): string {
  if (member.status === "deleted" || member.isGone)
    return "that was deleted. Take it out of the relationship, or make a new object with its values.";
  if (member.status === "transient")
    return (
      "that is new and in no session, and its cascade does not include save-update. " +
      "Add the object with session.add(), or take it out of the relationship."
    );
  return member.owner === null
    ? "that belongs to no session. Add the object with session.add(), or take it out of the relationship."
    : "that belongs to another session. Take it out there with expunge(), or use an object of this session.";
}

function orphansOf({ state, property, added, removed }: RelationChange): readonly InstanceState[] {
  if (property.direction === "one-to-many") {
    if (!property.cascade.has("delete-orphan")) return [];
    return removed.map(stateOf).filter((member) => member !== undefined);
  }
  const { inverse } = property;
  const isOrphan =
    property.direction === "many-to-one" && added.length === 0 && inverse?.cascade.has("delete-orphan") === true;
  return isOrphan && state.row !== null ? [state] : [];
}

function byRelationship(states: readonly InstanceState[]): ReadonlyMap<RelationshipProperty, InstanceState[]> {
  const groups = new Map<RelationshipProperty, InstanceState[]>();
  for (const state of states) for (const property of state.mapper.relationships) group(groups, property, state);
  return groups;
}

function group<K>(groups: Map<K, InstanceState[]>, key: K, state: InstanceState): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [state]);
  else known.push(state);
}
