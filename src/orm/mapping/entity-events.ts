import { AttributeHooks, type Hooks } from "./attribute-hooks.ts";
import { EventHub, type Listener, type ListenerCall } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { ListenerConnection } from "./listener-connection.ts";
import { type Flow, isPromiseLike } from "../../flow/index.ts";

/** A class was worked out; comes with the first use of its relationships. */
export interface ClassEvent<C = object> {
  /** The mapped class. */
  readonly entity: C;
}

/** An object is being made with `new`. */
export interface InitEvent<O = object> {
  readonly object: O;
  /** What the constructor was given; a listener may change it. */
  readonly values: Record<string, unknown>;
}

/** Something happened to an object of a session. */
export interface InstanceEvent<O = object, S = object> {
  readonly object: O;
  /** The session, as the program made it; in an async session one to work with while the operation waits. */
  readonly session: S;
}

/** An object's attributes were filled by the database, or taken away. */
export interface AttributesEvent<O = object, S = object> extends InstanceEvent<O, S> {
  readonly attributes: readonly string[];
}

/** The row of an object is about to be written, or was. */
export interface RowEvent<O = object, C = object, S = object> extends InstanceEvent<O, S>, ClassEvent<C> {
  /** For statements in the same transaction. */
  readonly connection: ListenerConnection;
}

/**
 * What mapped classes tell their listeners: of a class, or of all classes of a base.
 *
 * Listeners of the first three groups may answer with a promise in async sessions, and are waited for; those of the
 * last are called in the middle of plain code and must answer at once.
 */
export interface EntityEvents<O = object, C = object, S = object> {
  /** Before the statements of a class in a flush; changes of the object's own columns are written by it. */
  beforeInsert: RowEvent<O, C, S>;
  afterInsert: RowEvent<O, C, S>;
  beforeUpdate: RowEvent<O, C, S>;
  afterUpdate: RowEvent<O, C, S>;
  beforeDelete: RowEvent<O, C, S>;
  afterDelete: RowEvent<O, C, S>;

  /** An object was made of a row; its constructor was not called. */
  load: InstanceEvent<O, S>;
  /** A loaded object was read again. */
  refresh: InstanceEvent<O, S>;

  /** A flush filled in values that the program did not give: defaults, and what the database computed. */
  refreshFlush: AttributesEvent<O, S>;

  mapperConfigured: ClassEvent<C>;
  /** The first object of the class is made with `new`. */
  firstInit: ClassEvent<C>;
  init: InitEvent<O>;
  /** Values were taken away by `expire()`; a commit takes none. */
  expire: AttributesEvent<O, S>;
}

export type EntityEventName = keyof EntityEvents;
/** The events of rows being written. */
export type RowEventName =
  | "beforeInsert"
  | "afterInsert"
  | "beforeUpdate"
  | "afterUpdate"
  | "beforeDelete"
  | "afterDelete";

export type EntityEventHub = EventHub<EntityEvents>;

const names: readonly EntityEventName[] = [
  "beforeInsert",
  "afterInsert",
  "beforeUpdate",
  "afterUpdate",
  "beforeDelete",
  "afterDelete",
  "load",
  "refresh",
  "refreshFlush",
  "mapperConfigured",
  "firstInit",
  "init",
  "expire",
];

/** Makes a hub that nobody listens to yet. */
export function createEntityEvents(): EntityEventHub {
  return new EventHub<EntityEvents>(names);
}

/** What is called when attributes of one class change. */
export interface HooksByKey {
  get(key: string): Hooks | undefined;
}

/**
 * Who listens to the events of one mapped class: those who listen to all classes of its base, to the classes that it extends,
 * then its own.
 */
export class EntityListeners {
  readonly own: EntityEventHub = createEntityEvents();
  readonly #hubs: readonly EntityEventHub[];
  readonly #above: EntityListeners | null;
  #hooks: Map<string, AttributeHooks> | null = null;
  /** An object of the class was made with `new`. */
  madeAny = false;

  /** @param above the listeners of the class it extends; `null` for one that extends none. */
  constructor(base: EntityEventHub, above: EntityListeners | null = null) {
    this.#above = above;
    this.#hubs = above === null ? [base, this.own] : [...above.#hubs, this.own];
  }

  /** What is called when attributes change, by their names; `null` while there is nothing. */
  get hooks(): HooksByKey | null {
    const above = this.#above?.hooks ?? null;
    if (above === null) return this.#hooks;
    const own = this.#hooks;
    return { get: (key) => own?.get(key)?.after(above.get(key)) ?? above.get(key) };
  }

  /** What is called when an attribute changes. */
  hooksOf(key: string): AttributeHooks {
    this.#hooks ??= new Map();
    let hooks = this.#hooks.get(key);
    if (hooks === undefined) this.#hooks.set(key, (hooks = new AttributeHooks()));
    return hooks;
  }

  /** False while nobody listens to anything. */
  get active(): boolean {
    for (const hub of this.#hubs) if (hub.active) return true;
    return false;
  }

  /** Tells whether anybody listens to an event: if not, it need not be made. */
  hears(name: EntityEventName): boolean {
    return this.active && this.#hubs.some((hub) => hub.of(name).length > 0);
  }

  /** Tells of an object that is being made; answers the values it is to have. */
  tellInit(object: object, given: object | undefined): object {
    if (!this.madeAny) this.fire("firstInit", { entity: object.constructor });
    const values: Record<string, unknown> = { ...given };
    this.fire("init", { object, values });
    return values;
  }

  /** Tells of something inside an operation: listeners that answer with a promise are waited for. */
  *fireFlow<K extends EntityEventName>(name: K, event: EntityEvents[K], call: ListenerCall): Flow<void> {
    for (const hub of this.#hubs) yield* hub.fireFlow(name, event, call);
  }

  /** Tells of something in the middle of a plain call. @throws ArgumentError for a listener that answers with a promise. */
  fire<K extends EntityEventName>(name: K, event: EntityEvents[K]): void {
    for (const hub of this.#hubs) for (const listener of hub.of(name)) tellAtOnce(name, listener, event);
  }
}

/** Calls a listener that cannot be waited for. @throws ArgumentError when it answers with a promise. */
export function tellAtOnce<E>(name: string, listener: Listener<E>, event: E): void {
  const answer = listener(event);
  if (!isPromiseLike(answer)) return;
  answer.then(undefined, () => undefined); // the refusal below is the error that counts
  throw new ArgumentError(
    `A listener of "${name}" answered with a promise, but the event comes in the middle of plain code that cannot wait. ` +
      "Give a function that is not async.",
  );
}
