import type { EntityClass } from "../../sql/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { findMapper, mapperOf } from "../mapping/registry.ts";
import { identityKey as lookUpKey, type IdentityMap } from "../state/identity-map.ts";
import { checkIdentityToken, type IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { HasKey, IdentityIn } from "../typing/entity.ts";
import { identityValues } from "./identity.ts";
import { requireState } from "./require-state.ts";

type AnyClass = abstract new (...args: never) => object;

/** Names a row: its class, the values of its primary key in order, and the database it is of where keys repeat. */
export type IdentityKey = readonly [entity: AnyClass, identity: readonly unknown[], token: IdentityToken | null];

/**
 * The key of a row or object, as `session.identityMap` takes it: `identityKey(User, 1)`, `identityKey(user)`.
 *
 * @throws InvalidRequestError when the key has other columns.
 */
export function identityKey<C extends EntityClass, K>(
  entity: C & HasKey<K>,
  identity: IdentityIn<K>,
  identityToken?: IdentityToken | null,
): IdentityKey;
export function identityKey(object: object): IdentityKey;
export function identityKey(
  target: unknown,
  identity?: unknown,
  identityToken: IdentityToken | null = null,
): IdentityKey {
  if (typeof target === "function") {
    const mapper = mapperOf(target);
    return keyOf(mapper, identityValues(mapper, identity), checkIdentityToken(identityToken));
  }
  const state = requireState(target);
  return keyOf(
    state.mapper,
    state.mapper.primaryKey.map(({ key }) => state.value(key)),
    state.token,
  );
}

/** The key under which a session holds an object; `null` for an object without a row. */
export function presentIdentityKey(state: InstanceState): IdentityKey | null {
  const { row, mapper } = state;
  if (row === null) return null;
  return keyOf(
    mapper,
    mapper.primaryKey.map(({ index, tracker }) => (row[index] === null ? null : tracker.restore(row[index]))),
    state.token,
  );
}

function keyOf(mapper: EntityMapper, values: readonly unknown[], token: IdentityToken | null): IdentityKey {
  return [mapper.prototype.constructor as AnyClass, values, token];
}

/** The objects of a session that have rows, by their keys. It shows what the session holds now. */
export class IdentityMapView implements ReadonlyMap<IdentityKey, object> {
  readonly #map: IdentityMap;
  constructor(map: IdentityMap) {
    this.#map = map;
  }

  get size(): number {
    return this.#map.size;
  }
  get([entity, identity, token]: IdentityKey): object | undefined {
    const mapper = findMapper(entity);
    return mapper === undefined ? undefined : this.#map.get(mapper, lookUpKey(identity), token)?.object;
  }
  has(key: IdentityKey): boolean {
    return this.get(key) !== undefined;
  }
  *keys(): MapIterator<IdentityKey> {
    for (const [key] of this.entries()) yield key;
  }
  *values(): MapIterator<object> {
    for (const state of this.#map.states()) yield state.object;
  }
  *entries(): MapIterator<[IdentityKey, object]> {
    for (const state of this.#map.states()) {
      const key = presentIdentityKey(state);
      if (key !== null) yield [key, state.object];
    }
  }
  [Symbol.iterator](): MapIterator<[IdentityKey, object]> {
    return this.entries();
  }
  forEach(body: (object: object, key: IdentityKey, map: ReadonlyMap<IdentityKey, object>) => void): void {
    for (const [key, object] of this.entries()) body(object, key, this);
  }
}
