// Generated readers of naked rows and their interpreter behave the same.
import { expect, test } from "vitest";
import { type NakedElement, nakedReader } from "../../src/hydrate/index.ts";

class Thing {
  constructor() {
    throw new Error("the constructor must not run");
  }
  get name(): string {
    return "the accessor's";
  }
  set name(_value: string) {
    throw new Error("the accessor must not be called");
  }
}

const twice = (value: unknown): unknown => `${String(value)}${String(value)}`;
const labels = ["name", "constructor", "__proto__", "a b", 'quote"d', "prototype", "\u2028"];

function object(offset: number, absent: "any" | "all" | null): NakedElement {
  return {
    prototype: Thing.prototype,
    offset,
    columns: labels.map((key, index) => ({ key, decode: index % 2 === 0 ? twice : null })),
    absent: absent === null ? null : { when: absent, places: [0, 1] },
  };
}

const value = (offset: number): NakedElement => ({ prototype: null, offset, decode: twice });
const cells = labels.map((_label, index) => (index === 3 ? null : `c${index}`));

test.each([
  ["generated", true],
  ["interpreted", false],
])("rows, %s", (_name, jit) => {
  const read = nakedReader(
    [value(0), object(1, null), { prototype: null, offset: 8, decode: null }, object(9, "any")],
    jit,
  );
  const row = ["v", ...cells, 5, ...cells];
  const [first, made, plain, second] = read(row) as [unknown, Thing, unknown, Thing];
  expect([first, plain]).toEqual(["vv", 5]);
  expect(Object.getPrototypeOf(made)).toBe(Thing.prototype);
  expect(Object.getOwnPropertyNames(made)).toEqual(labels);
  expect(labels.map((label) => Object.getOwnPropertyDescriptor(made, label)?.value)).toEqual([
    "c0c0",
    "c1",
    "c2c2",
    null,
    "c4c4",
    "c5",
    "c6c6",
  ]);
  for (const label of labels) {
    expect(Object.getOwnPropertyDescriptor(made, label)).toMatchObject({
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  expect(second).not.toBe(made);
  expect(read(row)[1]).not.toBe(made);
  // the driver's row is left as it came
  expect(row).toEqual(["v", ...cells, 5, ...cells]);
});

test.each([
  ["generated", true],
  ["interpreted", false],
])("the absent side of an outer join, %s", (_name, jit) => {
  const nulls = labels.map(() => null);
  const some = [null, "x", ...nulls.slice(2)];
  const isThere = (absent: "any" | "all" | null, row: readonly unknown[]): boolean =>
    nakedReader([object(0, absent)], jit)(row)[0] !== null;
  expect([isThere("any", nulls), isThere("any", some), isThere("any", cells)]).toEqual([false, false, true]);
  expect([isThere("all", nulls), isThere("all", some), isThere("all", cells)]).toEqual([false, true, true]);
  expect(isThere(null, nulls)).toBe(true);
});

test.each([
  ["generated", true],
  ["interpreted", false],
])("a decoder that reads rows of the same kind itself, %s", (_name, jit) => {
  let depth = 0;
  const columns = ["a", "b"].map((key) => ({ key, decode: (cell: unknown) => (key === "b" ? inner(cell) : cell) }));
  const read = nakedReader([{ prototype: Thing.prototype, offset: 0, columns, absent: null }], jit);
  function inner(cell: unknown): unknown {
    depth += 1;
    return depth === 1 ? (read(["inner", 0])[0] as { a: string }).a : cell;
  }
  expect({ ...(read(["outer", 1])[0] as object) }).toEqual({ a: "outer", b: "inner" });
});
