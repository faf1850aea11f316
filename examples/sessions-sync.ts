// Sessions and errors: node examples/sessions-sync.ts [URL]
import {
  sessionmaker,
  createEngine,
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

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine, { expireOnCommit: false });

function createUser(name: string, email: string) {
  using session = Sessions();
  const user = new User({ name, email });
  session.add(user);
  session.commit();
  return user; // its values stay readable after the session
}

function getUserById(id: number) {
  using session = Sessions();
  return session.get(User, id);
}

const alice = createUser("Alice", "alice@example.com");
const found = getUserById(alice.id);
console.log(`User: ${found?.name}, Email: ${found?.email}`);

using session = Sessions();
const users = session.scalars(select(User).where(User.c.name.like("%Ali%")));
for (const user of users) console.log(`Found: ${user.name}`);

try {
  session.add(new User({ name: "Test", email: "alice@example.com" }));
  session.commit();
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  session.rollback();
  console.log("User with this email already exists");
}

try {
  const result = session.execute(select(User).where(User.c.id.eq(99_999)));
  result.scalarOne();
} catch (error) {
  if (!(error instanceof NoResultFound)) throw error;
  console.log("User not found");
}

for (const user of session.streamScalars(select(User).orderBy(User.c.id))) {
  console.log(`Processing user: ${user.name}`);
}
