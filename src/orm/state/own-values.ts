import { type ValuesReader, valuesReader } from "../../hydrate/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { isOwnAccessor } from "./attributes.ts";
import type { InstanceState } from "./instance-state.ts";

type Read = (state: InstanceState) => unknown[];

const readers = { emitted: new WeakMap<EntityMapper, Read>(), read: new WeakMap<EntityMapper, Read>() };

/** Reads the columns of objects without a row, null where they have none; `jit: false` interprets. */
export function newValuesReader(mapper: EntityMapper, jit: boolean | undefined): Read {
  const known = jit === false ? readers.read : readers.emitted;
  let read = known.get(mapper);
  if (read === undefined) {
    read = makeReader(mapper, jit);
    known.set(mapper, read);
  }
  return read;
}

// what has no property of its own is null to our accessor, so that nothing need be asked first
function makeReader({ prototype, columns }: EntityMapper, jit: boolean | undefined): Read {
  const keys = columns.map(({ key }) => key);
  if (!keys.every((key) => isOwnAccessor(prototype, key))) return (state) => keys.map((key) => state.value(key));
  const read: ValuesReader = valuesReader(keys, jit);
  return ({ object }) => read(object);
}
