import { expect, test } from "vitest";
import { insert as conflictInsert } from "../../../src/dialect/conflict-insert.ts";
import { insert as duplicateInsert } from "../../../src/dialect/mysql/duplicate-key-insert.ts";
import { integer } from "../../../src/schema/index.ts";
import {
  alias,
  bindparam,
  column,
  deleteFrom,
  except,
  exists,
  func,
  insert,
  literal,
  select,
  table,
  text,
  union,
  unionAll,
  update,
} from "../../../src/sql/index.ts";
import { posts, sqlOn, users } from "./sql-on.ts";

const { c } = users;

test("SELECT", () => {
  expect(sqlOn(select(users))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."id", "users"."name", "users"."age", "users"."joined_at" FROM "users"
    mariadb, mysql: SELECT \`users\`.\`id\`, \`users\`.\`name\`, \`users\`.\`age\`, \`users\`.\`joined_at\` FROM \`users\`"
  `);
  expect(sqlOn(select(c.joinedAt, c.id.as("key"), c.id.add(1)))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."joined_at", "users"."id" AS "key", "users"."id" + $1 FROM "users" -- 1
    sqlite: SELECT "users"."joined_at", "users"."id" AS "key", "users"."id" + ? FROM "users" -- 1
    mariadb, mysql: SELECT \`users\`.\`joined_at\`, \`users\`.\`id\` AS \`key\`, \`users\`.\`id\` + ? FROM \`users\` -- 1"
  `);
  expect(sqlOn(select(literal(1)))).toMatchInlineSnapshot(`
    "postgresql: SELECT CAST($1 AS INTEGER) -- 1
    sqlite, mariadb, mysql: SELECT ? -- 1"
  `);
  expect(sqlOn(select(c.id).limit(5).offset(2))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" LIMIT $1 OFFSET $2 -- 5, 2
    sqlite: SELECT "users"."id" FROM "users" LIMIT ? OFFSET ? -- 5, 2
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` LIMIT ? OFFSET ? -- 5, 2"
  `);
  expect(sqlOn(select(c.id).offset(2))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" OFFSET $1 -- 2
    sqlite: SELECT "users"."id" FROM "users" LIMIT -1 OFFSET ? -- 2
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` LIMIT 18446744073709551615 OFFSET ? -- 2"
  `);
  expect(sqlOn(select(c.id).limit(bindparam("n", integer())).limit(null))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."id" FROM "users"
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\`"
  `);
  expect(
    sqlOn(select(c.name).distinct().orderBy(c.name.desc().nullsLast(), c.id.asc().nullsFirst())),
  ).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT DISTINCT "users"."name" FROM "users" ORDER BY "users"."name" DESC NULLS LAST, "users"."id" NULLS FIRST
    mariadb, mysql: SELECT DISTINCT \`users\`.\`name\` FROM \`users\` ORDER BY \`users\`.\`name\` IS NULL, \`users\`.\`name\` DESC, \`users\`.\`id\` IS NULL DESC, \`users\`.\`id\`"
  `);
  expect(sqlOn(select(c.name).distinct(c.age))).toMatchInlineSnapshot(`
    "postgresql: SELECT DISTINCT ON ("users"."age") "users"."name" FROM "users"
    sqlite: UnsupportedCompilationError: sqlite has no DISTINCT ON; use a window function such as func.rowNumber().over(…).
    mariadb: UnsupportedCompilationError: mariadb has no DISTINCT ON; use a window function such as func.rowNumber().over(…).
    mysql: UnsupportedCompilationError: mysql has no DISTINCT ON; use a window function such as func.rowNumber().over(…)."
  `);
  expect(
    sqlOn(select(c.age, func.count()).groupBy(c.age).having(func.count().gt(1)).orderBy(func.count().desc())),
  ).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."age", count(*) FROM "users" GROUP BY "users"."age" HAVING count(*) > $1 ORDER BY count(*) DESC -- 1
    sqlite: SELECT "users"."age", count(*) FROM "users" GROUP BY "users"."age" HAVING count(*) > ? ORDER BY count(*) DESC -- 1
    mariadb, mysql: SELECT \`users\`.\`age\`, count(*) FROM \`users\` GROUP BY \`users\`.\`age\` HAVING count(*) > ? ORDER BY count(*) DESC -- 1"
  `);
  expect(sqlOn(select(table("ad hoc", column("x")).c.x))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "ad hoc"."x" FROM "ad hoc"
    mariadb, mysql: SELECT \`ad hoc\`.\`x\` FROM \`ad hoc\`"
  `);
});

