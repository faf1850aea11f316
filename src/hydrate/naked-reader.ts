import type { Decode } from "../types/index.ts";
import { compileFunction } from "./emit.ts";
import { fieldName, makerOf, roomyMaker } from "./entity-reader.ts";
import type { RowReader } from "./row-reader.ts";

/** One element of a row: an object made of several columns, or one column's value. */
export type NakedElement = NakedObject | NakedValue;

export interface NakedObject {
  readonly prototype: object;
  /** The place of its first column in the driver's row. */
  readonly offset: number;
  readonly columns: readonly { readonly key: string; readonly decode: Decode | null }[];
  /**
   * Columns, counted from the first of its own, of which the object is absent (`null`) when `any` or `all` are null:
   * the empty side of an outer join. `null`: it is always there.
   */
  readonly absent: { readonly when: "any" | "all"; readonly places: readonly number[] } | null;
}

export interface NakedValue {
  readonly prototype: null;
  readonly offset: number;
  readonly decode: Decode | null;
}

/**
 * Makes rows of plain objects and values of a driver's rows. Each row has objects of its own, whose columns are own
 * properties in the order given; constructors are not run.
 *
 * `jit: false` (or a runtime that forbids it) interprets; both behave the same.
 */
export function nakedReader(elements: readonly NakedElement[], jit = true): RowReader {
  return (jit ? emitReader(elements) : null) ?? interpretReader(elements);
}

function interpretReader(elements: readonly NakedElement[]): RowReader {
  const readers = elements.map((element) =>
    element.prototype === null ? interpretValue(element) : interpretObject(element),
  );
  return (raw) => readers.map((read) => read(raw));
}

type ElementReader = (raw: readonly unknown[]) => unknown;

function interpretValue({ offset, decode }: NakedValue): ElementReader {
  return (raw) => {
    const value = raw[offset];
    return value === null || decode === null ? value : decode(value as never);
  };
}

function interpretObject({ prototype, offset, columns, absent }: NakedObject): ElementReader {
  const Made = makerOf(prototype);
  return (raw) => {
    const isNull = (place: number): boolean => raw[offset + place] === null;
    if (absent !== null && (absent.when === "any" ? absent.places.some(isNull) : absent.places.every(isNull)))
      return null;
    const object = new Made();
    columns.forEach(({ key, decode }, index) => {
      const value = raw[offset + index];
      const read = value === null || decode === null ? value : decode(value as never);
      Object.defineProperty(object, key, { value: read, writable: true, enumerable: true, configurable: true });
    });
    return object;
  };
}

interface Emitted {
  readonly prototype: object | null;
  readonly decode: readonly (Decode | null)[];
}

/** See `entityReader` for why objects are made by class fields. */
function emitReader(elements: readonly NakedElement[]): RowReader | null {
  const parts: readonly Emitted[] = elements.map((element) =>
    element.prototype === null
      ? { prototype: null, decode: [element.decode] }
      : { prototype: element.prototype, decode: element.columns.map((column) => column.decode) },
  );
  const objects = elements.map((element, index) => (element.prototype === null ? "" : emitObject(element, index)));
  const items = elements.map((element, index) =>
    element.prototype === null ? emitColumn(element.decode, element.offset, index, 0) : `read${index}(row)`,
  );
  const body = `${objects.join("\n")}
    return function readRow(row) { let r; return [${items.join(", ")}]; };`;
  const make = compileFunction<(made: readonly unknown[], decode: Emitted["decode"][]) => RowReader>(
    ["made", "decode"],
    body,
  );
  if (make === null) return null;
  return make(
    parts.map(({ prototype, decode }) => (prototype === null ? null : roomyMaker(prototype, decode.length))),
    parts.map(({ decode }) => decode),
  );
}

function emitColumn(decode: Decode | null, place: number, element: number, column: number): string {
  return decode === null ? `row[${place}]` : `(r = row[${place}]) === null ? null : decode[${element}][${column}](r)`;
}

// values are read before the first is put down: a decoder of the program's own may read rows itself
function emitObject({ columns, offset, absent }: NakedObject, index: number): string {
  const isNull = absent?.places.map((place) => `row[${offset + place}] === null`) ?? [];
  const absence =
    isNull.length === 0 ? "" : `if (${isNull.join(absent?.when === "all" ? " && " : " || ")}) return null;`;
  const names = columns.map((_column, place) => `v${index}_${place}`);
  const reads = columns.map(
    ({ decode }, place) => `const a${place} = ${emitColumn(decode, offset + place, index, place)};`,
  );
  return `const Made${index} = made[${index}];
    let none${index}${names.map((name) => `, ${name}`).join("")};
    class Base${index} { constructor() { return new Made${index}(); } }
    class Fields${index} extends Base${index} { ${columns.map(({ key }, place) => `${fieldName(key)} = ${names[place]};`).join(" ")} }
    function read${index}(row) {
      let r; ${absence} ${reads.join(" ")}
      ${names.map((name, place) => `${name} = a${place};`).join(" ")}
      return new Fields${index}();
    }`;
}
