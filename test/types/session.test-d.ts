// Sessions, engines, connections and results, in both colours.
import {
  type Answer,
  type AsyncConnection,
  type AsyncEngine,
  AsyncSession,
  asyncSessionmaker,
  type AsyncResult,
  type Connection,
  createAsyncEngine,
  createEngine,
  func,
  type MappedClass,
  type Mode,
  type Result,
  type ScalarResult,
  select,
  Session,
  sessionmaker,
  type Starting,
  text,
} from "athanor";
import type { SessionBase } from "../../src/orm/index.ts";
import { Post, PostTag, Tag } from "./models/post.ts";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

const engine = createEngine("sqlite://");
const asyncEngine: AsyncEngine = createAsyncEngine("sqlite://");
const session = new Session(engine);
const asyncSession = new AsyncSession(asyncEngine);
declare const either: SessionBase<Mode>;
declare const user: User;

// by key
typeOf(session.get(User, 1)).is<User | null>();
typeOf(asyncSession.get(User, 1)).is<Promise<User | null>>();
typeOf(either.get(User, 1)).is<User | null | Promise<User | null>>();
typeOf(await either.get(User, 1)).is<User | null>();
typeOf(session.getOne(User, { id: 1 })).is<User>();
typeOf(asyncSession.getOne(User, [1])).is<Promise<User>>();
typeOf(session.get(Tag, "metal")).is<Tag | null>();
typeOf(session.get(PostTag, { postId: 1, tagName: "metal" })).is<PostTag | null>();
typeOf(session.get(PostTag, [1, "metal"])).is<PostTag | null>();
// @ts-expect-error the key is a number
session.get(User, "1");
// @ts-expect-error the key is a string
session.get(Tag, 1);
// @ts-expect-error the key is called id
session.get(User, { key: 1 });
// @ts-expect-error the key has two columns
session.get(PostTag, 1);

// a class that is not known: any key
export function find<C extends MappedClass>(entity: C, key: unknown): InstanceType<C> | null {
  return session.get(entity, key);
}
typeOf(find(User, 1)).is<User | null>();

// queries
typeOf(session.scalars(select(User)).all()).is<User[]>();
typeOf(session.scalars(select(User)).one()).is<User>();
typeOf(session.scalars(select(User)).first()).is<User | null>();
typeOf(session.scalar(select(func.count()))).is<number | null>();
typeOf(session.execute(select(User.c.id, Post.c.title)).all()).is<(readonly [number, string])[]>();
typeOf(session.execute(select(User.c.id, Post.c.title)).one()).is<readonly [number, string]>();
typeOf(session.execute(select(User.c.id, Post.c.title)).first()).is<readonly [number, string] | null>();
typeOf(session.execute(select(User.c.id, Post.c.title)).scalars(1).all()).is<string[]>();
typeOf(session.execute(select(User.c.id, Post.c.title)).columns(1, 0).one()).is<readonly [string, number]>();
typeOf(session.execute(select(User.c.id)).scalarOne()).is<number>();
typeOf(session.execute(select(User.c.id)).scalarOneOrNone()).is<number | null>();
for (const [id, title] of session.execute(select(User.c.id, Post.c.title))) {
  typeOf(id).is<number>();
  typeOf(title).is<string>();
}
typeOf(asyncSession.scalars(select(User))).is<Promise<ScalarResult<User>>>();
typeOf((await asyncSession.scalars(select(User))).all()).is<User[]>();
typeOf((await asyncSession.execute(select(User, Post.c.title))).all()).is<(readonly [User, string])[]>();
typeOf(await asyncSession.scalar(select(User))).is<User | null>();
typeOf((await either.execute(select(User.c.id))).all()).is<(readonly [number])[]>();
// @ts-expect-error nothing was awaited
asyncSession.scalars(select(User)).all();
// @ts-expect-error a promise is no user
asyncSession.get(User, 1).name;
// @ts-expect-error a string is no statement
session.execute("SELECT 1");