test("labels in GROUP BY and ORDER BY", () => {
  const label = func.lower(c.name).as("name");
  expect(sqlOn(select(label).groupBy(label).orderBy(label))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT lower("users"."name") AS "name" FROM "users" GROUP BY lower("users"."name") ORDER BY "name"
    mariadb, mysql: SELECT lower(\`users\`.\`name\`) AS \`name\` FROM \`users\` GROUP BY lower(\`users\`.\`name\`) ORDER BY \`name\`"
  `);
  const valued = c.age.add(1).as("next");
  expect(sqlOn(select(c.id, valued).groupBy(c.id, valued).orderBy("next"))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id", "users"."age" + $1 AS "next" FROM "users" GROUP BY "users"."id", 2 ORDER BY "next" -- 1
    sqlite: SELECT "users"."id", "users"."age" + ? AS "next" FROM "users" GROUP BY "users"."id", 2 ORDER BY "next" -- 1
    mariadb, mysql: SELECT \`users\`.\`id\`, \`users\`.\`age\` + ? AS \`next\` FROM \`users\` GROUP BY \`users\`.\`id\`, 2 ORDER BY \`next\` -- 1"
  `);
  const bare = func.coalesce(c.age, 0);
  expect(sqlOn(select(bare).groupBy(bare).orderBy(bare.desc()))).toMatchInlineSnapshot(`
    "postgresql: SELECT coalesce("users"."age", CAST($1 AS INTEGER)) FROM "users" GROUP BY 1 ORDER BY 1 DESC -- 0
    sqlite: SELECT coalesce("users"."age", ?) FROM "users" GROUP BY 1 ORDER BY 1 DESC -- 0
    mariadb, mysql: SELECT coalesce(\`users\`.\`age\`, ?) FROM \`users\` GROUP BY 1 ORDER BY 1 DESC -- 0"
  `);
  expect(sqlOn(select(c.id).orderBy(valued))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" ORDER BY "users"."age" + $1 -- 1
    sqlite: SELECT "users"."id" FROM "users" ORDER BY "users"."age" + ? -- 1
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` ORDER BY \`users\`.\`age\` + ? -- 1"
  `);
});

test("FOR UPDATE", () => {
  expect(sqlOn(select(c.id).withForUpdate())).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" FOR UPDATE
    sqlite: SELECT "users"."id" FROM "users"
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` FOR UPDATE"
  `);
  expect(sqlOn(select(c.id).withForUpdate({ read: true, nowait: true }))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" FOR SHARE NOWAIT
    sqlite: SELECT "users"."id" FROM "users"
    mariadb: SELECT \`users\`.\`id\` FROM \`users\` LOCK IN SHARE MODE NOWAIT
    mysql: SELECT \`users\`.\`id\` FROM \`users\` FOR SHARE NOWAIT"
  `);
  expect(
    sqlOn(select(c.id).withForUpdate({ keyShare: true, skipLocked: true, of: [users, alias(users, "u")] })),
  ).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id" FROM "users" FOR NO KEY UPDATE OF "users", "u" SKIP LOCKED
    sqlite: SELECT "users"."id" FROM "users"
    mariadb: SELECT \`users\`.\`id\` FROM \`users\` FOR UPDATE SKIP LOCKED
    mysql: SELECT \`users\`.\`id\` FROM \`users\` FOR UPDATE OF \`users\`, \`u\` SKIP LOCKED"
  `);
});

test("joins", () => {
  expect(sqlOn(select(c.id).join(posts))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."id" FROM "users" JOIN "posts" ON "posts"."user_id" = "users"."id"
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` JOIN \`posts\` ON \`posts\`.\`user_id\` = \`users\`.\`id\`"
  `);
  expect(sqlOn(select(posts.c.id).outerJoin(users))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "posts"."id" FROM "posts" LEFT OUTER JOIN "users" ON "posts"."user_id" = "users"."id"
    mariadb, mysql: SELECT \`posts\`.\`id\` FROM \`posts\` LEFT OUTER JOIN \`users\` ON \`posts\`.\`user_id\` = \`users\`.\`id\`"
  `);
  expect(sqlOn(select(c.id, posts.c.id).join(posts, posts.c.title.eq("x"), { full: true }))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id", "posts"."id" FROM "users" FULL OUTER JOIN "posts" ON "posts"."title" = $1 -- "x"
    sqlite: SELECT "users"."id", "posts"."id" FROM "users" FULL OUTER JOIN "posts" ON "posts"."title" = ? -- "x"
    mariadb: UnsupportedCompilationError: mariadb has no FULL OUTER JOIN.
    mysql: UnsupportedCompilationError: mysql has no FULL OUTER JOIN."
  `);
  expect(sqlOn(select(func.count()).selectFrom(users).join(posts))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT count(*) FROM "users" JOIN "posts" ON "posts"."user_id" = "users"."id"
    mariadb, mysql: SELECT count(*) FROM \`users\` JOIN \`posts\` ON \`posts\`.\`user_id\` = \`users\`.\`id\`"
  `);
  const [one, two] = [alias(users), alias(users)];
  expect(sqlOn(select(one.c.id, two.c.id).join(two, one.c.id.lt(two.c.id)))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users_1"."id", "users_2"."id" FROM "users" AS "users_1" JOIN "users" AS "users_2" ON "users_1"."id" < "users_2"."id"
    mariadb, mysql: SELECT \`users_1\`.\`id\`, \`users_2\`.\`id\` FROM \`users\` AS \`users_1\` JOIN \`users\` AS \`users_2\` ON \`users_1\`.\`id\` < \`users_2\`.\`id\`"
  `);
  expect(sqlOn(select(alias(users).c.id, alias(users, "users_1").c.id))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users_2"."id", "users_1"."id" FROM "users" AS "users_2", "users" AS "users_1"
    mariadb, mysql: SELECT \`users_2\`.\`id\`, \`users_1\`.\`id\` FROM \`users\` AS \`users_2\`, \`users\` AS \`users_1\`"
  `);
  expect(sqlOn(select(c.id).join(alias(users)))).toMatchInlineSnapshot(
    `"postgresql, sqlite, mariadb, mysql: ArgumentError: There is no foreign key between "users" and a subquery, so the join needs its condition: .join(target, condition)."`,
  );
});

