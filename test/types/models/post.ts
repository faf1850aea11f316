// Imports user.ts, which imports this; Tag leads back to Post within the module.
import { integer, many, maybe, one, string } from "athanor";
import { Base } from "./base.ts";
import { User } from "./user.ts";

export class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  title: string(),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return one(User, { backPopulates: "posts" });
  },
  get replyToId() {
    return integer().references(Post.c.id).nullable();
  },
  get replyTo() {
    return maybe(Post, { backPopulates: "replies" });
  },
  get replies() {
    return many(Post, { backPopulates: "replyTo" });
  },
  get tags() {
    return many(Tag, { backPopulates: "posts", secondary: PostTag });
  },
}) {
  signature() {
    return `${this.title} by ${this.author.greet()}`;
  }
}

export class Tag extends Base.mapped("tags", {
  name: string(30).primaryKey(),
  get posts() {
    return many(Post, { backPopulates: "tags", secondary: PostTag });
  },
}) {}

export class PostTag extends Base.mapped("post_tags", {
  get postId() {
    return integer().references(Post.c.id).primaryKey();
  },
  get tagName() {
    return string(30).references(Tag.c.name).primaryKey();
  },
}) {}
