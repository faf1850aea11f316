// What codecs refuse, and the odd forms they read; no database involved.
import { describe, expect, test } from "vitest";
import { getDialect } from "../../../src/dialect/index.ts";
import { ArgumentError, CompileError, DataError } from "../../../src/errors/index.ts";
import { sqlType, type SqlType, type TypeConversion, type TypeKind } from "../../../src/types/index.ts";

const [sqlite, postgresql, mariadb, mysql] = ["sqlite", "postgresql", "mariadb", "mysql"].map(getDialect) as [
  ReturnType<typeof getDialect>,
  ReturnType<typeof getDialect>,
  ReturnType<typeof getDialect>,
  ReturnType<typeof getDialect>,
];
const all = [sqlite, postgresql, mariadb];
const encode = (dialect: typeof sqlite, type: SqlType, value: unknown) =>
  dialect.types.codec(type).encode?.(value as never);
const decode = (dialect: typeof sqlite, type: SqlType, value: unknown) => {
  const codec = dialect.types.codec(type);
  return codec.decode === null ? value : codec.decode(value as never);
};

const circle: { self?: unknown } = {};
circle.self = circle;

const refused: Partial<Record<TypeKind, readonly (readonly [value: unknown, told: RegExp])[]>> = {
  smallint: [[1.5, /a number with a fraction/]],
  integer: [
    [1.5, /a number with a fraction/],
    [2 ** 53, /no longer exact/],
    [Number.NaN, /NaN/],
    ["5", /this string/],
    [true, /a boolean/],
    [2n ** 60n, /a bigint/],
    [undefined, /undefined/],
  ],
  bigint: [
    [2n ** 63n, /beyond 64 bits/],
    [-(2n ** 63n) - 1n, /beyond 64 bits/],
    [0.5, /a number with a fraction/],
    ["1", /this string/],
  ],
  numeric: [
    ["1,5", /this string/],
    ["", /this string/],
    [".", /this string/],
    [Number.POSITIVE_INFINITY, /Infinity/],
    [true, /a boolean/],
  ],
  double: [
    ["1.5", /this string/],
    [1n, /a bigint/],
  ],
  string: [
    [5, /a number/],
    [new Date(0), /a Date/],
  ],
  boolean: [
    [1, /a number/],
    ["true", /this string/],
  ],
  timestamp: [
    ["2024-01-01", /Pass a Date/],
    [new Date(Number.NaN), /invalid/],
    [0, /Pass a Date/],
  ],
  date: [
    [new Date(0), /A Date is a moment/],
    ["2024-02-30", /YYYY-MM-DD/],
    ["2024-13-01", /YYYY-MM-DD/],
    ["1.1.2024", /YYYY-MM-DD/],
  ],
  time: [
    ["25:00:00", /HH:MM:SS/],
    ["noon", /HH:MM:SS/],
  ],
  interval: [
    ["1 day", /ISO 8601/],
    ["P", /ISO 8601/],
    ["PT", /ISO 8601/],
  ],
  json: [
    [undefined, /undefined at \$/],
    [{ a: { b: [1, undefined] } }, /undefined at \$\.a\.b\[1\]/],
    [{ n: Number.NaN }, /NaN at \$\.n/],
    [{ n: 1n }, /a bigint at \$\.n/],
    [new Map(), /a Map/],
    [() => 1, /a function/],
    [circle, /contains itself at \$\.self/],
  ],
  uuid: [
    ["not-a-uuid", /crypto\.randomUUID/],
    [5, /a number/],
  ],
  bytes: [
    ["text", /Uint8Array/],
    [[1, 2], /an array/],
  ],
};

describe("refused values", () => {
  for (const [kind, cases] of Object.entries(refused)) {
    test.each(cases)(`${kind} refuses %s`, (value, told) => {
      for (const dialect of all) {
        const run = () => encode(dialect, sqlType(kind as TypeKind), value);
        expect(run).toThrow(ArgumentError);
        expect(run).toThrow(told);
      }
    });
  }

  test("enumeration refuses what is no member and lists those that are", () => {
    const type = sqlType("enumeration", { values: ["red", "green"] });
    for (const dialect of all) {
      expect(() => encode(dialect, type, "blue")).toThrow(/"red", "green"/);
      expect(() => encode(dialect, type, "toString")).toThrow(ArgumentError);
    }
  });

  test("array refuses what is no list, and undefined inside", () => {
    const type = sqlType("array", { item: sqlType("integer") });
    for (const dialect of all) {
      expect(() => encode(dialect, type, "{1}")).toThrow(/an array|Pass an array/);
      expect(() => encode(dialect, type, [1, undefined])).toThrow(/null for NULL/);
      expect(() => encode(dialect, type, [1.5])).toThrow(/fraction/);
    }
  });

  test("NaN and infinity where the database has none", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => encode(sqlite, sqlType("double"), value)).toThrow(ArgumentError);
      expect(() => encode(mariadb, sqlType("double"), value)).toThrow(ArgumentError);
      expect(() => sqlite.types.encodeUntyped(value)).toThrow(ArgumentError);
      expect(encode(postgresql, sqlType("double"), value)).toBe(value);
    }
  });

  test("years that the database does not have", () => {
    for (const dialect of [sqlite, mariadb]) {
      expect(() => encode(dialect, sqlType("timestamp"), new Date(Date.UTC(10000, 0)))).toThrow(/years 1 to 9999/);
      expect(() => encode(dialect, sqlType("timestamp"), new Date(-1e14))).toThrow(/years 1 to 9999/);
    }
  });

  test("a message never holds the value", () => {
    expect(() => encode(postgresql, sqlType("integer"), "s3cret")).toThrow(expect.not.stringContaining("s3cret"));
  });

  test("untyped values that SQL does not have", () => {
    for (const dialect of all) {
      for (const value of [undefined, Symbol("x"), () => 1])
        expect(() => dialect.types.encodeUntyped(value)).toThrow(ArgumentError);
      expect(dialect.types.encodeUntyped(null)).toBeNull();
    }
  });
});

