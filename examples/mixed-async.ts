// Functions written for sync sessions, in an async program: node examples/mixed-async.ts [URL]
import { AsyncSession, createAsyncEngine, declarativeBase, integer, select, type Session, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

// knows nothing of promises
function rename(session: Session, id: number, name: string): string {
  const user = session.getOne(User, id);
  const before = user.name;
  user.name = name;
  session.flush();
  return `${before} is ${session.scalar(select(User.c.name).where(User.c.id.eq(id)))}`;
}

// "worker" gives drivers that answer with promises a sync form; those of SQLite have one anyway
await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:", { sync: "worker" });
Base.metadata.createAll(engine.syncEngine);

await using session = new AsyncSession(engine);
session.add(new User({ id: 1, name: "Alice" }));
await session.flush();
console.log(await session.runSync(rename, 1, "Alice Smith"));
await session.rollback(); // it was the same transaction
session.add(new User({ id: 1, name: "Bob" }));
await session.commit();

const users = (await session.execute(select(User).limit(10))).scalars().all();
for (const user of users) console.log(`User: ${user.name}`);
