import { ArgumentError, InvalidRequestError, UnmappedInstanceError } from "../../errors/index.ts";
import { describeValue } from "../../sql/index.ts";
import { restoreColumns, restoreProperties, restoreRelation, type Journal } from "../flush/journal.ts";
import { changedColumns } from "../flush/dirty.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { IdentityMap } from "../state/identity-map.ts";
import { type InstanceState, type StateOwner, stateOf } from "../state/instance-state.ts";

/** Which objects belong to a session, and how: new, loaded, to be deleted (spec B1). */
export class ObjectBook {
  readonly identityMap = new IdentityMap();
  readonly newStates = new Set<InstanceState>();
  readonly deletedStates = new Set<InstanceState>();
  readonly touched = new Set<InstanceState>();
  /** Deleted by a flush; detached when the transaction ends. */
  readonly #gone = new Set<InstanceState>();
  readonly #owner: StateOwner;

  constructor(owner: StateOwner) {
    this.#owner = owner;
  }

  /** The record of a mapped object. @throws UnmappedInstanceError for anything else. */
  require(object: unknown): InstanceState {
    const state = stateOf(object);
    if (state !== undefined) return state;
    throw new UnmappedInstanceError(
      `${describeValue(object)} is not mapped. A session takes objects of mapped classes: class User extends Base.mapped("users", { … }) {}.`,
    );
  }

  /** Takes in an object and what its relationships reach (save-update). */
  add(object: unknown): void {
    const queue = [this.require(object)];
    const seen = new Set(queue);
    for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
      this.#attach(state);
      for (const property of state.mapper.relationships) {
        if (!property.cascade.has("save-update")) continue;
        for (const member of reachable(state, property.index)) {
          const other = stateOf(member);
          if (other === undefined || seen.has(other) || other.status === "persistent" || other.status === "pending")
            continue;
          seen.add(other);
          queue.push(other);
        }
      }
    }
  }

  #attach(state: InstanceState): void {
    if (state.owner !== null && state.owner !== this.#owner) {
      throw new InvalidRequestError(
        `This ${state.mapper.name} already belongs to another session. Take it out there with expunge(), or merge it.`,
      );
    }
    switch (state.status) {
      case "transient":
        if (state.mapper.primaryKey.length === 0)
          throw new ArgumentError(`${state.mapper.name} has no primary key, so a session cannot keep its objects.`);
        state.status = "pending";
        state.owner = this.#owner;
        this.newStates.add(state);
        break;
      case "detached":
        this.#reattach(state);
        break;
      case "deleted":
        throw new InvalidRequestError(
          `This ${state.mapper.name} was deleted. Make a new object with its values to insert it again.`,
        );
      default:
        this.deletedStates.delete(state);
    }
  }

  #reattach(state: InstanceState): void {
    const present = this.identityMap.get(state.mapper, state.key);
    if (present !== undefined && present !== state) {
      throw new InvalidRequestError(
        `Another ${state.mapper.name} with key ${String(state.key)} is already present in this session.`,
      );
    }
    state.status = "persistent";
    state.owner = this.#owner;
    state.epoch = -1; // what happened to its row since is not known
    this.identityMap.add(state);
  }

  delete(object: unknown): void {
    const state = this.require(object);
    if (state.row === null) {
      throw new InvalidRequestError(
        `This ${state.mapper.name} is not persisted, so there is no row to delete. To forget a new object use expunge().`,
      );
    }
    if (state.owner !== this.#owner) this.#attach(state);
    if (state.status === "persistent") this.deletedStates.add(state);
  }

  expunge(object: unknown): void {
    const state = this.require(object);
    if (state.owner !== this.#owner)
      throw new InvalidRequestError(`This ${state.mapper.name} is not present in this session.`);
    this.release(state);
  }

  /** Lets go of one object. */
  release(state: InstanceState): void {
    this.newStates.delete(state);
    this.deletedStates.delete(state);
    this.touched.delete(state);
    this.#gone.delete(state);
    this.identityMap.remove(state);
    state.status = state.row === null ? "transient" : "detached";
    state.owner = null;
  }

  releaseAll(): void {
    for (const state of [...this.identityMap.states(), ...this.newStates, ...this.#gone]) this.release(state);
    this.identityMap.clear();
  }

  forgetNew(state: InstanceState): void {
    this.newStates.delete(state);
    this.touched.delete(state);
    state.status = "transient";
    state.owner = null;
  }

  /** Notes the objects a flush deleted. */
  noteDeleted(states: Iterable<InstanceState>): void {
    for (const state of states) if (state.status === "deleted") this.#gone.add(state);
  }

  /** The transaction was committed: what was deleted is gone for good. */
  committed(): void {
    for (const state of this.#gone) {
      state.status = "detached";
      state.owner = null;
    }
    this.#gone.clear();
  }

  /** The transaction (or savepoint) was rolled back: objects return to what they were when it began. */
  rolledBack(journal: Journal): void {
    for (const state of [...this.newStates]) this.forgetNew(state);
    this.deletedStates.clear();
    for (const [state, entry] of journal.entries) {
      if (entry.kind === "inserted") this.#uninsert(state, entry.properties ?? {});
      else this.#unwrite(state, entry.row ?? [], entry.key);
      for (const property of state.mapper.relationships) {
        const committed =
          entry.kind === "inserted"
            ? (entry.committed[property.index] ?? (property.isMany ? [] : undefined))
            : entry.committed[property.index];
        if (entry.kind === "inserted") this.#keepRelation(state, property.index, committed);
        else restoreRelation(state, property, committed);
      }
    }
    this.#dropUnflushed();
    this.touched.clear();
  }

  // a new object keeps the relationships the program gave it; the next flush takes them for new again
  #keepRelation(state: InstanceState, index: number, committed: unknown): void {
    const slot = state.slots?.[index];
    if (slot !== undefined) slot.committed = committed;
  }

  #uninsert(state: InstanceState, properties: Readonly<Record<string, unknown>>): void {
    this.identityMap.remove(state);
    this.#gone.delete(state);
    restoreProperties(state, properties);
    state.row = null;
    state.key = undefined;
    state.knownEmpty = false;
    state.status = "transient";
    state.owner = null;
  }

  #unwrite(state: InstanceState, row: readonly unknown[], key: unknown): void {
    this.#gone.delete(state);
    if (state.key !== key) {
      this.identityMap.remove(state);
      state.key = key;
    }
    state.row = [...row];
    restoreColumns(state, row);
    state.status = "persistent";
    state.owner = this.#owner;
    state.epoch = -1;
    this.identityMap.add(state);
  }

  #dropUnflushed(): void {
    for (const state of this.identityMap.states()) {
      if (state.row !== null && changedColumns(state).length > 0) restoreColumns(state, state.row);
      for (const change of relationChanges(state))
        restoreRelation(state, change.property, state.slots?.[change.property.index]?.committed);
    }
  }
}

function reachable(state: InstanceState, index: number): readonly object[] {
  const slot = state.slots?.[index];
  if (slot === undefined) return [];
  if (!slot.loaded) return slot.queuedAdds ?? [];
  if (Array.isArray(slot.value)) return slot.value as object[];
  return slot.value === null || slot.value === undefined ? [] : [slot.value as object];
}