test("subqueries", () => {
  const counts = select(posts.c.userId, func.count().as("n"))
    .where(posts.c.title.ne("x"))
    .groupBy(posts.c.userId)
    .subquery();
  expect(
    sqlOn(select(c.name, counts.c.n).join(counts, counts.c.userId.eq(c.id)).where(c.id.gt(1))),
  ).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."name", "anon_1"."n" FROM "users" JOIN (SELECT "posts"."user_id" AS "userId", count(*) AS "n" FROM "posts" WHERE "posts"."title" <> $1 GROUP BY "posts"."user_id") AS "anon_1" ON "anon_1"."userId" = "users"."id" WHERE "users"."id" > $2 -- "x", 1
    sqlite: SELECT "users"."name", "anon_1"."n" FROM "users" JOIN (SELECT "posts"."user_id" AS "userId", count(*) AS "n" FROM "posts" WHERE "posts"."title" <> ? GROUP BY "posts"."user_id") AS "anon_1" ON "anon_1"."userId" = "users"."id" WHERE "users"."id" > ? -- "x", 1
    mariadb, mysql: SELECT \`users\`.\`name\`, \`anon_1\`.\`n\` FROM \`users\` JOIN (SELECT \`posts\`.\`user_id\` AS \`userId\`, count(*) AS \`n\` FROM \`posts\` WHERE \`posts\`.\`title\` <> ? GROUP BY \`posts\`.\`user_id\`) AS \`anon_1\` ON \`anon_1\`.\`userId\` = \`users\`.\`id\` WHERE \`users\`.\`id\` > ? -- "x", 1"
  `);
  const own = select(func.count()).selectFrom(posts).where(posts.c.userId.eq(c.id));
  expect(sqlOn(select(c.name, own.as("posts")).where(own.scalarSubquery().gt(2)))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."name", (SELECT count(*) FROM "posts" WHERE "posts"."user_id" = "users"."id") AS "posts" FROM "users" WHERE (SELECT count(*) FROM "posts" WHERE "posts"."user_id" = "users"."id") > $1 -- 2
    sqlite: SELECT "users"."name", (SELECT count(*) FROM "posts" WHERE "posts"."user_id" = "users"."id") AS "posts" FROM "users" WHERE (SELECT count(*) FROM "posts" WHERE "posts"."user_id" = "users"."id") > ? -- 2
    mariadb, mysql: SELECT \`users\`.\`name\`, (SELECT count(*) FROM \`posts\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\`) AS \`posts\` FROM \`users\` WHERE (SELECT count(*) FROM \`posts\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\`) > ? -- 2"
  `);
  expect(sqlOn(select(c.id).where(exists(select(posts.c.id).where(posts.c.userId.eq(c.id)))))).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."id" FROM "users" WHERE EXISTS (SELECT "posts"."id" FROM "posts" WHERE "posts"."user_id" = "users"."id")
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` WHERE EXISTS (SELECT \`posts\`.\`id\` FROM \`posts\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\`)"
  `);
  expect(
    sqlOn(select(c.id).where(select(posts.c.id).where(posts.c.userId.eq(c.id)).correlate(users).exists())),
  ).toMatchInlineSnapshot(`
    "postgresql, sqlite: SELECT "users"."id" FROM "users" WHERE EXISTS (SELECT "posts"."id" FROM "posts" WHERE "posts"."user_id" = "users"."id")
    mariadb, mysql: SELECT \`users\`.\`id\` FROM \`users\` WHERE EXISTS (SELECT \`posts\`.\`id\` FROM \`posts\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\`)"
  `);
  const newest = select(posts.c.title).where(posts.c.userId.eq(c.id)).limit(1).lateral("newest");
  expect(sqlOn(select(c.id, newest.c.title).join(newest, literal(true)))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id", "newest"."title" FROM "users" JOIN LATERAL (SELECT "posts"."title" FROM "posts" WHERE "posts"."user_id" = "users"."id" LIMIT $1) AS "newest" ON CAST($2 AS BOOLEAN) -- 1, true
    sqlite: UnsupportedCompilationError: sqlite has no LATERAL.
    mariadb: UnsupportedCompilationError: mariadb has no LATERAL.
    mysql: SELECT \`users\`.\`id\`, \`newest\`.\`title\` FROM \`users\` JOIN LATERAL (SELECT \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\` LIMIT ?) AS \`newest\` ON ? -- 1, true"
  `);
  expect(sqlOn(select(select(c.id, c.id, literal(1)).subquery("s")))).toMatchInlineSnapshot(`
    "postgresql: SELECT "s"."id", "s"."id_1", "s"."anon_3" FROM (SELECT "users"."id", "users"."id" AS "id_1", CAST($1 AS INTEGER) AS "anon_3" FROM "users") AS "s" -- 1
    sqlite: SELECT "s"."id", "s"."id_1", "s"."anon_3" FROM (SELECT "users"."id", "users"."id" AS "id_1", ? AS "anon_3" FROM "users") AS "s" -- 1
    mariadb, mysql: SELECT \`s\`.\`id\`, \`s\`.\`id_1\`, \`s\`.\`anon_3\` FROM (SELECT \`users\`.\`id\`, \`users\`.\`id\` AS \`id_1\`, ? AS \`anon_3\` FROM \`users\`) AS \`s\` -- 1"
  `);
});

