// Attributes that are not loaded yet: node examples/attributes-async.ts [URL]
import {
  asyncSessionmaker,
  awaitableAttrs,
  createAsyncEngine,
  declarativeBase,
  integer,
  many,
  NotLoadedError,
  one,
  select,
  selectinload,
  string,
} from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  get posts() {
    return many(Post, { backPopulates: "author", orderBy: Post.c.id });
  },
}) {}

class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  title: string(100),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return one(User, { backPopulates: "posts" });
  },
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
const Sessions = asyncSessionmaker(engine);
await Sessions.begin((session) => {
  const posts = [new Post({ id: 1, title: "On furnaces" }), new Post({ id: 2, title: "On glass" })];
  session.add(new User({ id: 1, name: "Alice", posts }));
});

{
  await using session = Sessions();
  const alice = await session.getOne(User, 1);
  try {
    console.log(alice.posts.length);
  } catch (error) {
    if (!(error instanceof NotLoadedError)) throw error;
    console.log("Not loaded: posts");
  }
  const posts = await awaitableAttrs(alice).posts;
  console.log(posts.map(({ title }) => title).join(", "));
  console.log(`Loaded now: ${alice.posts.length}, by ${posts[0]?.author.name}`);
}
{
  // loaded together with the users
  await using session = Sessions();
  const alice = (await session.scalars(select(User).options(selectinload(User.c.posts)))).one();
  console.log(`Loaded by the query: ${alice.posts.length}`);
}
