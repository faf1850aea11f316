import { expect, test } from "vitest";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
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
  MetaData,
  numeric,
  string,
  Table,
  time,
  timestamp,
  typeDecorator,
  uuid,
} from "../../src/schema/index.ts";
import {
  alias,
  and,
  bindparam,
  caseWhen,
  cast,
  column,
  type Executable,
  exists,
  func,
  insert,
  literal,
  literalColumn,
  not,
  nullValue,
  type Operand,
  or,
  select,
  text,
  tuple,
  typeCoerce,
} from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

const tags = typeDecorator(string(), {
  bind: (list: readonly string[]) => list.join(","),
  result: (joined: string): readonly string[] => joined.split(","),
});

function itemTable(metadata: MetaData) {
  return new Table("item", metadata, {
    id: integer().primaryKey(),
    name: string().nullable(),
    short: string(3).nullable(),
    price: numeric(10, 2).nullable(),
    weight: double().nullable(),
    big: bigint().nullable(),
    on: boolean().nullable(),
    at: timestamp().nullable(),
    day: date().nullable(),
    hour: time().nullable(),
    kind: enumeration("a", "b").nullable(),
    tags: tags().nullable(),
    ref: uuid().nullable(),
    data: json().nullable(),
    list: array(integer()).nullable(),
    raw: bytes().nullable(),
    parent: integer().nullable().references("item.id"),
  });
}

const at = new Date("2026-01-02T03:04:05.678Z");
const ref = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

async function filled(engine: AsyncEngine) {
  const metadata = new MetaData();
  const item = itemTable(metadata);
  await metadata.createAll(engine);
  const none = Object.fromEntries(item.columns.map((known) => [known.key, null]));
  await engine.execute(
    insert(item).values([
      {
        ...none,
        id: 1,
        name: "Ann",
        short: "abc",
        price: "10.00",
        weight: 2.5,
        big: 2n ** 60n,
        on: true,
        at,
        day: "2026-01-02",
        hour: "10:30:00",
        kind: "a",
        tags: ["x", "y"],
        ref,
        data: { k: 1 },
        list: [1, 2],
        raw: new Uint8Array([1, 2]),
      },
      {
        ...none,
        id: 2,
        name: "ann",
        short: "x",
        price: "3.00",
        weight: 7,
        on: false,
        kind: "b",
        tags: ["z"],
        parent: 1,
      },
      { ...none, id: 3, name: "50%_\\ off", price: "0.10", parent: 1 },
      { ...none, id: 4, parent: 2 },
    ] as never),
  );
  return item;
}