test("CTEs", () => {
  const rich = select(users).where(c.age.gt(10)).cte("rich");
  expect(sqlOn(select(literal(1), rich.c.joinedAt).where(rich.c.id.eq(2)))).toMatchInlineSnapshot(`
    "postgresql: WITH "rich" AS (SELECT "users"."id", "users"."name", "users"."age", "users"."joined_at" AS "joinedAt" FROM "users" WHERE "users"."age" > $1) SELECT CAST($2 AS INTEGER), "rich"."joinedAt" FROM "rich" WHERE "rich"."id" = $3 -- 10, 1, 2
    sqlite: WITH "rich" AS (SELECT "users"."id", "users"."name", "users"."age", "users"."joined_at" AS "joinedAt" FROM "users" WHERE "users"."age" > ?) SELECT ?, "rich"."joinedAt" FROM "rich" WHERE "rich"."id" = ? -- 10, 1, 2
    mariadb, mysql: WITH \`rich\` AS (SELECT \`users\`.\`id\`, \`users\`.\`name\`, \`users\`.\`age\`, \`users\`.\`joined_at\` AS \`joinedAt\` FROM \`users\` WHERE \`users\`.\`age\` > ?) SELECT ?, \`rich\`.\`joinedAt\` FROM \`rich\` WHERE \`rich\`.\`id\` = ? -- 10, 1, 2"
  `);
  const base = select(c.id, literal(0).as("depth")).where(c.name.eq("root")).cte("tree", { recursive: true });
  const tree = base.unionAll(
    select(posts.c.id, base.c.depth.add(1)).where(posts.c.userId.eq(base.c.id)).where(base.c.depth.lt(9)),
  );
  expect(sqlOn(select(literal("x"), tree.c.id).where(tree.c.depth.gt(5)))).toMatchInlineSnapshot(`
    "postgresql: WITH RECURSIVE "tree" AS (SELECT "users"."id", CAST($1 AS INTEGER) AS "depth" FROM "users" WHERE "users"."name" = $2 UNION ALL SELECT "posts"."id", "tree"."depth" + $3 FROM "posts", "tree" WHERE "posts"."user_id" = "tree"."id" AND "tree"."depth" < $4) SELECT CAST($5 AS TEXT), "tree"."id" FROM "tree" WHERE "tree"."depth" > $6 -- 0, "root", 1, 9, "x", 5
    sqlite: WITH RECURSIVE "tree" AS (SELECT "users"."id", ? AS "depth" FROM "users" WHERE "users"."name" = ? UNION ALL SELECT "posts"."id", "tree"."depth" + ? FROM "posts", "tree" WHERE "posts"."user_id" = "tree"."id" AND "tree"."depth" < ?) SELECT ?, "tree"."id" FROM "tree" WHERE "tree"."depth" > ? -- 0, "root", 1, 9, "x", 5
    mariadb, mysql: WITH RECURSIVE \`tree\` AS (SELECT \`users\`.\`id\`, ? AS \`depth\` FROM \`users\` WHERE \`users\`.\`name\` = ? UNION ALL SELECT \`posts\`.\`id\`, \`tree\`.\`depth\` + ? FROM \`posts\`, \`tree\` WHERE \`posts\`.\`user_id\` = \`tree\`.\`id\` AND \`tree\`.\`depth\` < ?) SELECT ?, \`tree\`.\`id\` FROM \`tree\` WHERE \`tree\`.\`depth\` > ? -- 0, "root", 1, 9, "x", 5"
  `);
  const second = select(rich.c.id).where(rich.c.name.eq("b")).cte();
  expect(
    sqlOn(
      select(second.c.id, rich.c.id)
        .where(rich.c.id.eq(second.c.id))
        .where(rich.c.id.in(select(rich.c.age))),
    ),
  ).toMatchInlineSnapshot(`
    "postgresql: WITH "rich" AS (SELECT "users"."id", "users"."name", "users"."age", "users"."joined_at" AS "joinedAt" FROM "users" WHERE "users"."age" > $1), "anon_1" AS (SELECT "rich"."id" FROM "rich" WHERE "rich"."name" = $2) SELECT "anon_1"."id", "rich"."id" FROM "anon_1", "rich" WHERE "rich"."id" = "anon_1"."id" AND "rich"."id" IN (SELECT "rich"."age" FROM "rich") -- 10, "b"
    sqlite: WITH "rich" AS (SELECT "users"."id", "users"."name", "users"."age", "users"."joined_at" AS "joinedAt" FROM "users" WHERE "users"."age" > ?), "anon_1" AS (SELECT "rich"."id" FROM "rich" WHERE "rich"."name" = ?) SELECT "anon_1"."id", "rich"."id" FROM "anon_1", "rich" WHERE "rich"."id" = "anon_1"."id" AND "rich"."id" IN (SELECT "rich"."age" FROM "rich") -- 10, "b"
    mariadb, mysql: WITH \`rich\` AS (SELECT \`users\`.\`id\`, \`users\`.\`name\`, \`users\`.\`age\`, \`users\`.\`joined_at\` AS \`joinedAt\` FROM \`users\` WHERE \`users\`.\`age\` > ?), \`anon_1\` AS (SELECT \`rich\`.\`id\` FROM \`rich\` WHERE \`rich\`.\`name\` = ?) SELECT \`anon_1\`.\`id\`, \`rich\`.\`id\` FROM \`anon_1\`, \`rich\` WHERE \`rich\`.\`id\` = \`anon_1\`.\`id\` AND \`rich\`.\`id\` IN (SELECT \`rich\`.\`age\` FROM \`rich\`) -- 10, "b""
  `);
});

