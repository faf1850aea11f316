// What a SELECT becomes: tuples, records, the columns of subqueries; and what conditions, joins and values take.
import {
  aliased,
  and,
  bindparam,
  bundle,
  caseWhen,
  cast,
  deleteFrom,
  type Executable,
  exists,
  func,
  insert,
  integer,
  joinedload,
  literal,
  MetaData,
  or,
  type Select,
  select,
  selectinload,
  type SqlExpression,
  string,
  Table,
  text,
  union,
  update,
} from "athanor";
import { Post, Tag } from "./models/post.ts";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

declare function rowOf<R extends readonly unknown[]>(statement: Executable<R>): R;

const items = new Table("items", new MetaData(), { id: integer().primaryKey(), label: string().nullable() });

// rows
typeOf(rowOf(select(User))).is<readonly [User]>();
typeOf(rowOf(select(User.c.id, Post.c.title))).is<readonly [number, string]>();
typeOf(rowOf(select(User, User.c.email, func.count()))).is<readonly [User, string | null, number]>();
typeOf(rowOf(select(User.c.name.as("label")))).is<readonly [string]>();
typeOf(rowOf(select(aliased(User), aliased(Post).c.title))).is<readonly [User, string]>();
typeOf(rowOf(select(items.c.label))).is<readonly [string | null]>();
typeOf(rowOf(select(User.c.id).addColumns(User.c.name))).is<readonly [number, string]>();
typeOf(rowOf(select(User).withOnlyColumns(User.c.name))).is<readonly [string]>();
typeOf(rowOf(select(User.c.id).where(User.c.age.gt(3)).orderBy("id").limit(5))).is<readonly [number]>();
typeOf(rowOf(union(select(User.c.id), select(Post.c.id)))).is<readonly [number]>();
typeOf(rowOf(text("SELECT 1"))).is<readonly unknown[]>();
typeOf(rowOf(select(exists(select(Post))))).is<readonly [boolean]>();
typeOf(rowOf(select(literal(3), cast(User.c.id, string())))).is<readonly [number, string]>();
typeOf(rowOf(select(select(Post.c.title).scalarSubquery()))).is<readonly [string]>();
typeOf(rowOf(select(caseWhen(User.c.age.lt(18), "child").else("adult")))).is<readonly [string]>();

// bundles
const author = bundle("author", User.c.id, User.c.name.as("called"), bundle("first", Post.c.title), func.count());
typeOf(rowOf(select(author, Post.c.id))).is<
  readonly [
    {
      readonly id: number;
      readonly called: string;
      readonly first: { readonly title: string };
      readonly count: number;
    },
    number,
  ]
>();
typeOf(select(bundle("a", User.c.id), Post.c.title)).is<
  Select<readonly [{ readonly id: number }, string], { readonly a: { readonly id: number }; readonly title: string }>
>();
typeOf(rowOf(select(bundle("a", User.c.email)))).is<readonly [{ readonly email: string | null }]>();
typeOf(rowOf(insert(User).values({ name: "x" }).returning(bundle("a", User.c.id)))).is<
  readonly [{ readonly id: number }]
>();
typeOf(author.c.first.c.title.eq("x")).is<SqlExpression<boolean>>();
author.c.called.startsWith("A");
// @ts-expect-error the bundle has no such column
console.log(author.c.email);
// @ts-expect-error a bundle is no condition
select(User).where(author);
// @ts-expect-error columns, not their names
bundle("a", "id");

// functions
typeOf(rowOf(select(func.max(User.c.createdAt), func.lower(User.c.name)))).is<readonly [Date | null, string]>();
typeOf(rowOf(select(func.coalesce(User.c.email, "none")))).is<readonly [string]>();
typeOf(rowOf(select(func("initcap", User.c.name)))).is<readonly [unknown]>();
typeOf(rowOf(select(func("initcap", User.c.name).returns(string())))).is<readonly [string]>();
User.c.name.eq(func("initcap", User.c.name));

