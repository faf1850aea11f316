import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "./instance-state.ts";

/** The objects of a session by their rows' keys: one object for each row. References are strong. */
export class IdentityMap {
  readonly #maps = new Map<EntityMapper, Map<unknown, InstanceState>>();

  get size(): number {
    let size = 0;
    for (const map of this.#maps.values()) size += map.size;
    return size;
  }

  /** The objects of one class by key; loading looks them up row by row. */
  of(mapper: EntityMapper): Map<unknown, InstanceState> {
    let map = this.#maps.get(mapper);
    if (map === undefined) {
      map = new Map();
      this.#maps.set(mapper, map);
    }
    return map;
  }

  get(mapper: EntityMapper, key: unknown): InstanceState | undefined {
    return this.#maps.get(mapper)?.get(key);
  }

  add(state: InstanceState): void {
    this.of(state.mapper).set(state.key, state);
  }

  remove(state: InstanceState): void {
    const map = this.#maps.get(state.mapper);
    if (map?.get(state.key) === state) map.delete(state.key);
  }

  *states(): IterableIterator<InstanceState> {
    for (const map of this.#maps.values()) yield* map.values();
  }

  /** The maps by class, for loops that must be quick. */
  classes(): IterableIterator<[EntityMapper, Map<unknown, InstanceState>]> {
    return this.#maps.entries();
  }

  clear(): void {
    this.#maps.clear();
  }
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
