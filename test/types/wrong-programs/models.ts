import {
  createAsyncEngine,
  createEngine,
  declarativeBase,
  enumeration,
  integer,
  many,
  numeric,
  one,
  string,
  timestamp,
} from "athanor";

export const Base = declarativeBase();

export class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique().nullable(),
  createdAt: timestamp().nullable(),
  get posts() {
    return many(Post, { backPopulates: "author" });
  },
}) {}

export class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  title: string(),
  status: enumeration("draft", "public").default("draft"),
  price: numeric(10, 2).nullable(),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return one(User, { backPopulates: "posts" });
  },
}) {}

export class Employee extends Base.mapped(
  "employees",
  { id: integer().primaryKey(), kind: string(20), name: string(50) },
  { polymorphicOn: "kind", polymorphicIdentity: "employee" },
) {
  static get subclasses() {
    return [Manager];
  }
}

export class Manager extends Employee.mapped({ budget: integer() }, { polymorphicIdentity: "manager" }) {}

export const engine = createEngine("sqlite://");
export const asyncEngine = createAsyncEngine("sqlite://");
