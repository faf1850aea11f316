import { expectTypeOf } from "vitest";
import { bigint, integer, json, MetaData, string, Table, timestamp } from "../../src/schema/index.ts";
import {
  alias,
  bindparam,
  caseWhen,
  cast,
  type Executable,
  exists,
  func,
  insert,
  literal,
  select,
  text,
  update,
} from "../../src/sql/index.ts";
import { insert as upsert } from "../../src/postgresql.ts";

const metadata = new MetaData();
const users = new Table("users", metadata, {
  id: integer().primaryKey(),
  name: string(),
  age: integer().nullable(),
  big: bigint(),
  joinedAt: timestamp(),
  data: json<{ theme: string }>().nullable(),
});
const { c } = users;

/** The tuple of one row, and its values by name. */
declare function row<R extends readonly unknown[]>(statement: Executable<R>): R;
declare function labels<L>(statement: { readonly "~labels"?: L; readonly "~row"?: readonly unknown[] }): L;

// rows
expectTypeOf(row(select(c.id, c.name, c.age))).toEqualTypeOf<readonly [number, string, number | null]>();
expectTypeOf(row(select(c.data, c.big, c.joinedAt))).toEqualTypeOf<readonly [{ theme: string } | null, bigint, Date]>();
expectTypeOf(row(select(func.count(), func.lower(c.name), func.max(c.id)))).toEqualTypeOf<
  readonly [number, string, number | null]
>();
expectTypeOf(row(select(c.id).addColumns(c.name))).toEqualTypeOf<readonly [number, string]>();
expectTypeOf(row(select(c.id).where(c.name.eq("x")).orderBy(c.id).limit(1))).toEqualTypeOf<readonly [number]>();
expectTypeOf(row(select(c.id.eq(1), c.id.add(1), cast(c.id, string())))).toEqualTypeOf<
  readonly [boolean, number, string]
>();
expectTypeOf(row(select(caseWhen(c.id.eq(1), "one").else("more")))).toEqualTypeOf<readonly [string]>();
expectTypeOf(row(select(caseWhen(c.id.eq(1), 1).end()))).toEqualTypeOf<readonly [number | null]>();
expectTypeOf(row(select(select(c.name).scalarSubquery(), exists(select(c.id))))).toEqualTypeOf<
  readonly [string, boolean]
>();
expectTypeOf(row(insert(users).values({ name: "x" }).returning(c.id))).toEqualTypeOf<readonly [number]>();
expectTypeOf(row(insert(users).values({ name: "x" }))).toEqualTypeOf<readonly []>();
expectTypeOf(row(select(c.id).union(select(c.id.add(1))))).toEqualTypeOf<readonly [number]>();

// names
expectTypeOf(labels(select(c.id.as("key"), c.name))).toEqualTypeOf<{ readonly key: number; readonly name: string }>();
expectTypeOf(labels(select(users)).joinedAt).toEqualTypeOf<Date>();
const sub = select(c.id, c.name.as("label"), func.count().as("n")).subquery("s");
expectTypeOf(row(select(sub.c.label, sub.c.n, sub.c.id))).toEqualTypeOf<readonly [string, number, number]>();
const tree = select(c.id, c.age).cte("tree", { recursive: true });
expectTypeOf(row(select(tree.unionAll(select(c.id, tree.c.age)).c.age))).toEqualTypeOf<readonly [number | null]>();
expectTypeOf(row(select(alias(users, "u").c.name))).toEqualTypeOf<readonly [string]>();
expectTypeOf(labels(text("SELECT 1").columns({ one: integer(), two: string() }))).toEqualTypeOf<{
  readonly one: number;
  readonly two: string;
}>();

// conditions
c.id.eq(c.age);
c.age.eq(null);
c.id.in([1, 2, literal(3)]);
c.id.in(select(c.age));
c.name.eq(bindparam<string>("name"));
select(c.id).where(c.id.gt(1), text("x = 1"), c.age.isNull());
// @ts-expect-error a string where a number is compared
c.id.eq("1");
// @ts-expect-error a number where a text is compared
c.name.eq(1);
// @ts-expect-error a list of other values
c.id.in(["a"]);
// @ts-expect-error no such column
void users.c.nope;
// @ts-expect-error no such column of the subquery
void sub.c.name;
// @ts-expect-error a string is no condition
select(c.id).where("id = 1");
// @ts-expect-error a number is no condition
select(c.id).where(c.id.add(1));
// @ts-expect-error rows of other types
select(c.id).union(select(c.name));

// changes
insert(users).values({ id: 1, name: "x", age: null, joinedAt: new Date() });
insert(users).values([{ name: "x" }, { name: func.lower(c.name) }]);
update(users)
  .values({ age: c.age.add(1), name: "x" })
  .where(c.id.eq(1));
// @ts-expect-error a number for a text
insert(users).values({ name: 1 });
// @ts-expect-error no such column
insert(users).values({ nope: 1 });
// @ts-expect-error an expression of another type
update(users).values({ name: c.id });
const change = upsert(users).values({ id: 1, name: "x" });
change.onConflictDoUpdate({ indexElements: ["id"], set: { name: change.excluded.name } });
expectTypeOf(change.excluded.age).toExtend<{ readonly type: unknown }>();
// @ts-expect-error an excluded value of another type
change.onConflictDoUpdate({ indexElements: ["id"], set: { name: change.excluded.id } });
expectTypeOf(row(change.onConflictDoNothing().returning(c.id, c.name))).toEqualTypeOf<readonly [number, string]>();