test("compounds", () => {
  const [one, two] = [
    select(c.id, c.name).where(c.id.eq(1)),
    select(posts.c.id, posts.c.title).where(posts.c.id.eq(2)),
  ];
  expect(sqlOn(union(one, two).orderBy("name").limit(3))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = $1 UNION SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = $2 ORDER BY "name" LIMIT $3 -- 1, 2, 3
    sqlite: SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = ? UNION SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = ? ORDER BY "name" LIMIT ? -- 1, 2, 3
    mariadb, mysql: SELECT \`users\`.\`id\`, \`users\`.\`name\` FROM \`users\` WHERE \`users\`.\`id\` = ? UNION SELECT \`posts\`.\`id\`, \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`id\` = ? ORDER BY \`name\` LIMIT ? -- 1, 2, 3"
  `);
  expect(sqlOn(unionAll(one.limit(4), two))).toMatchInlineSnapshot(`
    "postgresql: (SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = $1 LIMIT $2) UNION ALL SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = $3 -- 1, 4, 2
    sqlite: SELECT * FROM (SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = ? LIMIT ?) UNION ALL SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = ? -- 1, 4, 2
    mariadb, mysql: (SELECT \`users\`.\`id\`, \`users\`.\`name\` FROM \`users\` WHERE \`users\`.\`id\` = ? LIMIT ?) UNION ALL SELECT \`posts\`.\`id\`, \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`id\` = ? -- 1, 4, 2"
  `);
  expect(sqlOn(except(one, union(two, one)))).toMatchInlineSnapshot(`
    "postgresql: SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = $1 EXCEPT (SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = $2 UNION SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = $3) -- 1, 2, 1
    sqlite: SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = ? EXCEPT SELECT * FROM (SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = ? UNION SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = ?) -- 1, 2, 1
    mariadb, mysql: SELECT \`users\`.\`id\`, \`users\`.\`name\` FROM \`users\` WHERE \`users\`.\`id\` = ? EXCEPT (SELECT \`posts\`.\`id\`, \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`id\` = ? UNION SELECT \`users\`.\`id\`, \`users\`.\`name\` FROM \`users\` WHERE \`users\`.\`id\` = ?) -- 1, 2, 1"
  `);
  expect(sqlOn(select(one.union(two).subquery("u").c.id))).toMatchInlineSnapshot(`
    "postgresql: SELECT "u"."id" FROM (SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = $1 UNION SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = $2) AS "u" -- 1, 2
    sqlite: SELECT "u"."id" FROM (SELECT "users"."id", "users"."name" FROM "users" WHERE "users"."id" = ? UNION SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" = ?) AS "u" -- 1, 2
    mariadb, mysql: SELECT \`u\`.\`id\` FROM (SELECT \`users\`.\`id\`, \`users\`.\`name\` FROM \`users\` WHERE \`users\`.\`id\` = ? UNION SELECT \`posts\`.\`id\`, \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`id\` = ?) AS \`u\` -- 1, 2"
  `);
});

