import { isOperand } from "../../sql/index.ts";
import type { ColumnProperty, RelationshipProperty } from "../mapping/entity-mapper.ts";
import type { Tracker } from "../mapping/tracker.ts";
import { type InstanceState, NOT_LOADED, type RelationSlot } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import { newValuesReader } from "../state/own-values.ts";
import { setLoadedCollection, setLoadedReference, unloadRelation } from "../state/loaded-relation.ts";

/** What an object was before the present transaction (or savepoint) wrote it. */
export interface JournalEntry {
  /** `related`: only its relationships were written, as keys of other objects or association rows. */
  readonly kind: "inserted" | "updated" | "deleted" | "related";
  readonly key: unknown;
  readonly row: readonly unknown[] | null;
  /** The columns of an object that was inserted, as they were before; `ABSENT` where it had no property. */
  readonly values: readonly unknown[] | null;
  /** What the relationships had, by index. */
  readonly committed: readonly unknown[];
}

const ABSENT: unique symbol = Symbol("athanor.absent");

const nothing: readonly unknown[] = [];

/** What one transaction or savepoint wrote, so that its rollback can put objects back. */
export class Journal {
  readonly entries: Map<InstanceState, JournalEntry> = new Map();

  /** Notes an object before it is written; what it was at first counts. */
  note(state: InstanceState, kind: JournalEntry["kind"]): void {
    const known = this.entries.get(state);
    if (known !== undefined) {
      if (known.kind !== "inserted" && kind !== known.kind && kind !== "related")
        this.entries.set(state, { ...known, kind });
      return;
    }
    this.entries.set(state, {
      kind,
      key: state.key,
      row: state.row === null ? null : state.row.slice(),
      values: kind === "inserted" ? ownColumns(state) : null,
      committed: state.slots === null ? nothing : state.slots.map(committedOf),
    });
  }

  /** A savepoint was released: what it wrote now counts for the level around it. */
  mergeInto(outer: Journal): void {
    for (const [state, entry] of this.entries) {
      const known = outer.entries.get(state);
      if (known === undefined) outer.entries.set(state, entry);
      else if (known.kind !== "inserted" && entry.kind !== "related")
        outer.entries.set(state, { ...known, kind: entry.kind });
    }
  }
}

function committedOf(slot: RelationSlot | undefined): unknown {
  return slot === undefined || !slot.loaded ? undefined : slot.committed;
}

// a list: a record by name takes 3 times as long, and memory until the transaction ends
function ownColumns(state: InstanceState): readonly unknown[] {
  const { object, mapper } = state;
  if (state.row !== null) return mapper.columns.map((property) => ownColumn(object, property));
  const values = newValuesReader(mapper, undefined)(state);
  for (const property of mapper.columns) {
    const value = values[property.index];
    if (value === null || typeof value === "object") values[property.index] = ownColumn(object, property);
  }
  return values;
}

function ownColumn(object: object, { key, tracker }: ColumnProperty): unknown {
  if (!Object.hasOwn(object, key)) return ABSENT;
  const value = (object as Record<string, unknown>)[key];
  return isChangeable(tracker, value) ? tracker.restore(tracker.snapshot(value)) : value;
}

/** The program may change the value in place after it was written: a copy has to be kept. */
function isChangeable(tracker: Tracker, value: unknown): boolean {
  return tracker.kind !== "same" && typeof value === "object" && value !== null && !isOperand(value);
}

/**
 * What was written was rolled back by closing the session: its objects keep their values, but count as changed (or new)
 * again, so that another session can write them.
 */
export function unwrite(journal: Journal): void {
  for (const [state, entry] of journal.entries) unwriteObject(state, entry);
}

/** The same for one object; one that another session has by now, or that the program made transient, is left alone. */
export function unwriteObject(state: InstanceState, entry: JournalEntry): void {
  const wasMadeTransient = state.row === null && entry.row !== null;
  if (state.owner !== null || wasMadeTransient) return;
  state.isGone = false;
  if (entry.kind === "inserted") {
    for (const { key, index } of state.mapper.columns)
      if (entry.values?.[index] === ABSENT) delete (state.object as Record<string, unknown>)[key];
    state.status = "transient";
  }
  state.row = entry.row === null ? null : [...entry.row];
  state.key = entry.key;
  state.knownEmpty = false;
  for (const property of state.mapper.relationships) takeBackRelation(state, property, entry);
}

function takeBackRelation(state: InstanceState, property: RelationshipProperty, entry: JournalEntry): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined || !slot.loaded) return;
  const committed = entry.committed[property.index];
  if (committed !== undefined) slot.committed = committed;
  else if (entry.kind === "inserted") slot.committed = property.isMany ? [] : undefined;
  else unloadRelation(state, property);
}

/** Puts an object's columns back to a row. */
export function restoreColumns(state: InstanceState, row: readonly unknown[]): void {
  for (const { key, index, tracker } of state.mapper.columns) {
    const kept = row[index];
    if (kept === NOT_LOADED) delete (state.object as Record<string, unknown>)[key];
    else defineColumn(state.object, key, kept === null ? null : tracker.restore(kept));
  }
}

/** Puts an inserted object back to what the program made it: generated values go. */
export function restoreValues(state: InstanceState, values: readonly unknown[]): void {
  for (const { key, index } of state.mapper.columns) {
    if (values[index] === ABSENT) delete (state.object as Record<string, unknown>)[key];
    else defineColumn(state.object, key, values[index]);
  }
}

/** Puts a relationship back to what the database had; `undefined`: it was not loaded. */
export function restoreRelation(state: InstanceState, property: RelationshipProperty, committed: unknown): void {
  const slot = state.slots?.[property.index];
  if (slot === undefined) return;
  const { epoch } = slot;
  // what the other side shows is put back by that side's own entry
  unloadRelation(state, property);
  if (committed === undefined) return;
  // the program may hold the collection: it is changed in place
  if (property.isMany) setLoadedCollection(state, property, committed as readonly object[]);
  else setLoadedReference(state, property, committed);
  slot.epoch = epoch;
}