describe("stored values", () => {
  test.each([
    ["2024-01-02 03:04:05", "2024-01-02T03:04:05.000Z"],
    ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"],
    ["2024-01-02T03:04:05.1Z", "2024-01-02T03:04:05.100Z"],
    ["2024-01-02 03:04:05.123456789", "2024-01-02T03:04:05.123Z"],
    ["2024-01-02 03:04:05.5+00", "2024-01-02T03:04:05.500Z"],
    ["2024-01-02 03:04:05+02", "2024-01-02T01:04:05.000Z"],
    ["2024-01-02 03:04:05.25-05:30", "2024-01-02T08:34:05.250Z"],
    ["2024-01-02 03:04:05+0130", "2024-01-02T01:34:05.000Z"],
    ["1883-11-18 12:00:00-04:56:02", "1883-11-18T16:56:02.000Z"],
    ["2024-01-02 03:04", "2024-01-02T03:04:00.000Z"],
    ["2024-01-02", "2024-01-02T00:00:00.000Z"],
    ["0050-01-01 00:00:00", "0050-01-01T00:00:00.000Z"],
    ["0001-12-31 00:00:00+00 BC", "0000-12-31T00:00:00.000Z"],
    ["12345-01-02 03:04:05.678+00", "+012345-01-02T03:04:05.678Z"],
  ])("timestamp %s", (text, iso) => {
    expect((decode(sqlite, sqlType("timestamp"), text) as Date).toISOString()).toBe(iso);
  });

  test.each([
    "",
    "yesterday",
    "0000-00-00 00:00:00",
    "2024-13-01 00:00:00",
    "2024-01-01 0a:00:00",
    5,
    "2024-01-01 00:00:00.x",
  ])("timestamp refuses %s", (value) => {
    expect(() => decode(sqlite, sqlType("timestamp"), value)).toThrow(DataError);
  });

  test("an integer's text is read as Number() reads it, and refused where that is no whole number", () => {
    const texts = ["0", "-0", "7", "-7", "123456789012345", "-123456789012345", "9007199254740991", "+5", " 5", "1e3"];
    for (const text of texts) expect(decode(postgresql, sqlType("integer"), text)).toBe(Number(text));
    for (const text of ["-", "1.5", "12a", "abc", "--1"])
      expect(() => decode(postgresql, sqlType("integer"), text)).toThrow(DataError);
  });

  test("an integer beyond 2^53 is refused, not rounded", () => {
    expect(() => decode(postgresql, sqlType("integer"), "9007199254740993")).toThrow(/bigint\(\)/);
    expect(() => decode(sqlite, sqlType("integer"), 9007199254740993n)).toThrow(DataError);
    expect(() => decode(sqlite, sqlType("integer"), 2 ** 53)).toThrow(DataError);
    expect(decode(sqlite, sqlType("integer"), 7n)).toBe(7);
  });

  test("bigint of what is no whole number", () => {
    expect(() => decode(sqlite, sqlType("bigint"), 1.5)).toThrow(DataError);
    expect(() => decode(sqlite, sqlType("bigint"), "x")).toThrow(DataError);
    expect(decode(sqlite, sqlType("bigint"), 5)).toBe(5n);
  });

  test("booleans as databases without them give them", () => {
    for (const value of [1, 1n, "1", "t", true, new Uint8Array([1])])
      expect(decode(mariadb, sqlType("boolean"), value)).toBe(true);
    for (const value of [0, 0n, "0", "f", false, new Uint8Array([0])])
      expect(decode(mariadb, sqlType("boolean"), value)).toBe(false);
    expect(() => decode(mariadb, sqlType("boolean"), "maybe")).toThrow(DataError);
  });

  test("numeric with the scale of its column", () => {
    const type = sqlType("numeric", { precision: 10, scale: 2 });
    expect([1, 1.5, -0.001, 3n, "7"].map((value) => decode(sqlite, type, value))).toEqual([
      "1.00",
      "1.50",
      "0.00",
      "3.00",
      "7.00",
    ]);
  });

  test("broken JSON and arrays", () => {
    expect(() => decode(sqlite, sqlType("json"), "{")).toThrow(DataError);
    expect(() => decode(sqlite, sqlType("array", { item: sqlType("integer") }), "{}")).toThrow(DataError);
    for (const text of ["", "{", "{1", "{1,", '{"a', "{1}x", "1"]) {
      expect(() => decode(postgresql, sqlType("array", { item: sqlType("integer") }), text)).toThrow(DataError);
    }
  });
});