test("INSERT", () => {
  const row = { id: 1, name: "a" };
  expect(sqlOn(insert(users).values(row))).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") VALUES ($1, $2) -- 1, "a"
    sqlite: INSERT INTO "users" ("id", "name") VALUES (?, ?) -- 1, "a"
    mariadb, mysql: INSERT INTO \`users\` (\`id\`, \`name\`) VALUES (?, ?) -- 1, "a""
  `);
  expect(
    sqlOn(
      insert(users)
        .values([row, { name: null as never, id: c.id.add(1) }])
        .returning(c.id, c.joinedAt),
    ),
  ).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") VALUES ($1, $2), ("users"."id" + $3, NULL) RETURNING "id", "joined_at" -- 1, "a", 1
    sqlite: INSERT INTO "users" ("id", "name") VALUES (?, ?), ("users"."id" + ?, NULL) RETURNING "id", "joined_at" -- 1, "a", 1
    mariadb: INSERT INTO \`users\` (\`id\`, \`name\`) VALUES (?, ?), (\`users\`.\`id\` + ?, NULL) RETURNING \`id\`, \`joined_at\` -- 1, "a", 1
    mysql: UnsupportedCompilationError: mysql has no RETURNING for INSERT; run a SELECT before or after instead."
  `);
  expect(sqlOn(insert(users), { name: "x", joinedAt: new Date(0) })).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("name", "joined_at") VALUES ($1, $2) -- "x", "1970-01-01 00:00:00.000+00"
    sqlite: INSERT INTO "users" ("name", "joined_at") VALUES (?, ?) -- "x", "1970-01-01 00:00:00.000"
    mariadb, mysql: INSERT INTO \`users\` (\`name\`, \`joined_at\`) VALUES (?, ?) -- "x", "1970-01-01 00:00:00.000""
  `);
  expect(sqlOn(insert(users), {})).toMatchInlineSnapshot(`
    "postgresql, sqlite: INSERT INTO "users" DEFAULT VALUES
    mariadb, mysql: INSERT INTO \`users\` () VALUES ()"
  `);
  expect(
    sqlOn(insert(users).fromSelect(["id", "name"], select(posts.c.id, posts.c.title).where(posts.c.id.gt(3)))),
  ).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" > $1 -- 3
    sqlite: INSERT INTO "users" ("id", "name") SELECT "posts"."id", "posts"."title" FROM "posts" WHERE "posts"."id" > ? -- 3
    mariadb, mysql: INSERT INTO \`users\` (\`id\`, \`name\`) SELECT \`posts\`.\`id\`, \`posts\`.\`title\` FROM \`posts\` WHERE \`posts\`.\`id\` > ? -- 3"
  `);
  const cte = select(posts.c.id).where(posts.c.id.gt(4)).cte("p");
  expect(sqlOn(insert(users).fromSelect(["id"], select(cte.c.id).where(cte.c.id.lt(9))))).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id") WITH "p" AS (SELECT "posts"."id" FROM "posts" WHERE "posts"."id" > $1) SELECT "p"."id" FROM "p" WHERE "p"."id" < $2 -- 4, 9
    sqlite: INSERT INTO "users" ("id") WITH "p" AS (SELECT "posts"."id" FROM "posts" WHERE "posts"."id" > ?) SELECT "p"."id" FROM "p" WHERE "p"."id" < ? -- 4, 9
    mariadb, mysql: INSERT INTO \`users\` (\`id\`) WITH \`p\` AS (SELECT \`posts\`.\`id\` FROM \`posts\` WHERE \`posts\`.\`id\` > ?) SELECT \`p\`.\`id\` FROM \`p\` WHERE \`p\`.\`id\` < ? -- 4, 9"
  `);
});

