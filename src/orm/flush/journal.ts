import type { RelationshipProperty } from "../mapping/entity-mapper.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import { collectionFor } from "../state/relation-events.ts";
import { RelationArray } from "../state/collection.ts";

/** What an object was before the present transaction (or savepoint) wrote it. */
export interface JournalEntry {
  readonly kind: "inserted" | "updated" | "deleted";
  readonly key: unknown;
  readonly row: readonly unknown[] | null;
  /** Own properties of an object that was inserted, as they were before. */
  readonly properties: Readonly<Record<string, unknown>> | null;
  /** What the relationships had, by index. */
  readonly committed: readonly unknown[];
}

/** What one transaction or savepoint wrote, so that its rollback can put objects back. */
export class Journal {
  readonly entries = new Map<InstanceState, JournalEntry>();

  /** Notes an object before it is written; what it was at first counts. */
  note(state: InstanceState, kind: JournalEntry["kind"]): void {
    const known = this.entries.get(state);
    if (known !== undefined) {
      if (kind === "deleted" && known.kind === "updated") this.entries.set(state, { ...known, kind });
      return;
    }
    this.entries.set(state, {
      kind,
      key: state.key,
      row: state.row === null ? null : [...state.row],
      properties: kind === "inserted" ? { ...state.object } : null,
      committed: (state.slots ?? []).map((slot) => (slot === undefined || !slot.loaded ? undefined : slot.committed)),
    });
  }

  /** A savepoint was released: what it wrote now counts for the level around it. */
  mergeInto(outer: Journal): void {
    for (const [state, entry] of this.entries) {
      const known = outer.entries.get(state);
      if (known === undefined) outer.entries.set(state, entry);
      else if (entry.kind === "deleted" && known.kind === "updated")
        outer.entries.set(state, { ...known, kind: "deleted" });
    }
  }
}

/** Puts an object's columns back to a row. */
export function restoreColumns(state: InstanceState, row: readonly unknown[]): void {
  for (const { key, index, tracker } of state.mapper.columns) {
    const kept = row[index];
    if (kept === NOT_LOADED) continue;
    defineColumn(state.object, key, kept === null ? null : tracker.restore(kept));
  }
}

/** Puts an inserted object back to what the program made it: generated values go. */
export function restoreProperties(state: InstanceState, properties: Readonly<Record<string, unknown>>): void {
  for (const { key } of state.mapper.columns) {
    if (Object.hasOwn(properties, key)) defineColumn(state.object, key, properties[key]);
    else delete (state.object as Record<string, unknown>)[key];
  }
}

/** Puts a relationship back to what the database had. */
export function restoreRelation(state: InstanceState, property: RelationshipProperty, committed: unknown): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return;
  slot.queuedAdds = null;
  slot.queuedRemoves = null;
  if (committed === undefined) {
    if (slot.value instanceof RelationArray) slot.value.release();
    slot.loaded = false;
    slot.value = undefined;
    return;
  }
  slot.committed = committed;
  slot.loaded = true;
  if (!property.isMany) slot.value = committed;
  else if (!sameMembers(slot.value, committed as readonly object[])) {
    // the program may hold the collection: it is changed in place
    if (slot.value instanceof RelationArray) slot.value.replaceSilently(committed as readonly object[]);
    else slot.value = collectionFor(state, property, committed as readonly object[]);
  }
}

/** Tells whether a collection has these members, in this order. */
export function sameMembers(value: unknown, members: readonly object[]): boolean {
  const list = value as readonly object[];
  return list.length === members.length && list.every((member, index) => member === members[index]);
}
