// Rows that come bit by bit: node examples/streaming-async.ts [URL]
import { asyncSessionmaker, boolean, createAsyncEngine, declarativeBase, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  active: boolean(),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
const Sessions = asyncSessionmaker(engine);
await Sessions.begin((session) => {
  for (let id = 1; id <= 5; id += 1) session.add(new User({ id, name: `User ${id}`, active: id !== 2 }));
});

const query = select(User).where(User.c.active.eq(true)).orderBy(User.c.id);

await using session = Sessions();
{
  const stream = await session.stream(query);
  for await (const user of stream.scalars()) console.log(`Processing user: ${user.name}`);
}
{
  // in lists of two
  const stream = await session.streamScalars(query);
  for await (const users of stream.partitions(2)) console.log(users.map(({ name }) => name).join(" and "));
}
{
  // a loop that is left closes its stream, and the session goes on
  for await (const user of await session.streamScalars(query)) {
    console.log(`First of all: ${user.name}`);
    break;
  }
  console.log(`Found again: ${(await session.getOne(User, 3)).name}`);
}
