import { EventHub } from "../../engine/index.ts";

/** An object is put into a collection. A listener may assign another `value`. */
export interface AppendEvent<V = object> {
  readonly object: object;
  readonly key: string;
  value: V;
  /** It comes from the other side of the relationship. */
  readonly backPopulated: boolean;
}

/** An object was taken out of a collection. */
export interface RemoveEvent<V = object> {
  readonly object: object;
  readonly key: string;
  readonly value: V;
  readonly backPopulated: boolean;
}

/** A reference is set. A listener may assign another `value`. */
export interface SetEvent<V = object> {
  readonly object: object;
  readonly key: string;
  value: V | null;
  /** `undefined`: not known, as it was not loaded. */
  readonly oldValue: V | null | undefined;
  readonly backPopulated: boolean;
}

/** Another list is assigned to a collection. A listener may change `values`. */
export interface BulkReplaceEvent<V = object> {
  readonly object: object;
  readonly key: string;
  values: V[];
  readonly oldValues: readonly V[];
}

/** A collection began or ended to be an object's. */
export interface CollectionEvent<V = object> {
  readonly object: object;
  readonly key: string;
  readonly collection: readonly V[];
}

/** What collections tell their listeners. All are told at once, in the middle of plain code. */
export interface CollectionEvents<V = object> {
  append: AppendEvent<V>;
  remove: RemoveEvent<V>;
  bulkReplace: BulkReplaceEvent<V>;
  initCollection: CollectionEvent<V>;
  disposeCollection: CollectionEvent<V>;
}

/** What references tell their listeners. */
export interface ReferenceEvents<V = object> {
  set: SetEvent<V>;
}

export type RelationEvents = CollectionEvents & ReferenceEvents;

const collectionNames = ["append", "remove", "bulkReplace", "initCollection", "disposeCollection"] as const;

/** Checks a value; what it answers (if anything) takes the value's place. */
export type Validate = (value: unknown, object: object, key: string) => unknown;

/** What is called when an attribute of an object is changed. */
export interface Hooks {
  readonly validators: readonly Validate[];
  /** The listeners, those of the class that declares the attribute first; empty for most. */
  readonly hubs: readonly EventHub<RelationEvents>[];
}

/** What is called when one attribute of a class is changed. */
export class AttributeHooks implements Hooks {
  readonly validators: Validate[] = [];
  #events: EventHub<RelationEvents> | null = null;

  /** The listeners of a relationship. */
  eventsOf(isMany: boolean): EventHub<RelationEvents> {
    return (this.#events ??= new EventHub<RelationEvents>(isMany ? collectionNames : ["set"]));
  }

  get hubs(): readonly EventHub<RelationEvents>[] {
    return this.#events === null ? [] : [this.#events];
  }

  /** These, after those of the class that this one extends. */
  after(above: Hooks | undefined): Hooks {
    if (above === undefined) return this;
    return { validators: [...above.validators, ...this.validators], hubs: [...above.hubs, ...this.hubs] };
  }
}
