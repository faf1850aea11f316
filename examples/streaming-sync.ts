// Rows that come bit by bit: node examples/streaming-sync.ts [URL]
import { sessionmaker, boolean, createEngine, declarativeBase, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  active: boolean(),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine);
Sessions.begin((session) => {
  for (let id = 1; id <= 5; id += 1) session.add(new User({ id, name: `User ${id}`, active: id !== 2 }));
});

const query = select(User).where(User.c.active.eq(true)).orderBy(User.c.id);

using session = Sessions();
{
  const stream = session.stream(query);
  for (const user of stream.scalars()) console.log(`Processing user: ${user.name}`);
}
{
  // in lists of two
  const stream = session.streamScalars(query);
  for (const users of stream.partitions(2)) console.log(users.map(({ name }) => name).join(" and "));
}
{
  // a loop that is left closes its stream, and the session goes on
  for (const user of session.streamScalars(query)) {
    console.log(`First of all: ${user.name}`);
    break;
  }
  console.log(`Found again: ${session.getOne(User, 3).name}`);
}
