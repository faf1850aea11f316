import type { RelationshipProperty, ColumnProperty } from "../mapping/entity-mapper.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import { InstanceState, type ObjectStatus } from "../state/instance-state.ts";
import { nakedMapperOf } from "./naked-state.ts";
import { sessionOf } from "./awaitable-attrs.ts";
import { type History, historyOf, isUnchanged, presentValue } from "./history.ts";
import { type IdentityKey, presentIdentityKey } from "./identity-key.ts";

/** One attribute of an inspected object. */
export interface AttributeInspection {
  /** Loads what is not loaded, as reading it from the object does. */
  readonly value: unknown;
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
    return this.identityKey?.[1] ?? null;
  }
  /** See `identityKey()`; `null` for an object without a row. */
  get identityKey(): IdentityKey | null {
    return presentIdentityKey(this.#state);
  }
  /** The database it was read from, as the query that read it named it; `null` for an object of none. */
  get identityToken(): IdentityToken | null {
    return this.#state.token;
  }
  /** The session wrote a deletion of its row, which was not rolled back. */
  get wasDeleted(): boolean {
    return this.deleted || this.#state.isGone;
  }
  /** An attribute differs from what the database has, or was flagged. */
  get modified(): boolean {
    const state = this.#state;
    if (state.row === null) return false;
    return state.isFlagged || this.#attributes().some(({ key }) => !isUnchanged(historyOf(state, key)));
  }
  /** The names of attributes that are not loaded. */
  get unloaded(): ReadonlySet<string> {
    const missing = this.#attributes().filter((attribute) => presentValue(this.#state, attribute) === undefined);
    return new Set(missing.map(({ key }) => key));
  }
  /** The attributes by name. */
  get attrs(): Readonly<Record<string, AttributeInspection>> {
    const state = this.#state;
    const attrs: Record<string, AttributeInspection> = Object.create(null);
    for (const attribute of this.#attributes()) {
      const { key } = attribute;
      attrs[key] = {
        get value(): unknown {
          return (state.object as Record<string, unknown>)[key];
        },
        loadedValue: presentValue(state, attribute),
        history: historyOf(state, key),
      };
    }
    return attrs;
  }

  #attributes(): readonly (ColumnProperty | RelationshipProperty)[] {
    return [...this.#state.mapper.columns, ...this.#state.mapper.relationships];
  }
}

/** What is known of an object that a naked session read: as of a new one, nothing; `null` for anything else. */
export function nakedInspection(object: unknown): ObjectInspection | null {
  const mapper = nakedMapperOf(object);
  return mapper === undefined ? null : new ObjectInspection(new InstanceState(mapper, object as object));
}
