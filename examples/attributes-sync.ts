// Attributes that are loaded when they are read: node examples/attributes-sync.ts [URL]
import { sessionmaker, createEngine, declarativeBase, integer, many, one, select, selectinload, string } from "athanor";

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

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine);
Sessions.begin((session) => {
  const posts = [new Post({ id: 1, title: "On furnaces" }), new Post({ id: 2, title: "On glass" })];
  session.add(new User({ id: 1, name: "Alice", posts }));
});

{
  using session = Sessions();
  const alice = session.getOne(User, 1);
  // a sync session loads them where they are read
  const posts = alice.posts;
  console.log(posts.map(({ title }) => title).join(", "));
  console.log(`Loaded now: ${alice.posts.length}, by ${posts[0]?.author.name}`);
}
{
  // loaded together with the users
  using session = Sessions();
  const alice = session.scalars(select(User).options(selectinload(User.c.posts))).one();
  console.log(`Loaded by the query: ${alice.posts.length}`);
}