// subqueries and common table expressions
const counts = select(Post.c.authorId, func.count().as("total"), func.max(Post.c.title))
  .groupBy(Post.c.authorId)
  .subquery("counts");
typeOf(rowOf(select(counts.c.authorId, counts.c.total, counts.c.max))).is<readonly [number, number, string | null]>();
// @ts-expect-error the subquery has no such column
counts.c.title;
typeOf(rowOf(select(select(User).cte("u").c.email))).is<readonly [string | null]>();
typeOf(rowOf(select(select(items).subquery().c.label))).is<readonly [string | null]>();

// conditions
User.c.name.eq("Alice").and(User.c.age.ge(18));
User.c.email.eq(null);
User.c.email.eq(User.c.name);
User.c.name.eq(User.c.email);
User.c.age.in([1, 2, Post.c.id]);
User.c.age.in(select(Post.c.id));
User.c.createdAt.between(new Date(0), func.now());
User.c.email.like("%@example.com");
User.c.id.eq(bindparam("id"));
select(User).where(or(User.c.name.like("A%"), and(User.c.age.lt(3), User.c.email.isNull())));
select(User).where(User.c.posts.any(Post.c.title.eq("x")), Post.c.author.has(User.c.id.eq(1)));
// @ts-expect-error an age is a number
User.c.age.eq("3");
// @ts-expect-error a number is compared with a string
User.c.id.eq(User.c.name);
// @ts-expect-error one of the list is no number
User.c.age.in([1, "2"]);
// @ts-expect-error a date is no string
User.c.createdAt.between("2020-01-01", "2021-01-01");
// @ts-expect-error a pattern is text
User.c.name.like(5);
// @ts-expect-error a string is no condition
select(User).where("name = 'Alice'");
// @ts-expect-error a text column is no condition
select(User).where(User.c.name);
// @ts-expect-error a name is nothing to select
select("id");

// joins and loader options
select(User).join(User.c.posts).join(Post.c.tags).outerJoin(Tag, Tag.c.name.eq("x"));
select(User).join(Post, Post.c.authorId.eq(User.c.id)).join(items, items.c.id.eq(User.c.id)).join(counts);
select(User).join(User.c.posts.ofType(aliased(Post)));
select(User).options(selectinload(User.c.posts).joinedload(Post.c.tags), joinedload(User.c.posts));
// @ts-expect-error a column leads nowhere
select(User).join(User.c.id);
// @ts-expect-error a name leads nowhere
select(User).join("posts");
// @ts-expect-error a column cannot be loaded like this
selectinload(User.c.name);

// changes
insert(User).values({ name: "Alice", email: null });
insert(User).values([{ name: "Alice" }, { name: func.lower("BOB") }]);
insert(User).fromSelect(["name"], select(Tag.c.name));
update(User)
  .values({ age: User.c.age.add(1) })
  .where(User.c.id.eq(1));
deleteFrom(User).where(User.c.age.lt(1));
insert(items).values({ label: null });
typeOf(rowOf(insert(User).values({ name: "x" }).returning(User.c.id, User))).is<readonly [number, User]>();
typeOf(rowOf(update(User).values({ age: 1 }).returning(User.c.age))).is<readonly [number]>();
typeOf(rowOf(deleteFrom(User).returning(User))).is<readonly [User]>();
typeOf(rowOf(deleteFrom(User))).is<readonly []>();
// @ts-expect-error there is no such column
insert(User).values({ nickname: "Al" });
// @ts-expect-error a relationship is no column
insert(User).values({ posts: [] });
// @ts-expect-error an age is a number
update(User).values({ age: "3" });
// @ts-expect-error a name is not null
update(User).values({ name: null });
// @ts-expect-error there is no such column
insert(User).fromSelect(["nickname"], select(Tag.c.name));
// @ts-expect-error there is no such column
insert(items).values({ nickname: "Al" });
