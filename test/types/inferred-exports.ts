// What an application may export without writing down its type; `npm run test:types` emits declarations of it.
import {
  aliased,
  asyncSessionmaker,
  awaitableAttrs,
  caseWhen,
  createAsyncEngine,
  createEngine,
  func,
  insert,
  joinedload,
  MetaData,
  select,
  sessionmaker,
  string,
  Table,
  table,
  column,
  text,
  typeDecorator,
  update,
} from "athanor";
import { Post } from "./models/post.ts";
import { User } from "./models/user.ts";

export const engine = createEngine("sqlite://");
export const Sessions = sessionmaker(engine);
export const AsyncSessions = asyncSessionmaker(createAsyncEngine("sqlite://"));
export const session = Sessions();
export const asyncSession = AsyncSessions();
export const asyncConnect = (): ReturnType<typeof connectAsync> => connectAsync();
const connectAsync = () => createAsyncEngine("sqlite://").connect();
export const connection = engine.connect();
export const transaction = connection.begin();
export const sessionTransaction = session.begin();

export const items = new Table("items", new MetaData(), { name: string() });
export const adHoc = table("items", column("name", string()));
export const Manager = aliased(User);
export const homepage = typeDecorator(string(), { bind: (url: URL) => url.href, result: (href) => new URL(href) });
export const idColumn = User.c.id;
export const posts = User.c.posts;
export const isFirst = User.c.id.eq(1);
export const byName = User.c.name.asc();
export const kind = caseWhen(isFirst, "first");
export const count = func.count();
export const initials = func("initcap", User.c.name);
export const label = Post.c.title.as("label");
export const withPosts = joinedload(User.c.posts);

export const query = select(User.c.id, func.count().as("total")).join(User.c.posts);
export const both = query.union(query);
export const sub = query.subquery();
export const cte = query.cte();
export const insertion = insert(User).returning(User.c.id);
export const change = update(User).values({ age: 3 });
export const raw = text("SELECT 1");

export const result = session.execute(query);
export const scalars = session.scalars(query);
export const records = result.mappings();
export const frozen = result.freeze();
export const stream = () => asyncSession.stream(query);
export const partitions = () => scalars.partitions(10);
export const attributes = (user: User) => awaitableAttrs(user);
export const attributesOf = User.c;
