// Imports post.ts, which imports this: classes of two modules that lead to each other.
import { func, integer, many, string, timestamp } from "athanor";
import { Base } from "./base.ts";
import { Post } from "./post.ts";

export class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique().nullable(),
  age: integer().default(18),
  createdAt: timestamp().serverDefault(func.now()),
  get posts() {
    return many(Post, { backPopulates: "author", cascade: "all, delete-orphan" });
  },
}) {
  greet() {
    return `Hi ${this.name}`;
  }
  get titles() {
    return this.posts.map((post) => post.title);
  }
}
