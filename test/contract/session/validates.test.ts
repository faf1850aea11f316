// Validators of attributes, and events of relationships (spec B12).
import {
  type AsyncSession,
  declarativeBase,
  func,
  inspect,
  integer,
  listen,
  many,
  maybe,
  select,
  setAttribute,
  string,
  unlisten,
  validates,
  ValidationError,
} from "athanor";
import { afterEach, describe, expect, it } from "vitest";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
const checked: unknown[] = [];

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  email: string(60),
  nick: string(60).nullable(),
  get posts() {
    return many(Post, { backPopulates: "author" });
  },
}) {
  static {
    validates(User, "email", (email) => {
      checked.push(email);
      if (!email.includes("@")) throw new RangeError("an address has an @");
      return email.toLowerCase();
    });
    validates(User, ["nick"], (nick, user, key) => {
      if (nick === "root") throw new RangeError(`${key} is taken, ${user.email}`);
    });
    validates(User, "posts", (post) => {
      if (post.title === "spam") throw new RangeError("no spam");
    });
  }
}

class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  title: string(60),
  get authorId() {
    return integer().nullable().references(User.c.id);
  },
  get author() {
    return maybe(User, { backPopulates: "posts" });
  },
  get tags() {
    return many(Tag);
  },
}) {}

class Tag extends Base.mapped("tags", {
  id: integer().primaryKey(),
  name: string(60),
  get postId() {
    return integer().nullable().references(Post.c.id);
  },
}) {}

let undo: (() => void)[] = [];
const on: typeof listen = (target, name, listener) => {
  listen(target, name, listener);
  undo.push(() => unlisten(target, name, listener));
};
afterEach(() => {
  for (const step of undo) step();
  undo = [];
  checked.length = 0;
});

async function open(target: Target): Promise<{ readonly session: AsyncSession; readonly log: string[] }> {
  const engine = await openEngine(target);
  await Base.metadata.createAll(engine);
  const log: string[] = [];
  listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0] ?? ""));
  return { session: openSession(target, engine), log };
}

describeTargets("validators", (target) => {
  it("check and change what a flush is about to write, before any SQL", async () => {
    const { session, log } = await open(target);
    const user = new User({ email: "Alice@Example.org" });
    expect(user.email).toBe("alice@example.org");
    session.add(user);
    await session.commit();
    expect(checked).toEqual(["Alice@Example.org"]); // once
    user.email = "nobody";
    log.length = 0;
    const flushed = await (async () => await session.flush())().catch((error: unknown) => error);
    expect(flushed).toBeInstanceOf(ValidationError);
    expect(flushed).toMatchObject({ code: "vald", object: user, attribute: "email" });
    expect((flushed as Error).message).toBe(
      `User.email of the User with key ${user.id} was refused: an address has an @`,
    );
    expect((flushed as Error).cause).toBeInstanceOf(RangeError);
    expect([log, session.isActive, session.dirty.has(user)]).toEqual([[], true, true]);
    user.email = "BOB@example.org";
    await session.commit();
    expect(await session.scalar(select(User.c.email))).toBe("bob@example.org");
    await session.close();
  });

  it("check new objects that were changed after they were made", async () => {
    const { session, log } = await open(target);
    const user = new User({ email: "a@b" });
    user.nick = "root";
    session.add(user);
    await expect((async () => await session.commit())()).rejects.toThrow(
      "User.nick of a new User was refused: nick is taken, a@b",
    );
    expect(log).toEqual([]);
    expect(inspect(user).pending).toBe(true);
    user.nick = "rooty";
    await session.commit();
    expect(await session.scalar(select(func.count()).selectFrom(User))).toBe(1);
    await session.close();
  });

  it("do not check what was loaded and not changed", async () => {
    const { session } = await open(target);
    session.add(new User({ email: "a@b" }));
    await session.commit();
    session.expungeAll();
    const [user] = (await session.scalars(select(User))).all();
    checked.length = 0;
    if (user === undefined) throw new TypeError("there is a user");
    user.nick = "x";
    await session.commit();
    expect(checked).toEqual([]);
    await session.close();
  });
});

