import { ArgumentError, UnmappedClassError } from "../../errors/index.ts";
import { describeValue } from "../../sql/index.ts";
import type { Mapper } from "./mapper.ts";

/** On what `mapped()` gives: its mapper. */
export const MAPPER = "~mapper";

type AnyClass = abstract new (...args: never) => object;

/** The mapper of a mapped class, which is noted as the class to make objects of; `undefined` for anything else. */
export function findMapper(target: unknown): Mapper | undefined {
  if (typeof target !== "function" || !(MAPPER in target)) return undefined;
  const mapper = (target as { "~mapper": Mapper })[MAPPER];
  if (mapper.isBoundTo(target)) return mapper;
  const entityClass = directSubclass(target as unknown as AnyClass);
  if (entityClass !== null) mapper.bindClass(entityClass);
  return mapper;
}

/** @throws UnmappedClassError for a class that is not mapped. */
export function mapperOf(target: unknown): Mapper {
  const mapper = findMapper(target);
  if (mapper !== undefined) return mapper;
  throw new UnmappedClassError(
    `${describeValue(target)} is not mapped. Give a mapped class: class User extends Base.mapped("users", { id: integer().primaryKey() }) {}.`,
  );
}

/** The class that directly extends what `mapped()` gave. */
function directSubclass(target: AnyClass): AnyClass | null {
  let current: AnyClass = target;
  for (;;) {
    if (Object.hasOwn(current, MAPPER)) return null; // the mapped class itself, not extended
    const parent = Object.getPrototypeOf(current) as AnyClass | null;
    if (parent === null) throw new ArgumentError("This class is not mapped.");
    if (Object.hasOwn(parent, MAPPER)) return current;
    current = parent;
  }
}