test("UPDATE", () => {
  expect(
    sqlOn(
      update(users)
        .values({ name: "a", age: c.age.add(1) })
        .where(c.id.eq(2)),
    ),
  ).toMatchInlineSnapshot(`
    "postgresql: UPDATE "users" SET "name" = $1, "age" = "users"."age" + $2 WHERE "users"."id" = $3 -- "a", 1, 2
    sqlite: UPDATE "users" SET "name" = ?, "age" = "users"."age" + ? WHERE "users"."id" = ? -- "a", 1, 2
    mariadb, mysql: UPDATE \`users\` SET \`name\` = ?, \`age\` = \`users\`.\`age\` + ? WHERE \`users\`.\`id\` = ? -- "a", 1, 2"
  `);
  expect(
    sqlOn(update(users).values({ name: posts.c.title }).where(posts.c.userId.eq(c.id)).where(posts.c.id.eq(3))),
  ).toMatchInlineSnapshot(`
    "postgresql: UPDATE "users" SET "name" = "posts"."title" FROM "posts" WHERE "posts"."user_id" = "users"."id" AND "posts"."id" = $1 -- 3
    sqlite: UPDATE "users" SET "name" = "posts"."title" FROM "posts" WHERE "posts"."user_id" = "users"."id" AND "posts"."id" = ? -- 3
    mariadb, mysql: UPDATE \`users\`, \`posts\` SET \`users\`.\`name\` = \`posts\`.\`title\` WHERE \`posts\`.\`user_id\` = \`users\`.\`id\` AND \`posts\`.\`id\` = ? -- 3"
  `);
  expect(sqlOn(update(users).where(c.id.eq(bindparam("key"))), { name: "b", key: 5 })).toMatchInlineSnapshot(`
    "postgresql: UPDATE "users" SET "name" = $1 WHERE "users"."id" = $2 -- "b", 5
    sqlite: UPDATE "users" SET "name" = ? WHERE "users"."id" = ? -- "b", 5
    mariadb, mysql: UPDATE \`users\` SET \`name\` = ? WHERE \`users\`.\`id\` = ? -- "b", 5"
  `);
  const own = select(func.count()).selectFrom(posts).where(posts.c.userId.eq(c.id)).scalarSubquery();
  expect(sqlOn(update(users).values({ age: own }).returning(c.id))).toMatchInlineSnapshot(`
    "postgresql, sqlite: UPDATE "users" SET "age" = (SELECT count(*) FROM "posts" WHERE "posts"."user_id" = "users"."id") RETURNING "id"
    mariadb: UnsupportedCompilationError: mariadb has no RETURNING for UPDATE; run a SELECT before or after instead.
    mysql: UnsupportedCompilationError: mysql has no RETURNING for UPDATE; run a SELECT before or after instead."
  `);
  expect(sqlOn(update(users))).toMatchInlineSnapshot(
    `"postgresql, sqlite, mariadb, mysql: CompileError: update() has no values. Give them with .values({ … }) or as parameters."`,
  );
});

test("DELETE", () => {
  expect(sqlOn(deleteFrom(users).where(c.id.eq(1)).returning(c.name))).toMatchInlineSnapshot(`
    "postgresql: DELETE FROM "users" WHERE "users"."id" = $1 RETURNING "name" -- 1
    sqlite: DELETE FROM "users" WHERE "users"."id" = ? RETURNING "name" -- 1
    mariadb: DELETE FROM \`users\` WHERE \`users\`.\`id\` = ? RETURNING \`name\` -- 1
    mysql: UnsupportedCompilationError: mysql has no RETURNING for DELETE; run a SELECT before or after instead."
  `);
  expect(sqlOn(deleteFrom(users).where(c.id.eq(posts.c.userId)))).toMatchInlineSnapshot(`
    "postgresql: DELETE FROM "users" USING "posts" WHERE "users"."id" = "posts"."user_id"
    sqlite: UnsupportedCompilationError: sqlite has no DELETE over several tables; use a subquery with in() or exists().
    mariadb, mysql: DELETE \`users\` FROM \`users\`, \`posts\` WHERE \`users\`.\`id\` = \`posts\`.\`user_id\`"
  `);
});

