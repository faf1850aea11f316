/** Turns a value into one that is `===` for equal values. */
export type KeyOf = (value: unknown) => unknown;

/** Values are equal by content, objects of a class by identity. */
export function equalityKey(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return `\0date ${value.getTime()}`;
  if (value instanceof Uint8Array) return `\0bytes ${value.join()}`;
  return isPlain(value) ? `\0json ${JSON.stringify(value, bigintAsText)}` : value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

/** Remembers what was seen, so that each item counts once. */
export class Distinct {
  readonly #keysOf: (item: unknown) => readonly unknown[];
  readonly #seen = new Map<unknown, unknown>();

  constructor(keysOf: (item: unknown) => readonly unknown[]) {
    this.#keysOf = keysOf;
  }

  /** True the first time an item comes. */
  isNew(item: unknown): boolean {
    const keys = this.#keysOf(item);
    let level: Map<unknown, unknown> = this.#seen;
    let isNew = keys.length === 0 && !level.size;
    // a map in a map for each further key: objects and values take part without being turned into text
    for (const key of keys) {
      let next = level.get(key) as Map<unknown, unknown> | undefined;
      if (next === undefined) {
        isNew = true;
        next = new Map();
        level.set(key, next);
      }
      level = next;
    }
    return isNew;
  }
}
