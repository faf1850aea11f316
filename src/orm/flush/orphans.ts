import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { keyPath } from "./key-sync.ts";
import type { RelationChange } from "./relation-changes.ts";

/** Objects that were taken out of the parent they are part of (delete-orphan), and those that got another. */

/** Which objects got a parent in this flush, and by which relationship. */
export class Adoptions {
  readonly #changes: RelationChange[] = [];
  /** Made when somebody asks: most flushes leave nobody without a parent. */
  #parents: ReadonlyMap<InstanceState, ReadonlySet<string>> | null = null;

  note(change: RelationChange): void {
    const { property, added } = change;
    if (added.length === 0) return;
    if (property.direction === "one-to-many" || property.cascade.has("delete-orphan")) this.#changes.push(change);
    this.#parents = null;
  }

  /** Another object has it in the same relationship now. */
  hasParent(member: InstanceState, property: RelationshipProperty): boolean {
    const { inverse } = property;
    const slot = property.direction !== "one-to-many" || inverse === null ? undefined : member.slots?.[inverse.index];
    if (slot?.loaded) return slot.value !== null;
    this.#parents ??= parentsIn(this.#changes);
    return this.#parents.get(member)?.has(parentKey(property)) === true;
  }
}

function parentsIn(changes: readonly RelationChange[]): ReadonlyMap<InstanceState, ReadonlySet<string>> {
  const parents = new Map<InstanceState, Set<string>>();
  for (const { property, added } of changes) {
    for (const object of added) {
      const member = stateOf(object);
      if (member === undefined) continue;
      const known = parents.get(member);
      if (known === undefined) parents.set(member, new Set([parentKey(property)]));
      else known.add(parentKey(property));
    }
  }
  return parents;
}

/** The same for relationships that write the same columns. */
export function parentKey(property: RelationshipProperty): string {
  return property.direction === "one-to-many" ? keyPath(property).key : property.name;
}

/** The objects that a change of a relationship leaves without the parent they are part of, unless another has them. */
export function orphansOf({ state, property, added, removed }: RelationChange): readonly InstanceState[] {
  if (property.cascade.has("delete-orphan"))
    return removed.length === 0 ? nobody : removed.map(stateOf).filter((member) => member !== undefined);
  const { inverse } = property;
  const lostParent =
    property.direction === "many-to-one" && added.length === 0 && inverse?.cascade.has("delete-orphan") === true;
  return lostParent && state.row !== null ? [state] : nobody;
}

const nobody: readonly InstanceState[] = [];

/**
 * An orphan that is kept for now: a relationship is being read, perhaps to give it its next parent (spec B6). Its change
 * is not written, and stays one.
 */
export class KeptOrphan {
  readonly member: InstanceState;
  readonly change: RelationChange;

  constructor(member: InstanceState, change: RelationChange) {
    this.member = member;
    this.change = change;
  }

  /** After a flush all relationships count as written; this one does not. */
  keepOpen(): void {
    const { state, property, removed } = this.change;
    const slot = state.slots?.[property.index];
    if (slot === undefined) return;
    if (!property.isMany) {
      slot.committed = removed[0];
      return;
    }
    const { object } = this.member;
    if (slot.loaded) slot.committed = [...((slot.committed ?? []) as readonly object[]), object];
    else (slot.queuedRemoves ??= new Set()).add(object);
  }
}
