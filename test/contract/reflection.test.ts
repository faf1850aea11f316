import { expect, test } from "vitest";
import { AwaitRequired, ForeignKeyViolation, IntegrityError, NoSuchTableError } from "../../src/errors/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import { createEngine } from "../../src/facade/engine.ts";
import { awaitOnly } from "../../src/facade/greenlet.ts";
import { inspect } from "../../src/facade/inspect.ts";
import { listen } from "../../src/orm/index.ts";
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
  json,
  MetaData,
  numeric,
  PrimaryKeyConstraint,
  real,
  smallint,
  string,
  Table,
  time,
  timestamp,
  UniqueConstraint,
  uuid,
  viewTable,
} from "../../src/schema/index.ts";
import { column, func, insert, select, text } from "../../src/sql/index.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";

/** A table that is only to be there. */
function addTable(...of: ConstructorParameters<typeof Table>): Table {
  return new Table(...of);
}

function shop(metadata: MetaData) {
  const customers = new Table("customers", metadata, {
    id: integer().primaryKey(),
    name: string(50).unique("uq_customer_name"),
    email: string(100).nullable().index(),
    level: enumeration("basic", "it's gold").serverDefault("basic"),
    active: boolean().serverDefault(true),
    score: numeric(5, 2).serverDefault("1.50"),
    size: integer().serverDefault(-3),
    joinedAt: timestamp().serverDefault(func.now()).named("joined_at"),
    next: integer().computed(column("size", integer()).add(1)).nullable(),
  });
  const orders = new Table(
    "orders",
    metadata,
    {
      region: string(2),
      number: integer(),
      customerId: integer()
        .references("customers.id", { onDelete: "cascade", name: "fk_customer" })
        .named("customer_id"),
      amount: integer().comment("in cents; it's never negative"),
      note: string(30).serverDefault('it\'s \\ "x" `y` (z)'),
    },
    {
      comment: "what customers bought",
      items: [
        new PrimaryKeyConstraint(["region", "number"], { name: "pk_orders" }),
        new CheckConstraint(column("amount", integer()).ge(0), { name: "ck_amount" }),
        new UniqueConstraint(["customerId", "number"], { name: "uq_number" }),
        new Index("ix_amount", ["amount", "customerId"]),
        new Index("ix_unique_amount", ["amount", "region", "number"], { unique: true }),
      ],
    },
  );
  const parts = new Table(
    "parts",
    metadata,
    { code: string(10).primaryKey(), region: string(2).nullable(), number: integer().nullable() },
    {
      items: [
        new ForeignKeyConstraint(["region", "number"], ["orders.region", "orders.number"], {
          onDelete: "cascade",
          onUpdate: "set null",
          name: "fk_order",
        }),
      ],
    },
  );
  return { customers, orders, parts };
}

const byText = (left: readonly string[], right: readonly string[]): number => (left.join() < right.join() ? -1 : 1);

/** What a metadata says of its tables, as far as it holds on every database. */
function described(metadata: MetaData) {
  return metadata.sortedTables
    .toSorted((left, right) => (left.fullName < right.fullName ? -1 : 1))
    .map((table) => ({
      table: table.fullName,
      columns: table.columns.map(
        ({ name, type: { native: _native, key: _key, ...type }, nullable, primaryKey, spec }) => ({
          name,
          type,
          nullable: nullable || spec.computed !== undefined,
          isKey: primaryKey || table.primaryKey.some((key) => key.name === name),
          hasDefault: spec.serverDefault !== undefined,
          computed: spec.computed !== undefined,
        }),
      ),
      key: table.primaryKey.map(({ name }) => name),
      fills: table.autoincrement?.name ?? null,
      foreignKeys: table.foreignKeys
        .map((key) => ({
          columns: key.columns.map(({ name }) => name),
          target: key.targetColumns.map(({ fullName }) => fullName),
          options: key.options,
        }))
        .toSorted((left, right) => (left.columns.join() < right.columns.join() ? -1 : 1)),
      uniques: table.uniques.map(({ columns }) => columns.map(({ name }) => name)).toSorted(byText),
      indexes: table.indexes
        .map(({ name, columns, unique }) => ({ name, columns: columns.map((one) => one.name), unique }))
        .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    }));
}

