// Functions written for sync sessions, in a sync program: node examples/mixed-sync.ts [URL]
import { createEngine, declarativeBase, integer, select, Session, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

function rename(session: Session, id: number, name: string): string {
  const user = session.getOne(User, id);
  const before = user.name;
  user.name = name;
  session.flush();
  return `${before} is ${session.scalar(select(User.c.name).where(User.c.id.eq(id)))}`;
}

// drivers that answer with promises run in a worker thread, for whose answers a sync engine waits
using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);

using session = new Session(engine);
session.add(new User({ id: 1, name: "Alice" }));
session.flush();
console.log(rename(session, 1, "Alice Smith"));
session.rollback();
session.add(new User({ id: 1, name: "Bob" }));
session.commit();

const users = session.execute(select(User).limit(10)).scalars().all();
for (const user of users) console.log(`User: ${user.name}`);
