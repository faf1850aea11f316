// The mapped classes, for all three forms.
import { boolean, declarativeBase, double, integer, many, one, select, string, Table, timestamp } from "athanor";

const Base = declarativeBase();

export class Author extends Base.mapped("authors", {
  id: integer().primaryKey(),
  name: string(),
  email: string(),
  karma: integer(),
  get posts() {
    return many(Post, { backPopulates: "author" });
  },
}) {}

export const postTags = new Table("post_tags", Base.metadata, {
  postId: integer().primaryKey().references("posts.id").named("post_id"),
  tagId: integer().primaryKey().references("tags.id").named("tag_id"),
});

export class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  get authorId() {
    return integer().references(Author.c.id);
  },
  title: string(),
  body: string(),
  score: integer(),
  rating: double(),
  published: boolean(),
  createdAt: timestamp(),
  get author() {
    return one(Author, { backPopulates: "posts" });
  },
  get comments() {
    return many(Comment, { backPopulates: "post" });
  },
  get tags() {
    return many(Tag, { secondary: postTags });
  },
}) {}

export class Comment extends Base.mapped("comments", {
  id: integer().primaryKey(),
  get postId() {
    return integer().references(Post.c.id);
  },
  commenter: string(),
  body: string(),
  get post() {
    return one(Post, { backPopulates: "comments" });
  },
}) {}

export class Tag extends Base.mapped("tags", { id: integer().primaryKey(), name: string() }) {}

export class Reading extends Base.mapped("readings", {
  id: integer().primaryKey(),
  device: integer(),
  value: double(),
  note: string(),
}) {}

export class Entry extends Base.mapped("entries", {
  id: integer().primaryKey(),
  name: string(),
  amount: integer(),
  price: double(),
  active: boolean(),
  note: string().nullable(),
}) {}

export class Parent extends Base.mapped("parents", {
  id: integer().primaryKey(),
  name: string(),
  get children() {
    return many(Child, { backPopulates: "parent" });
  },
}) {}

export class Child extends Base.mapped("children", {
  id: integer().primaryKey(),
  get parentId() {
    return integer().references(Parent.c.id);
  },
  name: string(),
  amount: integer(),
  get parent() {
    return one(Parent, { backPopulates: "children" });
  },
}) {}

export class Counter extends Base.mapped("counters", {
  id: integer().primaryKey(),
  name: string(),
  hits: integer(),
}) {}

export class Customer extends Base.mapped("customers", {
  id: integer().primaryKey(),
  name: string(),
  balance: integer(),
  get orders() {
    return many(Order, { backPopulates: "customer", orderBy: Order.c.id });
  },
}) {}

export class Order extends Base.mapped("orders", {
  id: integer().primaryKey(),
  get customerId() {
    return integer().references(Customer.c.id);
  },
  status: string(),
  total: integer(),
  get customer() {
    return one(Customer, { backPopulates: "orders" });
  },
  get lines() {
    return many(OrderLine, {
      backPopulates: "order",
      cascade: "all, delete-orphan",
      orderBy: OrderLine.c.id,
    });
  },
}) {}

export class OrderLine extends Base.mapped("order_lines", {
  id: integer().primaryKey(),
  get orderId() {
    return integer().references(Order.c.id);
  },
  product: string(),
  quantity: integer(),
  price: integer(),
  get order() {
    return one(Order, { backPopulates: "lines" });
  },
}) {}

export const postsUpTo = (count: number) => select(Post).where(Post.c.id.le(count)).orderBy(Post.c.id);

/** The statement of the workload "build": three joins, two conditions, an order and a limit. */
export const reportOf = (minimum: number) =>
  select(Author.c.name, Post.c.title, Tag.c.name)
    .selectFrom(Author)
    .join(Post, Post.c.authorId.eq(Author.c.id))
    .join(postTags, postTags.c.postId.eq(Post.c.id))
    .join(Tag, Tag.c.id.eq(postTags.c.tagId))
    .where(Author.c.karma.gt(minimum), Post.c.published.eq(true))
    .orderBy(Post.c.id.desc())
    .limit(10);