/** Unique indexes as the constraints that they are on MariaDB. */
function asOn(target: Target, tables: ReturnType<typeof described>): ReturnType<typeof described> {
  if (target.database !== "mariadb") return tables;
  return tables.map((table) => ({
    ...table,
    uniques: [...table.uniques, ...table.indexes.filter(({ unique }) => unique).map(({ columns }) => columns)].toSorted(
      byText,
    ),
    indexes: table.indexes.filter(({ unique }) => !unique),
  }));
}

async function shopEngine(target: Target): Promise<AsyncEngine> {
  const engine = await openEngine(target);
  const metadata = new MetaData();
  shop(metadata);
  await metadata.createAll(engine);
  return engine;
}

async function statements(engine: AsyncEngine, run: () => unknown): Promise<number> {
  let count = 0;
  listen(engine, "beforeCursorExecute", () => {
    count++;
  });
  await run();
  return count;
}

describeTargets("the inspector", (target) => {
  const onSqlite = target.database === "sqlite";
  const onMariadb = target.database === "mariadb";

  test("names of tables, views and schemas", async () => {
    const engine = await shopEngine(target);
    await engine.begin((conn) => conn.execDriverSql("CREATE VIEW names AS SELECT name FROM customers"));
    const inspector = inspect(engine);
    expect(await inspector.getTableNames()).toEqual(["customers", "orders", "parts"]);
    expect(await inspector.getViewNames()).toEqual(["names"]);
    expect(await inspector.getMaterializedViewNames()).toEqual([]);
    expect(await inspector.getEnums()).toEqual([]);
    expect(await inspector.hasTable("orders")).toBe(true);
    expect(await inspector.hasTable("names")).toBe(true);
    expect(await inspector.hasTable("Orders")).toBe(false);
    expect(await inspector.hasTable("none")).toBe(false);
    expect(await inspector.hasIndex("orders", "ix_amount")).toBe(true);
    expect(await inspector.hasIndex("orders", "ix_none")).toBe(false);
    expect(await inspector.hasIndex("none", "ix_amount")).toBe(false);
    expect((await inspector.getSchemaNames()).length).toBeGreaterThan(0);
    expect(await inspector.getViewDefinition("names")).toMatch(/select[^]*name[^]*from[^]*customers/i);
    expect((await inspector.getColumns("names")).map(({ name }) => name)).toEqual(["name"]);
    await expect(async () => await inspector.getViewDefinition("orders")).rejects.toThrow(NoSuchTableError);
  });

  test("columns", async () => {
    const columns = await inspect(await shopEngine(target)).getColumns("customers");
    expect(columns.map(({ name }) => name)).toEqual([
      "id",
      "name",
      "email",
      "level",
      "active",
      "score",
      "size",
      "joined_at",
      "next",
    ]);
    const byName = Object.fromEntries(columns.map((one) => [one.name, one]));
    expect(byName["id"]).toMatchObject({ type: { kind: "integer" }, nullable: false, autoincrement: true });
    expect(byName["name"]).toMatchObject({
      type: { kind: "string", length: 50 },
      nullable: false,
      autoincrement: false,
    });
    expect(byName["email"]).toMatchObject({ nullable: true, default: null, computed: null });
    expect(byName["level"]?.type).toMatchObject({ kind: "enumeration", values: ["basic", "it's gold"] });
    expect(byName["level"]?.default).toContain("'basic'");
    expect(byName["score"]?.type).toMatchObject({ kind: "numeric", precision: 5, scale: 2 });
    expect(byName["active"]?.type).toMatchObject({ kind: "boolean" });
    expect(byName["next"]?.computed).toMatchObject({ persisted: true });
    expect(byName["next"]?.computed?.sqltext).toContain("size");
    expect(byName["next"]?.default).toBeNull();
  });

  test("keys, constraints, indexes and comments", async () => {
    const inspector = inspect(await shopEngine(target));
    expect(await inspector.getPkConstraint("orders")).toEqual({
      name: onMariadb ? null : "pk_orders",
      constrainedColumns: ["region", "number"],
    });
    expect(await inspector.getForeignKeys("orders")).toEqual([
      {
        name: "fk_customer",
        constrainedColumns: ["customer_id"],
        referredSchema: null,
        referredTable: "customers",
        referredColumns: ["id"],
        options: { onDelete: "cascade" },
      },
    ]);
    expect(await inspector.getForeignKeys("parts")).toEqual([
      {
        name: "fk_order",
        constrainedColumns: ["region", "number"],
        referredSchema: null,
        referredTable: "orders",
        referredColumns: ["region", "number"],
        options: { onDelete: "cascade", onUpdate: "set null" },
      },
    ]);
    expect(await inspector.getUniqueConstraints("orders")).toContainEqual({
      name: "uq_number",
      columnNames: ["customer_id", "number"],
    });
    expect(await inspector.getIndexes("orders")).toContainEqual({
      name: "ix_amount",
      columnNames: ["amount", "customer_id"],
      expressions: null,
      unique: false,
      where: null,
      duplicatesConstraint: null,
    });
    const checks = await inspector.getCheckConstraints("orders");
    expect(checks.map(({ name }) => name)).toEqual(["ck_amount"]);
    expect(checks[0]?.sqltext).toMatch(/amount.*>= 0/);
    expect(await inspector.getTableComment("orders")).toBe(onSqlite ? null : "what customers bought");
    expect(await inspector.getTableComment("parts")).toBeNull();
    const [, , , amount] = await inspector.getColumns("orders");
    expect(amount?.comment).toBe(onSqlite ? null : "in cents; it's never negative");
    expect(await inspector.getPkConstraint("customers")).toMatchObject({ constrainedColumns: ["id"] });
    expect((await inspector.getIndexes("customers")).some(({ name }) => name === "ix_customers_email")).toBe(true);
  });

  test("a table that is not there", async () => {
    const inspector = inspect(await shopEngine(target));
    await expect(async () => await inspector.getColumns("none")).rejects.toThrow(NoSuchTableError);
    await expect(async () => await inspector.getColumns("none")).rejects.toThrow('no table or view "none"');
    await expect(async () => await inspector.getTableComment("none")).rejects.toThrow(NoSuchTableError);
    await expect(async () => await inspector.getColumns("x' OR '1'='1")).rejects.toThrow(NoSuchTableError);
  });

  test("what it was told it remembers, until clearCache()", async () => {
    const engine = await shopEngine(target);
    const inspector = inspect(engine);
    await inspector.getColumns("orders");
    await inspector.getTableNames();
    expect(
      await statements(engine, async () => {
        await inspector.getColumns("orders");
        await inspector.getIndexes("orders");
        await inspector.hasTable("orders");
      }),
    ).toBe(0);
    await engine.begin((conn) => conn.execDriverSql("CREATE TABLE fresh (id INTEGER)"));
    expect(await inspector.hasTable("fresh")).toBe(false);
    inspector.clearCache();
    expect(await inspector.hasTable("fresh")).toBe(true);
  });

  test("of a connection: its transaction's state; through runSync", async () => {
    coloursDiffer("plain functions need a connection that answers at once");
    const engine = await shopEngine(target);
    const conn = await engine.connect();
    expect(await inspect(conn).hasTable("orders")).toBe(true);
    const names = await conn.runSync(function* (own: AsyncConnection) {
      return yield* awaitOnly(inspect(own).getTableNames());
    });
    expect(names).toEqual(["customers", "orders", "parts"]);
    // A1-59: where the driver answers at once, as SQLAlchemy's run_sync; inspect(conn) itself needs no runSync (DESIGN 3)
    const plain = () => conn.runSync((own) => inspect(own).getTableNames());
    if (onSqlite || target.mode === "sync") expect(await plain()).toEqual(names);
    else await expect(async () => await plain()).rejects.toThrow(AwaitRequired);
    await conn.close();
  });
});