// records
const { id, title, total } = session
  .execute(select(User.c.id, Post.c.title, func.count().as("total")))
  .mappings()
  .one();
typeOf([id, title, total] as const).is<readonly [number, string, number]>();
typeOf(session.execute(select(User.c.id, func.count())).mappings().all()).is<
  { readonly id: number; readonly count: number }[]
>();
typeOf(session.execute(select(User)).mappings().one()).is<{ readonly [className: string]: User }>();
typeOf(engine.connect().execute(select(Tag)).mappings().one()).is<{ readonly name: string }>();
typeOf(session.execute(text("SELECT 1 AS one")).mappings().one()["one"]).is<unknown>();

// streams
for await (const post of await asyncSession.streamScalars(select(Post))) typeOf(post).is<Post>();
for await (const row of await asyncSession.stream(select(Post.c.id))) typeOf(row).is<readonly [number]>();
for (const post of session.streamScalars(select(Post))) typeOf(post).is<Post>();
for await (const posts of (await asyncSession.streamScalars(select(Post))).partitions(10)) typeOf(posts).is<Post[]>();
// @ts-expect-error an async stream is no sync iterable
for (const post of await asyncSession.streamScalars(select(Post))) console.log(post);

// transactions
typeOf(session.begin(() => 1)).is<number>();
typeOf(asyncSession.begin(async () => 1)).is<Promise<number>>();
typeOf(asyncSession.begin(() => 1)).is<Promise<number>>();
typeOf(sessionmaker(engine).begin((own) => own.get(User, 1))).is<User | null>();
typeOf(asyncSessionmaker(asyncEngine).begin((own) => own.get(User, 1))).is<Promise<User | null>>();
typeOf(engine.begin((connection) => connection.scalar(text("SELECT 1")))).is<unknown>();
typeOf(session.noAutoflush(() => "x")).is<string>();
// @ts-expect-error a sync scope would end before what an async callback does
session.begin(async () => 1);
// @ts-expect-error the same
engine.begin(async (connection) => connection.scalar(text("SELECT 1")));
// @ts-expect-error the same
sessionmaker(engine).begin(async (own) => own.get(User, 1));

// scopes
export async function scopes(): Promise<void> {
  using own = new Session(engine);
  await using asyncOwn = asyncSessionmaker(asyncEngine)();
  using connection = engine.connect();
  await using asyncConnection = await asyncEngine.connect();
  typeOf(own).is<Session>();
  typeOf(asyncOwn).is<AsyncSession>();
  const plain: Connection = connection;
  const awaited: AsyncConnection = asyncConnection;
  console.log(plain, awaited);
}
export function wrongScopes(): void {
  // @ts-expect-error an async session is closed by `await using`
  using own = new AsyncSession(asyncEngine);
  console.log(own);
}

// engines, connections, results
typeOf(engine.execute(select(User.c.id))).is<Result<readonly [number], { readonly id: number }>>();
typeOf(asyncEngine.execute(select(User.c.id))).is<Promise<Result<readonly [number], { readonly id: number }>>>();
typeOf((await asyncEngine.connect()).stream(select(Tag.c.name))).is<
  Starting<AsyncResult<readonly [string], { readonly name: string }>>
>();
// @ts-expect-error a sync engine
new AsyncSession(engine);
// @ts-expect-error an async engine
new Session(asyncEngine);
// @ts-expect-error there is no such option
createEngine("sqlite://", { pool_size: 5 });
// @ts-expect-error there is no such option
new Session(engine, { autoFlush: true });

// answers
typeOf(null as unknown as Answer<"sync", number>).is<number>();
typeOf(null as unknown as Answer<"async", number>).is<Promise<number>>();
typeOf(null as unknown as Answer<Mode, number>).is<number | Promise<number>>();

// names of attributes
session.refresh(user, ["posts"]);
// @ts-expect-error there is no such attribute
session.refresh(user, ["post"]);
