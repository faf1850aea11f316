// Listeners and validators: names, and what is told.
import {
  AsyncSession,
  asyncSessionmaker,
  type Connection,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  getHistory,
  listen,
  Session,
  sessionmaker,
  setCommittedValue,
  validates,
} from "athanor";
import { Post } from "./models/post.ts";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

const engine = createEngine("sqlite://");
const asyncEngine = createAsyncEngine("sqlite://");
const Base = declarativeBase();

// classes
listen(User, "beforeInsert", ({ object, entity, connection, session }) => {
  typeOf(object).is<User>();
  typeOf(entity).is<typeof User>();
  object.name = "x";
  void (connection as Connection);
  void (session as Session);
  // @ts-expect-error a column has its type
  object.name = 1;
});
listen(User, "afterUpdate", async ({ object, session, connection }) => {
  typeOf(await session.get(User, object.id)).is<User | null>();
  typeOf((await connection.execDriverSql("SELECT 1")).rowcount).is<number>();
});
listen(User, "init", ({ object, values }) => {
  typeOf(object).is<User>();
  typeOf(values).is<Record<string, unknown>>();
});
listen(User, "expire", ({ attributes }) => typeOf(attributes).is<readonly string[]>());
listen(Base, "load", ({ object }) => typeOf(object).is<object>());
// @ts-expect-error there is no such event
listen(User, "beforeSave", () => undefined);
// @ts-expect-error sessions have it, classes do not
listen(User, "beforeCommit", () => undefined);

// relationships
listen(User.c.posts, "append", (event) => {
  typeOf(event.value).is<Post>();
  event.value = new Post({ title: "x", authorId: 1 });
});
listen(User.c.posts, "bulkReplace", ({ values }) => typeOf(values).is<Post[]>());
listen(Post.c.author, "set", ({ value, oldValue }) => {
  typeOf(value).is<User | null>();
  typeOf(oldValue).is<User | null | undefined>();
});
// @ts-expect-error a reference has no members
listen(Post.c.author, "append", () => undefined);
// @ts-expect-error columns are plain properties
listen(User.c.name, "set", () => undefined);

// sessions, their factories and classes
listen(new Session(engine), "beforeFlush", ({ session }) => typeOf(session).is<Session>());
listen(Session, "beforeFlush", ({ session }) => typeOf(session).is<Session>());
const Sessions = sessionmaker(engine);
const AsyncSessions = asyncSessionmaker(asyncEngine);
listen(Sessions, "afterCommit", ({ session }) => typeOf(session).is<Session>());
listen(AsyncSessions, "afterCommit", ({ session }) => typeOf(session).is<AsyncSession>());
class Tenants extends AsyncSession {
  readonly tenant: string = "a";
}
const TenantSessions = asyncSessionmaker(asyncEngine, { class: Tenants });
listen(TenantSessions, "afterCommit", ({ session }) => typeOf(session).is<Tenants>());
typeOf(TenantSessions().tenant).is<string>();
typeOf(TenantSessions.begin((session) => session.tenant)).is<Promise<string>>();
listen(engine, "beforeCursorExecute", ({ sql }) => typeOf(sql).is<string>());

// validators
validates(User, "name", (name, user, key) => {
  typeOf(name).is<string>();
  typeOf(user).is<User>();
  typeOf(key).is<"name">();
  return name.trim();
});
validates(User, ["email"], (email) => typeOf(email).is<string | null>());
validates(User, "posts", (post) => typeOf(post).is<Post>());
validates(Post, "author", (user) => typeOf(user).is<User>());
// @ts-expect-error a name is a string
validates(User, "name", () => 1);
// @ts-expect-error there is no such attribute
validates(User, "nmae", () => undefined);

// attributes
declare const user: User;
typeOf(getHistory(user, "name").added).is<readonly unknown[]>();
setCommittedValue(user, "posts", []);
// @ts-expect-error a name is a string
setCommittedValue(user, "name", 1);
// @ts-expect-error there is no such attribute
getHistory(user, "nmae");
