import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allowsCodeGeneration,
  compileFunction,
  type EntityColumn,
  entityReader,
  nakedReader,
  rowComparator,
  rowReader,
} from "../../src/hydrate/index.ts";
import type { EntityMapper } from "../../src/orm/mapping/entity-mapper.ts";
import { InstanceState, stampState } from "../../src/orm/state/instance-state.ts";

// Names reach generated code: none may be more than a name. Generated and interpreted code must not differ.

const names = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "static",
    "get",
    "#x",
    "a b",
    '"] + x + ["',
    "`${process.exit(1)}`",
    "\\",
    '\\"',
    "'",
    "\n",
    "\u2028",
    "*/",
    "",
    "0",
    "größe",
    "💥",
    "\ud800",
  ),
  fc.string({ unit: "binary" }),
);

interface Kind {
  readonly decode: EntityColumn["decode"];
  readonly snapshot: EntityColumn["snapshot"];
  readonly differs: ((value: unknown, kept: unknown) => boolean) | null;
}

const plain: Kind = { decode: null, snapshot: null, differs: null };
const decoded: Kind = { decode: (raw) => `d${String(raw)}`, snapshot: null, differs: null };
const copied: Kind = {
  decode: (raw) => [raw],
  snapshot: (value) => [...(value as unknown[])],
  differs: (value, kept) => JSON.stringify(value) !== JSON.stringify(kept),
};
const kinds = fc.constantFrom(plain, decoded, copied);
const raws = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.boolean());
const columns = fc.uniqueArray(fc.record({ key: names, kind: kinds, raw: raws, edit: fc.option(raws) }), {
  selector: ({ key }) => key,
  maxLength: 12,
});

class Model {
  greet(): string {
    return "hello";
  }
}

test("generated code can be had here, so that it is what is compared", () => {
  expect(allowsCodeGeneration()).toBe(true);
});

test("objects are read alike, whatever their columns are called", () => {
  fc.assert(
    fc.property(columns, (given) => {
      const plan = {
        prototype: Model.prototype,
        columns: given.map(({ key, kind }) => ({ key, decode: kind.decode, snapshot: kind.snapshot })),
      };
      const [left, right] = [true, false].map((jit) => {
        const row = given.map(({ raw }) => raw as unknown);
        const object = entityReader(plan, jit)(row);
        return { object, row };
      }) as [{ object: object; row: unknown[] }, { object: object; row: unknown[] }];
      expect(Reflect.ownKeys(left.object)).toEqual(Reflect.ownKeys(right.object));
      expect(Object.getOwnPropertyDescriptors(left.object)).toEqual(Object.getOwnPropertyDescriptors(right.object));
      expect(left.row).toEqual(right.row);
      expect(Object.getPrototypeOf(left.object)).toBe(Model.prototype);
      for (const { key, kind, raw } of given) {
        const value = raw === null || kind.decode === null ? raw : kind.decode(raw as never);
        expect(Object.getOwnPropertyDescriptor(left.object, key)?.value).toEqual(value);
      }
    }),
    { numRuns: 500 },
  );
});

test("objects of many columns are no dictionaries: those take twice the time and memory", () => {
  setFlagsFromString("--allow-natives-syntax");
  const isFast = compileFunction<(object: object) => boolean>(["object"], "return %HasFastProperties(object)");
  const wide = Array.from({ length: 40 }, (_, index) => ({ key: `c${index}`, decode: null, snapshot: null }));
  const readTracked = entityReader({ prototype: Model.prototype, columns: wide });
  const readNaked = nakedReader([{ prototype: Model.prototype, offset: 0, columns: wide, absent: null }]);
  for (let made = 0; made < 100; made += 1) {
    const row = wide.map((_, index) => index);
    expect(isFast?.(readNaked(row)[0] as object)).toBe(true);
    const tracked = readTracked(row);
    stampState(tracked, new InstanceState({} as EntityMapper, tracked));
    expect(isFast?.(tracked)).toBe(true);
  }
});

test("changes are found alike", () => {
  fc.assert(
    fc.property(columns, (given) => {
      const plan = {
        prototype: Model.prototype,
        columns: given.map(({ key, kind }) => ({ key, decode: kind.decode, snapshot: kind.snapshot })),
      };
      const compared = given.map(({ key, kind }) => ({ key, differs: kind.differs }));
      const row = given.map(({ raw }) => raw as unknown);
      const object = entityReader(plan)(row);
      for (const jit of [true, false]) expect(rowComparator(compared, jit)(object, row)).toBe(false);
      for (const { key, kind, edit } of given) {
        if (edit === null) continue;
        const value = kind === copied ? [edit] : edit;
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      }
      const [left, right] = [true, false].map((jit) => rowComparator(compared, jit)(object, row));
      expect(left).toBe(right);
      const differs = given.some(({ key, kind }, index) => {
        const value = Object.getOwnPropertyDescriptor(object, key)?.value as unknown;
        const kept = row[index];
        return kind.differs === null || value === null || kept === null ? value !== kept : kind.differs(value, kept);
      });
      expect(left).toBe(differs);
    }),
    { numRuns: 500 },
  );
});

test("rows of values are read alike", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ kind: kinds, raw: raws }), { maxLength: 10 }), (given) => {
      const decoders = given.map(({ kind }) => kind.decode);
      const raw = given.map((each) => each.raw as unknown);
      const [left, right] = [true, false].map((jit) => rowReader(decoders, jit)?.(raw));
      expect(left).toEqual(right);
    }),
    { numRuns: 300 },
  );
});
