// Functions with a session of their own: node examples/factories-sync.ts [URL]
import { sessionmaker, createEngine, declarativeBase, integer, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine, { expireOnCommit: false });

function getUserById(id: number) {
  using session = Sessions();
  return session.get(User, id);
}

function createUser(name: string, email: string) {
  using session = Sessions();
  const user = new User({ name, email });
  session.add(user);
  session.commit();
  return user;
}

function renameUser(id: number, name: string) {
  return Sessions.begin((session) => {
    const user = session.getOne(User, id);
    const before = user.name;
    user.name = name;
    return before; // committed behind this line, and the session closed
  });
}

const alice = createUser("Alice", "alice@example.com");
console.log(`Created: ${alice.id} ${alice.name} ${alice.email}`);
console.log(`Renamed: ${renameUser(alice.id, "Alice Smith")}`);
console.log(`Found: ${getUserById(alice.id)?.name}`);
console.log(`Found: ${(getUserById(99)) === null ? "nobody" : "somebody"}`);
console.log(`Connections in use: ${engine.pool.checkedOut()}`);
