// Generated readers of bundles and their interpreter behave the same.
import { expect, test } from "vitest";
import { bundleReader, elementReaders } from "../../src/hydrate/index.ts";
import { bundle, type BundleItem, literal } from "../../src/sql/index.ts";

const labels = ["name", "constructor", "__proto__", "a b", 'quote"d', "prototype", "\u2028"];
const columns: readonly BundleItem[] = labels.map((label) => literal("x").as(label));
const inner = bundle("__proto__", ...columns);
const outer = bundle("outer", literal(1).as("first"), inner, literal(2).as("last"));

test.each([
  ["generated", true],
  ["interpreted", false],
])("objects in objects, %s", (_name, jit) => {
  const values = ["before", 1, ...labels.map((_label, index) => `v${index}`), 2];
  const made = bundleReader(outer["~bundle"](), 1, jit)(values) as object;
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  expect(Object.getOwnPropertyNames(made)).toEqual(["first", "__proto__", "last"]);
  const within = Object.getOwnPropertyDescriptor(made, "__proto__")?.value as object;
  expect(Object.getPrototypeOf(within)).toBe(Object.prototype);
  expect(Object.getOwnPropertyNames(within)).toEqual(labels);
  labels.forEach((label, index) =>
    expect(Object.getOwnPropertyDescriptor(within, label)).toEqual({
      value: `v${index}`,
      writable: true,
      enumerable: true,
      configurable: true,
    }),
  );
  expect(bundleReader(outer["~bundle"](), 1, jit)(values)).not.toBe(made);
});

test.each([
  ["generated", true],
  ["interpreted", false],
])("elements of a row, %s", (_name, jit) => {
  const elements = [literal(0).as("a"), outer, literal(0).as("b")].map((item) =>
    "toNode" in item ? item.toNode() : item["~bundle"](),
  );
  const values = [10, ...Array.from({ length: 9 }, (_, index) => index), 20];
  const row = elementReaders(elements, jit).map((read) => read(values));
  expect([row[0], row[2]]).toEqual([10, 20]);
  expect((row[1] as { first: number; last: number }).last).toBe(8);
});