test("rows that exist already", () => {
  const upsert = conflictInsert(users).values({ id: 1, name: "a" });
  expect(sqlOn(upsert.onConflictDoNothing())).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") VALUES ($1, $2) ON CONFLICT DO NOTHING -- 1, "a"
    sqlite: INSERT INTO "users" ("id", "name") VALUES (?, ?) ON CONFLICT DO NOTHING -- 1, "a"
    mariadb: UnsupportedCompilationError: mariadb has no ON CONFLICT; use onDuplicateKeyUpdate().
    mysql: UnsupportedCompilationError: mysql has no ON CONFLICT; use onDuplicateKeyUpdate()."
  `);
  expect(
    sqlOn(
      upsert
        .onConflictDoUpdate({
          indexElements: [c.id],
          indexWhere: c.age.gt(1),
          set: { name: upsert.excluded.name, age: 5 },
          where: c.age.lt(6),
        })
        .returning(c.id),
    ),
  ).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") VALUES ($1, $2) ON CONFLICT ("id") WHERE "age" > $3 DO UPDATE SET "name" = "excluded"."name", "age" = $4 WHERE "users"."age" < $5 RETURNING "id" -- 1, "a", 1, 5, 6
    sqlite: INSERT INTO "users" ("id", "name") VALUES (?, ?) ON CONFLICT ("id") WHERE "age" > ? DO UPDATE SET "name" = "excluded"."name", "age" = ? WHERE "users"."age" < ? RETURNING "id" -- 1, "a", 1, 5, 6
    mariadb: UnsupportedCompilationError: mariadb has no ON CONFLICT; use onDuplicateKeyUpdate().
    mysql: UnsupportedCompilationError: mysql has no ON CONFLICT; use onDuplicateKeyUpdate()."
  `);
  expect(sqlOn(upsert.onConflictDoUpdate({ constraint: "pk", set: { joinedAt: func.now() } }))).toMatchInlineSnapshot(`
    "postgresql: INSERT INTO "users" ("id", "name") VALUES ($1, $2) ON CONFLICT ON CONSTRAINT "pk" DO UPDATE SET "joined_at" = now() -- 1, "a"
    sqlite: INSERT INTO "users" ("id", "name") VALUES (?, ?) ON CONFLICT ON CONSTRAINT "pk" DO UPDATE SET "joined_at" = strftime('%Y-%m-%d %H:%M:%f', 'now') -- 1, "a"
    mariadb: UnsupportedCompilationError: mariadb has no ON CONFLICT; use onDuplicateKeyUpdate().
    mysql: UnsupportedCompilationError: mysql has no ON CONFLICT; use onDuplicateKeyUpdate()."
  `);
  const duplicate = duplicateInsert(users).values({ id: 1, joinedAt: new Date(0) });
  expect(
    sqlOn(duplicate.onDuplicateKeyUpdate({ joinedAt: duplicate.inserted.joinedAt, name: "b" })),
  ).toMatchInlineSnapshot(`
    "postgresql: UnsupportedCompilationError: postgresql has no ON DUPLICATE KEY UPDATE; use onConflictDoUpdate().
    sqlite: UnsupportedCompilationError: sqlite has no ON DUPLICATE KEY UPDATE; use onConflictDoUpdate().
    mariadb, mysql: INSERT INTO \`users\` (\`id\`, \`joined_at\`) VALUES (?, ?) ON DUPLICATE KEY UPDATE \`joined_at\` = VALUES(\`joined_at\`), \`name\` = ? -- 1, "1970-01-01 00:00:00.000", "b""
  `);
});

test("text", () => {
  expect(
    sqlOn(
      text("SELECT ':a', \":b\", `:c`, x::int, $$:d$$, $t1$:e$$t1$ -- :f\n, \\:g, a:b, :h /* :i */").bindparams({
        h: 1,
      }),
    ),
  ).toMatchInlineSnapshot(`
    "postgresql: SELECT ':a', ":b", \`:c\`, x::int, $$:d$$, $t1$:e$$t1$ -- :f
    , :g, a:b, $1 /* :i */ -- 1
    sqlite, mariadb, mysql: SELECT ':a', ":b", \`:c\`, x::int, $$:d$$, $t1$:e$$t1$ -- :f
    , :g, a:b, ? /* :i */ -- 1"
  `);
  expect(sqlOn(text("SELECT E'it\\'s :a', 'back\\', :b"), { b: 2 })).toMatchInlineSnapshot(`
    "postgresql: SELECT E'it\\'s :a', 'back\\', $1 -- 2
    sqlite, mariadb, mysql: SELECT E'it\\'s :a', 'back\\', ? -- 2"
  `);
  expect(
    sqlOn(text("SELECT 1 WHERE a IN :a AND b NOT IN (:b) AND c IN (:c, :d) AND e = :e"), {
      a: [1, 2],
      b: [],
      c: 3,
      d: 4,
      e: 5,
    }),
  ).toMatchInlineSnapshot(`
    "postgresql: SELECT 1 WHERE a = ANY($1) AND b <> ALL($2) AND c IN ($3, $4) AND e = $5 -- "{1,2}", "{}", 3, 4, 5
    sqlite, mariadb, mysql: SELECT 1 WHERE a IN (?, ?) AND b NOT IN (SELECT NULL WHERE 1 = 0) AND c IN (?, ?) AND e = ? -- 1, 2, 3, 4, 5"
  `);
  expect(sqlOn(text("SELECT :a"))).toMatchInlineSnapshot(`
    "postgresql: StatementError: A value is required for bind parameter "a". Give it when executing: execute(statement, { a: … }).
    [SQL: SELECT $1]
    sqlite, mariadb, mysql: StatementError: A value is required for bind parameter "a". Give it when executing: execute(statement, { a: … }).
    [SQL: SELECT ?]"
  `);
});
