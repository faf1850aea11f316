import { expect, test } from "vitest";
import { array, integer, numeric, string, timestamp } from "../../../src/schema/index.ts";
import {
  and,
  bindparam,
  caseWhen,
  cast,
  column,
  func,
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
} from "../../../src/sql/index.ts";
import { posts, sqlOn, users } from "./sql-on.ts";

const { c } = users;
const value = (expression: Operand) => sqlOn(select(expression));
const where = (condition: Operand<boolean | null>) =>
  sqlOn(select(literalColumn("1")).selectFrom(users).where(condition));

test("comparisons", () => {
  expect(where(c.id.eq(1))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" = $1 -- 1
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" = ? -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` = ? -- 1"
  `);
  expect(where(and(c.id.ne(1), c.id.lt(2), c.id.le(3), c.id.gt(4), c.id.ge(5)))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" <> $1 AND "users"."id" < $2 AND "users"."id" <= $3 AND "users"."id" > $4 AND "users"."id" >= $5 -- 1, 2, 3, 4, 5
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" <> ? AND "users"."id" < ? AND "users"."id" <= ? AND "users"."id" > ? AND "users"."id" >= ? -- 1, 2, 3, 4, 5
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` <> ? AND \`users\`.\`id\` < ? AND \`users\`.\`id\` <= ? AND \`users\`.\`id\` > ? AND \`users\`.\`id\` >= ? -- 1, 2, 3, 4, 5"
  `);
  expect(where(c.age.eq(null).or(c.age.ne(null)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT 1 FROM "users" WHERE "users"."age" IS NULL OR "users"."age" IS NOT NULL
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`age\` IS NULL OR \`users\`.\`age\` IS NOT NULL"
  `);
  expect(where(c.age.isDistinctFrom(3))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."age" IS DISTINCT FROM $1 -- 3
    sqlite: SELECT 1 FROM "users" WHERE "users"."age" IS NOT ? -- 3
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE NOT (\`users\`.\`age\` <=> ?) -- 3"
  `);
  expect(where(c.age.isNotDistinctFrom(null))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."age" IS NOT DISTINCT FROM NULL
    sqlite: SELECT 1 FROM "users" WHERE "users"."age" IS NULL
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`age\` <=> NULL"
  `);
  expect(where(c.age.between(1, c.id))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."age" BETWEEN $1 AND "users"."id" -- 1
    sqlite: SELECT 1 FROM "users" WHERE "users"."age" BETWEEN ? AND "users"."id" -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`age\` BETWEEN ? AND \`users\`.\`id\` -- 1"
  `);
  expect(where(c.age.notBetween(1, 2).not())).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE NOT ("users"."age" NOT BETWEEN $1 AND $2) -- 1, 2
    sqlite: SELECT 1 FROM "users" WHERE NOT ("users"."age" NOT BETWEEN ? AND ?) -- 1, 2
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE NOT (\`users\`.\`age\` NOT BETWEEN ? AND ?) -- 1, 2"
  `);
  expect(where(c.age.gt(1.5))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."age" > CAST($1 AS DOUBLE PRECISION) -- 1.5
    sqlite: SELECT 1 FROM "users" WHERE "users"."age" > ? -- 1.5
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`age\` > ? -- 1.5"
  `);
});

test("LIKE", () => {
  expect(where(c.name.like("a%"))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" LIKE $1 -- "a%"
    sqlite: SELECT 1 FROM "users" WHERE "users"."name" LIKE ? ESCAPE '\\' -- "a%"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`name\` LIKE ? -- "a%""
  `);
  expect(where(c.name.notLike("a!%", "!"))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" NOT LIKE $1 ESCAPE '!' -- "a!%"
    sqlite: SELECT 1 FROM "users" WHERE "users"."name" NOT LIKE ? ESCAPE '!' -- "a!%"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`name\` NOT LIKE ? ESCAPE '!' -- "a!%""
  `);
  expect(where(c.name.ilike("A%"))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" ILIKE $1 -- "A%"
    sqlite: SELECT 1 FROM "users" WHERE lower("users"."name") LIKE lower(?) ESCAPE '\\' -- "A%"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE lower(\`users\`.\`name\`) LIKE lower(?) -- "A%""
  `);
  expect(where(c.name.notIlike("A%", "'"))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" NOT ILIKE $1 ESCAPE '''' -- "A%"
    sqlite: SELECT 1 FROM "users" WHERE lower("users"."name") NOT LIKE lower(?) ESCAPE '''' -- "A%"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE lower(\`users\`.\`name\`) NOT LIKE lower(?) ESCAPE '''' -- "A%""
  `);
  expect(where(c.name.startsWith("50%_\\"))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" LIKE $1 -- "50\\\\%\\\\_\\\\\\\\%"
    sqlite: SELECT 1 FROM "users" WHERE "users"."name" LIKE ? ESCAPE '\\' -- "50\\\\%\\\\_\\\\\\\\%"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`name\` LIKE ? -- "50\\\\%\\\\_\\\\\\\\%""
  `);
  expect(where(c.name.contains("x").and(c.name.endsWith("y")))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" LIKE $1 AND "users"."name" LIKE $2 -- "%x%", "%y"
    sqlite: SELECT 1 FROM "users" WHERE "users"."name" LIKE ? ESCAPE '\\' AND "users"."name" LIKE ? ESCAPE '\\' -- "%x%", "%y"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`name\` LIKE ? AND \`users\`.\`name\` LIKE ? -- "%x%", "%y""
  `);
});

test("IN", () => {
  expect(where(c.id.in([1, 2]))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" = ANY($1) -- "{1,2}"
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" IN (?, ?) -- 1, 2
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` IN (?, ?) -- 1, 2"
  `);
  expect(where(c.id.notIn([]))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" <> ALL($1) -- "{}"
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" NOT IN (SELECT NULL FROM (SELECT 1) AS empty_set WHERE 1 = 0)
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` NOT IN (SELECT NULL FROM (SELECT 1) AS empty_set WHERE 1 = 0)"
  `);
  expect(where(c.name.in(['a"b\\', "NULL", "it's"]))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."name" = ANY($1) -- "{\\"a\\\\\\"b\\\\\\\\\\",\\"NULL\\",\\"it's\\"}"
    sqlite: SELECT 1 FROM "users" WHERE "users"."name" IN (?, ?, ?) -- "a\\"b\\\\", "NULL", "it's"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`name\` IN (?, ?, ?) -- "a\\"b\\\\", "NULL", "it's""
  `);
  expect(where(c.id.in([c.age, 3]))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" IN ("users"."age", $1) -- 3
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" IN ("users"."age", ?) -- 3
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` IN (\`users\`.\`age\`, ?) -- 3"
  `);
  expect(where(c.id.in(select(posts.c.userId)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT 1 FROM "users" WHERE "users"."id" IN (SELECT "posts"."user_id" FROM "posts")
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` IN (SELECT \`posts\`.\`user_id\` FROM \`posts\`)"
  `);
  expect(where(c.id.in(select(c.age)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT 1 FROM "users" WHERE "users"."id" IN (SELECT "users"."age" FROM "users")
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` IN (SELECT \`users\`.\`age\` FROM \`users\`)"
  `);
  expect(where(tuple(c.id, c.name).in([[1, "a"]] as never))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE ("users"."id", "users"."name") IN (($1, $2)) -- 1, "a"
    sqlite: SELECT 1 FROM "users" WHERE ("users"."id", "users"."name") IN (VALUES (?, ?)) -- 1, "a"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\`, \`users\`.\`name\`) IN ((?, ?)) -- 1, "a""
  `);
  expect(where(tuple(c.id, c.name).notIn([] as never))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE ("users"."id", "users"."name") NOT IN (SELECT CAST(NULL AS INTEGER), CAST(NULL AS VARCHAR(50)) FROM (SELECT 1) AS empty_set WHERE 1 = 0)
    sqlite: SELECT 1 FROM "users" WHERE ("users"."id", "users"."name") NOT IN (SELECT NULL, NULL FROM (SELECT 1) AS empty_set WHERE 1 = 0)
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\`, \`users\`.\`name\`) NOT IN (SELECT NULL, NULL FROM (SELECT 1) AS empty_set WHERE 1 = 0)"
  `);
  expect(where(tuple(c.id, c.age).in(select(posts.c.id, posts.c.userId)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT 1 FROM "users" WHERE ("users"."id", "users"."age") IN (SELECT "posts"."id", "posts"."user_id" FROM "posts")
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\`, \`users\`.\`age\`) IN (SELECT \`posts\`.\`id\`, \`posts\`.\`user_id\` FROM \`posts\`)"
  `);
});

test("arithmetic and its parentheses", () => {
  expect(value(c.id.add(1).mul(2).sub(3))).toMatchInlineSnapshot(`
    "postgresql: SELECT ("users"."id" + $1) * $2 - $3 FROM "users" -- 1, 2, 3
    sqlite: SELECT ("users"."id" + ?) * ? - ? FROM "users" -- 1, 2, 3
    mariadb, mysql: SELECT (\`users\`.\`id\` + ?) * ? - ? FROM \`users\` -- 1, 2, 3"
  `);
  expect(value(c.id.sub(c.age.sub(1)))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" - ("users"."age" - $1) FROM "users" -- 1
    sqlite: SELECT "users"."id" - ("users"."age" - ?) FROM "users" -- 1
    mariadb, mysql: SELECT \`users\`.\`id\` - (\`users\`.\`age\` - ?) FROM \`users\` -- 1"
  `);
  expect(value(c.id.div(2))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" / CAST($1 AS DOUBLE PRECISION) FROM "users" -- 2
    sqlite: SELECT "users"."id" / CAST(? AS REAL) FROM "users" -- 2
    mariadb, mysql: SELECT \`users\`.\`id\` / CAST(? AS DOUBLE) FROM \`users\` -- 2"
  `);
  expect(value(c.id.add(1).div(c.age.add(2)).div(3))).toMatchInlineSnapshot(`
    "postgresql: SELECT ("users"."id" + $1) / CAST("users"."age" + $2 AS DOUBLE PRECISION) / $3 FROM "users" -- 1, 2, 3
    sqlite: SELECT ("users"."id" + ?) / CAST("users"."age" + ? AS REAL) / ? FROM "users" -- 1, 2, 3
    mariadb, mysql: SELECT (\`users\`.\`id\` + ?) / CAST(\`users\`.\`age\` + ? AS DOUBLE) / ? FROM \`users\` -- 1, 2, 3"
  `);
  expect(value(literal("1.50", numeric(5, 2)).div(2 as never))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS NUMERIC) / CAST($2 AS NUMERIC) -- "1.50", "2"
    sqlite: SELECT ? / CAST(? AS REAL) -- 1.5, 2
    mariadb, mysql: SELECT ? / ? -- "1.50", "2""
  `);
  expect(value(c.id.mod(2).neg())).toMatchInlineSnapshot(`
    "postgresql: SELECT -("users"."id" % $1) FROM "users" -- 2
    sqlite: SELECT -("users"."id" % ?) FROM "users" -- 2
    mariadb, mysql: SELECT -(\`users\`.\`id\` % ?) FROM \`users\` -- 2"
  `);
  expect(value(c.id.neg().neg())).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT -(-"users"."id") FROM "users"
    mariadb, mysql: SELECT -(-\`users\`.\`id\`) FROM \`users\`"
  `);
  expect(value(c.name.concat("a").concat(c.name.concat("b")))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."name" || $1 || "users"."name" || $2 FROM "users" -- "a", "b"
    sqlite: SELECT "users"."name" || ? || "users"."name" || ? FROM "users" -- "a", "b"
    mariadb, mysql: SELECT CONCAT(CONCAT(\`users\`.\`name\`, ?), CONCAT(\`users\`.\`name\`, ?)) FROM \`users\` -- "a", "b""
  `);
  expect(value(c.id.op("<<", 2).op("|", 1))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" << $1 | $2 FROM "users" -- 2, 1
    sqlite: SELECT "users"."id" << ? | ? FROM "users" -- 2, 1
    mariadb, mysql: SELECT \`users\`.\`id\` << ? | ? FROM \`users\` -- 2, 1"
  `);
});

test("conditions and their parentheses", () => {
  const [a, b, d] = [c.id.eq(1), c.age.eq(2), c.name.eq("x")];
  expect(where(a.and(b).or(d))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "users"."id" = $1 AND "users"."age" = $2 OR "users"."name" = $3 -- 1, 2, "x"
    sqlite: SELECT 1 FROM "users" WHERE "users"."id" = ? AND "users"."age" = ? OR "users"."name" = ? -- 1, 2, "x"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`users\`.\`id\` = ? AND \`users\`.\`age\` = ? OR \`users\`.\`name\` = ? -- 1, 2, "x""
  `);
  expect(where(a.or(b).and(d))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE ("users"."id" = $1 OR "users"."age" = $2) AND "users"."name" = $3 -- 1, 2, "x"
    sqlite: SELECT 1 FROM "users" WHERE ("users"."id" = ? OR "users"."age" = ?) AND "users"."name" = ? -- 1, 2, "x"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\` = ? OR \`users\`.\`age\` = ?) AND \`users\`.\`name\` = ? -- 1, 2, "x""
  `);
  expect(where(and(or(a, b), or(b, d)).not())).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE NOT (("users"."id" = $1 OR "users"."age" = $2) AND ("users"."age" = $3 OR "users"."name" = $4)) -- 1, 2, 2, "x"
    sqlite: SELECT 1 FROM "users" WHERE NOT (("users"."id" = ? OR "users"."age" = ?) AND ("users"."age" = ? OR "users"."name" = ?)) -- 1, 2, 2, "x"
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE NOT ((\`users\`.\`id\` = ? OR \`users\`.\`age\` = ?) AND (\`users\`.\`age\` = ? OR \`users\`.\`name\` = ?)) -- 1, 2, 2, "x""
  `);
  expect(where(not(not(a)))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE NOT (NOT ("users"."id" = $1)) -- 1
    sqlite: SELECT 1 FROM "users" WHERE NOT (NOT ("users"."id" = ?)) -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE NOT (NOT (\`users\`.\`id\` = ?)) -- 1"
  `);
  expect(where(a.eq(b))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE ("users"."id" = $1) = ("users"."age" = $2) -- 1, 2
    sqlite: SELECT 1 FROM "users" WHERE ("users"."id" = ?) = ("users"."age" = ?) -- 1, 2
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\` = ?) = (\`users\`.\`age\` = ?) -- 1, 2"
  `);
  expect(where(and())).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE true
    sqlite: SELECT 1 FROM "users" WHERE 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE true"
  `);
  expect(where(or())).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE false
    sqlite: SELECT 1 FROM "users" WHERE 0
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE false"
  `);
  expect(where(a.isNull())).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE ("users"."id" = $1) IS NULL -- 1
    sqlite: SELECT 1 FROM "users" WHERE ("users"."id" = ?) IS NULL -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (\`users\`.\`id\` = ?) IS NULL -- 1"
  `);
  expect(where(or(text("id = 1 OR id = 2"), literalColumn("id = 3")))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT 1 FROM "users" WHERE (id = 1 OR id = 2) OR (id = 3)
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (id = 1 OR id = 2) OR (id = 3)"
  `);
  expect(where(and(text("id = 1 OR id = 2"), a))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE (id = 1 OR id = 2) AND "users"."id" = $1 -- 1
    sqlite: SELECT 1 FROM "users" WHERE (id = 1 OR id = 2) AND "users"."id" = ? -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE (id = 1 OR id = 2) AND \`users\`.\`id\` = ? -- 1"
  `);
});

test("values and their types", () => {
  expect(value(literal("x"))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS TEXT) -- "x"
    sqlite, mariadb, mysql: SELECT ? -- "x""
  `);
  expect(value(literal(1).add(2))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS INTEGER) + CAST($2 AS INTEGER) -- 1, 2
    sqlite, mariadb, mysql: SELECT ? + ? -- 1, 2"
  `);
  expect(value(literal("abcdef", string(3)))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS TEXT) -- "abcdef"
    sqlite, mariadb, mysql: SELECT ? -- "abcdef""
  `);
  expect(value(literal(new Date(0)))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS TIMESTAMP(6) WITH TIME ZONE) -- "1970-01-01 00:00:00.000+00"
    sqlite, mariadb, mysql: SELECT ? -- "1970-01-01 00:00:00.000""
  `);
  expect(value(literal([1, 2], array(integer())))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS INTEGER[]) -- "{1,2}"
    sqlite, mariadb, mysql: SELECT ? -- "[1,2]""
  `);
  expect(value(nullValue())).toMatchInlineSnapshot(`"postgresql, sqlite, mariadb, mysql: SELECT NULL"`);
  expect(value(cast(c.id, string(3)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT CAST("users"."id" AS VARCHAR(3)) FROM "users"
    mariadb, mysql: SELECT CAST(\`users\`.\`id\` AS CHAR(3)) FROM \`users\`"
  `);
  expect(value(cast("2026-01-01", timestamp()))).toMatchInlineSnapshot(
    `
    "postgresql: SELECT CAST($1 AS TIMESTAMP(3) WITH TIME ZONE) -- "2026-01-01"
    sqlite: SELECT CAST(? AS TEXT) -- "2026-01-01"
    mariadb, mysql: SELECT CAST(? AS DATETIME(3)) -- "2026-01-01""
  `,
  );
  expect(value(typeCoerce(c.id.add(1), string()))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" + $1 FROM "users" -- 1
    sqlite: SELECT "users"."id" + ? FROM "users" -- 1
    mariadb, mysql: SELECT \`users\`.\`id\` + ? FROM \`users\` -- 1"
  `);
  expect(value(c.name.collate("C"))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."name" COLLATE "C" FROM "users"
    mariadb, mysql: SELECT \`users\`.\`name\` COLLATE \`C\` FROM \`users\`"
  `);
  expect(sqlOn(select(bindparam("n", integer()).add(1)), { n: 4 })).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS INTEGER) + CAST($2 AS INTEGER) -- 4, 1
    sqlite, mariadb, mysql: SELECT ? + ? -- 4, 1"
  `);
  expect(sqlOn(select(bindparam("n", integer())))).toMatchInlineSnapshot(`
    "postgresql: StatementError: A value is required for bind parameter "n". Give it when executing: execute(statement, { n: … }).
    [SQL: SELECT CAST($1 AS INTEGER)]
    sqlite, mariadb, mysql: StatementError: A value is required for bind parameter "n". Give it when executing: execute(statement, { n: … }).
    [SQL: SELECT ?]"
  `);
  expect(where(column("anything").eq(1))).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 FROM "users" WHERE "anything" = CAST($1 AS INTEGER) -- 1
    sqlite: SELECT 1 FROM "users" WHERE "anything" = ? -- 1
    mariadb, mysql: SELECT 1 FROM \`users\` WHERE \`anything\` = ? -- 1"
  `);
});

test("functions", () => {
  expect(value(func.count())).toMatchInlineSnapshot(`"postgresql, sqlite, mariadb, mysql: SELECT count(*)"`);
  expect(value(func.count(c.age).distinct().filter(c.id.gt(1)))).toMatchInlineSnapshot(`
    "postgresql: SELECT count(DISTINCT "users"."age") FILTER (WHERE "users"."id" > $1) FROM "users" -- 1
    sqlite: SELECT count(DISTINCT "users"."age") FILTER (WHERE "users"."id" > ?) FROM "users" -- 1
    mariadb, mysql: SELECT count(DISTINCT CASE WHEN \`users\`.\`id\` > ? THEN \`users\`.\`age\` END) FROM \`users\` -- 1"
  `);
  expect(value(func.count().filter(c.id.gt(1), c.id.lt(9)))).toMatchInlineSnapshot(`
    "postgresql: SELECT count(*) FILTER (WHERE "users"."id" > $1 AND "users"."id" < $2) FROM "users" -- 1, 9
    sqlite: SELECT count(*) FILTER (WHERE "users"."id" > ? AND "users"."id" < ?) FROM "users" -- 1, 9
    mariadb, mysql: SELECT count(CASE WHEN \`users\`.\`id\` > ? AND \`users\`.\`id\` < ? THEN 1 END) FROM \`users\` -- 1, 9"
  `);
  expect(value(func.coalesce(c.age, 0))).toMatchInlineSnapshot(`
    "postgresql: SELECT coalesce("users"."age", CAST($1 AS INTEGER)) FROM "users" -- 0
    sqlite: SELECT coalesce("users"."age", ?) FROM "users" -- 0
    mariadb, mysql: SELECT coalesce(\`users\`.\`age\`, ?) FROM \`users\` -- 0"
  `);
  expect(value(func.avg(c.age))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT avg("users"."age") FROM "users"
    mariadb, mysql: SELECT avg(\`users\`.\`age\` * 1e0) FROM \`users\`"
  `);
  expect(value(func.avg(c.age).distinct())).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT avg(DISTINCT "users"."age") FROM "users"
    mariadb, mysql: SELECT avg(DISTINCT \`users\`.\`age\` * 1e0) FROM \`users\`"
  `);
  expect(value(func.length(c.name))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT length("users"."name") FROM "users"
    mariadb, mysql: SELECT char_length(\`users\`.\`name\`) FROM \`users\`"
  `);
  expect(value(func.now())).toMatchInlineSnapshot(`
    "postgresql: SELECT now()
    sqlite: SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')
    mariadb, mysql: SELECT CURRENT_TIMESTAMP(3)"
  `);
  expect(value(func.currentDate())).toMatchInlineSnapshot(`"postgresql, sqlite, mariadb, mysql: SELECT CURRENT_DATE"`);
  expect(value(func["current_timestamp"]?.() as Operand)).toMatchInlineSnapshot(
    `"postgresql, sqlite, mariadb, mysql: SELECT current_timestamp"`,
  );
  expect(value(func["greatest"]?.(c.id, 5) as Operand)).toMatchInlineSnapshot(`
    "postgresql: SELECT greatest("users"."id", CAST($1 AS INTEGER)) FROM "users" -- 5
    sqlite: SELECT max("users"."id", ?) FROM "users" -- 5
    mariadb, mysql: SELECT greatest(\`users\`.\`id\`, ?) FROM \`users\` -- 5"
  `);
  expect(value(func["my_schema.my_function"]?.(c.id, "x") as Operand)).toMatchInlineSnapshot(`
    "postgresql: SELECT my_schema.my_function("users"."id", CAST($1 AS TEXT)) FROM "users" -- "x"
    sqlite: SELECT my_schema.my_function("users"."id", ?) FROM "users" -- "x"
    mariadb, mysql: SELECT my_schema.my_function(\`users\`.\`id\`, ?) FROM \`users\` -- "x""
  `);
});

test("windows", () => {
  expect(value(func.rowNumber().over({ partitionBy: c.age, orderBy: [c.name.desc(), c.id] }))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT row_number() OVER (PARTITION BY "users"."age" ORDER BY "users"."name" DESC, "users"."id") FROM "users"
    mariadb, mysql: SELECT row_number() OVER (PARTITION BY \`users\`.\`age\` ORDER BY \`users\`.\`name\` DESC, \`users\`.\`id\`) FROM \`users\`"
  `);
  expect(value(func.sum(c.age).over({ orderBy: c.id, rows: [-2, 0] }))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT sum("users"."age") OVER (ORDER BY "users"."id" ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM "users"
    mariadb, mysql: SELECT sum(\`users\`.\`age\`) OVER (ORDER BY \`users\`.\`id\` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM \`users\`"
  `);
  expect(value(func.sum(c.age).over({ range: [null, null] }))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT sum("users"."age") OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM "users"
    mariadb, mysql: SELECT sum(\`users\`.\`age\`) OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM \`users\`"
  `);
  expect(value(func.coalesce(c.age, 1).over({ partitionBy: c.id.add(2) }))).toMatchInlineSnapshot(`
    "postgresql: SELECT coalesce("users"."age", CAST($1 AS INTEGER)) OVER (PARTITION BY "users"."id" + $2) FROM "users" -- 1, 2
    sqlite: SELECT coalesce("users"."age", ?) OVER (PARTITION BY "users"."id" + ?) FROM "users" -- 1, 2
    mariadb, mysql: SELECT coalesce(\`users\`.\`age\`, ?) OVER (PARTITION BY \`users\`.\`id\` + ?) FROM \`users\` -- 1, 2"
  `);
});

test("CASE", () => {
  expect(value(caseWhen(c.id.eq(1), "one").when(c.id.eq(2), c.name).else("many"))).toMatchInlineSnapshot(`
    "postgresql: SELECT CASE WHEN "users"."id" = $1 THEN CAST($2 AS TEXT) WHEN "users"."id" = $3 THEN "users"."name" ELSE CAST($4 AS TEXT) END FROM "users" -- 1, "one", 2, "many"
    sqlite: SELECT CASE WHEN "users"."id" = ? THEN ? WHEN "users"."id" = ? THEN "users"."name" ELSE ? END FROM "users" -- 1, "one", 2, "many"
    mariadb, mysql: SELECT CASE WHEN \`users\`.\`id\` = ? THEN ? WHEN \`users\`.\`id\` = ? THEN \`users\`.\`name\` ELSE ? END FROM \`users\` -- 1, "one", 2, "many""
  `);
  expect(value(caseWhen(c.id.eq(1), 1).end())).toMatchInlineSnapshot(`
    "postgresql: SELECT CASE WHEN "users"."id" = $1 THEN CAST($2 AS INTEGER) END FROM "users" -- 1, 1
    sqlite: SELECT CASE WHEN "users"."id" = ? THEN ? END FROM "users" -- 1, 1
    mariadb, mysql: SELECT CASE WHEN \`users\`.\`id\` = ? THEN ? END FROM \`users\` -- 1, 1"
  `);
});