describe("decimals", () => {
  test.each([
    ["1.50", "1.50"],
    ["+007.10", "7.10"],
    ["-0.00", "0.00"],
    [".5", "0.5"],
    ["5.", "5"],
    ["1e3", "1000"],
    ["-1.25E-3", "-0.00125"],
    [1e21, "1000000000000000000000"],
    [5e-7, "0.0000005"],
    [12n, "12"],
  ])("%s is written %s", (value, text) => {
    expect(encode(mariadb, sqlType("numeric"), value)).toBe(text);
  });
});

describe("conversions", () => {
  const seen: string[] = [];
  const step = (name: string): TypeConversion => ({
    name,
    bind(value) {
      seen.push(`bind ${name}`);
      return value;
    },
    result(value) {
      seen.push(`result ${name}`);
      return value;
    },
  });

  test("bind passes the outermost first, results the innermost", () => {
    const type = sqlType("integer", { conversions: [step("inner"), step("outer")] });
    encode(sqlite, type, 1);
    decode(sqlite, type, 1n);
    expect(seen).toEqual(["bind outer", "bind inner", "result inner", "result outer"]);
  });

  test("a bind may answer NULL, but not nothing", () => {
    const conversion = { name: "blank", bind: (value: unknown) => (value === "" ? null : undefined) };
    const type = sqlType("string", { conversions: [conversion] });
    expect(encode(sqlite, type, "")).toBeNull();
    expect(() => encode(sqlite, type, "x")).toThrow(/blank/);
  });

  test("one direction alone", () => {
    const upper = { name: "upper", result: (value: unknown) => String(value).toUpperCase() };
    const type = sqlType("string", { conversions: [upper] });
    expect(encode(postgresql, type, "x")).toBe("x");
    expect(decode(postgresql, type, "x")).toBe("X");
  });
});

describe("type names", () => {
  test.each([
    [sqlType("string"), "TEXT", "TEXT", "LONGTEXT"],
    [sqlType("string", { length: 20 }), "VARCHAR(20)", "VARCHAR(20)", "VARCHAR(20)"],
    [sqlType("numeric", { precision: 10, scale: 2 }), "NUMERIC(10, 2)", "NUMERIC(10, 2)", "DECIMAL(10, 2)"],
    [sqlType("numeric", { precision: 20, scale: 2 }), "DECIMAL_TEXT(20, 2)", "NUMERIC(20, 2)", "DECIMAL(20, 2)"],
    [sqlType("timestamp"), "TIMESTAMP", "TIMESTAMP(3) WITH TIME ZONE", "DATETIME(3)"],
    [sqlType("timestamp", { timezone: false }), "TIMESTAMP", "TIMESTAMP(3) WITHOUT TIME ZONE", "DATETIME(3)"],
    [sqlType("json"), "JSON_TEXT", "JSON", "JSON"],
    [sqlType("uuid"), "CHAR(36)", "UUID", "UUID"],
    [sqlType("enumeration", { values: ["a", "it's"] }), "VARCHAR(4)", "VARCHAR(4)", "ENUM('a', 'it''s')"],
    [sqlType("array", { item: sqlType("integer") }), "JSON_TEXT", "INTEGER[]", "JSON"],
  ])("%o", (type, ...names) => {
    expect(all.map((dialect) => dialect.types.name(type))).toEqual(names);
  });

  test("keys and casts", () => {
    expect(mariadb.types.name(sqlType("string"), { keyed: true })).toBe("VARCHAR(255)");
    expect(sqlite.types.name(sqlType("bigint"), { keyed: true })).toBe("INTEGER");
    expect(mariadb.types.name(sqlType("integer"), { cast: true })).toBe("SIGNED");
    expect(mariadb.types.name(sqlType("string"), { cast: true })).toBe("CHAR");
    expect(mysql.types.name(sqlType("uuid"))).toBe("CHAR(36)");
    for (const dialect of all) expect(() => dialect.types.name(sqlType("unknown"))).toThrow(CompileError);
  });
});
