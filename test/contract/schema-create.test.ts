import { expect, test } from "vitest";
import {
  CheckViolation,
  DatabaseError,
  ForeignKeyViolation,
  NotNullViolation,
  UniqueViolation,
} from "../../src/errors/index.ts";
import {
  array,
  bigint,
  boolean,
  bytes,
  CheckConstraint,
  date,
  double,
  enumeration,
  ForeignKeyConstraint,
  Index,
  integer,
  interval,
  json,
  jsonb,
  MetaData,
  numeric,
  PrimaryKeyConstraint,
  real,
  smallint,
  string,
  Table,
  time,
  timestamp,
  unicode,
  UniqueConstraint,
  uuid,
} from "../../src/schema/index.ts";
import { column, deleteFrom, func, insert, select, text, update } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

function everyType(metadata: MetaData) {
  return new Table("every type", metadata, {
    id: integer().primaryKey(),
    smallint: smallint().nullable(),
    bigint: bigint().nullable(),
    numeric: numeric(12, 2).nullable(),
    exact: numeric().nullable(),
    real: real().nullable(),
    double: double().nullable(),
    string: string(20).nullable(),
    text: string().nullable(),
    unicode: unicode(20).nullable(),
    boolean: boolean().nullable(),
    timestamp: timestamp().nullable(),
    local: timestamp({ timezone: false }).nullable(),
    date: date().nullable(),
    time: time().nullable(),
    interval: interval().nullable(),
    json: json().nullable(),
    jsonb: jsonb().nullable(),
    uuid: uuid().nullable(),
    bytes: bytes().nullable(),
    enumeration: enumeration("red", "it's", "back\\slash").nullable(),
    array: array(integer()).nullable(),
    nested: array(array(string())).nullable(),
  });
}

const everyValue = {
  smallint: -7,
  bigint: 2n ** 62n,
  numeric: "12345.60",
  exact: "0.125",
  real: 1.5,
  double: Math.PI,
  string: 'O\'Brien \\ "x" `y`',
  text: "żółć 🔥\n\t%_",
  unicode: "日本",
  boolean: false,
  timestamp: new Date("2026-03-29T01:02:03.456Z"),
  local: new Date("1999-12-31T23:59:59.999Z"),
  date: "2024-02-29",
  time: "23:59:58.5",
  interval: "P1DT2H",
  json: { a: [1, null, '"\\'], b: { c: true } },
  jsonb: [1, [2], { d: "é" }],
  uuid: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  bytes: new Uint8Array([0, 1, 39, 92, 255]),
  enumeration: "back\\slash",
  array: [1, -2, 3],
  nested: [
    ['a"b', "{}"],
    ["NULL", ","],
  ],
} as const;

function shop(metadata: MetaData) {
  const customers = new Table("customers", metadata, {
    id: integer().primaryKey(),
    name: string(50).unique(),
    email: string().nullable().index(),
    level: enumeration("basic", "gold").serverDefault("basic"),
    active: boolean().serverDefault(true),
    score: numeric(5, 2).serverDefault("1.50"),
    joinedAt: timestamp().serverDefault(func.now()).named("joined_at"),
    half: double().computed(column("score", double()).div(2)).nullable(),
  });
  const orders = new Table(
    "orders",
    metadata,
    {
      region: string(2),
      number: integer(),
      customerId: integer().references("customers.id", { onDelete: "cascade" }).named("customer_id"),
      amount: integer().comment("in cents; it's never negative"),
    },
    {
      comment: "what customers bought",
      items: [
        new PrimaryKeyConstraint(["region", "number"], { name: "pk_orders" }),
        new CheckConstraint(column("amount", integer()).ge(0), { name: "ck_amount" }),
        new UniqueConstraint(["customerId", "number"], { name: "uq_number" }),
        new Index(null, ["amount", "customerId"]),
        new Index("ix_unique_amount", ["amount", "region", "number"], { unique: true }),
      ],
    },
  );
  const parts = new Table(
    "parts",
    metadata,
    { id: bigint().primaryKey(), region: string(2), number: integer() },
    {
      items: [
        new ForeignKeyConstraint(["region", "number"], ["orders.region", "orders.number"], { onDelete: "cascade" }),
      ],
    },
  );
  return { customers, orders, parts };
}

