import fc from "fast-check";
import { expect, test } from "vitest";
import { recordDefiner, rowDefiner, valuesReader } from "../../src/hydrate/index.ts";

// Values given to objects, and read from them, alike by generated code and without.

const key = fc.constantFrom("a", "b", "c", "constructor", "__proto__", '"] = x; ["', "$&", "1");
const keys = fc.uniqueArray(key, { maxLength: 8 });
const value = fc.constantFrom<unknown>(undefined, null, 0, 1, "x", Number.NaN, [1], { a: 1 });

const taken: unknown[] = [];
/** Answers as a mapped class does: nothing may reach its setters. */
const Guarded = function Guarded() {} as unknown as new () => object;
for (const name of ["a", "b", "c", "constructor", "__proto__", '"] = x; ["', "$&", "1"]) {
  Object.defineProperty(Guarded.prototype, name, {
    get: () => null,
    set(given: unknown) {
      taken.push(given);
    },
    configurable: true,
  });
}

function recordOf(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  names.forEach((name, index) => {
    Object.defineProperty(record, name, { value: values[index], enumerable: true, writable: true, configurable: true });
  });
  return record;
}

const shown = (object: object): unknown => Object.entries(Object.getOwnPropertyDescriptors(object));

test("objects get the values of records and rows alike", () => {
  fc.assert(
    fc.property(keys, fc.array(value, { minLength: 8, maxLength: 8 }), (names, values) => {
      const isWhole = !names.some((_name, index) => values[index] === undefined);
      const expected = shown(isWhole ? recordOf(names, values) : {});
      for (const jit of [true, false]) {
        const ofRecord = new Guarded();
        expect(recordDefiner(names, jit)(ofRecord, recordOf(names, values))).toBe(isWhole);
        expect(shown(ofRecord)).toEqual(expected);
        const ofRow = new Guarded();
        expect(rowDefiner(names, jit)(ofRow, values)).toBe(isWhole);
        expect(shown(ofRow)).toEqual(expected);
      }
      expect(taken).toEqual([]);
    }),
  );
});

test("a definer replaces what an object has, and keeps the order of what it had", () => {
  for (const jit of [true, false]) {
    const object = Object.assign(Object.create(Guarded.prototype) as object, { z: 0 });
    recordDefiner(["b", "a"], jit)(object, { a: 1, b: 2 });
    recordDefiner(["a"], jit)(object, { a: 3 });
    expect(Object.entries(object)).toEqual([
      ["z", 0],
      ["b", 2],
      ["a", 3],
    ]);
  }
});

test("objects are read alike", () => {
  fc.assert(
    fc.property(keys, keys, fc.array(value, { minLength: 8, maxLength: 8 }), (names, own, values) => {
      const object = new Guarded();
      own.forEach((name, index) => {
        Object.defineProperty(object, name, { value: values[index] });
      });
      const expected = names.map((name) => (own.includes(name) ? (values[own.indexOf(name)] ?? null) : null));
      for (const jit of [true, false]) expect(valuesReader(names, jit)(object)).toEqual(expected);
    }),
  );
});
