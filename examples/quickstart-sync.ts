// The sync form: node examples/quickstart-sync.ts [URL]
import {
  sessionmaker,
  createEngine,
  declarativeBase,
  func,
  integer,
  many,
  one,
  select,
  selectinload,
  string,
  timestamp,
} from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique().nullable(),
  createdAt: timestamp().serverDefault(func.now()),
  get posts() {
    return many(Post, { backPopulates: "author", cascade: "all, delete-orphan" });
  },
}) {
  greet() {
    return `Hi ${this.name}`;
  }
}

class Post extends Base.mapped("posts", {
  id: integer().primaryKey(),
  title: string(),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return one(User, { backPopulates: "posts" });
  },
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine, { expireOnCommit: false });

Sessions.begin((session) => {
  session.add(new User({ name: "Alice", posts: [new Post({ title: "On furnaces" })] }));
});

using session = Sessions();
const alices = select(User).where(User.c.name.like("%Ali%")).options(selectinload(User.c.posts));
for (const user of session.scalars(alices).all()) {
  console.log(
    user.greet(),
    user.posts.map((post) => post.title),
  );
}

const rows = session.execute(select(User.c.name, Post.c.title).join(User.c.posts)).all();
for (const [name, title] of rows) console.log(`${name} wrote ${title}`);

for (const post of session.streamScalars(select(Post))) console.log(post.title);
