// Mapped classes: their objects, what `new` takes, and their attributes for queries.
import {
  aliased,
  array,
  awaitableAttrs,
  bigint,
  boolean,
  bytes,
  type Column,
  date,
  enumeration,
  integer,
  interval,
  json,
  jsonb,
  many,
  maybe,
  numeric,
  one,
  real,
  type RelationshipAttribute,
  string,
  time,
  timestamp,
  typeDecorator,
  uuid,
} from "athanor";
import { Base } from "./models/base.ts";
import { Post, PostTag, Tag } from "./models/post.ts";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

declare const user: User;
declare const post: Post;
declare const tag: Tag;

// columns
typeOf(user.id).is<number>();
typeOf(user.name).is<string>();
typeOf(user.email).is<string | null>();
typeOf(user.age).is<number>();
typeOf(user.createdAt).is<Date>();
typeOf(post.authorId).is<number>();
typeOf(post.replyToId).is<number | null>();
user.name = "Bob";
user.email = null;
// @ts-expect-error this column may not hold null
user.name = null;

// relationships, over two modules that import each other, to the class itself, and over an association table
typeOf(user.posts).is<Post[]>();
typeOf(post.author).is<User>();
typeOf(post.replyTo).is<Post | null>();
typeOf(post.replies).is<Post[]>();
typeOf(post.tags).is<Tag[]>();
typeOf(tag.posts).is<Post[]>();
typeOf(post.author.posts[0]?.replyTo?.author.posts).is<Post[] | undefined>();
post.author = user;
post.replyTo = null;
user.posts = [post];
user.posts.push(post);
// @ts-expect-error `one` is never null
post.author = null;
// @ts-expect-error a tag is no post
user.posts = [tag];

// methods and getters of the class
typeOf(user.greet()).is<string>();
typeOf(post.author.titles).is<string[]>();
typeOf(post.signature()).is<string>();

// what `new` requires: columns without a default that can neither be null nor fill themselves
new User({ name: "Alice" });
new User({ name: "Alice", id: 1, email: null, age: 3, createdAt: new Date(), posts: [post] });
new Post({ title: "On furnaces" });
new Post({ title: "On furnaces", author: user, authorId: 1, replyTo: null, tags: [new Tag({ name: "metal" })] });
new PostTag({});
// @ts-expect-error a key that is a string does not fill itself
new Tag({});
// @ts-expect-error the name is missing
new User({ email: "alice@example.com" });
// @ts-expect-error the name is missing
new User({});
// @ts-expect-error a name is a string
new User({ name: 5 });
// @ts-expect-error there is no such attribute
new User({ name: "Alice", nickname: "Al" });

const url = typeDecorator(string(), { bind: (value: URL) => value.href, result: (text: string) => new URL(text) });

class Everything extends Base.mapped("everything", {
  code: string(8).primaryKey(),
  key: uuid()
    .primaryKey()
    .default(() => ""),
  big: bigint(),
  ratio: real(),
  price: numeric(10, 2),
  isOpen: boolean(),
  day: date(),
  at: time(),
  lasts: interval(),
  raw: bytes(),
  status: enumeration("new", "open", "closed"),
  maybeStatus: enumeration("new", "open").nullable(),
  settings: json<{ theme: "dark" | "light" }>(),
  anything: jsonb(),
  numbers: array(integer()),
  homepage: url(),
  role: string().typed<"admin" | "guest">(),
  changedAt: timestamp().onUpdate(() => new Date()),
}) {}
declare const everything: Everything;
typeOf(everything.big).is<bigint>();
typeOf(everything.ratio).is<number>();
typeOf(everything.price).is<string>();
typeOf(everything.isOpen).is<boolean>();
typeOf(everything.day).is<string>();
typeOf(everything.at).is<string>();
typeOf(everything.lasts).is<string>();
typeOf(everything.raw).is<Uint8Array>();
typeOf(everything.status).is<"new" | "open" | "closed">();
typeOf(everything.maybeStatus).is<"new" | "open" | null>();
typeOf(everything.settings).is<{ theme: "dark" | "light" }>();
typeOf(everything.anything).is<unknown>();
typeOf(everything.numbers).is<number[]>();
typeOf(everything.homepage).is<URL>();
typeOf(everything.role).is<"admin" | "guest">();
// @ts-expect-error a value that is not listed
everything.status = "done";
// @ts-expect-error a default of another type
integer().default("x");
// @ts-expect-error a decimal is a string
string().typed<number>();

// attributes for queries
typeOf(User.c.id).is<Column<number, "id">>();
typeOf(User.c.email).is<Column<string | null, "email">>();
typeOf(Everything.c.status).is<Column<"new" | "open" | "closed", "status">>();
typeOf(User.c.posts).is<RelationshipAttribute<typeof Post, true>>();
typeOf(Post.c.author).is<RelationshipAttribute<typeof User, false>>();
typeOf(aliased(User).c.id).is<Column<number, "id">>();
// @ts-expect-error there is no such attribute
User.c.nickname;

// attributes as promises
typeOf(awaitableAttrs(user).posts).is<Promise<Post[]>>();

// three classes in a circle, in one module and in any order
class Shelf extends Base.mapped("shelves", {
  id: integer().primaryKey(),
  get books() {
    return many(Book);
  },
}) {}
class Book extends Base.mapped("books", {
  id: integer().primaryKey(),
  get shelfId() {
    return integer().references(Shelf.c.id);
  },
  get shelf() {
    return one(Shelf);
  },
  get reader() {
    return maybe(Reader);
  },
}) {}
class Reader extends Base.mapped("readers", {
  id: integer().primaryKey(),
  get shelf() {
    return one(Shelf);
  },
}) {}
declare const shelf: Shelf;
typeOf(shelf.books[0]?.reader?.shelf.books[0]?.shelfId).is<number | undefined>();

// versions: named by attribute; `new` does not ask for one, and a generator gets and gives its type
class Page extends Base.mapped(
  "pages",
  { id: integer().primaryKey(), title: string(), stamp: uuid() },
  {
    versionIdCol: "stamp",
    versionIdGenerator: (current) => {
      typeOf(current).is<string | null>();
      return crypto.randomUUID();
    },
  },
) {}
typeOf(new Page({ title: "a" }).stamp).is<string>();
// @ts-expect-error everything else is asked for as before
new Page({});
// @ts-expect-error no attribute has this name
Base.mapped("unversioned", { id: integer().primaryKey() }, { versionIdCol: "version" });
// @ts-expect-error versions have the type of their attribute
Base.mapped("wrong", { id: uuid().primaryKey(), v: integer() }, { versionIdCol: "v", versionIdGenerator: () => "2" });
