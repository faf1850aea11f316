import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, DataError } from "../../../src/errors/index.ts";
import type { DriverConnection } from "../../../src/driver/index.ts";
import { sqlType, type SqlType, type TypeKind } from "../../../src/types/index.ts";
import {
  type DriverUnderTest,
  everyDriver,
  failure,
  onPg,
  once,
  placeholders,
  prepared,
} from "../driver/open-driver.ts";

type Options = Parameters<typeof sqlType>[1];
const type = (kind: TypeKind, options: Options = {}): SqlType => sqlType(kind, options);

const astral = "naïve \u{1F525} 𝔘 \u0001 'quoted' \"double\" back\\slash %_ \n\t";
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
const json = { nested: [1, null, { ключ: "\u{1F525}", "": [] }], zero: 0, text: 'a"b\\c', no: false, float: 0.1 };

/** Values that must come back exactly as given, on every database. */
const exact: readonly (readonly [SqlType, readonly unknown[]])[] = [
  [type("smallint"), [0, -32768, 32767]],
  [type("integer"), [0, 1, -2147483648, 2147483647]],
  [type("bigint"), [0n, 9223372036854775807n, -9223372036854775808n, 9007199254740993n]],
  [type("numeric", { precision: 10, scale: 2 }), ["0.10", "-0.01", "12345678.90", "0.00"]],
  [type("numeric", { precision: 38, scale: 10 }), ["1234567890123456789012345678.0123456789", "-0.0000000001"]],
  [type("numeric"), ["0.1", "12345678901234567890.12345678901234567890".slice(0, 35), "-7"]],
  [type("double"), [0.1 + 0.2, 1e308, 5e-324, -1.5, 0, 2 ** 53 + 2, 1 / 3]],
  [type("real"), [0.5, -1.25, 0]],
  [type("string", { length: 100 }), ["", astral, " padded "]],
  [type("string"), ["", astral, "x".repeat(70_000)]],
  [type("unicode", { length: 20 }), ["日本語 \u{20BB7}"]],
  [type("boolean"), [true, false]],
  [
    type("timestamp"),
    [
      new Date(0),
      new Date(-1),
      new Date("1969-07-20T20:17:40.123Z"),
      new Date("2024-03-10T02:30:00.001Z"), // an hour that New York skips
      new Date("2024-11-03T05:30:00.999Z"), // one that it has twice
      new Date("9999-12-31T23:59:59.999Z"),
      new Date("1000-01-01T00:00:00.000Z"),
    ],
  ],
  [
    type("timestamp", { timezone: false }),
    [new Date("1969-12-31T23:59:59.999Z"), new Date("2024-07-01T12:00:00.500Z")],
  ],
  [type("date"), ["1970-01-01", "2024-02-29", "9999-12-31", "1000-01-01"]],
  [type("time"), ["00:00:00", "23:59:59.999", "12:34:56.000001"]],
  [type("interval"), ["P1Y2M3DT4H5M6S", "PT0.5S"]],
  [type("json"), [json, [], {}, "text", "", 0, -1.5, true, [null], 1e21, "1.50"]],
  [type("jsonb"), [json, [1, [2, [3]]]]],
  [type("uuid"), ["550e8400-e29b-41d4-a716-446655440000"]],
  [type("bytes"), [new Uint8Array(0), new Uint8Array([0, 0, 0]), everyByte, new Uint8Array(20_000).fill(7)]],
  [type("bytes", { length: 4 }), [new Uint8Array([0, 255, 0, 1])]],
  [type("enumeration", { values: ["a", "it's", "back\\slash", "ünï"] }), ["a", "it's", "back\\slash", "ünï"]],
  [
    type("array", { item: type("integer") }),
    [
      [],
      [1, null, -3],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  [type("array", { item: type("string") }), [["", "NULL", "null", 'a"b', "c\\d", "{e,f}", " g ", null, astral]]],
  [type("array", { item: type("bigint") }), [[9223372036854775807n, 1n]]],
  [type("array", { item: type("boolean") }), [[true, false, null]]],
  [type("array", { item: type("timestamp") }), [[new Date(-1), null]]],
  [type("array", { item: type("jsonb") }), [[{ a: [1] }, [1, 2], "x"]]],
  [type("array", { item: type("numeric", { precision: 10, scale: 2 }) }), [["0.10", "5.00"]]],
];

describe.each(everyDriver.map((on) => [on.name, on] as const))("types on %s", (_name, on) => {
  describe.skipIf(on.skipped)("over a connection", () => {
    let connection: DriverConnection;
    const zone = process.env["TZ"];

    beforeAll(async () => {
      process.env["TZ"] = "America/New_York";
      connection = await on.open();
    });
    afterAll(async () => {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
      await connection.close();
    });

    for (const [sqlTypeOf, values] of exact) {
      const name = on.dialect.types.name(sqlTypeOf);
      test(`${sqlTypeOf.key.slice(0, 60)} as ${name.slice(0, 40)}`, async () => {
        expect(await roundTrip(on, connection, sqlTypeOf, values)).toEqual(values);
      });
    }

    test("NULL passes every codec by", async () => {
      const columns = exact.map(([sqlTypeOf], i) => `c${i} ${on.dialect.types.name(sqlTypeOf)}`);
      await createTable(on, connection, "nulls", columns);
      await connection.execute("INSERT INTO nulls (c0) VALUES (NULL)", [], once);
      const { rows } = await connection.execute("SELECT * FROM nulls", [], prepared);
      expect(rows[0]).toEqual(exact.map(() => null));
    });

    test("bytes are plain Uint8Arrays of their own memory", async () => {
      const [bytes] = (await roundTrip(on, connection, type("bytes"), [new Uint8Array([1, 2])])) as [Uint8Array];
      expect(bytes.constructor).toBe(Uint8Array);
      expect(bytes.buffer.byteLength).toBe(2);
    });

    test("a uuid is read in lower case", async () => {
      const upper = "550E8400-E29B-41D4-A716-446655440000";
      expect(await roundTrip(on, connection, type("uuid"), [upper])).toEqual([upper.toLowerCase()]);
    });

    test("numeric takes numbers and bigints", async () => {
      expect(
        await roundTrip(on, connection, type("numeric", { precision: 10, scale: 2 }), [1.5, 7n, "3", "1e2"]),
      ).toEqual(["1.50", "7.00", "3.00", "100.00"]);
    });

    test("the database's own clock is read as the instant it is", async () => {
      await createTable(on, connection, "clock", [
        `id ${on.dialect.types.name(type("integer"))}`,
        `made ${on.dialect.types.name(type("timestamp"))} DEFAULT CURRENT_TIMESTAMP${on.name === "mariadb" ? "(3)" : ""}`,
      ]);
      await connection.execute("INSERT INTO clock (id) VALUES (1)", [], once);
      const { rows } = await connection.execute("SELECT made FROM clock", [], prepared);
      const made = on.dialect.types.codec(type("timestamp")).decode?.(rows[0]?.[0] as never) as Date;
      expect(Math.abs(Date.now() - made.getTime())).toBeLessThan(5000);
    });

    test("an expression of another width is read as the type says", async () => {
      const { rows } = await connection.execute(
        "SELECT COUNT(*), SUM(x) FROM (SELECT 1 AS x UNION ALL SELECT 2) t",
        [],
        prepared,
      );
      const decode = on.dialect.types.codec(type("integer")).decode;
      expect(rows[0]?.map((value) => decode?.(value as never))).toEqual([2, 3]);
    });

    test("columns of unknown type are read by what the driver tells", async () => {
      const values: readonly (readonly [SqlType, unknown])[] = [
        [type("integer"), 5],
        [type("bigint"), 9007199254740993n],
        [type("double"), 0.5],
        [type("string"), "text"],
        [type("bytes"), new Uint8Array([1, 0])],
      ];
      expect(await untypedRoundTrip(on, connection, values)).toEqual(values.map(([, value]) => value));
    });

    test("an integer is an integer also where no column says so", async () => {
      const cast = on.name === "pg" ? "CAST($1 AS INTEGER)" : "?";
      const value = on.dialect.types.codec(type("integer")).encode?.(5 as never);
      const { rows } = await connection.execute(
        `SELECT ${cast} ${on.dialect.family === "mysql" ? "DIV" : "/"} 2`,
        [value],
        prepared,
      );
      expect(Number(rows[0]?.[0])).toBe(2);
    });
  });
});

describe.skipIf(onPg.skipped)("types that only PostgreSQL has more of", () => {
  let connection: DriverConnection;
  beforeEach(async () => {
    connection = await onPg.open();
  });
  afterEach(() => connection.close());

  const read = async (sql: string): Promise<unknown[]> => {
    const { rows, columns } = await connection.execute(sql, [], prepared);
    return (rows[0] ?? []).map((value, i) => {
      const decode = onPg.dialect.types.decodeUntyped(columns?.[i]?.type);
      return decode === null || value === null ? value : decode(value as never);
    });
  };

  test("every scalar of a text() query", async () => {
    expect(
      await read(
        "SELECT true, 1::int2, 2::int4, 3::int8, 9007199254740993::int8, 1.5::float4, 0.1::float8, '0.10'::numeric, " +
          "'2024-02-29'::date, '12:00'::time, '2024-01-01 00:00:00.123456+02'::timestamptz, '2024-01-01'::timestamp, " +
          `'{"a":1}'::json, '[1]'::jsonb, '\\x00ff'::bytea, 'P1D'::interval, NULL`,
      ),
    ).toEqual([
      true,
      1,
      2,
      3,
      9007199254740993n,
      1.5,
      0.1,
      "0.10",
      "2024-02-29",
      "12:00:00",
      new Date("2023-12-31T22:00:00.123Z"),
      new Date("2024-01-01T00:00:00Z"),
      { a: 1 },
      [1],
      new Uint8Array([0, 255]),
      "P1D",
      null,
    ]);
  });

  test("arrays of a text() query", async () => {
    expect(
      await read(
        `SELECT '{1,NULL,3}'::int[], '[0:1]={a,"b,c"}'::text[], '{{1,2},{3,4}}'::int8[], '{t,f}'::bool[], ` +
          `ARRAY['\\x01'::bytea], '{}'::float8[], ARRAY['{"a":[1]}'::jsonb], ARRAY['2024-01-01'::timestamptz]`,
      ),
    ).toEqual([
      [1, null, 3],
      ["a", "b,c"],
      [
        [1, 2],
        [3, 4],
      ],
      [true, false],
      [new Uint8Array([1])],
      [],
      [{ a: [1] }],
      [new Date("2024-01-01T00:00:00Z")],
    ]);
  });

  test("years beyond four digits and before Christ", async () => {
    const far = [
      new Date(Date.UTC(12345, 5, 6)),
      new Date(-62_198_755_200_000),
      new Date("0001-01-01T00:00:00.001Z"),
      new Date("0099-05-05T05:05:05Z"),
    ];
    expect(await roundTrip(onPg, connection, type("timestamp"), far)).toEqual(far);
  });

  test("infinity is refused as a Date, with advice", async () => {
    const decode = onPg.dialect.types.codec(type("timestamp")).decode;
    const { rows } = await connection.execute("SELECT 'infinity'::timestamptz", [], prepared);
    expect(() => decode?.(rows[0]?.[0] as never)).toThrow(DataError);
    expect(() => decode?.(rows[0]?.[0] as never)).toThrow(/no such moment/);
  });

  test("NaN and infinities of doubles and numerics", async () => {
    const doubles = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(await roundTrip(onPg, connection, type("double"), doubles)).toEqual(doubles);
    expect(await roundTrip(onPg, connection, type("numeric"), ["NaN"])).toEqual(["NaN"]);
  });

  test("an array is one value for ANY", async () => {
    const list = onPg.dialect.types.codec(type("array", { item: type("integer") })).encode?.([2, 3] as never);
    const { rows } = await connection.execute(
      "SELECT x FROM generate_series(1, 5) x WHERE x = ANY($1)",
      [list],
      prepared,
    );
    expect(rows).toEqual([["2"], ["3"]]);
  });

  test("plain values without a type", async () => {
    const { encodeUntyped } = onPg.dialect.types;
    const params = [5, "t", true, 7n, null, new Date(0), { a: 1 }, [1, 2], new Uint8Array([9])].map(encodeUntyped);
    const { rows } = await connection.execute(
      "SELECT $1::int, $2::text, $3::bool, $4::int8, $5::text, $6::timestamptz, $7::jsonb, $8::int[], $9::bytea",
      params,
      prepared,
    );
    expect(rows[0]).toEqual(["5", "t", "t", "7", null, "1970-01-01 00:00:00+00", '{"a": 1}', "{1,2}", "\\x09"]);
  });
});

test("arrays of dates and bytes keep their form without a connection", async () => {
  expect(
    await failure(() =>
      onPg.dialect.types.codec(type("array", { item: type("integer") })).encode?.([undefined] as never),
    ),
  ).toBeInstanceOf(ArgumentError);
});

async function createTable(
  on: DriverUnderTest,
  connection: DriverConnection,
  name: string,
  columns: readonly string[],
): Promise<void> {
  await connection.execute(`DROP TABLE IF EXISTS ${name}`, [], once);
  const charset = on.name === "mariadb" ? " CHARACTER SET utf8mb4" : "";
  await connection.execute(`CREATE TEMPORARY TABLE ${name} (${columns.join(", ")})${charset}`, [], once);
}

async function roundTrip(
  on: DriverUnderTest,
  connection: DriverConnection,
  column: SqlType,
  values: readonly unknown[],
): Promise<unknown[]> {
  const { encode, decode } = on.dialect.types.codec(column);
  const wire = values.map((value) => (encode === null ? value : encode(value as never)));
  await createTable(on, connection, "round_trip", [`id INTEGER PRIMARY KEY`, `v ${on.dialect.types.name(column)}`]);
  await connection.executeMany(
    `INSERT INTO round_trip VALUES (${placeholders(on, 2)})`,
    wire.map((value, i) => [i, value]),
    prepared,
  );
  const { rows } = await connection.execute("SELECT v FROM round_trip ORDER BY id", [], prepared);
  return rows.map(([value]) => (decode === null ? value : decode(value as never)));
}

async function untypedRoundTrip(
  on: DriverUnderTest,
  connection: DriverConnection,
  values: readonly (readonly [SqlType, unknown])[],
): Promise<unknown[]> {
  await createTable(
    on,
    connection,
    "untyped",
    values.map(([column], i) => `c${i} ${on.dialect.types.name(column)}`),
  );
  const wire = values.map(([column, value]) => on.dialect.types.codec(column).encode?.(value as never));
  await connection.execute(`INSERT INTO untyped VALUES (${placeholders(on, values.length)})`, wire, prepared);
  const { rows, columns } = await connection.execute("SELECT * FROM untyped", [], prepared);
  return (rows[0] ?? []).map((value, i) => {
    const decode = on.dialect.types.decodeUntyped(columns?.[i]?.type);
    return decode === null ? value : decode(value as never);
  });
}
