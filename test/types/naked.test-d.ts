// Naked sessions: the same statements, objects without relationships.
import {
  type AsyncResult,
  bundle,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  func,
  insert,
  MetaData,
  type Result,
  type ScalarResult,
  select,
  Session,
  type Starting,
  update,
} from "athanor";
import { AsyncSessionFactory, type Naked, SessionFactory, toInsert, viewTable } from "athanor/naked";
import { Post, PostTag } from "./models/post.ts";
import { User } from "./models/user.ts";
import { typeOf } from "./type-of.ts";

const engine = createEngine("sqlite://");
const db = new SessionFactory(engine);
const asyncDb = new AsyncSessionFactory(createAsyncEngine("sqlite://"));
const session = db.begin();
const asyncSession = await asyncDb.begin();

// rows
typeOf(session.scalars(select(User))).is<ScalarResult<Naked<User>>>();
typeOf(asyncSession.scalars(select(User))).is<Promise<ScalarResult<Naked<User>>>>();
typeOf(session.scalar(select(User))).is<Naked<User> | null>();
typeOf(asyncSession.scalar(select(User.c.name))).is<Promise<string | null>>();
typeOf(session.first(select(User, Post.c.title))).is<readonly [Naked<User>, string] | null>();
typeOf(session.one(select(func.count()))).is<readonly [number]>();
typeOf(session.execute(select(User, Post)).all()).is<(readonly [Naked<User>, Naked<Post>])[]>();
typeOf(session.tuples(select(User.c.id))).is<Result<readonly [number], { readonly id: number }>>();
typeOf(asyncSession.stream(select(User.c.id))).is<Starting<AsyncResult<readonly [number], { readonly id: number }>>>();
typeOf(session.scalars(update(User).values({ name: "x" }).returning(User)).all()).is<Naked<User>[]>();
typeOf(session.execute(select(User), undefined, { flat: true }).all()).is<(readonly unknown[])[]>();
// a class without relationships is what it is
typeOf(session.scalars(select(PostTag)).all()).is<PostTag[]>();

// objects: columns and methods
declare const user: Naked<User>;
typeOf(user.name).is<string>();
typeOf(user.greet()).is<string>();
// @ts-expect-error relationships are not loaded
console.log(user.posts);
// @ts-expect-error an object without its relationships is no User
const whole: User = user;
console.log(whole);

// promotion gives the whole object
typeOf(new Session(engine).merge(user)).is<User>();
new Session(engine).add(user);
typeOf(new Session(engine).naked.scalar(select(User))).is<Naked<User> | null>();

// inserting
insert(User).values(toInsert(user));
insert(User).values(toInsert(new User({ name: "Alice" })));
typeOf(toInsert(user).name).is<string | undefined>();
// @ts-expect-error columns only
console.log(toInsert(new User({ name: "Alice" })).posts);

// views
const totals = viewTable("totals", new MetaData(), select(Post.c.authorId, func.count().as("total")));
typeOf(session.first(select(totals.c.authorId, totals.c.total))).is<readonly [number, number] | null>();
// @ts-expect-error the query has no such column
console.log(totals.c.count);

// classes of views
const base = declarativeBase();
const perAuthor = select(Post.c.authorId, func.count().as("total"), func.max(Post.c.title).as("last"));
class Total extends base.mappedTo(viewTable("totals", base.metadata, perAuthor.groupBy(Post.c.authorId))) {
  get isProlific(): boolean {
    return this.total > 10;
  }
}
typeOf(session.scalar(select(Total))).is<Total | null>();
declare const total: Total;
typeOf(total.authorId).is<number>();
typeOf(total.last).is<string | null>();
Total.c.total.gt(3);
// @ts-expect-error the view has no such column
console.log(Total.c.count);

// bundles are plain objects, whatever stands beside them
typeOf(session.first(select(User, bundle("post", Post.c.id, bundle("text", Post.c.title))))).is<
  readonly [Naked<User>, { readonly id: number; readonly text: { readonly title: string } }] | null
>();

// scopes
typeOf(db.begin((own) => own.scalar(select(User)))).is<Naked<User> | null>();
typeOf(asyncDb.begin(async (own) => own.scalar(select(User.c.id)))).is<Promise<number | null>>();
// @ts-expect-error a sync scope would end before what an async callback does
db.begin(async () => 1);
// @ts-expect-error a sync engine
new AsyncSessionFactory(engine);
export function scope(): void {
  using own = db.begin();
  console.log(own.state);
}
export async function asyncScope(): Promise<void> {
  await using own = await asyncDb.begin();
  console.log(own.state);
}