describeTargets("createAll and dropAll", (target) => {
  test("every column type stores what it is given", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const table = everyType(metadata);
    await metadata.createAll(engine);
    const added = await engine.execute(insert(table).values({ id: 1, ...(everyValue as object) }));
    expect(added.rowcount).toBe(1);
    await engine.execute(insert(table), { id: 2 });
    const rows = await (await engine.execute(select(table).orderBy(table.c.id))).mappings().all();
    expect(rows[0]).toEqual({ id: 1, ...everyValue });
    expect(
      Object.values(rows[1] ?? {})
        .slice(1)
        .every((value) => value === null),
    ).toBe(true);
    for (const [key, value] of Object.entries(everyValue)) {
      if (key === "json" || key === "exact") continue; // PostgreSQL cannot compare json
      const found = select(table.c.id).where(table.find(key)!.eq(value));
      expect([key, await (await engine.execute(found)).scalars().all()]).toEqual([key, [1]]);
    }
  });

  test("only what is missing is created, what is there is dropped", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const { customers, orders } = shop(metadata);
    await metadata.createAll(engine, { tables: [customers] });
    await engine.execute(insert(customers), { name: "kept" });
    await engine.begin((conn) => conn.runSync(metadata.createAll));
    expect(await (await engine.execute(select(customers.c.name))).scalars().all()).toEqual(["kept"]);
    await expect(async () => await metadata.createAll(engine, { checkFirst: false })).rejects.toThrow(DatabaseError);
    await metadata.dropAll(engine, { tables: [orders, metadata.tables.get("parts")!] });
    const conn = await engine.connect();
    await conn.runSync(metadata.dropAll);
    await conn.commit();
    await conn.close();
    await metadata.dropAll(engine);
    await expect(async () => await engine.execute(select(customers.c.name))).rejects.toThrow(DatabaseError);
  });

  test("defaults, computed columns and keys are the database's", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const { customers } = shop(metadata);
    await metadata.createAll(engine);
    const before = Date.now();
    await engine.execute(insert(customers), [{ name: "one" }, { name: "two" }]);
    const rows = await (await engine.execute(select(customers).orderBy(customers.c.id))).mappings().all();
    expect(rows.map((row) => [row.id, row.level, row.active, row.score, row.half])).toEqual([
      [1, "basic", true, "1.50", 0.75],
      [2, "basic", true, "1.50", 0.75],
    ]);
    expect(Math.abs(rows[0]!.joinedAt.getTime() - before)).toBeLessThan(60_000);
    // the default is written as values are, so that both compare
    const past = select(customers.c.id).where(customers.c.joinedAt.lt(new Date(before - 60_000)));
    expect(await (await engine.execute(past)).all()).toEqual([]);
    const present = select(customers.c.id).where(
      customers.c.joinedAt.between(new Date(before - 60_000), new Date(before + 60_000)),
    );
    expect(await (await engine.execute(present)).all()).toHaveLength(2);
  });

  test("constraints hold", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const { customers, orders, parts } = shop(metadata);
    await metadata.createAll(engine);
    const refused = (run: () => unknown, error: new (...args: never[]) => Error) =>
      expect(async () => await run()).rejects.toThrow(error);
    await engine.execute(insert(customers), { name: "Ann", email: "ann@example.org" });
    await engine.execute(insert(customers), { name: "ann" }); // another name: case counts
    await engine.execute(insert(customers), { name: "Ann " }); // so do spaces
    await refused(() => engine.execute(insert(customers), { name: "Ann" }), UniqueViolation);
    await refused(() => engine.execute(text("INSERT INTO customers (name) VALUES (NULL)")), NotNullViolation);
    await refused(
      () => engine.execute(text("INSERT INTO customers (name, level) VALUES ('x', 'silver')")),
      DatabaseError,
    );
    const order = { region: "eu", number: 1, customerId: 1, amount: 10 };
    await engine.execute(insert(orders), order);
    await refused(() => engine.execute(insert(orders), order), UniqueViolation);
    await refused(() => engine.execute(insert(orders), { ...order, region: "us" }), UniqueViolation);
    await refused(() => engine.execute(insert(orders), { ...order, number: 2, amount: -1 }), CheckViolation);
    await refused(() => engine.execute(insert(orders), { ...order, number: 2, customerId: 99 }), ForeignKeyViolation);
    await engine.execute(insert(parts), { region: "eu", number: 1 });
    await refused(() => engine.execute(insert(parts), { region: "us", number: 1 }), ForeignKeyViolation);
    await refused(() => engine.execute(update(parts).values({ number: 7 })), ForeignKeyViolation);
    await engine.execute(deleteFrom(customers).where(customers.c.name.eq("Ann")));
    expect(await (await engine.execute(select(func.count()).selectFrom(parts))).scalar()).toBe(0);
  });

  test("tables may refer to each other in a circle", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const people = new Table("people", metadata, {
      id: integer().primaryKey(),
      boss: integer().nullable().references("people.id"),
      team: integer().nullable().references("teams.id"),
    });
    const teams = new Table("teams", metadata, {
      id: integer().primaryKey(),
      lead: integer().nullable().references("people.id", { name: "fk_lead" }),
      parent: integer().nullable().references("people.id"),
    });
    await metadata.createAll(engine);
    await engine.execute(insert(teams), { id: 1 });
    await engine.execute(insert(people), { id: 1, boss: 1, team: 1 });
    await engine.execute(update(teams).values({ lead: 1 }));
    await expect(async () => await engine.execute(update(people).values({ team: 9 }))).rejects.toThrow(
      ForeignKeyViolation,
    );
    await expect(async () => await engine.execute(update(teams).values({ parent: 9 }))).rejects.toThrow(
      ForeignKeyViolation,
    );
    await metadata.dropAll(engine);
    await metadata.createAll(engine);
    expect(await (await engine.execute(select(people))).all()).toEqual([]);
    await metadata.dropAll(engine);
  });

  test("long and strange names", async () => {
    const engine = await openEngine(target);
    const metadata = new MetaData();
    const long = "a_very_long_name_of_a_table_that_has_many_characters";
    const first = new Table(long, metadata, {
      "q\"`' \\?:$1;--": integer().primaryKey(),
      a_very_long_column_name_one: integer().index(),
    });
    const second = new Table("select", metadata, {
      order: integer().primaryKey(),
      a_very_long_column_name_for_a_reference: integer().references(first.c["q\"`' \\?:$1;--"]).index(),
      a_very_long_column_name_for_a_referenc2: integer().references(first.c["q\"`' \\?:$1;--"]).index(),
    });
    await metadata.createAll(engine);
    expect(await (await engine.execute(select(second))).all()).toEqual([]);
    await engine.execute(insert(first), { "q\"`' \\?:$1;--": 5, a_very_long_column_name_one: 2 });
    expect(await (await engine.execute(select(first))).all()).toEqual([[5, 2]]);
    await metadata.dropAll(engine);
  });
});
