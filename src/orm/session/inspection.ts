import { ArgumentError } from "../../errors/index.ts";
import { relationChanges } from "../flush/relation-changes.ts";
import { isChanged } from "../load/entity-loader.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { isRelationship } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED, type ObjectStatus } from "../state/instance-state.ts";
import { sessionOf } from "./awaitable-attrs.ts";

/** What an attribute gained, kept and lost since the last flush (spec B25). */
export interface History {
  readonly added: readonly unknown[];
  readonly unchanged: readonly unknown[];
  readonly deleted: readonly unknown[];
}

/** One attribute of an inspected object. */
export interface AttributeInspection {
  /** Without loading; `undefined` when not loaded. */
  readonly loadedValue: unknown;
  readonly history: History;
}

/** What a session knows of an object. */
export class ObjectInspection {
  readonly #state: InstanceState;
  constructor(state: InstanceState) {
    this.#state = state;
  }

  get object(): object {
    return this.#state.object;
  }
  get status(): ObjectStatus {
    return this.#state.status;
  }
  get transient(): boolean {
    return this.status === "transient";
  }
  get pending(): boolean {
    return this.status === "pending";
  }
  get persistent(): boolean {
    return this.status === "persistent";
  }
  /** A flush deleted its row, and the transaction is not over. */
  get deleted(): boolean {
    return this.status === "deleted";
  }
  get detached(): boolean {
    return this.status === "detached";
  }
  /** A transaction ended since its row was read. */
  get stale(): boolean {
    return this.#state.isStale;
  }
  /** The session it belongs to. */
  get session(): unknown {
    return sessionOf(this.#state.object);
  }
  /** The values of its primary key; `null` for an object without a row. */
  get identity(): readonly unknown[] | null {
    const { row, mapper } = this.#state;
    if (row === null) return null;
    return mapper.primaryKey.map(({ index, tracker }) => (row[index] === null ? null : tracker.restore(row[index])));
  }
  get modified(): boolean {
    return this.#state.row !== null && this.#names().some((name) => !isUnchanged(historyOf(this.#state, name)));
  }
  /** The names of attributes that are not loaded. */
  get unloaded(): ReadonlySet<string> {
    return new Set(
      this.#names().filter((name) => valueOf(this.#state, property(this.#state.mapper, name)) === undefined),
    );
  }
  /** The attributes by name. */
  get attrs(): Readonly<Record<string, AttributeInspection>> {
    const state = this.#state;
    const attrs: Record<string, AttributeInspection> = Object.create(null);
    for (const name of this.#names()) {
      attrs[name] = { loadedValue: valueOf(state, property(state.mapper, name)), history: historyOf(state, name) };
    }
    return attrs;
  }

  #names(): readonly string[] {
    const { columns, relationships } = this.#state.mapper;
    return [...columns, ...relationships].map((attribute) => attribute.key);
  }
}

function property(mapper: EntityMapper, name: string): ColumnProperty | RelationshipProperty {
  const found = mapper.find(name);
  if (found !== undefined) return found;
  throw new ArgumentError(`${mapper.name} has no attribute ${JSON.stringify(name)}.`);
}

function valueOf(state: InstanceState, attribute: ColumnProperty | RelationshipProperty): unknown {
  if (isRelationship(attribute)) {
    const slot = state.slots?.[attribute.index];
    return slot?.loaded ? slot.value : undefined;
  }
  return Object.hasOwn(state.object, attribute.key) ? state.value(attribute.key) : undefined;
}

function isUnchanged(history: History): boolean {
  return history.added.length === 0 && history.deleted.length === 0;
}

/** The history of one attribute. */
export function historyOf(state: InstanceState, name: string): History {
  const attribute = property(state.mapper, name);
  return isRelationship(attribute) ? relationHistory(state, attribute) : columnHistory(state, attribute);
}

function columnHistory(state: InstanceState, attribute: ColumnProperty): History {
  const value = valueOf(state, attribute);
  const kept = state.row === null ? NOT_LOADED : state.row[attribute.index];
  if (kept === NOT_LOADED) return value === undefined ? nothing : { ...nothing, added: [value] };
  if (!isChanged(state, attribute, kept)) return { ...nothing, unchanged: [state.value(attribute.key)] };
  return {
    added: [state.value(attribute.key)],
    unchanged: [],
    deleted: [kept === null ? null : attribute.tracker.restore(kept)],
  };
}

function relationHistory(state: InstanceState, attribute: RelationshipProperty): History {
  const change = relationChanges(state).find((candidate) => candidate.property === attribute);
  const slot = state.slots?.[attribute.index];
  const now = slot?.loaded
    ? attribute.isMany
      ? (slot.value as object[])
      : slot.value === null
        ? []
        : [slot.value as object]
    : [];
  const added = change?.added ?? [];
  return {
    added,
    unchanged: now.filter((member) => !added.includes(member)),
    deleted: change?.removed ?? [],
  };
}

const nothing: History = { added: [], unchanged: [], deleted: [] };
