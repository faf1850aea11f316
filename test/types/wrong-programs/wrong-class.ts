// An object of another class is put into a relationship.
import { Post, User } from "./models.ts";

const post = new Post({ title: "On furnaces" });
post.author = post;
new User({ name: "Alice", posts: [new User({ name: "Bob" })] });