describeTargets("metadata.reflect", (target) => {
  test("createAll, reflect: the same tables", async () => {
    const engine = await shopEngine(target);
    const original = new MetaData();
    shop(original);
    const metadata = new MetaData();
    await metadata.reflect(engine);
    const [expected, found] = [asOn(target, described(original)), asOn(target, described(metadata))];
    expect(found).toEqual(expected);
    // and once more, from tables made of what was reflected
    const copy = await openEngine(target);
    await metadata.createAll(copy);
    const again = new MetaData();
    await again.reflect(copy);
    expect(asOn(target, described(again))).toEqual(expected);
    await again.dropAll(copy);
    expect(await inspect(copy).getTableNames()).toEqual([]);
  });

  test("reflected tables are used as any other", async () => {
    const engine = await shopEngine(target);
    const metadata = new MetaData();
    await metadata.reflect(engine);
    const customers = metadata.tables.get("customers")!;
    await engine.execute(insert(customers).values({ name: "Ann" }));
    const [row] = await (await engine.execute(select(customers))).mappings().all();
    expect(row).toMatchObject({ id: 1, name: "Ann", level: "basic", active: true, score: "1.50", size: -3, next: -2 });
    expect((row as { joined_at: Date }).joined_at).toBeInstanceOf(Date);
    const orders = metadata.tables.get("orders")!;
    const order = { region: "eu", number: 1, customer_id: 1, amount: 5 };
    await engine.execute(insert(orders).values(order));
    const joined = select(customers.find("name")!, orders.find("note")!).selectFrom(customers).join(orders);
    expect(await (await engine.execute(joined)).all()).toEqual([["Ann", 'it\'s \\ "x" `y` (z)']]);
  });

  test("what was reflected is created on another database", async () => {
    const engine = await shopEngine(target);
    const metadata = new MetaData();
    await metadata.reflect(engine);
    const copy = createEngine("sqlite:///:memory:");
    metadata.createAll(copy);
    const customers = metadata.tables.get("customers")!;
    const orders = metadata.tables.get("orders")!;
    copy.execute(insert(customers).values({ name: "Ann" }));
    const [row] = copy.execute(select(customers)).mappings().all();
    expect(row).toMatchObject({ id: 1, name: "Ann", level: "basic", active: true, score: "1.50", size: -3, next: -2 });
    expect((row as { joined_at: Date }).joined_at).toBeInstanceOf(Date);
    const order = { region: "eu", number: 1, customer_id: 1, amount: 5 };
    copy.execute(insert(orders).values(order));
    expect(copy.execute(select(orders.find("note")!)).scalarOne()).toBe('it\'s \\ "x" `y` (z)');
    expect(() => copy.execute(insert(orders).values({ ...order, number: 2, amount: -1 }))).toThrow(IntegrityError);
    expect(() => copy.execute(insert(orders).values({ ...order, number: 2, customer_id: 9 }))).toThrow(
      ForeignKeyViolation,
    );
    copy.dispose();
  });

  test("every type", async () => {
    const engine = await openEngine(target);
    const original = new MetaData();
    addTable("every", original, {
      id: bigint().primaryKey(),
      small: smallint(),
      big: bigint(),
      exact: numeric(),
      money: numeric(20, 4),
      real: real(),
      double: double(),
      text: string(),
      local: timestamp({ timezone: false }),
      date: date(),
      time: time(),
      json: json(),
      uuid: uuid(),
      bytes: bytes(),
      numbers: array(integer()),
      nested: array(array(string())),
    });
    await original.createAll(engine);
    const metadata = new MetaData();
    await metadata.reflect(engine);
    const kinds = metadata.tables.get("every")!.columns.map(({ name, type }) => [name, type.kind]);
    const arrays = target.database === "postgresql" ? "array" : "json";
    expect(Object.fromEntries(kinds)).toEqual({
      id: target.database === "sqlite" ? "integer" : "bigint",
      small: "smallint",
      big: "bigint",
      exact: "numeric",
      money: "numeric",
      real: target.database === "mariadb" ? "double" : "real",
      double: "double",
      text: "string",
      local: "timestamp",
      date: "date",
      time: "time",
      json: "json",
      uuid: target.database === "sqlite" ? "string" : "uuid",
      bytes: "bytes",
      numbers: arrays,
      nested: arrays,
    });
    expect(metadata.tables.get("every")!.columns.find(({ name }) => name === "exact")?.type.precision).toBeUndefined();
  });

  test("only some, and what they refer to", async () => {
    const engine = await shopEngine(target);
    const named = new MetaData();
    await named.reflect(engine, { only: ["orders"] });
    expect([...named.tables.keys()].toSorted()).toEqual(["customers", "orders"]);
    const chosen = new MetaData();
    await chosen.reflect(engine, { only: (name) => name.startsWith("c") });
    expect([...chosen.tables.keys()]).toEqual(["customers"]);
    const alone = new MetaData();
    await alone.reflect(engine, { only: ["orders"], resolveFks: false });
    expect([...alone.tables.keys()]).toEqual(["orders"]);
    expect(alone.tables.get("orders")!.foreignKeys).toEqual([]);
    const missing = new MetaData();
    await expect(async () => await missing.reflect(engine, { only: ["orders", "none"] })).rejects.toThrow(
      NoSuchTableError,
    );
    expect(missing.tables.size).toBe(0);
  });

  test("tables that the metadata has already", async () => {
    const engine = await shopEngine(target);
    const metadata = new MetaData();
    const own = new Table("orders", metadata, { region: string(), total: integer().named("amount") });
    await metadata.reflect(engine);
    expect(metadata.tables.get("orders")).toBe(own);
    expect(own.columns.map(({ key }) => key)).toEqual(["region", "total"]);
    await metadata.reflect(engine, { extendExisting: true });
    expect(own.columns.map(({ key }) => key)).toEqual(["region", "total", "number", "customer_id", "note"]);
    expect(own.foreignKeys.map((key) => key.target.name)).toEqual(["customers"]);
  });

  test("views", async () => {
    const engine = await openEngine(target);
    const original = new MetaData();
    const { customers } = shop(original);
    const first = viewTable("z_first", original, select(customers.c.id, customers.c.name));
    viewTable("a_second", original, select(first.c.name));
    await original.createAll(engine);
    const without = new MetaData();
    await without.reflect(engine);
    expect([...without.tables.keys()]).not.toContain("z_first");
    const metadata = new MetaData();
    await metadata.reflect(engine, { views: true });
    const view = metadata.tables.get("z_first")!;
    expect(view.columns.map(({ name, type }) => [name, type.kind])).toEqual([
      ["id", "integer"],
      ["name", "string"],
    ]);
    await engine.execute(insert(customers).values({ name: "Ann" }));
    expect(await (await engine.execute(select(view))).all()).toEqual([[1, "Ann"]]);
    await expect(async () => await metadata.createAll(await openEngine(target))).rejects.toThrow("reflected view");
    await metadata.dropAll(engine);
    const inspector = inspect(engine);
    expect([await inspector.getTableNames(), await inspector.getViewNames()]).toEqual([[], []]);
  });

  test("tables that refer to each other in a circle, and to themselves", async () => {
    const engine = await openEngine(target);
    const original = new MetaData();
    addTable("people", original, {
      id: integer().primaryKey(),
      boss: integer().nullable().references("people.id", { name: "fk_boss" }),
      team: integer().nullable().references("teams.id", { name: "fk_team" }),
    });
    addTable("teams", original, {
      id: integer().primaryKey(),
      lead: integer()
        .nullable()
        .references("people.id", { name: "fk_lead", deferrable: target.database !== "mariadb" }),
    });
    await original.createAll(engine);
    const metadata = new MetaData();
    await metadata.reflect(engine, { only: ["teams"] });
    const options = target.database === "mariadb" ? { name: "fk_lead" } : { name: "fk_lead", deferrable: true };
    expect(metadata.tables.get("teams")!.foreignKeys.map((key) => [key.target.name, key.options])).toEqual([
      ["people", options],
    ]);
    expect(metadata.tables.get("people")!.foreignKeys).toHaveLength(2);
    await metadata.dropAll(engine);
    await metadata.createAll(engine);
    await metadata.dropAll(engine);
    expect(await inspect(engine).getTableNames()).toEqual([]);
  });

  test("strange names", async () => {
    const engine = await openEngine(target);
    const original = new MetaData();
    const strange = "Ünïcode \"q\" 'a' `b` [c] \\ $1 ? :x ; -- %s";
    addTable(strange, original, {
      z: integer().primaryKey(),
      "a.b": string(20).index(),
      'say "hi"': string(20).serverDefault("x"),
      "`tick`": integer().nullable(),
      select: integer().unique("uq 'odd'"),
    }).addColumn("0", integer().nullable()); // in an object it would come first
    addTable(
      "Child, (x)",
      original,
      { id: integer().primaryKey(), "to (it)": integer().references(`${strange}.z`, { name: 'fk "x", y' }) },
      { items: [new CheckConstraint(column("to (it)", integer()).gt(0), { name: "ck ) odd" })] },
    );
    await original.createAll(engine);
    const metadata = new MetaData();
    await metadata.reflect(engine, { only: ["Child, (x)"] });
    expect([...metadata.tables.keys()].toSorted()).toEqual(["Child, (x)", strange]);
    expect(described(metadata)).toEqual(described(original).map((table) => ({ ...table, columns: expect.anything() })));
    const table = metadata.tables.get(strange)!;
    expect(table.columns.map(({ name }) => name)).toEqual(["z", "a.b", 'say "hi"', "`tick`", "select", "0"]);
    await engine.execute(insert(table).values({ "a.b": "v", select: 5 }));
    expect(await (await engine.execute(select(table))).all()).toEqual([[1, "v", "x", null, 5, null]]);
    const copy = createEngine("sqlite:///:memory:");
    metadata.createAll(copy);
    expect(() => copy.execute(insert(metadata.tables.get("Child, (x)")!).values({ "to (it)": -1 }))).toThrow(
      IntegrityError,
    );
    copy.dispose();
    await metadata.dropAll(engine);
    expect(await inspect(engine).getTableNames()).toEqual([]);
  });

  test("as many statements for fifty tables as for three", async () => {
    const engine = await shopEngine(target);
    const few = await statements(engine, () => new MetaData().reflect(engine));
    const more = new MetaData();
    for (let number = 0; number < 50; number++) {
      const to = number === 0 ? "customers.id" : `t${number - 1}.id`;
      addTable(`t${number}`, more, { id: integer().primaryKey(), to: integer().references(to) });
    }
    await more.reflect(engine);
    await more.createAll(engine);
    const other = await openEngine(target);
    await more.createAll(other);
    const metadata = new MetaData();
    expect(await statements(other, () => metadata.reflect(other))).toBe(few);
    expect(metadata.tables.size).toBe(53);
    expect(few).toBeLessThanOrEqual(7);
  });

  test("through runSync, over every driver", async () => {
    const engine = await shopEngine(target);
    const metadata = new MetaData();
    await engine.begin((conn) => conn.runSync(metadata.reflect, { only: ["customers"] }));
    expect([...metadata.tables.keys()]).toEqual(["customers"]);
  });

  test("another schema", async () => {
    coloursDiffer("the schema's name is made of the time");
    const engine = await openEngine(target);
    // SQLite's are attached databases, which belong to one connection
    const conn = await engine.connect();
    const schema = target.database === "mariadb" ? `Other_${Date.now()}` : 'Other "one"';
    const quoted = target.database === "mariadb" ? `\`${schema}\`` : '"Other ""one"""';
    await conn.execDriverSql(
      target.database === "sqlite" ? `ATTACH ':memory:' AS ${quoted}` : `CREATE SCHEMA ${quoted}`,
    );
    await conn.commit();
    const original = new MetaData({ schema });
    shopIn(original, schema);
    await original.createAll(conn);
    const inspector = inspect(conn);
    expect(await inspector.getSchemaNames()).toContain(schema);
    expect(await inspector.getTableNames()).toEqual([]);
    expect(await inspector.getTableNames(schema)).toEqual(["authors", "books"]);
    const [key] = await inspector.getForeignKeys("books", schema);
    expect(key).toMatchObject({ referredSchema: schema, referredTable: "authors" });
    const metadata = new MetaData();
    await metadata.reflect(conn, { schema });
    expect(described(metadata)).toEqual(described(original));
    const own = new MetaData({ schema });
    await own.reflect(conn);
    expect(described(own)).toEqual(described(original));
    await metadata.dropAll(conn);
    inspector.clearCache();
    expect(await inspector.getTableNames(schema)).toEqual([]);
    if (target.database !== "sqlite") await conn.execDriverSql(`DROP SCHEMA ${quoted}`);
    await conn.commit();
    await conn.close();
  });

  test("what a Table cannot say is told to the logger", async () => {
    const said: string[] = [];
    const engine = await openEngine(target, { logger: (message) => said.push(message) });
    const type = { sqlite: "GEOGRAPHY", postgresql: "INET", mariadb: "INET6" }[target.database];
    await engine.execute(text(`CREATE TABLE hosts (id INTEGER PRIMARY KEY, address ${type})`));
    const metadata = new MetaData();
    await metadata.reflect(engine);
    expect(said.filter((line) => /hosts.*address.*kept as text/i.test(line))).toHaveLength(1);
    const hosts = metadata.tables.get("hosts")!;
    expect(hosts.find("address")?.type.kind).toBe("string");
    const address = { postgresql: "10.0.0.1", mariadb: "::1", sqlite: "here" }[target.database];
    await engine.execute(insert(hosts).values({ id: 1, address }));
    expect(await (await engine.execute(select(hosts))).all()).toEqual([[1, address]]);
    const [, found] = await inspect(engine).getColumns("hosts");
    expect([found?.type, found?.databaseType.toUpperCase()]).toEqual([null, type]);
  });
});

function shopIn(metadata: MetaData, schema: string): void {
  addTable("authors", metadata, { id: integer().primaryKey(), name: string(20) });
  addTable("books", metadata, {
    id: integer().primaryKey(),
    author: integer().references(`${schema}.authors.id`, { name: "fk_author" }).index(),
  });
}