describe("validators", () => {
  it("check what a new object is given", () => {
    expect(() => new User({ email: "nobody" })).toThrow("User.email of a new User was refused: an address has an @");
    expect(() => new User({ email: "a@b", posts: [new Post({ title: "spam" })] })).toThrow(/User\.posts.*no spam/);
  });

  it("check related objects at once, on both sides, before anything has changed", () => {
    const user = new User({ email: "a@b" });
    const [good, spam] = [new Post({ title: "good" }), new Post({ title: "spam" })];
    expect(() => user.posts.push(good, spam)).toThrow(/no spam/);
    expect(() => {
      user.posts = [good, spam];
    }).toThrow(/no spam/);
    expect(() => {
      spam.author = user;
    }).toThrow(/no spam/);
    expect([user.posts, good.author, spam.author]).toEqual([[], null, null]);
    user.posts = [good];
    expect(good.author).toBe(user);
  });

  it("check a column at once through setAttribute()", () => {
    const user = new User({ email: "a@b" });
    expect(() => setAttribute(user, "email", "nobody")).toThrow(ValidationError);
    setAttribute(user, "email", "B@C");
    expect(user.email).toBe("b@c");
    const post = new Post({ title: "x" });
    setAttribute(user, "posts", [post]);
    expect(post.author).toBe(user);
    expect(() => setAttribute(user, "mail" as never, "x" as never)).toThrow(/has no attribute "mail"/);
  });

  it("are refused for attributes that do not exist, and when they are async", () => {
    expect(() => validates(User, "mail" as never, () => undefined)).toThrow(
      /User has no attribute "mail" to validate. It has: id, email, nick, posts/,
    );
    expect(() => validates(User, "nick", "no" as never)).toThrow(/takes a function/);
    class Late extends Base.mapped("late", { id: integer().primaryKey(), name: string(20) }) {}
    validates(Late, "name", (async () => {
      await Promise.resolve();
    }) as never);
    expect(() => new Late({ name: "x" })).toThrow(/Late\.name .*answered with a promise/);
  });
});

describe("events of relationships", () => {
  it("tell of members that come and go, on both sides", () => {
    const log: string[] = [];
    on(User.c.posts, "append", ({ object, value, key, backPopulated }) => {
      log.push(`${(object as User).email} ${key} + ${value.title}${backPopulated ? " (back)" : ""}`);
    });
    on(User.c.posts, "remove", ({ value, backPopulated }) => {
      log.push(`- ${value.title}${backPopulated ? " (back)" : ""}`);
    });
    on(Post.c.author, "set", ({ object, value, oldValue, backPopulated }) => {
      const [from, to] = [oldValue, value].map((user) => user?.email ?? String(user));
      log.push(`${(object as Post).title}: ${from} → ${to}${backPopulated ? " (back)" : ""}`);
    });
    const [ann, bob] = [new User({ email: "ann@x" }), new User({ email: "bob@x" })];
    const post = new Post({ title: "p" });
    ann.posts.push(post);
    expect(log.splice(0)).toEqual(["ann@x posts + p", "p: null → ann@x (back)"]);
    post.author = bob;
    expect(log.splice(0)).toEqual(["p: ann@x → bob@x", "- p (back)", "bob@x posts + p (back)"]);
    post.author = bob;
    bob.posts = [post];
    expect(log.splice(0)).toEqual([]);
    bob.posts.pop();
    expect(log.splice(0)).toEqual(["- p", "p: bob@x → null (back)"]);
    bob.posts.splice(0, 0, post);
    expect(log.splice(0)).toEqual(["bob@x posts + p", "p: null → bob@x (back)"]);
    post.author = null;
    expect(log.splice(0)).toEqual(["p: bob@x → null", "- p (back)"]);
  });

  it("let a listener take another object", () => {
    const other = new Post({ title: "other" });
    on(User.c.posts, "append", (event) => {
      if (event.value.title === "one") event.value = other;
    });
    const user = new User({ email: "a@b" });
    user.posts.push(new Post({ title: "one" }));
    expect([user.posts, other.author]).toEqual([[other], user]);
    const guest = new User({ email: "guest@x" });
    on(Post.c.author, "set", (event) => {
      event.value ??= guest;
    });
    other.author = null;
    expect([other.author, guest.posts, user.posts]).toEqual([guest, [other], []]);
  });

  it("tell of lists that are assigned and of collections that begin and end", () => {
    const log: string[] = [];
    const titles = (posts: readonly Post[]): string => posts.map(({ title }) => title).join();
    on(User.c.posts, "bulkReplace", (event) => {
      log.push(`${titles(event.oldValues)} → ${titles(event.values)}`);
      event.values = event.values.filter(({ title }) => title !== "no");
    });
    on(User.c.posts, "append", ({ value }) => void log.push(`+ ${value.title}`));
    on(User.c.posts, "remove", ({ value }) => void log.push(`- ${value.title}`));
    on(User.c.posts, "initCollection", ({ collection }) => void log.push(`begin ${titles(collection)}`));
    on(User.c.posts, "disposeCollection", ({ collection }) => void log.push(`end ${titles(collection)}`));
    const [a, b, no] = ["a", "b", "no"].map((title) => new Post({ title })) as [Post, Post, Post];
    const user = new User({ email: "a@b", posts: [a] });
    expect(log.splice(0)).toEqual([" → a", "+ a", "begin a"]);
    user.posts = [b, no];
    expect(log.splice(0)).toEqual(["a → b,no", "+ b", "end a", "begin b", "- a"]);
    expect([user.posts, a.author, b.author, no.author]).toEqual([[b], null, user, null]);
  });

  it("do not exist under other names, nor for columns", () => {
    expect(() => listen(User.c.posts, "set" as never, () => undefined)).toThrow(
      /Known: append, remove, bulkReplace, initCollection, disposeCollection/,
    );
    expect(() => listen(Post.c.author, "append" as never, () => undefined)).toThrow(/Known: set/);
    expect(() => listen(User.c.email as never, "set" as never, () => undefined)).toThrow(
      /users\.email is a plain property/,
    );
  });
});
