import type { SqlWriter } from "../../compile/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { EntityLoader, type ObjectLoader } from "./entity-loader.ts";
import { PolymorphicLoader } from "./polymorphic-loader.ts";

type Types = SqlWriter["dialect"]["types"];

const loaders = {
  emitted: new WeakMap<object, Map<EntityMapper, ObjectLoader>>(),
  read: new WeakMap<object, Map<EntityMapper, ObjectLoader>>(),
};

/** The loader of a class for one engine's dialect; made once. */
export function loaderFor(mapper: EntityMapper, owner: object, types: Types, jit: boolean | undefined): ObjectLoader {
  const kind = jit === false ? loaders.read : loaders.emitted;
  let known = kind.get(owner);
  if (known === undefined) {
    known = new Map();
    kind.set(owner, known);
  }
  let loader = known.get(mapper);
  if (loader === undefined) {
    loader = makeLoader(mapper, types, jit);
    known.set(mapper, loader);
  }
  return loader;
}

function makeLoader(mapper: EntityMapper, types: Types, jit: boolean | undefined): ObjectLoader {
  const loaderOf = (of: EntityMapper): EntityLoader =>
    new EntityLoader(of, (property) => types.codec(property.column.type).decode, jit);
  // the rows of a class that nobody extends are all its own
  const isAlone = !mapper.isPolymorphic || (mapper.parent !== null && mapper.family.length === 1);
  if (isAlone) return loaderOf(mapper);
  const made = mapper.family.map((member): [EntityMapper, EntityLoader] => [member, loaderOf(member)]);
  return new PolymorphicLoader(mapper, new Map(made));
}
