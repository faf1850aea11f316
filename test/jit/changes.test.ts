import fc from "fast-check";
import { expect, test } from "vitest";
import { changeMask, type ComparedColumn, rowComparator } from "../../src/hydrate/index.ts";

// Generated and interpreted comparison agree, and say what they promise.

const MISSING = Symbol("missing");
const differsDate = (value: unknown, kept: unknown): boolean =>
  (value instanceof Date ? value.getTime() : value) !== kept;
const differsText = (value: unknown, kept: unknown): boolean => JSON.stringify(value) !== JSON.stringify(kept);

const kinds: readonly Omit<ComparedColumn, "key">[] = [
  { differs: null },
  { differs: differsDate, isDate: true },
  { differs: differsText },
];
const column = fc.record({
  key: fc.constantFrom("a", "b", "c", "constructor", '"] + x + ["', "$&"),
  kind: fc.nat(kinds.length - 1),
});
const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 6, selector: ({ key }) => key });
const value = fc.constantFrom<unknown>(
  undefined,
  null,
  0,
  1,
  "x",
  new Date(1),
  new Date(2),
  [1],
  { a: [1] },
  Number.NaN,
);
const kept = fc.constantFrom<unknown>(null, 0, 1, 2, "x", [1], { a: [1] });

test("rows are compared alike by generated code and without", () => {
  fc.assert(
    fc.property(
      columns,
      fc.array(value, { minLength: 6 }),
      fc.array(kept, { minLength: 6 }),
      fc.nat(63),
      (own, values, row, loaded) => {
        const compared = own.map(
          ({ key, kind }): ComparedColumn => ({ key, ...(kinds[kind] as (typeof kinds)[number]) }),
        );
        const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
        own.forEach(({ key }, index) => {
          object[key] = values[index];
        });
        const masks = [true, false].map((jit) => changeMask(compared, jit)(object, row));
        expect(masks[0]).toBe(masks[1]);
        own.forEach((_column, index) => {
          const now = values[index] ?? null;
          const differs = compared[index]?.differs ?? ((left: unknown, right: unknown) => left !== right);
          const isDifferent = now === null || row[index] === null ? now !== row[index] : differs(now, row[index]);
          expect(((masks[0] as number) & (1 << index)) !== 0).toBe(isDifferent);
        });
        for (const jit of [true, false]) {
          // it may say so of one that does not, never the other way round
          if (masks[0] !== 0) expect(rowComparator(compared, jit)(object, row)).toBe(true);
          else if (!values.slice(0, own.length).includes(undefined))
            expect(rowComparator(compared, jit)(object, row)).toBe(false);
        }
        const part = row.map((each, index) => ((loaded & (1 << index)) === 0 ? MISSING : each));
        const parts = [true, false].map((jit) => rowComparator(compared, jit, MISSING)(object, part));
        expect(parts[0]).toBe(parts[1]);
        if (own.some((_column, index) => part[index] === MISSING)) expect(parts[0]).toBe(true); // each is an own property
        expect(
          rowComparator(
            compared,
            true,
            MISSING,
          )(
            Object.create(null) as object,
            own.map(() => MISSING),
          ),
        ).toBe(false);
      },
    ),
    { numRuns: 300 },
  );
});
