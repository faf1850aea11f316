import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { IdentityToken } from "./identity-token.ts";
import type { InstanceState } from "./instance-state.ts";

type Maps = Map<EntityMapper, Map<unknown, InstanceState>>;

/** The objects of a session by their rows' keys: one object for each row. References are strong. */
export class IdentityMap {
  readonly #maps: Maps = new Map();
  /** The same for objects that were read under a token, by it. */
  readonly #ofTokens = new Map<IdentityToken, Maps>();

  get size(): number {
    let size = 0;
    for (const maps of this.#all()) for (const map of maps.values()) size += map.size;
    return size;
  }

  /** The objects by key of a class and of those that share its table; loading looks them up row by row. */
  of({ root }: EntityMapper, token: IdentityToken | null = null): Map<unknown, InstanceState> {
    const maps = this.#mapsOf(token);
    let map = maps.get(root);
    if (map === undefined) {
      map = new Map();
      maps.set(root, map);
    }
    return map;
  }

  #mapsOf(token: IdentityToken | null): Maps {
    if (token === null) return this.#maps;
    let maps = this.#ofTokens.get(token);
    if (maps === undefined) this.#ofTokens.set(token, (maps = new Map()));
    return maps;
  }

  #all(): Iterable<Maps> {
    return this.#ofTokens.size === 0 ? [this.#maps] : [this.#maps, ...this.#ofTokens.values()];
  }

  /** The object of a key, where it is one of this class. */
  get(mapper: EntityMapper, key: unknown, token: IdentityToken | null = null): InstanceState | undefined {
    const maps = token === null ? this.#maps : this.#ofTokens.get(token);
    const state = maps?.get(mapper.root)?.get(key);
    return state === undefined || state.mapper === mapper || state.mapper.isA(mapper) ? state : undefined;
  }

  /** The objects of one class, those of its subclasses among them. */
  objectsOf(mapper: EntityMapper): Iterable<InstanceState> {
    const states = this.#ofRoot(mapper.root);
    return mapper.parent === null ? states : Array.from(states).filter((state) => state.mapper.isA(mapper));
  }

  #ofRoot(root: EntityMapper): Iterable<InstanceState> {
    if (this.#ofTokens.size === 0) return this.#maps.get(root)?.values() ?? [];
    return Array.from(this.#all()).flatMap((maps) => Array.from(maps.get(root)?.values() ?? []));
  }

  add(state: InstanceState): void {
    this.of(state.mapper, state.token).set(state.key, state);
  }

  remove(state: InstanceState): void {
    const map = this.of(state.mapper, state.token);
    if (map.get(state.key) === state) map.delete(state.key);
  }

  /**
   * Takes many objects of one class out.
   *
   * Where nobody stays, that is a new map: one that shrinks makes tables, 80 bytes of them for each of a million rows streamed.
   */
  removeAll(states: readonly InstanceState[]): void {
    const [first] = states;
    if (first === undefined) return;
    const map = this.of(first.mapper, first.token);
    const isThere = (state: InstanceState): boolean => state.token === first.token && map.get(state.key) === state;
    if (map.size === states.length && states.every(isThere))
      this.#mapsOf(first.token).set(first.mapper.root, new Map());
    else for (const state of states) this.remove(state);
  }

  /**
   * Begins a new map for a class of which many objects have left, unless more are still there.
   *
   * A map that grows and shrinks makes tables, each of which leads to the next; one that the collector has found old keeps all
   * after it, with the objects in them, until it is swept: of a million rows streamed 70 MB became old, with new maps none.
   */
  renew({ root }: EntityMapper, gone: number): void {
    for (const maps of this.#all()) {
      const map = maps.get(root);
      if (map !== undefined && map.size <= gone) maps.set(root, new Map(map));
    }
  }

  /** As a loop over `states()`, which makes an object for each. */
  forEach(visit: (state: InstanceState) => void): void {
    for (const maps of this.#all()) for (const map of maps.values()) map.forEach(visit);
  }

  *states(): IterableIterator<InstanceState> {
    for (const maps of this.#all()) for (const map of maps.values()) yield* map.values();
  }

  /** The maps by class, for loops that must be quick. */
  *classes(): IterableIterator<[EntityMapper, ReadonlyMap<unknown, InstanceState>]> {
    for (const maps of this.#all())
      for (const entry of maps) {
        if (entry[0].isPolymorphic) yield* byClass(entry[1]);
        else yield entry;
      }
  }

  clear(): void {
    this.#maps.clear();
    this.#ofTokens.clear();
  }
}

/** Objects that share a table, class by class. */
function byClass(states: ReadonlyMap<unknown, InstanceState>): Map<EntityMapper, Map<unknown, InstanceState>> {
  const classes = new Map<EntityMapper, Map<unknown, InstanceState>>();
  for (const [key, state] of states) {
    const known = classes.get(state.mapper);
    if (known === undefined) classes.set(state.mapper, new Map([[key, state]]));
    else known.set(key, state);
  }
  return classes;
}

/**
 * The form in which one key value is looked up: what is not a primitive is turned into text.
 *
 * A small `bigint` and the same `number` are one key: a foreign key may be of another width than what it refers to.
 */
export function keyPart(value: unknown): unknown {
  if (typeof value === "bigint") return value <= LARGEST && value >= -LARGEST ? Number(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return `date:${value.getTime()}`;
  if (value instanceof Uint8Array) return `bytes:${Array.from(value).join(",")}`;
  return `json:${JSON.stringify(value)}`;
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** The key of a row: the value itself, or text for several values. `undefined` when a part is null. */
export function identityKey(values: readonly unknown[]): unknown {
  if (values.length === 1) return values[0] === null || values[0] === undefined ? undefined : keyPart(values[0]);
  return values.some(isNull) ? undefined : joined(values);
}

/** The same for a row's own key, of whose parts some may be null where that is allowed. */
export function rowKey(values: readonly unknown[], allowPartial: boolean): unknown {
  if (!allowPartial || values.length === 1 || values.every(isNull)) return identityKey(values);
  return joined(values);
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined;
}

function joined(values: readonly unknown[]): string {
  return values.map((value) => keyText(keyPart(value ?? null))).join("|");
}

// a separator inside a part must not look like one between parts
function keyText(part: unknown): string {
  return `${typeof part === "string" ? "s" : typeof part === "bigint" || typeof part === "number" ? "n" : "x"}${String(part).replaceAll("\\", "\\\\").replaceAll("|", "\\|")}`;
}
