// Functions with a session of their own: node examples/factories-async.ts [URL]
import { asyncSessionmaker, createAsyncEngine, declarativeBase, integer, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
const Sessions = asyncSessionmaker(engine, { expireOnCommit: false });

async function getUserById(id: number) {
  await using session = Sessions();
  return await session.get(User, id);
}

async function createUser(name: string, email: string) {
  await using session = Sessions();
  const user = new User({ name, email });
  session.add(user);
  await session.commit();
  return user;
}

async function renameUser(id: number, name: string) {
  return await Sessions.begin(async (session) => {
    const user = await session.getOne(User, id);
    const before = user.name;
    user.name = name;
    return before; // committed behind this line, and the session closed
  });
}

const alice = await createUser("Alice", "alice@example.com");
console.log(`Created: ${alice.id} ${alice.name} ${alice.email}`);
console.log(`Renamed: ${await renameUser(alice.id, "Alice Smith")}`);
console.log(`Found: ${(await getUserById(alice.id))?.name}`);
console.log(`Found: ${(await getUserById(99)) === null ? "nobody" : "somebody"}`);
console.log(`Connections in use: ${engine.pool.checkedOut()}`);
