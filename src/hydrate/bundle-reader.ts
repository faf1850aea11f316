import { type BundleNode, type ExpressionNode, widthOf } from "../sql/index.ts";
import { compileFunction } from "./emit.ts";

type Row = readonly unknown[];

/** Reads one element of a row of decoded values. */
export type ElementReader = (values: Row) => unknown;

/** How each element of a row is read of decoded values: a bundle is a plain object of its columns. */
export function elementReaders(elements: readonly ExpressionNode[], jit?: boolean): readonly ElementReader[] {
  let place = 0;
  return elements.map((element) => {
    const at = place;
    place += widthOf(element);
    return element.kind === "bundle" ? bundleReader(element, at, jit) : (values) => values[at];
  });
}

/**
 * Makes a bundle's object; its first column stands at `offset`.
 *
 * `jit: false` (or a runtime that forbids it) interprets; both behave the same.
 */
export function bundleReader(node: BundleNode, offset: number, jit = true): ElementReader {
  const emitted = jit
    ? compileFunction<() => ElementReader>([], `return function readBundle(values) { return ${emit(node, offset)}; };`)
    : null;
  return emitted === null ? interpret(node, offset) : emitted();
}

function interpret({ keys, items }: BundleNode, offset: number): ElementReader {
  let place = offset;
  const readers = items.map((item): ElementReader => {
    const at = place;
    place += widthOf(item);
    return item.kind === "bundle" ? interpret(item, at) : (values) => values[at];
  });
  return (values) => Object.fromEntries(readers.map((read, index) => [keys[index], read(values)]));
}

function emit({ keys, items }: BundleNode, offset: number): string {
  let place = offset;
  const members = items.map((item, index) => {
    const at = place;
    place += widthOf(item);
    return `${memberName(keys[index] as string)}: ${item.kind === "bundle" ? emit(item, at) : `values[${at}]`}`;
  });
  return `{ ${members.join(", ")} }`;
}

// not computed, this one name would set the prototype
function memberName(key: string): string {
  return key === "__proto__" ? `["__proto__"]` : JSON.stringify(key);
}
