// Sessions and errors: node examples/sessions-async.ts [URL]
import {
  asyncSessionmaker,
  createAsyncEngine,
  declarativeBase,
  IntegrityError,
  integer,
  NoResultFound,
  select,
  string,
} from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique(),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
const Sessions = asyncSessionmaker(engine, { expireOnCommit: false });

async function createUser(name: string, email: string) {
  await using session = Sessions();
  const user = new User({ name, email });
  session.add(user);
  await session.commit();
  return user; // its values stay readable after the session
}

async function getUserById(id: number) {
  await using session = Sessions();
  return await session.get(User, id);
}

const alice = await createUser("Alice", "alice@example.com");
const found = await getUserById(alice.id);
console.log(`User: ${found?.name}, Email: ${found?.email}`);

await using session = Sessions();
const users = await session.scalars(select(User).where(User.c.name.like("%Ali%")));
for (const user of users) console.log(`Found: ${user.name}`);

try {
  session.add(new User({ name: "Test", email: "alice@example.com" }));
  await session.commit();
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  await session.rollback();
  console.log("User with this email already exists");
}

try {
  const result = await session.execute(select(User).where(User.c.id.eq(99_999)));
  result.scalarOne();
} catch (error) {
  if (!(error instanceof NoResultFound)) throw error;
  console.log("User not found");
}

for await (const user of await session.streamScalars(select(User).orderBy(User.c.id))) {
  console.log(`Processing user: ${user.name}`);
}
