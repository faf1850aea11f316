import { FlushError, InvalidRequestError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import { isCurrent } from "../load/entity-loader.ts";
import { plainLoad } from "../load/options/class-loading.ts";
import { postLoadFlow } from "../load/select-in.ts";
import { describeWithin } from "../../sql/index.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { setLoadedCollection, setLoadedReference } from "../state/loaded-relation.ts";
import { dropLostMembers, followAdded, followRemoved } from "../state/relation-events.ts";
import { Adoptions, KeptOrphan, orphansOf } from "./orphans.ts";
import { dirtyStates, type Findings } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { isChangedKey, membersByKeyFlow } from "./rekeyed.ts";
import { keyPath, type KeySync } from "./key-sync.ts";
import { type LinkRow, linkRow } from "./link-row.ts";
import { PlannedRelations } from "./planned-relations.ts";
import { type RelationChange, relationChanges } from "./relation-changes.ts";
import { leaveUnknown } from "./unknown-references.ts";
import type { FlushScope } from "./flush-scope.ts";
import { keptValue } from "./row-write.ts";

/** Everything one flush will write. */
export interface WorkPlan {
  readonly inserts: InstanceState[];
  readonly updates: Set<InstanceState>;
  readonly deletes: Set<InstanceState>;
  /** By object; one for each list of key columns concerned. */
  readonly syncs: Map<InstanceState, KeySync[]>;
  /** The objects with keys that wait until all rows are there. */
  readonly posts: Set<InstanceState>;
  readonly links: Map<string, LinkRow>;
  readonly unlinks: Map<string, LinkRow>;
  /** Deleted objects whose rows in association tables go too. */
  readonly unlinkAll: { readonly property: RelationshipProperty; readonly parent: InstanceState }[];
  /** Objects whose key in association tables changed, with the key their rows have there. */
  readonly relinks: {
    readonly property: RelationshipProperty;
    readonly state: InstanceState;
    readonly previous: readonly unknown[];
  }[];
  /** Objects whose relationships changed. */
  readonly related: Set<InstanceState>;
  readonly keptOrphans: readonly KeptOrphan[];
  readonly relations: PlannedRelations;
}

export interface FlushOptions {
  /** Objects that lost their parent are not deleted yet: they may be about to get another. */
  readonly keepOrphans?: boolean;
  /** What a look at the objects found; left out when there was none, or somebody may have changed more since. */
  readonly found?: Findings | null;
  /** The objects that may be written; `null`: all. */
  readonly only?: FlushScope | null;
}

/** Finds out what a flush has to write; may load what a deletion or a replaced relationship concerns. */
export function* planWorkFlow(host: FlushHost, options: FlushOptions): Flow<WorkPlan> {
  const planner = new WorkPlanner(host, options.keepOrphans === true, options.only ?? null);
  planner.takeIn();
  yield* planner.loadReplacedFlow();
  planner.findChanges();
  yield* planner.planDeletesFlow();
  planner.planRelations();
  yield* planner.followKeysFlow();
  planner.collect();
  return planner.plan;
}

/** There is nothing to insert or to delete, and no relationship brings more work about. */
export function isOnlyColumns(host: FlushHost, { dirty, isRelated }: Findings): boolean {
  if (isRelated || host.newStates.size > 0 || host.deletedStates.size > 0 || host.touched.size > 0) return false;
  const mappers = new Set(dirty.map((state) => state.mapper));
  for (const { relationships } of mappers) if (relationships.some((each) => !each.passiveUpdates)) return false;
  return true;
}

const none: Omit<WorkPlan, "updates"> = {
  inserts: [],
  deletes: new Set(),
  syncs: new Map(),
  posts: new Set(),
  links: new Map(),
  unlinks: new Map(),
  unlinkAll: [],
  relinks: [],
  related: new Set(),
  keptOrphans: [],
  relations: new PlannedRelations(),
};

/** The plan of writing changed columns and nothing else; what it has none of is the same for all such plans. */
export function columnsPlan({ dirty }: Findings): WorkPlan {
  return { ...none, updates: new Set(dirty) };
}

class WorkPlanner {
  readonly #host: FlushHost;
  #changes: readonly RelationChange[] = [];
  readonly #adoptions = new Adoptions();
  readonly #keepsOrphans: boolean;
  readonly #only: FlushScope | null;
  /** The new objects when changes were looked for. */
  readonly #news: InstanceState[] = [];
  readonly #keptOrphans: KeptOrphan[] = [];
  readonly plan: WorkPlan = {
    inserts: [],
    updates: new Set(),
    deletes: new Set(),
    syncs: new Map(),
    posts: new Set(),
    links: new Map(),
    unlinks: new Map(),
    unlinkAll: [],
    relinks: [],
    related: new Set(),
    keptOrphans: this.#keptOrphans,
    relations: new PlannedRelations(),
  };

  constructor(host: FlushHost, keepsOrphans: boolean, only: FlushScope | null) {
    this.#host = host;
    this.#keepsOrphans = keepsOrphans;
    this.#only = only;
  }

  #isDue(state: InstanceState): boolean {
    return this.#only === null || this.#only.has(state);
  }

  /**
   * Brings both sides of relationships in step where a collection was written by index or length, which no method
   * sees, and takes new members into the session (save-update).
   */
  takeIn(): void {
    const { related } = this.plan;
    for (const states of [this.#host.touched, this.#host.newStates])
      for (const state of states) if (state.slots !== null) dropLostMembers(state);
    for (const changes of this.#candidates()) {
      for (const { state, property, added, removed } of changes) {
        related.add(state);
        for (const member of added) {
          refuseUnfit(property, member);
          if (property.cascade.has("save-update") && this.#isNews(state, property, member))
            this.#host.cascadeAdd(member);
          if (property.isMany) followAdded(state, property, member);
        }
        if (property.isMany) for (const member of removed) followRemoved(state, property, member);
      }
    }
    for (const state of this.#host.touched) if (this.#isDue(state)) related.add(state);
  }

  /**
   * A member was written by index, so that no method has taken it into the session; members that came from the other side
   * do not follow their parent there, and those taken out of the session stay out.
   */
  #isNews(state: InstanceState, property: RelationshipProperty, object: object): boolean {
    const member = stateOf(object);
    if (member === undefined || member.owner !== null || this.#host.wasExpunged(member)) return false;
    return property.inverse === null || !holds(member, property.inverse, state.object);
  }

  /** The changes of relationships, object by object; grows while it is walked. */
  *#candidates(): Iterable<readonly RelationChange[]> {
    for (const map of this.#host.identityMap.classes()) {
      if (map[0].relationships.length === 0) continue;
      for (const state of map[1].values()) {
        if (!this.#isDue(state)) continue;
        const changes = relationChanges(state);
        if (changes.length > 0) yield changes;
      }
    }
    // what is added meanwhile is met too
    for (const state of this.#host.newStates) if (this.#isDue(state)) yield relationChanges(state);
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
    for (const state of this.#host.touched) if (this.#isDue(state)) this.plan.related.add(state);
  }

  *#loadFlow(property: RelationshipProperty, states: readonly InstanceState[]): Flow<void> {
    const isEmpty = (state: InstanceState): boolean => isKnownEmpty(state, property);
    for (const state of states.filter(isEmpty)) {
      if (property.isMany) setLoadedCollection(state, property, []);
      else setLoadedReference(state, property, null);
    }
    const open = states.filter((state) => !isEmpty(state));
    yield* postLoadFlow(this.#host, plainLoad(property), open, {});
  }

  findChanges(): void {
    const changes: RelationChange[] = [];
    for (const state of this.plan.related) {
      if (state.owner !== this.#host) continue;
      for (const change of relationChanges(state)) {
        changes.push(change);
        this.#adoptions.note(change);
      }
    }
    leaveUnknown(this.#host, changes);
    this.#changes = changes;
    for (const state of this.plan.related) this.plan.relations.note(state);
    for (const state of this.#host.newStates) {
      if (!this.#isDue(state)) continue;
      this.plan.relations.note(state);
      this.#news.push(state);
    }
  }

  *planDeletesFlow(): Flow<void> {
    const { deletes } = this.plan;
    const seen = new Set<InstanceState>();
    const deleted = [...this.#host.deletedStates].filter((state) => this.#isDue(state));
    let level = [...deleted, ...this.#orphans()];
    while (level.length > 0) {
      const fresh = level.filter((state) => !seen.has(state));
      for (const state of fresh) {
        seen.add(state);
        if (state.row !== null) deletes.add(state);
      }
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
        if (this.#adoptions.hasParent(state, change.property)) continue;
        if (state.status === "pending") this.#host.forgetNew(state);
        else if (state.status !== "persistent" || state.owner !== this.#host) continue;
        else if (this.#keepsOrphans) this.#keptOrphans.push(new KeptOrphan(state, change));
        else orphans.push(state);
      }
    }
    return orphans;
  }

  /** What else goes with deleted objects; keys of what stays are cleared. */
  *#deleteAlongFlow(property: RelationshipProperty, states: readonly InstanceState[]): Flow<readonly InstanceState[]> {
    const { passiveDeletes, direction } = property;
    if (property.viewonly || passiveDeletes === "all") return [];
    const deletes = property.cascade.has("delete");
    if (direction === "many-to-many") {
      for (const parent of states)
        if (!passiveDeletes || parent.slots?.[property.index]?.loaded) this.plan.unlinkAll.push({ property, parent });
    }
    if (direction !== "one-to-many" && !deletes) return [];
    if (!passiveDeletes) {
      yield* this.#loadFlow(
        property,
        states.filter((state) => state.row !== null && !isCurrent(state, property)),
      );
    }
    const found: InstanceState[] = [];
    for (const state of states) {
      for (const member of this.#membersEver(state, property)) {
        if (!deletes) this.#clear(member, property);
        else if (member.status === "pending") {
          this.#host.forgetNew(member);
          found.push(member); // what it has itself goes with it
        } else if (member.status === "persistent") found.push(member);
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
    const lost = removed.filter((member) => !this.#adoptions.hasParent(stateOf(member) as InstanceState, property));
    const members = Array.isArray(now) || now instanceof Set ? [...now] : [now];
    const all = [...members, ...lost].map(stateOf).filter((member) => member !== undefined);
    return all.filter((member) => !isElsewhere(member, state, property));
  }

  planRelations(): void {
    const changes = this.#changes.filter(
      ({ state }) => state.owner === this.#host && !this.plan.deletes.has(state), // new objects may have been forgotten
    );
    // a new parent goes before the news that the old one is gone
    for (const change of changes) this.#planAdded(change);
    for (const change of changes) this.#planRemoved(change);
  }

  #planAdded({ state, property, added, removed }: RelationChange): void {
    const { direction } = property;
    if (direction === "many-to-one" && added.length === 0 && !this.#isKept(state)) this.#sync(state, property, null);
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
      if (member === undefined || member.owner !== this.#host || this.plan.deletes.has(member)) continue;
      if (!this.#isKept(member)) this.#clear(member, property);
    }
  }

  #isKept(member: InstanceState): boolean {
    return this.#keptOrphans.some((kept) => kept.member === member);
  }

  #clear(member: InstanceState, property: RelationshipProperty): void {
    if (!this.#isSynced(member, property)) this.#sync(member, property, null);
  }

  #sync(state: InstanceState, property: RelationshipProperty, source: InstanceState | null): void {
    const path = keyPath(property);
    if (path.isPost) this.plan.posts.add(state);
    const own = this.plan.syncs.get(state);
    if (own === undefined) {
      this.plan.syncs.set(state, [{ source, path }]);
      return;
    }
    for (let place = 0; place < own.length; place += 1) {
      const known = own[place] as KeySync;
      if (known.path.key !== path.key) continue;
      if (source !== null || known.source === null) own[place] = { source, path };
      return;
    }
    own.push({ source, path });
  }

  #isSynced(state: InstanceState, property: RelationshipProperty): boolean {
    const { key } = keyPath(property);
    return this.plan.syncs.get(state)?.some((sync) => sync.path.key === key) === true;
  }

  /** A related object that is in the session; one outside that the row would have to point to is refused. */
  #member(object: object, property: RelationshipProperty): InstanceState | null {
    const member = stateOf(object);
    if (member === undefined) return null;
    if (this.plan.deletes.has(member)) return null;
    if (member.owner === this.#host && member.status !== "deleted") return member;
    if (property.direction !== "many-to-one" && member.owner === null && !member.isGone) {
      this.#host.environmentFor(property.target).warn(outside(property));
      return null;
    }
    throw new InvalidRequestError(`${property.name} holds a ${property.target.name} ${refusal(member)}`);
  }

  /** Keys that others refer to and the database does not follow (`passiveUpdates: false`). */
  *followKeysFlow(): Flow<void> {
    const queue: InstanceState[] = [];
    for (const [mapper, states] of this.#host.identityMap.classes()) {
      if (mapper.relationships.some((property) => !property.passiveUpdates))
        queue.push(...this.#dirtyOf(mapper, states));
    }
    const seen = new Set(queue);
    for (const state of seen) {
      if (this.plan.deletes.has(state)) continue;
      for (const property of state.mapper.relationships) {
        if (property.passiveUpdates || !isChangedKey(state, property)) continue;
        for (const member of yield* this.#followKeyFlow(state, property)) seen.add(member);
      }
    }
  }

  *#followKeyFlow(state: InstanceState, property: RelationshipProperty): Flow<readonly InstanceState[]> {
    if (property.direction === "many-to-many") {
      const columns = property.pairs.map((pair) => state.mapper.property(pair.from));
      this.plan.relinks.push({ property, state, previous: columns.map((column) => keptValue(state, column)) });
    }
    if (property.direction !== "one-to-many") return [];
    const followers: InstanceState[] = [];
    for (const member of yield* membersByKeyFlow(this.#host, state, property)) {
      if (this.plan.deletes.has(member) || this.#isSynced(member, property)) continue;
      this.#sync(member, property, state);
      followers.push(member);
    }
    return followers;
  }

  #dirtyOf(mapper: EntityMapper, states: ReadonlyMap<unknown, InstanceState>): readonly InstanceState[] {
    const dirty = dirtyStates(mapper, states.values(), this.#host.jit);
    return this.#only === null ? dirty : dirty.filter((state) => this.#isDue(state));
  }

  /** Sorts the session's objects into what is inserted and what is updated. */
  collect(): void {
    const { plan } = this;
    // what the program adds while the plan waits for the database comes with the next flush
    for (const state of this.#news)
      if (state.status === "pending" && state.owner === this.#host && !plan.deletes.has(state))
        plan.inserts.push(state);
    for (const [mapper, states] of this.#host.identityMap.classes()) {
      for (const state of this.#dirtyOf(mapper, states)) plan.updates.add(state);
    }
    for (const state of plan.syncs.keys()) if (state.status === "persistent") plan.updates.add(state);
    for (const state of plan.deletes) plan.updates.delete(state);
  }
}

/** No row can refer to it: it was inserted in this transaction, and what was loaded since says nothing else. */
function isKnownEmpty(state: InstanceState, property: RelationshipProperty): boolean {
  if (property.direction === "many-to-one" || !state.knownEmpty || state.isStale) return false;
  const slot = state.slots?.[property.index];
  return slot === undefined || !slot.loaded || slot.committed === undefined;
}

/** It was given to another object since: only the row still says otherwise. */
function isElsewhere(member: InstanceState, { object }: InstanceState, property: RelationshipProperty): boolean {
  if (property.direction !== "one-to-many" || property.inverse === null) return false;
  const slot = member.slots?.[property.inverse.index];
  return slot?.loaded === true && slot.value != null && slot.value !== object;
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

function outside(property: RelationshipProperty): string {
  return (
    `A ${property.target.name} in ${property.name} is not in the session, so it is not written along with it. ` +
    "Add the object with session.add(), or take it out of the relationship."
  );
}

/** What was written by index is looked at no earlier than here. */
function refuseUnfit(property: RelationshipProperty, member: unknown): void {
  const { target, name } = property;
  if (stateOf(member)?.mapper.isA(target) === true) return;
  throw new FlushError(
    `${name} holds ${describeWithin(member)} where an object of ${target.name} belongs. Take it out of the collection.`,
  );
}

function holds(state: InstanceState, property: RelationshipProperty, object: object): boolean {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return false;
  if (!slot.loaded) return slot.queuedAdds?.has(object) === true;
  return property.isMany ? (slot.value as readonly object[]).includes(object) : slot.value === object;
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