describeTargets("expressions", (target) => {
  test("give the same answer everywhere", async () => {
    const engine = await openEngine(target);
    const item = await filled(engine);
    const { c } = item;
    const first = async (expression: Operand, id = 1) =>
      (await engine.execute(select(expression).selectFrom(item).where(c.id.eq(id)))).scalarOne();
    const cases: [string, Operand, unknown, number?][] = [
      ["integers divide truly", c.id.div(2), 0.5],
      ["a third has all its digits", c.id.div(3), 1 / 3],
      ["literals divide truly", literal(7).div(2), 3.5],
      ["doubles divide", c.weight.div(2), 1.25],
      ["modulo", literal(7).mod(3), 1],
      ["modulo of a column", c.id.mul(7).mod(4), 3],
      ["addition", c.id.add(1).mul(3), 6],
      ["subtraction is left to right", literal(10).sub(c.id.sub(3)), 12],
      ["subtraction of a difference", literal(10).sub(3).sub(2), 5],
      ["negation", c.id.neg().add(1), 0],
      ["negation of a negative", literal(-5).neg(), 5],
      ["bigint beyond 53 bits", c.big.add(1n), 2n ** 60n + 1n],
      ["concatenation", c.name.concat("-").concat(c.short), "Ann-abc"],
      ["concatenation with NULL", c.name.concat(c.short), null, 3],
      ["coalesce", func.coalesce(c.short, "none"), "none", 3],
      ["lower and upper", func.lower(c.name).concat(func.upper(c.name)), "annANN"],
      ["length counts characters", func.length(literal("żó🔥")), 3],
      ["abs", func.abs(literal(-3)), 3],
      ["case", caseWhen(c.id.eq(1), "one").when(c.id.eq(2), "two").else("more"), "two", 2],
      ["case without else", caseWhen(c.id.eq(1), "one").end(), null, 2],
      ["cast to integer", cast(literal("42"), integer()), 42],
      ["cast to text", cast(c.id, string()), "1"],
      ["cast to a short text keeps what fits", cast(literal("ab"), string(3)), "ab"],
      ["cast to numeric", cast(literal("1.50"), numeric(10, 2)), "1.50"],
      ["cast to double", cast(literal("1.5"), double()), 1.5],
      ["cast to a date", cast(literal("2026-01-02"), date()), "2026-01-02"],
      ["cast to a timestamp", cast(literal("2026-01-02 03:04:05.678"), timestamp({ timezone: false })), at],
      ["cast to time", cast(literal("10:30:00"), time()), "10:30:00"],
      ["typeCoerce reads as another type", typeCoerce(literal("a,b"), tags()), ["a", "b"]],
      ["a timestamp literal", literal(at), at],
      ["bytes literal", literal(new Uint8Array([0, 255])), new Uint8Array([0, 255])],
      ["boolean literal", literal(true), true],
      ["a null", nullValue(), null],
      ["a comparison", c.id.gt(0), true],
      ["AND", and(c.id.gt(0), c.id.lt(0)), false],
      ["an empty AND", and(), true],
      ["an empty OR", or(), false],
      ["NOT", not(c.id.eq(1)), false],
      ["greatest", func["greatest"]?.(c.id, 5) as Operand, 5],
      ["raw SQL", literalColumn("1 + 1", integer()).mul(3), 6],
      ["a scalar subquery", select(func.count()).selectFrom(item).scalarSubquery(), 4],
    ];
    for (const [name, expression, expected, id] of cases) {
      const value = await first(expression, id).catch((error: unknown) => error);
      const seen = typeof expected === "boolean" && typeof value === "number" ? value !== 0 : value;
      expect([name, seen]).toEqual([name, expected]);
    }
  });

  test("conditions choose the same rows everywhere", async () => {
    const engine = await openEngine(target);
    const item = await filled(engine);
    const { c } = item;
    const child = alias(item, "child");
    const cases: [string, Operand<boolean | null>, number[]][] = [
      ["eq minds case", c.name.eq("Ann"), [1]],
      ["eq null", c.name.eq(null), [4]],
      ["ne null", c.short.ne(null), [1, 2]],
      ["ne leaves NULL out", c.name.ne("Ann"), [2, 3]],
      ["isDistinctFrom a value", c.name.isDistinctFrom("Ann"), [2, 3, 4]],
      ["isDistinctFrom null", c.name.isDistinctFrom(null), [1, 2, 3]],
      ["isNotDistinctFrom null", c.name.isNotDistinctFrom(null), [4]],
      ["isNotDistinctFrom a column", c.short.isNotDistinctFrom(c.name), [4]],
      ["in", c.id.in([1, 3, 9]), [1, 3]],
      ["in an empty list", c.id.in([]), []],
      ["notIn an empty list", c.short.notIn([]), [1, 2, 3, 4]],
      ["notIn", c.name.notIn(["Ann"]), [2, 3]],
      ["in expressions", c.id.in([literal(1), c.parent.add(1)]), [1, 2]],
      ["in a query", c.id.in(select(child.c.parent).where(child.c.parent.isNotNull())), [1, 2]],
      ["in strings", c.short.in(["abc", "toolong", "it's \\ \" {,}"]), [1]],
      ["in decorated lists", c.tags.in([["x", "y"], ["q"]]), [1]],
      ["in enumeration", c.kind.in(["b"]), [2]],
      ["in uuids", c.ref.in([ref]), [1]],
      ["in timestamps", c.at.in([at]), [1]],
      ["in bytes", c.raw.in([new Uint8Array([1, 2])]), [1]],
      ["in decimals", c.price.in(["3.00", "10"]), [1, 2]],
      ["in bigints", c.big.in([2n ** 60n]), [1]],
      ["in booleans", c.on.in([true]), [1]],
      ["in dates", c.day.in(["2026-01-02"]), [1]],
      [
        "tuple in",
        tuple(c.id, c.short).in([
          [1, "abc"],
          [2, "y"],
        ] as never),
        [1],
      ],
      ["tuple in an empty list", tuple(c.id, c.short).in([] as never), []],
      ["tuple notIn an empty list", tuple(c.id, c.name).notIn([] as never), [1, 2, 3, 4]],
      ["tuple in tuples", tuple(c.id, c.short).in([tuple(literal(2), literal("x"))] as never), [2]],
      ["between", c.id.between(2, 3), [2, 3]],
      ["notBetween", c.id.notBetween(2, 3), [1, 4]],
      ["between decimals", c.price.between("2.5", "10"), [1, 2]],
      ["like minds case", c.name.like("A%"), [1]],
      ["notLike", c.name.notLike("A%"), [2, 3]],
      ["ilike does not", c.name.ilike("a__"), [1, 2]],
      ["notIlike", c.name.notIlike("a%"), [3]],
      ["a backslash escapes", c.name.like("50\\%%"), [3]],
      ["a backslash escapes itself", c.name.like("%\\\\ off"), [3]],
      ["another escape", c.name.like("50!%!_\\ off", "!"), [3]],
      ["another escape in ilike", c.name.ilike("50!%!_\\ OFF", "!"), [3]],
      ["a quote as escape", c.name.like("50'%%", "'"), [3]],
      ["startsWith takes wildcards for themselves", c.name.startsWith("50%_\\"), [3]],
      ["startsWith with wildcards that do not match", c.name.startsWith("_"), []],
      ["endsWith", c.name.endsWith("\\ off"), [3]],
      ["contains", c.name.contains("%_\\"), [3]],
      ["contains minds case", c.name.contains("N"), []],
      ["and, or", c.id.eq(1).or(c.id.eq(2)).and(c.name.eq("ann")), [2]],
      ["or in and", and(or(c.id.eq(1), c.id.eq(2)), or(c.id.eq(2), c.id.eq(3))), [2]],
      ["not over or", not(or(c.id.eq(1), c.id.eq(2))), [3, 4]],
      ["not over like", not(c.name.like("A%")), [2, 3]],
      ["a comparison compared", c.id.gt(2).eq(c.parent.eq(1)), [2, 3].filter((id) => id === 3)],
      ["a boolean column", c.on.eq(true), [1]],
      ["a boolean column by itself", c.on, [1]],
      ["not a boolean column", not(c.on), [2]],
      ["timestamps compare", c.at.gt(new Date(at.getTime() - 1)), [1]],
      ["timestamps equal", c.at.eq(at), [1]],
      ["dates compare", c.day.le("2026-01-02"), [1]],
      ["times compare", c.hour.lt("10:30:00.5"), [1]],
      ["decimals compare as numbers", c.price.lt("9"), [2, 3]],
      ["decimals equal", c.price.eq("0.1"), [3]],
      ["a fraction against an integer", c.id.gt(1.5), [2, 3, 4]],
      ["a long text against a short column", c.short.lt("abcdef"), [1]],
      ["exists", exists(select(child.c.id).where(child.c.parent.eq(c.id))), [1, 2]],
      ["not exists", not(exists(select(child.c.id).where(child.c.parent.eq(c.id)))), [3, 4]],
      [
        "a correlated value",
        select(func.count()).selectFrom(child).where(child.c.parent.eq(c.id)).scalarSubquery().gt(1),
        [1],
      ],
      ["text with parameters", text("name = :name").bindparams({ name: "Ann" }), [1]],
      ["text in an OR", or(text("id = 1 OR id = 2"), c.id.eq(3)), [1, 2, 3]],
      ["text in an AND", and(text("id = 1 OR id = 2"), c.id.eq(2)), [2]],
      ["an operator by hand", c.id.op<boolean>("<>", 1), [2, 3, 4]],
      ["a column by name", column("id", integer()).eq(2), [2]],
      ["a collation", c.name.collate(collation(target.database)).eq("Ann"), [1]],
    ];
    for (const [name, condition, expected] of cases) {
      const query = select(c.id).selectFrom(item).where(condition).orderBy(c.id);
      const ids = await Promise.resolve()
        .then(() => engine.execute(query))
        .then((result) => result.scalars().all())
        .catch((error: unknown) => error);
      expect([name, ids]).toEqual([name, expected]);
    }
  });

  test("values given at execution", async () => {
    const engine = await openEngine(target);
    const { c } = await filled(engine);
    const ids = async (statement: Executable, params: Record<string, unknown>) =>
      (await engine.execute(statement, params)).scalars().all();
    const byName = select(c.id).where(c.name.eq(bindparam("name")));
    expect(await ids(byName, { name: "ann" })).toEqual([2]);
    expect(await ids(byName, { name: "Ann" })).toEqual([1]);
    const inText = text("SELECT id FROM item WHERE id IN :ids ORDER BY id").columns({ id: integer() });
    expect(await ids(inText, { ids: [1, 3, 4] })).toEqual([1, 3, 4]);
    expect(await ids(inText, { ids: [] })).toEqual([]);
    expect(
      await ids(text("SELECT id FROM item WHERE id IN ( :ids ) ORDER BY id").columns({ id: integer() }), {
        ids: [2, 1],
      }),
    ).toEqual([1, 2]);
    expect(await ids(text("SELECT id FROM item WHERE id IN (:id)").columns({ id: integer() }), { id: 2 })).toEqual([2]);
    expect(
      await ids(text("SELECT id FROM item WHERE id IN (:a, :b)").columns({ id: integer() }), { a: 2, b: 9 }),
    ).toEqual([2]);
    await expect(async () => await engine.execute(byName)).rejects.toThrow(/name/);
  });
});

function collation(database: string): string {
  return { sqlite: "BINARY", postgresql: "C", mariadb: "utf8mb4_bin" }[database] as string;
}
