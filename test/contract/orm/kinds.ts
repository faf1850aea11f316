import { declarativeBase } from "../../../src/orm/index.ts";
import {
  array,
  bigint,
  boolean,
  bytes,
  date,
  double,
  enumeration,
  integer,
  json,
  numeric,
  string,
  time,
  timestamp,
  typeDecorator,
  uuid,
} from "../../../src/schema/index.ts";
import { func } from "../../../src/sql/index.ts";

export const Base = declarativeBase();

export const words = typeDecorator(string(200), {
  bind: (list: readonly string[]) => list.join(","),
  result: (joined: string): readonly string[] => (joined === "" ? [] : joined.split(",")),
});

/** One column of each type. */
export class Sample extends Base.mapped("sample", {
  id: integer().primaryKey(),
  text: string(100).nullable(),
  flag: boolean().nullable(),
  big: bigint().nullable(),
  real: double().nullable(),
  price: numeric(12, 3).nullable(),
  at: timestamp().nullable(),
  day: date().nullable(),
  clock: time().nullable(),
  data: json().nullable(),
  blob: bytes().nullable(),
  code: uuid().nullable(),
  mood: enumeration("happy", "sad").nullable(),
  words: words().nullable(),
  scores: array(integer()).nullable(),
}) {}

/** A value of each kind. */
export const values = {
  text: 'it\'s \\ "quoted" – ok',
  flag: true,
  big: 2n ** 60n + 1n,
  real: 0.1,
  price: "12.340",
  at: new Date("2026-01-02T03:04:05.678Z"),
  day: "2026-01-02",
  clock: "10:30:00",
  data: { k: [1, { deep: null }], t: "x" },
  blob: new Uint8Array([0, 1, 255]),
  code: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  mood: "sad" as const,
  words: ["a", "b"] as readonly string[],
  scores: [3, 1, 2],
};

/** Values that the program or the database fills in. */
export class Filled extends Base.mapped("filled", {
  id: integer().primaryKey(),
  name: string(50).nullable(),
  constant: string(20).default("made"),
  counted: integer().default(nextNumber),
  shouted: string(50).default(func.upper("quiet")),
  byServer: integer().serverDefault(7),
  changes: integer().default(0).onUpdate(nextNumber),
  touched: string(20).default("new").onUpdate(func.lower("TOUCHED")),
}) {}

let numbers = 100;
export function nextNumber(): number {
  numbers += 1;
  return numbers;
}

/** Keys that the program makes. */
export class Token extends Base.mapped("token", {
  id: uuid()
    .primaryKey()
    .default(() => crypto.randomUUID()),
  name: string(50),
}) {}

export class Country extends Base.mapped("country", {
  code: string(2).primaryKey(),
  name: string(50),
}) {}

/** A key wider than a number. */
export class Meter extends Base.mapped("meter", {
  id: bigint().primaryKey(),
  reading: integer(),
}) {}

export class Day extends Base.mapped("day", {
  at: timestamp().primaryKey(),
  name: string(50),
}) {}

/** Only a key. */
export class Ticket extends Base.mapped("ticket", { id: integer().primaryKey() }) {}

/** A value that the database computes. */
export class Product extends Base.mapped("product", {
  id: integer().primaryKey(),
  price: integer(),
  get doubled() {
    return integer().computed(Product.c.price.mul(2));
  },
}) {}
